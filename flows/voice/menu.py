"""The menu: every question that a caller may hear, and what each key does.

A row is a key, its label (`choice.…` in the spoken texts) and where it goes: "Pour demander de
l'aide, tapez 1" is made from it, so that what is said and what the key does can't disagree. Words
choose a row as well as its key (`[words]` in the spoken texts).

Everywhere `0` leads to a person, `*` says it again, slower and more simply, `#` goes back: that,
and what happens on silence or a wrong key, is in answering.py, once for all questions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from flows.voice import a_person, form, own_listings, reading_out, ringing, welcome
from flows.voice.call_turn import CallTurn
from flows.voice.steps import Listen
from models.categories import CATEGORIES
from models.listing import Kind

# No prompt reads out more than this; what is left over comes after "pour entendre la suite".
CHOICES_AT_ONCE = 4
ONE_KEY = Listen(digits=1)
POSTAL_CODE = Listen(digits=5)
PHONE_NUMBER = Listen(digits=10)
LETTERS = Listen(digits=20, finish="#")


def always(_turn: CallTurn) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Row:
    """One choice: the key, the name of its label and of its words, and what it does.

    `means` is an intent that chooses it too ("yes", "no"). `shown` tells whether it is there now.
    """

    key: str
    name: str
    goes: Callable[[CallTurn], None]
    means: str | None = None
    shown: Callable[[CallTurn], bool] = always
    blanks: dict[str, str] = field(default_factory=dict)


Rows = Sequence[Row] | Callable[[CallTurn], Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and what may be answered.

    Its text is `question.<name>`, or what `text` says of this turn (a name and its blanks). `said`
    takes words that choose no row, `typed` takes keys where more than one is awaited: both say
    whether they could make anything of it. `awaiting` is what the understanding is told.
    """

    name: str
    rows: Rows = ()
    text: Callable[[CallTurn], tuple[str, dict[str, Any]]] | None = None
    listen: Listen = ONE_KEY
    awaiting: str | None = None
    said: Callable[[CallTurn], bool] | None = None
    typed: Callable[[CallTurn, str], bool] | None = None
    # What silence or a wrong key leads to, the second time; a goodbye where it is `ends_quietly`.
    given_up: Callable[[CallTurn], None] = a_person.offer_recording
    ends_quietly: bool = False

    def rows_for(self, turn: CallTurn) -> list[Row]:
        rows = self.rows(turn) if callable(self.rows) else self.rows
        return [row for row in rows if row.shown(turn)]


def asks(question: str) -> Callable[[CallTurn], None]:
    """A row that only leads to another question."""
    return lambda turn: turn.put(question)


# ---- Rows that depend on the caller -------------------------------------------------------------


def _groups(turn: CallTurn) -> list[Row]:
    del turn
    groups = sorted({row.menu[0] for row in CATEGORIES.values()})
    return [
        Row(str(group), f"group_{group}", partial(form.choose_group, group=group))
        for group in groups
    ]


def _services(turn: CallTurn) -> list[Row]:
    return [
        Row(
            str(key),
            "service",
            partial(form.choose_service, slug=slug),
            blanks={"service": turn.wording.service(slug)},
        )
        for key, slug in enumerate(form.services_of_group(turn), start=1)
    ]


def _places(turn: CallTurn) -> list[Row]:
    return [
        Row(
            str(key),
            "place",
            partial(form.commune_chosen, insee=place.insee),
            blanks={"place": turn.wording.place(place)},
        )
        for key, place in enumerate(form.places_in_question(turn), start=1)
    ]


def _is_not_blocked(turn: CallTurn) -> bool:
    return turn.person.blocked_at is None


# ---- Texts that depend on the caller ------------------------------------------------------------


def _group_text(turn: CallTurn) -> tuple[str, dict[str, Any]]:
    if turn.call.kept.get("services_for") == "search":
        return "question.group_search", {}
    kind = form.current(turn).kind or Kind.NEED
    return f"question.group_{kind}", {}


def _letters_text(turn: CallTurn) -> tuple[str, dict[str, Any]]:
    return "question.letters", {"count": len(form.places_in_question(turn))}


def _number_text(turn: CallTurn) -> tuple[str, dict[str, Any]]:
    return "question.number_heard", form.number_read_back(turn)


def _delete_text(turn: CallTurn) -> tuple[str, dict[str, Any]]:
    return "question.delete_sure", {"number": reading_out.about(turn)}


def _placed_text(turn: CallTurn) -> tuple[str, dict[str, Any]]:
    is_asked_for = welcome.was_asked_for(turn)
    return "question.placed_as_asked" if is_asked_for else "question.placed", {}


