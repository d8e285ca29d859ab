"""The course of a call: from the first ring through one document after the other to the end."""

from __future__ import annotations

from collections.abc import Generator
from datetime import timedelta

from gateway.simulator.account import Account
from gateway.simulator.line import Broken, fall_back, fetch, note, reach
from gateway.simulator.script import Script, script_of
from gateway.simulator.switchboard import (
    Answered,
    Course,
    Declined,
    Event,
    Heard,
    HungUp,
    Leg,
    Moved,
    TimeUp,
    Wait,
)
from gateway.simulator.twiml import BadAnswer
from gateway.simulator.verbs import PERFORM, Ended, Turn, utter

# What the real carrier says, in English, when a document can't be had.
APPLICATION_ERROR = "We are sorry, an application error has occurred. Goodbye."


def called_by_somebody(account: Account, leg: Leg) -> Course:
    """Somebody calls the service."""
    leg.status = "ringing"
    try:
        try:
            script = fetch(account, leg, leg.url)
            if script.verbs and script.verbs[0].tag == "Reject":
                busy = script.verbs[0].get("reason") == "busy"
                raise Ended("busy" if busy else "no-answer")
        except Broken:
            reach(account, leg, "in-progress")
            yield from _apologise(account, leg)
            raise Ended from None
        reach(account, leg, "in-progress")
        yield from converse(account, leg, script)
        status = "completed"
    except HungUp:
        status = "completed"
    except Ended as end:
        status = end.status
    reach(account, leg, status)


def placed_by_the_gateway(account: Account, leg: Leg) -> Course:
    """The gateway calls somebody over REST."""
    reach(account, leg, "initiated")
    status = "completed"
    try:
        answer = yield from ring(account, leg)
        if isinstance(answer, Answered):
            _detect(leg, by_machine=answer.by_machine)
            reach(account, leg, "in-progress")
            yield from converse(account, leg, None)
        else:
            status = "busy" if isinstance(answer, Declined) else "no-answer"
    except HungUp:
        # Before the answer, a call that the gateway ends is canceled.
        status = "completed" if leg.answered_at else "canceled"
    except Ended as end:
        status = end.status
    reach(account, leg, status)


def ring(account: Account, leg: Leg) -> Generator[Wait, Event, Event]:
    """Ring on somebody's telephone until something comes of it."""
    busy = any(other is not leg for other in account.switchboard.of(leg.person))
    if busy:
        return Declined()
    if account.fails_with(leg.person) is not None:
        return TimeUp(Wait("ringing"))  # switched off: nothing rings there, and nobody answers
    reach(account, leg, "ringing")
    until = account.now() + timedelta(seconds=leg.ring_seconds)
    while True:
        event = yield Wait("ringing", until)
        if isinstance(event, Answered | Declined | TimeUp):
            return event


def _detect(leg: Leg, *, by_machine: bool) -> None:
    if leg.detects_machine:
        machine = (
            "machine_end_beep" if leg.detects_machine == "DetectMessageEnd" else "machine_start"
        )
        leg.answered_by = machine if by_machine else "human"


def converse(account: Account, leg: Leg, script: Script | None) -> Generator[Wait, Event, None]:
    """Walk from document to document until one ends; without a first one, fetch it."""
    while True:
        try:
            if script is None:
                script = _first(account, leg)
            script = yield from _through(account, leg, script)
            if script is None:
                return
        except Moved as moved:
            leg.url, leg.document = moved.url, moved.document
            script = None
        except Broken:
            yield from _apologise(account, leg)
            raise Ended from None


def _first(account: Account, leg: Leg) -> Script:
    if not leg.document:
        return fetch(account, leg, leg.url)
    try:
        return script_of(leg.document)
    except BadAnswer as error:
        note(leg, error, "Twiml")
        return fall_back(account, leg, error.code, "")


def _apologise(account: Account, leg: Leg) -> Generator[Wait, Event, None]:
    yield from utter(account, leg, Heard("say", APPLICATION_ERROR, "alice", "en-US"))


def _through(account: Account, leg: Leg, script: Script) -> Turn:
    """All verbs of one document, in their order."""
    try:
        for verb in script.verbs:
            led_to = yield from PERFORM[verb.tag](account, leg, verb, script)
            if led_to is not None:
                return led_to
    except BadAnswer as error:
        note(leg, error, script.url)
        return fall_back(account, leg, error.code, script.url)
    return None
