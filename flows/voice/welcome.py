"""The first words of a call: who we are, and what is waiting for this caller."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from flows import listing_form, my_data
from flows.phone_numbers import readable
from flows.turn import EMERGENCY
from flows.voice import a_person, reading_out
from flows.voice.call_turn import CallTurn
from models.call import Call, Direction
from models.messages import OutboundMessage


def called_by_somebody(turn: CallTurn, *, is_foreign: bool = False) -> None:
    """Somebody calls: what is new for them first, then what they left half done, then the menu."""
    if not turn.is_known:
        turn.say("call.hello", association=turn.rules.association)
        turn.say("call.foreign" if is_foreign else "call.withheld")
        turn.put("main")
        return
    person = turn.person
    if _calls_too_often(turn):
        turn.hang_up("call.too_often")
        return
    is_new = person.noticed_at is None
    turn.say("call.hello" if is_new else "call.hello_again", association=turn.rules.association)
    if person.blocked_at is not None:
        turn.say("call.blocked")
        a_person.record(turn)
        return
    if is_new:
        person.noticed_at = turn.now
        turn.say("call.notice")
    if person.opted_out_at is not None:
        turn.put("come_back")
    else:
        first_question(turn)


def first_question(turn: CallTurn) -> None:
    """What is most pressing for whoever is on the line."""
    if reading_out.waiting_rows(turn):
        turn.put("news")
    elif listing_form.current_draft(turn) is not None:
        turn.put("resume")
    else:
        turn.put("main")


def come_back(turn: CallTurn) -> None:
    my_data.start(turn)
    first_question(turn)


def to_menu(turn: CallTurn) -> None:
    turn.put("main", from_here=False)


def switch_language(turn: CallTurn) -> None:
    """ "English, please": the same question once more, in that language."""
    if turn.understood.language:
        turn.person.language = turn.understood.language
        turn.call.keep(language=turn.person.language)


def _calls_too_often(turn: CallTurn) -> bool:
    lately = select(func.count()).where(
        Call.person_id == turn.person.id,
        Call.direction == Direction.IN.value,
        Call.started_at > turn.now - timedelta(days=1),
    )
    return (turn.session.scalar(lately) or 0) > turn.rules.calls_per_day


# ---- Calls that we place ------------------------------------------------------------------------


def called_by_us(turn: CallTurn) -> None:
    """Somebody picks up. No name is said before a key shows that a person listens."""
    row = _placed_for(turn)
    if row is not None and row.leads_to == EMERGENCY and row.body:
        # Danger needs no key first, and names nobody.
        reading_out.mark_heard(turn, row)
        turn.said += [row.body] * 2
        turn.slowly = True
        turn.put("emergency")
        return
    turn.say("call.hello_from_us", association=turn.rules.association)
    turn.put("placed")


def _placed_for(turn: CallTurn) -> OutboundMessage | None:
    """The row of the outbox for which this call was placed."""
    return turn.session.get(OutboundMessage, turn.call.outbound_id or 0)


def was_asked_for(turn: CallTurn) -> bool:
    """Whether somebody wanted this number to be called, rather than we having news."""
    row = _placed_for(turn)
    return row is not None and row.leads_to is not None


def leave_a_word(turn: CallTurn) -> None:
    """A machine, or nobody who presses a key: where to call back, and no names."""
    turn.hang_up(
        "call.machine",
        association=turn.rules.association,
        voice_number=readable(turn.rules.voice_number),
    )


def is_there(turn: CallTurn) -> None:
    """A person listens: everything that waits for them."""
    turn.call.path = []
    reading_out.hear_news(turn)


def goodbye(turn: CallTurn) -> None:
    turn.hang_up("call.goodbye")
