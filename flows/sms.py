"""Answering one text message.

Danger and STOP come before everything else; then the question that was asked last; then what the
message says by itself. Whoever isn't understood twice in a row is offered a human.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from flows import introductions, listing_form, listings, my_data, my_listings
from flows.listing_form import CONFIRMATION, FIELD_NAMES, Draft
from flows.open_questions import OpenQuestion, Question
from flows.turn import Turn
from models.listing import FIRST_NUMBER, Listing
from models.operator_work import Report, request_callback

CALLBACK = "callback"
# After so many messages in a row that made no sense to us, a human is offered.
MISUNDERSTANDINGS_BEFORE_A_HUMAN = 2
# What an answer to a question of the form may look like when it is read by itself.
MAY_FILL = frozenset({"need", "offer", "unclear", "no", "yes", "choose", "greeting", "thanks"})
# The questions after which a message may go on with the draft; whoever was offered a human may
# also simply answer what was asked before.
OF_THE_FORM = FIELD_NAMES | {CONFIRMATION, CALLBACK}
YES_OR_NO = frozenset({CONFIRMATION, my_data.ERASE, CALLBACK})


def answer(turn: Turn, *, opt_out_type: str | None = None) -> None:
    """Take one turn: understand, change what must change, and say what comes next.

    `opt_out_type` is what the carrier says it has itself answered: "STOP", "START" or "HELP".
    """
    if opt_out_type is not None:
        _follow_the_carrier(turn, opt_out_type)
        return
    intent = turn.understood.intent
    if intent == "emergency":
        danger = turn.understood.danger or "medical"
        turn.say(f"emergency.{danger}")
        return
    if turn.person.blocked_at is not None:
        return
    if turn.person.opted_out_at is not None and intent != "start":
        return
    if turn.conversation.is_stale(now=turn.now):
        _forget_stale_question(turn)
        if turn.said:
            return
    if turn.understood.refused and intent in ("need", "offer", "yes", "unclear", "choose"):
        what = turn.understood.refused[0]
        turn.say(f"refused.{what}")
        return
    if _answers_what_was_asked(turn):
        turn.conversation.misunderstandings = 0
        return
    if (act := ACTS.get(intent)) is not None:
        act(turn)
        turn.conversation.misunderstandings = 0
        return
    _not_understood(turn)


def _follow_the_carrier(turn: Turn, opt_out_type: str) -> None:
    if opt_out_type == "STOP":
        my_data.stop(turn, answered_by_carrier=True)
    elif opt_out_type == "START":
        turn.person.opted_out_at = None


def _forget_stale_question(turn: Turn) -> None:
    """A draft lives a day. Whoever says OUI to an older one is told, rather than misunderstood."""
    conversation = turn.conversation
    had_draft = bool(conversation.drafts)
    was_confirming = conversation.awaiting == CONFIRMATION
    conversation.drafts = []
    conversation.choices = []
    conversation.search = None
    conversation.misunderstandings = 0
    conversation.settle()
    if had_draft and was_confirming and turn.understood.intent == "yes" and not turn.questions:
        turn.say("form.stale")


# ---- What was asked last ------------------------------------------------------------------------


def _answers_what_was_asked(turn: Turn) -> bool:
    """Let the open question take the message. False: it says something else."""
    awaiting, intent = turn.conversation.awaiting, turn.understood.intent
    if awaiting == CONFIRMATION and re.fullmatch(r"\W*(publier|publish)\W*", turn.text, re.I):
        # The word for one's own listing, where a neighbour waits for an OUI as well.
        return _answer_own_question(turn, yes=True)
    if intent in ("yes", "no") and not turn.understood.correction:
        return _yes_or_no(turn, yes=intent == "yes")
    if awaiting in OF_THE_FORM:
        return _fill_the_form(turn)
    if awaiting == listings.SEARCH_COMMUNE and intent in ("unclear", "search"):
        return listings.answer_search_commune(turn)
    if awaiting in (my_listings.WHICH_DONE, my_listings.WHICH_DELETE) and intent in (
        "choose",
        "unclear",
        "done",
        "delete",
    ):
        return my_listings.answer_which(turn)
    return False


def _fill_the_form(turn: Turn) -> bool:
    """A draft is open: the message fills or corrects it, unless it is a wish of its own."""
    draft = listing_form.current_draft(turn)
    if draft is None:
        return False
    intent = turn.understood.intent
    if intent not in MAY_FILL and not (intent in ("search", "help") and _fits(turn, draft)):
        return False
    if listing_form.is_new_request(draft, turn.understood):
        _post(turn)
        return True
    if not listing_form.fill(turn, draft):
        return False
    listing_form.go_on(turn, draft)
    return True


def _fits(turn: Turn, draft: Draft) -> bool:
    """ "Jardinage" may be read as a search; where a service was asked, it is the answer."""
    awaiting, understood = turn.conversation.awaiting, turn.understood
    return (awaiting == "categories" and bool(understood.categories)) or (
        awaiting == "details" and bool(turn.text.strip()) and draft.needs_details
    )


def _yes_or_no(turn: Turn, *, yes: bool) -> bool:
    """OUI or NON: to the question asked last, or to the listing whose number stands beside it."""
    awaiting = turn.conversation.awaiting
    questions = turn.questions
    if turn.understood.numbers:
        for question in questions:
            if question.other.id in turn.understood.numbers:
                _answer_neighbour(turn, question, yes=yes)
                return True
        if yes and max(turn.understood.numbers) >= FIRST_NUMBER:
            listings.choose(turn)
            return True
        if yes and awaiting == listings.CHOICE:
            listings.choose(turn)
            return True
    own_is_newest = turn.conversation.asked_at is not None and all(
        question.asked_at < turn.conversation.asked_at for question in questions
    )
    if awaiting in YES_OR_NO and (own_is_newest or not questions):
        return _answer_own_question(turn, yes=yes)
    if own_is_newest and awaiting in FIELD_NAMES:
        return _fill_the_form(turn)
    if own_is_newest and awaiting == listings.CHOICE and yes:
        _yes_to_a_list(turn)
        return True
    binding = [question for question in questions if question.question is not Question.SHARE]
    own_waits = awaiting in YES_OR_NO
    if len(binding) + own_waits > 1 or (binding and questions[-1] not in binding):
        _ask_which(turn, questions, own_waits=own_waits)
    elif questions and not own_waits:
        _answer_neighbour(turn, questions[-1], yes=yes)
    elif own_waits:
        return _answer_own_question(turn, yes=yes)
    elif introductions.came_too_late(turn.session, turn.person, now=turn.now):
        turn.say("introduction.too_late" if yes else "introduction.declined_thanks")
    else:
        turn.conversation.settle()
        turn.say("introduction.no_question")
    return True


def _yes_to_a_list(turn: Turn) -> None:
    shown = turn.conversation.choices
    if len(shown) == 1:
        listings.choose_line(turn, 1)
    else:
        turn.say("list.pick_a_line", numbers=turn.wording.numbers(len(shown)))


def _answer_own_question(turn: Turn, *, yes: bool) -> bool:
    conversation = turn.conversation
    match conversation.awaiting:
        case listing_form.CONFIRMATION:
            draft = listing_form.current_draft(turn)
            if draft is None:
                return False
            if turn.understood.condition or not yes:
                # "Oui mais a Eaubonne": a correction, if it says anything for the form.
                said = turn.understood
                if said.categories or said.communes or said.name:
                    return _fill_the_form(turn)
            if yes:
                listing_form.publish(turn, draft)
            else:
                listing_form.drop(turn)
        case my_data.ERASE:
            conversation.settle()
            if yes:
                my_data.erase(turn)
            else:
                turn.say("erase.kept")
        case _:
            conversation.settle()
            if yes:
                _want_a_human(turn, "misunderstood")
            elif (draft := listing_form.current_draft(turn)) is not None:
                listing_form.go_on(turn, draft)
            else:
                turn.say("callback.declined")
    return True


def _answer_neighbour(turn: Turn, question: OpenQuestion, *, yes: bool) -> None:
    words = turn.understood.condition
    if not yes:
        introductions.decline(turn, question)
    elif words and question.question is Question.PROPOSAL:
        clean = listing_form.clean_details(words)
        if clean is None:
            turn.say("introduction.condition_unclear")
        else:
            introductions.answer_with_condition(turn, question, clean)
    else:
        introductions.accept(turn, question)


def _ask_which(turn: Turn, questions: list[OpenQuestion], *, own_waits: bool) -> None:
    turn.say(
        "introduction.which_question_or_own" if own_waits else "introduction.which_question",
        lines=" ".join(
            turn.wording.say(
                "line.question", number=question.other.id, first_name=question.other.first_name
            )
            for question in questions
        ),
        number=questions[-1].other.id,
    )


# ---- What a message says by itself --------------------------------------------------------------


def _post(turn: Turn) -> None:
    """BESOIN or OFFRE, in whatever words. An unfinished draft makes place, a finished one waits."""
    draft = listing_form.current_draft(turn)
    if draft is not None and not listing_form.is_new_request(draft, turn.understood):
        turn.conversation.drafts = turn.conversation.drafts[:-1]
    fresh = listing_form.start_draft(turn, Draft(kind=turn.understood.kind))
    turn.conversation.awaiting = None
    listing_form.fill(turn, fresh)
    listing_form.go_on(turn, fresh)


def _choose(turn: Turn) -> None:
    """A number: of a line shown, of a listing, or of a question that waits for its OUI."""
    for question in turn.questions:
        asks_me = question.question is not Question.SHARE
        if asks_me and question.other.id in turn.understood.numbers:
            turn.say(
                "introduction.proposal_again",
                number=question.other.id,
                first_name=question.other.first_name,
            )
            return
    listings.choose(turn)


def _delete(turn: Turn) -> None:
    if my_data.means_everything(turn.text):
        my_data.ask_to_erase(turn)
    else:
        my_listings.delete(turn)


def _stop(turn: Turn) -> None:
    word = turn.text.strip().lower()
    my_data.stop(turn, answered_by_carrier=word in my_data.ANSWERED_BY_CARRIER)


def _report(turn: Turn) -> None:
    """SIGNALER [number], or a complaint in plain words."""
    number = next((n for n in turn.understood.numbers if n >= FIRST_NUMBER), None)
    listing = turn.session.get(Listing, number) if number else None
    turn.session.add(
        Report(
            person_id=turn.person.id,
            listing_id=listing.id if listing else None,
            words=turn.text,
            made_at=turn.now,
        )
    )
    turn.say("report.taken")


def _want_a_human(turn: Turn, reason: str) -> None:
    is_new = request_callback(turn.session, turn.person, reason, now=turn.now)
    turn.say("callback.promised" if is_new else "callback.promised_already")


def _greet(turn: Turn) -> None:
    if not _ask_again(turn):
        turn.say("help.greeting")


def _thanks(turn: Turn) -> None:
    if not _ask_again(turn):
        turn.say("help.thanks")


ACTS: dict[str, Callable[[Turn], None]] = {
    "need": _post,
    "offer": _post,
    "search": listings.search,
    "more": listings.more,
    "choose": _choose,
    "mine": my_listings.mine,
    "done": my_listings.done,
    "delete": _delete,
    "data": my_data.about_me,
    "help": lambda turn: turn.say("help.help"),
    "stop": _stop,
    "start": my_data.start,
    "pause": my_data.pause,
    "report": _report,
    "human": lambda turn: _want_a_human(turn, "asked"),
    "greeting": _greet,
    "thanks": _thanks,
    "language": my_data.switch_language,
}


# ---- What was not understood --------------------------------------------------------------------


def _not_understood(turn: Turn) -> None:
    conversation, understood = turn.conversation, turn.understood
    if conversation.awaiting is None and (understood.categories or understood.communes):
        # A service or a place alone: we know what it is about, and ask for the rest.
        conversation.misunderstandings = 0
        _post(turn)
        return
    conversation.misunderstandings += 1
    if conversation.misunderstandings >= MISUNDERSTANDINGS_BEFORE_A_HUMAN:
        asked_before = conversation.awaiting == CALLBACK
        turn.ask(CALLBACK, "callback.callback_again" if asked_before else "callback.callback")
    elif turn.media_count and not turn.text.strip():
        turn.say("help.no_pictures")
    elif not turn.text.strip():
        turn.say("help.empty")
    elif not _ask_again(turn):
        turn.say("help.unclear")


def _ask_again(turn: Turn) -> bool:
    """Ask the open question once more, more simply. False: none is open."""
    awaiting = turn.conversation.awaiting
    draft = listing_form.current_draft(turn)
    if draft is not None and (awaiting == CONFIRMATION or awaiting in FIELD_NAMES):
        listing_form.go_on(turn, draft, again=True)
    elif awaiting in (my_listings.WHICH_DONE, my_listings.WHICH_DELETE):
        my_listings.ask_which_again(turn)
    elif awaiting == listings.SEARCH_COMMUNE:
        turn.say("list.search_commune_again")
    elif awaiting == my_data.ERASE:
        turn.say("erase.erase_again")
    elif awaiting == CALLBACK:
        turn.say("callback.callback_again")
    else:
        return False
    return True
