"""A call as whoever holds the telephone lives it: for transcripts and tests.

    call = carrier.call("+33199000001")
    call.heard                ["Bonjour, vous êtes sur Fil Solidaire. ..."]
    call.press("1")           then call.heard is what was said since
    call.say("mes courses")
    call.stay_silent()        until the service stops waiting
    call.hang_up()

    (ringing,) = carrier.ringing("+33639980002")
    ringing.answer()          or decline(), let_ring(), answering_machine()
    ringing.is_bridged

Whoever acts here first hears the service out: the clock moves over what is said and over pauses.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from gateway.simulator import calls, due
from gateway.simulator.account import Account
from gateway.simulator.switchboard import Answered, Declined, Event, HangUp, Heard, Key, Leg, Words

# What comes out of the earpiece and is listened to; the rest is what the person does.
LISTENED_TO = {"say", "play", "voice"}
OWN = {"typed", "spoken"}


class Call:
    """One telephone in one call."""

    def __init__(self, account: Account, leg: Leg) -> None:
        self._account = account
        self.leg = leg
        self._since = 0
        self.listen()

    # What is seen and heard

    @property
    def heard(self) -> list[str]:
        """What was said since this person last did something."""
        return [one.text for one in self.everything[self._since :] if one.kind in LISTENED_TO]

    @property
    def everything(self) -> list[Heard]:
        """All that came out of this telephone, and what was done with it, in its order."""
        return self.leg.heard

    @property
    def status(self) -> str:
        """As the carrier names it: ringing, in-progress, completed, busy, no-answer, …"""
        return self.leg.status

    @property
    def is_ringing(self) -> bool:
        return self.leg.is_ringing

    @property
    def is_over(self) -> bool:
        return self.leg.is_over

    @property
    def is_bridged(self) -> bool:
        """Whether this person talks with another person now."""
        return self.leg.other is not None

    @property
    def shown(self) -> str:
        """The number on the display of whoever is called."""
        return self.leg.caller

    @property
    def errors(self) -> list[int]:
        """The carrier's codes for what went wrong with the documents of this call."""
        return self.leg.errors

    # What a person does

    def press(self, keys: str) -> None:
        """Press keys, one after the other."""
        self.listen()
        self._since = len(self.leg.heard)
        for place, key in enumerate(keys):
            # A key too many after the end of a call is pressed in vain; the first one is a mistake.
            if place == 0 or not self.is_over:
                calls.happens_to(self._account, self.leg, Key(key))
        self.listen()

    def say(self, words: str) -> None:
        self.listen()
        self._do(Words(words))

    def stay_silent(self, span: timedelta | None = None) -> None:
        """Say nothing for so long, or until the service stops waiting for this person."""
        self.listen()
        self._since = len(self.leg.heard)
        wait = self.leg.wait
        end = wait.until if span is None and wait is not None else None
        if span is not None:
            end = self._account.now() + span
        if end is None:
            raise ValueError("nothing ends this silence by itself")
        self._pass_until(end)
        self.listen()

    def hang_up(self) -> None:
        self._do(HangUp())

    def answer(self) -> None:
        """Pick up a telephone that rings."""
        self._pick_up(Answered())

    def answering_machine(self) -> None:
        """A machine picks up; it presses no keys, and whatever is said is said to it."""
        self._pick_up(Answered(by_machine=True))

    def decline(self) -> None:
        """The caller hears that the line is busy."""
        self._pick_up(Declined())

    def let_ring(self) -> None:
        """Nobody answers, until the caller gives up."""
        wait = self.leg.wait
        if not self.is_ringing or wait is None or wait.until is None:
            raise ValueError("this telephone does not ring")
        self._pass_until(wait.until)

    def listen(self) -> None:
        """Hear out what is being said, and let the carrier do what is due."""
        due.pump(self._account)
        while (wait := self.leg.wait) and wait.what in ("talk", "pause") and wait.until:
            self._pass_until(wait.until)

    def _pick_up(self, event: Event) -> None:
        if not self.is_ringing:
            raise ValueError("this telephone does not ring")
        self._do(event)

    def _do(self, event: Event) -> None:
        self._since = len(self.leg.heard)
        calls.happens_to(self._account, self.leg, event)
        self.listen()

    def _pass_until(self, end: datetime) -> None:
        """Let time go by; what is due meanwhile in any call is done at its time."""
        account = self._account
        while (at := account.switchboard.next_due_at()) is not None and at <= end:
            account.forward(max(at - account.now(), timedelta()))
            due.pump(account)
        account.forward(max(end - account.now(), timedelta()))
        due.pump(account)


def ringing(account: Account, number: str) -> list[Call]:
    """The calls that ring on somebody's telephone."""
    return _calls(account, number, lambda leg: leg.is_ringing)


def current(account: Account, number: str) -> list[Call]:
    """The calls that somebody is in."""
    return _calls(account, number, lambda leg: not leg.is_ringing)


def _calls(account: Account, number: str, is_wanted: Callable[[Leg], bool]) -> list[Call]:
    return [Call(account, leg) for leg in account.switchboard.of(number) if is_wanted(leg)]