def _item_text(name: str) -> Callable[[CallTurn], tuple[str, dict[str, Any]]]:
    return lambda turn: (f"question.{name}", reading_out.line(turn))


# ---- What may be said by itself -----------------------------------------------------------------


def _main_said(turn: CallTurn) -> bool:
    act = SAID_AT_ANY_TIME.get(turn.understood.intent)
    if act is None and (turn.understood.categories or turn.understood.communes):
        act = form.begin
    if act is not None:
        act(turn)
    return act is not None


def _takes_texts(turn: CallTurn) -> bool:
    return turn.takes_texts


def _begins_a_search(turn: CallTurn) -> bool:
    """Only at the first listing: who hears one after the other isn't told each time."""
    return turn.call.kept.get("search") is not None and turn.call.kept.get("at") == 0


# By what a sentence wants; a need or an offer begins a listing, whatever was asked before.
SAID_AT_ANY_TIME: dict[str, Callable[[CallTurn], None]] = {
    "need": form.begin,
    "offer": form.begin,
    "search": reading_out.search_said,
    "mine": own_listings.mine,
    "done": own_listings.mine,
    "delete": own_listings.mine,
    "data": reading_out.about_me,
    "forget": own_listings.mine,
    "pause": own_listings.pause,
    "start": own_listings.end_pause,
    "report": reading_out.complain,
    "stop": reading_out.stop_calls,
    "human": a_person.reach,
    "language": welcome.switch_language,
}

# ---- The menu -----------------------------------------------------------------------------------

