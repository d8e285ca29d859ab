"""One step of a call, from what came in to what is said: the same for every question of the menu.

Danger comes before everything else. Then `0`, `*` and `#`, the rows of the question, and what it
makes of other words or keys. Whatever fits nowhere is asked again, more simply; the second time the
caller is offered a recording; the third time we say goodbye. Nobody hears the same question three
times running, and no call goes on for ever.
"""

from __future__ import annotations

from flows.understanding import understand
from flows.voice import a_person, reading_out, ringing
from flows.voice.call_turn import CallTurn
from flows.voice.keypad import holds_any, longest_held
from flows.voice.menu import (
    CHOICES_AT_ONCE,
    ITEMS,
    PLACED_FOR,
    QUESTIONS,
    SAID_AT_ANY_TIME,
    Question,
    Row,
)
from flows.voice.steps import HangUp, Keys, Listen, Rang, Recorded, Silence, Words
from flows.voice.welcome import goodbye

MOST_STEPS = 120
SAME_QUESTION_AT_MOST = 2
MISSES_BEFORE_A_PERSON = 2
# Questions that a sentence must not lead away from: the answer is about somebody else.
STAYS = frozenset({"question", "ours", "placed", "erase_sure", "delete_sure"})
# Where a machine may be speaking, of whose greeting nothing is believed but a plain yes.
MAY_BE_A_MACHINE = "placed"


def take(turn: CallTurn) -> None:
    """Take one step of a call that has begun. What comes of it is `turn.answer()`."""
    call, event = turn.call, turn.event
    if isinstance(event, Words) and _is_danger(turn):
        _give_emergency_numbers(turn)
    elif isinstance(event, Recorded):
        a_person.recorded(turn, event)
    elif isinstance(event, Rang):
        ringing.has_rung(turn)
    elif call.question == "recording":
        a_person.nothing_recorded(turn)
    elif turn.person.blocked_at is not None:
        _answer_who_is_blocked(turn)
    elif call.steps > MOST_STEPS:
        _end_long_call(turn)
    else:
        _answer(turn, QUESTIONS[call.question or "main"])
    finish(turn)


def finish(turn: CallTurn) -> None:
    """Ask the question that is next, unless something else is to be done."""
    while turn.reads_on or turn.goes_on_with is not None:
        if turn.goes_on_with is not None:
            _go_on_with(turn, turn.goes_on_with)
        else:
            reading_out.read_on(turn, ITEMS)
    if turn.then is None:
        _ask(turn)
    if isinstance(turn.then, HangUp):
        turn.call.question = None


def _go_on_with(turn: CallTurn, what: str) -> None:
    """Do what a call was placed for: a name of `PLACED_FOR`, or the number of a listing."""
    turn.goes_on_with = None
    if what.isdigit():
        reading_out.read(turn, [["match", int(what), 0]], nothing="list.gone")
    else:
        PLACED_FOR[what](turn)


# ---- What came in -------------------------------------------------------------------------------


def _is_danger(turn: CallTurn) -> bool:
    question = QUESTIONS.get(turn.call.question or "")
    awaiting = question.awaiting if question else None
    turn.understood = understand(turn.text, awaiting, near=turn.person.commune_insee)
    return turn.understood.intent == "emergency"


def _give_emergency_numbers(turn: CallTurn) -> None:
    """At once, slowly, twice; nobody is put through to them, for we don't know where they are."""
    turn.said.clear()
    name = f"emergency.{turn.understood.danger or 'medical'}"
    turn.say(name)
    turn.say(name)
    turn.slowly = True
    turn.call.misses = 0
    turn.put("emergency")


def _answer(turn: CallTurn, question: Question) -> None:
    match turn.event:
        case Keys(keys="0"):
            a_person.reach(turn)
        case Keys(keys="*"):
            _say_again(turn)
        case Keys(keys="#"):
            _go_back(turn)
        case Keys(keys=keys):
            _keys(turn, question, keys)
        case Words():
            _words(turn, question)
        case Silence():
            _miss(turn, question, "call.not_heard")
        case _:
            turn.put(question.name)


def _answer_who_is_blocked(turn: CallTurn) -> None:
    """A recording is all that is left, whenever it was that we blocked."""
    turn.say("call.blocked")
    a_person.record(turn)


def _keys(turn: CallTurn, question: Question, keys: str) -> None:
    page = _page(turn, question)
    row = next((row for row in page if row.key == keys), None)
    if row is not None:
        _take_row(turn, row)
    elif question.typed is not None and question.typed(turn, keys.strip("#*")):
        turn.call.misses = 0
    else:
        _miss(turn, question, "call.not_understood")


def _words(turn: CallTurn, question: Question) -> None:
    understood, call = turn.understood, turn.call
    if understood.refused:
        turn.say(f"refused.{understood.refused[0]}")
        turn.put(question.name)
        return
    if (row := _row_meant(turn, question)) is not None:
        _take_row(turn, row)
        return
    if question.name == MAY_BE_A_MACHINE:
        _miss(turn, question, "call.not_understood")
        return
    words = turn.wording.words
    wish = None if question.name in STAYS else SAID_AT_ANY_TIME.get(understood.intent)
    if question.said is not None and question.said(turn):
        call.misses = 0
    elif understood.intent == "human" or holds_any(turn.text, words["person"]):
        a_person.reach(turn)
    elif wish is not None:
        call.misses = 0
        wish(turn)
    elif understood.call == "goodbye" or holds_any(turn.text, words["goodbye"]):
        goodbye(turn)
    elif holds_any(turn.text, words["back"]):
        _go_back(turn)
    elif understood.call == "again" or holds_any(turn.text, words["repeat"]):
        _say_again(turn)
    elif understood.intent == "stop":
        SAID_AT_ANY_TIME["stop"](turn)
    else:
        _miss(turn, question, "call.not_understood")


