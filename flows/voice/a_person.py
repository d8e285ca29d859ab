"""A person: the operator's line while somebody answers it, else a recording, and a call back."""

from __future__ import annotations

from flows.opening_hours import operator_answers
from flows.voice.call_turn import CallTurn
from flows.voice.steps import (
    Answer,
    Began,
    Connect,
    Event,
    HangUp,
    Keys,
    Listen,
    Record,
    Recorded,
    Ring,
)
from flows.wording import spoken
from models.call import Call
from models.recording import keep_recording

RECORDED_SECONDS = 120


def reach(turn: CallTurn) -> None:
    """0, at any moment."""
    operator = turn.rules.operator_phone
    if operator and operator_answers(turn.rules, turn.now) and not turn.call.kept.get("rang_us"):
        turn.call.keep(rang_us=True, ring={"operator": True, "answer": None})
        turn.say("record.operator")
        turn.call.question = "operator"
        turn.then = Ring(operator)
    else:
        record(turn)


def has_rung(turn: CallTurn) -> None:
    """The operator's line has rung: they have talked, or the recording is what is left."""
    if turn.call.kept["ring"]["answer"] == "yes":
        turn.hang_up("call.call_again")
    else:
        turn.say("record.nobody")
        record(turn)


def record(turn: CallTurn) -> None:
    """Say what is kept and for how long, before anything is recorded."""
    turn.say("record.prompt")
    turn.call.question = "recording"
    turn.then = Record(RECORDED_SECONDS)


def recorded(turn: CallTurn, event: Recorded) -> None:
    keep_recording(
        turn.session,
        turn.person if turn.is_known else None,
        carrier_sid=event.carrier_sid,
        seconds=event.seconds,
        now=turn.now,
        number=turn.call.kept.get("number"),
    )
    turn.hang_up("record.taken" if turn.is_known else "record.taken_withheld", "call.goodbye")


def nothing_recorded(turn: CallTurn) -> None:
    """Nobody spoke after the beep."""
    turn.hang_up("record.empty", "call.call_again")


def offer_recording(turn: CallTurn) -> None:
    """Not understood twice: a person may do better."""
    turn.put("offer_recording")


def ask_operator(call: Call, event: Event, association: str) -> Answer:
    """What the operator's telephone hears: a machine never takes the call, a person presses 1."""
    words = spoken("fr")
    if event == Keys("1"):
        call.keep(ring={**call.kept["ring"], "answer": "yes"})
        return Answer((words.say("ring.connected"),), Connect())
    if isinstance(event, Began):
        asked = words.say("record.operator_asked", association=association)
        label = words.say("choice.connect")
        return Answer((asked, words.say("choice.row", label=label, key="1")), Listen())
    return Answer((words.say("ring.another_time"),), HangUp())