_MENU = (
    Question(
        "main",
        (
            Row("1", "need", form.ask_for_help),
            Row("2", "offer", form.offer_help),
            Row("3", "listings", reading_out.hear_listings),
            Row("4", "mine", own_listings.mine),
        ),
        said=_main_said,
    ),
    Question(
        "come_back",
        (
            Row("1", "come_back", welcome.come_back, means="yes"),
            Row("2", "listen_only", welcome.to_menu, means="no"),
        ),
    ),
    Question(
        "news",
        (
            Row("1", "hear_news", reading_out.hear_news, means="yes"),
            Row("2", "to_menu", welcome.to_menu, means="no"),
        ),
        said=_main_said,
    ),
    Question(
        "resume",
        (
            Row("1", "go_on", form.resume, means="yes"),
            Row("2", "start_over", form.start_over, means="no"),
        ),
        said=_main_said,
    ),
    # Asking for or offering a service.
    Question(
        "kind",
        (Row("1", "need", form.is_need), Row("2", "offer", form.is_offer)),
        awaiting="kind",
        said=form.heard,
    ),
    Question("group", _groups, text=_group_text, awaiting="categories", said=form.group_heard),
    Question("service", _services, awaiting="categories", said=form.group_heard),
    Question(
        "details",
        (Row("1", "without_details", form.without_details),),
        awaiting="details",
        said=form.details_heard,
    ),
    Question(
        "commune",
        listen=POSTAL_CODE,
        awaiting="commune",
        said=form.commune_heard,
        typed=form.postal_code_typed,
    ),
    Question("place", _places, awaiting="commune", said=form.commune_heard),
    Question(
        "letters",
        text=_letters_text,
        listen=LETTERS,
        awaiting="commune",
        said=form.commune_heard,
        typed=form.letters_typed,
    ),
    Question(
        "first_name",
        (Row("1", "without_name", form.without_name),),
        awaiting="first_name",
        said=form.heard,
    ),
    Question(
        "confirmation",
        (
            Row("1", "publish", form.publish, means="yes"),
            Row("2", "change", asks("change"), means="no"),
            Row("3", "drop", form.drop),
        ),
        text=form.read_back,
        awaiting="confirmation",
        said=form.heard,
    ),
    Question(
        "change",
        (
            Row("1", "change_service", form.change_service),
            Row("2", "change_commune", form.change_commune),
            Row("3", "change_name", form.change_name),
            Row("4", "change_number", asks("number")),
        ),
        awaiting="confirmation",
        said=form.heard,
    ),
    Question(
        "number",
        (
            Row("1", "this_number", form.this_number),
            Row("2", "other_number", asks("other_number")),
            Row("3", "no_number", form.no_number),
        ),
    ),
    Question("other_number", listen=PHONE_NUMBER, said=form.number_said, typed=form.number_typed),
    Question(
        "number_heard",
        (
            Row("1", "right", form.call_that_number, means="yes"),
            Row("2", "wrong", asks("other_number"), means="no"),
        ),
        text=_number_text,
    ),
    # What is read out, one thing after the other.
    Question(
        "match",
        (
            Row("1", "connect", ringing.connect, means="yes"),
            Row("2", "next", reading_out.next_item, means="no"),
            Row("3", "by_text", reading_out.send_by_text, shown=_takes_texts),
            Row("4", "by_service", reading_out.choose_service, shown=_begins_a_search),
        ),
        text=_item_text("match"),
        said=_main_said,
    ),
    Question(
        "question",
        (
            Row("1", "say_yes", reading_out.say_yes, means="yes"),
            Row("2", "hear_again", reading_out.hear_again),
            Row("3", "say_no", reading_out.say_no, means="no"),
        ),
        text=_item_text("question"),
        awaiting="proposal",
        said=reading_out.answered_in_words,
    ),
    Question(
        "answered",
        (
            Row("1", "connect", ringing.connect_again, means="yes"),
            Row("2", "later", reading_out.next_item, means="no"),
            Row("3", "hear_number", reading_out.hear_number, shown=reading_out.may_hear_number),
            Row("4", "forget", reading_out.forget),
        ),
        text=_item_text("answered"),
        said=_main_said,
    ),
    Question(
        "own",
        (
            Row("1", "later", reading_out.next_item),
            Row("2", "close", own_listings.close),
            Row("3", "delete", own_listings.ask_to_delete),
            Row("4", "pause", own_listings.pause, shown=own_listings.may_pause),
            Row("4", "end_pause", own_listings.end_pause, shown=own_listings.is_away),
        ),
        text=_item_text("own"),
        said=_main_said,
    ),
    Question(
        "ours",
        (
            Row("1", "say_yes", partial(own_listings.answer_ours, yes=True), means="yes"),
            Row("2", "hear_again", reading_out.hear_again),
            Row("3", "say_no_to_us", partial(own_listings.answer_ours, yes=False), means="no"),
        ),
        text=_item_text("ours"),
        awaiting="proposal",
    ),
    Question(
        "message",
        (
            Row("1", "later", reading_out.next_item, means="yes"),
            Row("2", "hear_again", reading_out.hear_again),
        ),
        text=_item_text("message"),
        said=_main_said,
    ),
    Question(
        "delete_sure",
        (
            Row("1", "delete", own_listings.delete, means="yes"),
            Row("2", "keep", reading_out.next_item, means="no"),
        ),
        text=_delete_text,
    ),
    # What is kept of somebody.
    Question(
        "data",
        (
            Row("1", "my_data", reading_out.about_me),
            Row("2", "erase_all", reading_out.ask_to_erase),
            Row("3", "stop_calls", reading_out.stop_calls),
            Row("4", "to_menu", welcome.to_menu),
        ),
        said=_main_said,
    ),
    Question(
        "erase_sure",
        (
            Row("1", "erase_all", reading_out.erase, means="yes"),
            Row("2", "keep", reading_out.keep_everything, means="no"),
        ),
        awaiting="erase",
    ),
    # Calls that we place. Who speaks there may be a machine: only a key, or a plain yes, counts.
    Question(
        "placed",
        (
            Row("1", "hear_news", welcome.is_there, means="yes"),
            Row("9", "stop_calls", reading_out.stop_calls),
        ),
        text=_placed_text,
        awaiting="proposal",
        given_up=welcome.leave_a_word,
    ),
    # A person, and the end.
    Question(
        "offer_recording",
        (
            Row("1", "leave_message", a_person.record, means="yes"),
            Row("2", "to_menu", welcome.to_menu, shown=_is_not_blocked),
            Row("3", "finished", welcome.goodbye, means="no"),
        ),
        said=_main_said,
        given_up=welcome.goodbye,
    ),
    Question(
        "emergency",
        (Row("1", "not_urgent", welcome.to_menu),),
        given_up=welcome.goodbye,
    ),
    Question(
        "anything_else",
        (
            Row("1", "to_menu", welcome.to_menu, means="yes"),
            Row("2", "finished", welcome.goodbye, means="no"),
            Row("3", "your_data", asks("data")),
        ),
        said=_main_said,
        ends_quietly=True,
    ),
)

QUESTIONS = {question.name: question for question in _MENU}

# What is read out one after the other, by its kind; each names the question that goes with it.
ITEMS: dict[str, reading_out.ReadOut] = {
    "match": reading_out.read_match,
    "question": reading_out.read_question,
    "answered": reading_out.read_answered,
    "own": own_listings.read_own,
    "ours": own_listings.read_ours,
    "row": reading_out.read_row,
}

# Where a call that we place goes on, once somebody is there; by what was wanted of it.
PLACED_FOR: dict[str, Callable[[CallTurn], None]] = {
    "need": form.ask_for_help,
    "offer": form.offer_help,
    "main": welcome.to_menu,
    "draft": form.resume,
    "emergency": asks("emergency"),
    "confirmation": form.hear_what_was_prepared,
    "mine": own_listings.mine,
    "data": asks("data"),
}