def _row_meant(turn: CallTurn, question: Question) -> Row | None:
    """The row that words choose: by its number, by yes or no, or by what it is called."""
    understood, rows = turn.understood, _page(turn, question)
    # "Oui, mais jeudi" and "non, à Eaubonne" are more than a yes or a no.
    is_plain = understood.condition is None and not understood.correction
    is_short = len(turn.text.split()) <= 6
    for row in rows:
        if is_plain and is_short and row.means and row.means == understood.intent:
            return row
    if question.name == MAY_BE_A_MACHINE:
        return None
    if understood.intent == "choose" and len(understood.numbers) == 1:
        return next((row for row in rows if row.key == str(understood.numbers[0])), None)
    if understood.categories or understood.communes or not (is_plain and is_short):
        return None
    # "Mes annonces" is more than "annonces": the row that holds most of what was said.
    most, meant = 0, None
    for row in rows:
        held = longest_held(turn.text, turn.wording.words.get(row.name, ()))
        if held > most:
            most, meant = held, row
    return meant


def _take_row(turn: CallTurn, row: Row) -> None:
    turn.call.misses = 0
    row.goes(turn)


# ---- When it fits nowhere -----------------------------------------------------------------------


def _miss(turn: CallTurn, question: Question, why: str) -> None:
    call = turn.call
    if question.ends_quietly:
        goodbye(turn)
        return
    call.misses += 1
    if call.misses < MISSES_BEFORE_A_PERSON:
        if not turn.said:
            turn.say(why)
        turn.again = True
        turn.put(question.name)
    elif call.misses == MISSES_BEFORE_A_PERSON and question.name != "offer_recording":
        question.given_up(turn)
    else:
        goodbye(turn)


def _say_again(turn: CallTurn) -> None:
    """`*`: once more, slower and more simply, and slowly from now on."""
    if not turn.person.speak_slowly:
        turn.person.speak_slowly = True
        turn.say("call.slower")
    turn.again = True


def _go_back(turn: CallTurn) -> None:
    """`#`: the question before this one; before the first one there is the menu."""
    path = turn.call.path
    turn.call.path = path[:-1]
    turn.put(path[-1] if path else "main", from_here=False)


def _end_long_call(turn: CallTurn) -> None:
    turn.say("call.long")
    a_person.record(turn)


# ---- What is asked ------------------------------------------------------------------------------


def _page(turn: CallTurn, question: Question) -> list[Row]:
    """The rows that are read out now: four at most, and the way to the others."""
    rows = question.rows_for(turn)
    if len(rows) <= CHOICES_AT_ONCE:
        return rows
    size = CHOICES_AT_ONCE - 1
    first = (turn.call.kept.get("page") or 0) * size
    page = [
        Row(str(key), row.name, row.goes, row.means, blanks=row.blanks)
        for key, row in enumerate(rows[first : first + size], start=1)
    ]
    return [*page, Row(str(CHOICES_AT_ONCE), "more", _turn_page)]


def _turn_page(turn: CallTurn) -> None:
    question = QUESTIONS[turn.call.question or "main"]
    size = CHOICES_AT_ONCE - 1
    pages = -(-len(question.rows_for(turn)) // size)
    turn.call.keep(page=((turn.call.kept.get("page") or 0) + 1) % pages)


def _ask(turn: CallTurn) -> None:
    """Say the question and its choices; to whoever heard it twice already, offer a person."""
    call = turn.call
    question = QUESTIONS[call.question or "main"]
    name, blanks = question.text(turn) if question.text else (f"question.{question.name}", {})
    rows = [_row(turn, row) for row in _page(turn, question)]
    asked = " ".join([turn.wording.say(name, **blanks), *rows])
    times = call.kept.get("times", 0) + 1 if call.kept.get("asked") == asked else 1
    call.keep(asked=asked, times=times)
    if times > SAME_QUESTION_AT_MOST:
        call.keep(asked=None)
        if question.name == "offer_recording":
            goodbye(turn)
            return
        turn.put("offer_recording")
        _ask(turn)
        return
    if turn.again and f"{name}_again" in turn.wording.texts:
        # What is read back has no simpler words: it is said once more as it is.
        name = f"{name}_again"
    turn.said += [turn.wording.say(name, **blanks), *rows]
    turn.then = Listen(
        digits=question.listen.digits,
        finish=question.listen.finish,
        hints=_hints(turn, question),
    )


def _row(turn: CallTurn, row: Row) -> str:
    label = turn.wording.say(f"choice.{row.name}", **row.blanks)
    return turn.wording.say("choice.row", label=label, key=row.key)


def _hints(turn: CallTurn, question: Question) -> tuple[str, ...]:
    """What is likely to be said, for the carrier's machine."""
    rows = question.rows_for(turn)
    named = [value for row in rows for value in row.blanks.values()]
    words = [word for row in rows for word in turn.wording.words.get(row.name, ())]
    return tuple(dict.fromkeys(named + words))[:50]
