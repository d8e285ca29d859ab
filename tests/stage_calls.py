"""The telephones on the stage: what people do with them, and what is seen and heard of it.

A telephone acts on the carrier's leg itself, not through `carrier.call`, which moves the clock on
its own: here the stage moves it, so that the worker does meanwhile what is due.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from gateway.simulator.calls import call, happens_to
from gateway.simulator.carrier import SimulatedCarrier
from gateway.simulator.switchboard import Answered, Declined, HangUp, Heard, Key, Leg, Words
from gateway.simulator.telephone import LISTENED_TO

# "Ali hears" and the words, or what happened and None.
Seen = tuple[str, str | None]
# Pauses are listened to for so long; whoever waits longer is on hold, until a line lets time pass.
PATIENCE = timedelta(seconds=30)


class Telephones:
    """Everybody's telephones, while they ring and while somebody speaks."""

    def __init__(
        self,
        carrier: SimulatedCarrier,
        numbers: dict[str, str],
        pass_until: Callable[[datetime], object],
    ) -> None:
        """`pass_until` lets time go by up to a moment, and everybody do what is due at its time."""
        self._carrier = carrier
        self._numbers = numbers
        self._pass_until = pass_until
        self._heard: dict[str, int] = {}  # how many of the things that a leg heard were seen
        self._rang: set[str] = set()
        self._connected: set[str] = set()
        self._ended: set[str] = set()
        self._machines: set[str] = set()

    # What people do

    def call(self, who: str, shown_as: str = "") -> None:
        """Somebody calls the service, perhaps shown as somebody else or as nobody."""
        call(self._carrier, self._numbers[who], None, shown_as)
        self._listen()

    def press(self, who: str, keys: str) -> None:
        leg = self._leg(who)
        for key in keys:
            # The first key may have ended the call; whoever types fast types on.
            if not leg.is_over:
                happens_to(self._carrier, leg, Key(key))
        self._listen()

    def say(self, who: str, words: str) -> None:
        happens_to(self._carrier, self._leg(who), Words(words))
        self._listen()

    def stay_silent(self, who: str) -> None:
        """Until the service stops waiting for this person."""
        self._wait_out(self._leg(who))

    def hang_up(self, who: str) -> None:
        leg = self._leg(who)
        self._ended.add(leg.sid)
        happens_to(self._carrier, leg, HangUp())
        self._listen()

    def answer(self, who: str, *, by_machine: bool = False) -> None:
        leg = self._leg(who, rings=True)
        if by_machine:
            self._machines.add(leg.sid)
        happens_to(self._carrier, leg, Answered(by_machine=by_machine))
        self._listen()

    def decline(self, who: str) -> None:
        leg = self._leg(who, rings=True)
        self._ended.add(leg.sid)
        happens_to(self._carrier, leg, Declined())
        self._listen()

    def let_ring(self, who: str) -> None:
        """Nobody answers, until the service gives up."""
        leg = self._leg(who, rings=True)
        self._ended.add(leg.sid)
        self._wait_out(leg)

    def _wait_out(self, leg: Leg) -> None:
        end = leg.wait.until if leg.wait else None
        assert end is not None, "nothing ends this wait by itself"
        self._pass_until(end)
        self._listen()

    def _leg(self, who: str, *, rings: bool = False) -> Leg:
        legs = self._carrier.switchboard.of(self._numbers[who])
        found = next((leg for leg in legs if leg.is_ringing == rings), None)
        assert found is not None, (
            f"{who}'s phone does not ring" if rings else f"{who} is in no call"
        )
        return found

    def _listen(self) -> None:
        """See what comes of it, and hear out pauses; not while a phone rings, for that is next."""
        now = self._carrier.now()
        end = now + PATIENCE
        self._pass_until(now)
        while True:
            legs = [leg for leg in self._carrier.switchboard.legs.values() if not leg.is_over]
            waits = [leg.wait for leg in legs if leg.wait is not None]
            pauses = [wait.until for wait in waits if wait.what in ("talk", "pause") and wait.until]
            if not pauses or min(pauses) > end or any(leg.is_ringing for leg in legs):
                return
            self._pass_until(min(pauses))

    # What is seen and heard

    def next_due_at(self) -> datetime | None:
        """When the next wait in a call ends by itself."""
        return self._carrier.switchboard.next_due_at()

    def news(self) -> list[Seen]:
        """What has happened since this was asked last; the clock has stood still meanwhile."""
        legs = list(self._carrier.switchboard.legs.values())
        broken = [f"{leg.sid}: {leg.errors}" for leg in legs if leg.errors]
        assert not broken, f"these calls broke: {broken}"
        first: list[Seen] = []
        then: list[Seen] = []
        # The end of a call that somebody was connected to comes before what the caller hears of it.
        for leg in sorted(legs, key=lambda leg: leg.parent is None):
            first += self._words(leg)
            (first if leg.parent else then).extend(self._end(leg))
            then += self._beginning(leg)
        return first + then

    def _words(self, leg: Leg) -> list[Seen]:
        listener = self._name(leg) + ("'s machine" if leg.sid in self._machines else "")
        new = leg.heard[self._heard.get(leg.sid, 0) :]
        self._heard[leg.sid] = len(leg.heard)
        return [(f"{listener} hears", _as_heard(one)) for one in new if one.kind in LISTENED_TO]

    def _beginning(self, leg: Leg) -> list[Seen]:
        if leg.is_ringing and leg.status == "ringing" and leg.sid not in self._rang:
            self._rang.add(leg.sid)
            return [(f"{self._name(leg)}'s phone rings", None)]
        if leg.parent and leg.other is leg.parent and leg.sid not in self._connected:
            self._connected.add(leg.sid)
            return [(f"{self._name(leg.parent)} and {self._name(leg)} are connected", None)]
        return []

    def _end(self, leg: Leg) -> list[Seen]:
        if not leg.is_over or leg.sid in self._ended:
            return []
        self._ended.add(leg.sid)
        if leg.direction == "inbound" or leg.answered_at is not None:
            return [(f"{self._name(leg)}'s call ends", None)]
        if leg.sid in self._rang:
            return [(f"{self._name(leg)}'s phone stops ringing", None)]
        return []

    def _name(self, leg: Leg) -> str:
        names = {number: name for name, number in self._numbers.items()}
        return names.get(leg.person, leg.person)


def _as_heard(one: Heard) -> str:
    """The words; of a sound its path, for the rest of the address differs from run to run."""
    return f"[{urlsplit(one.text).path}]" if one.kind == "play" else one.text


def as_lines(seen: list[Seen]) -> list[str]:
    """As a transcript says it: what one phone hears at a stretch is one line."""
    lines: list[Seen] = []
    stretch: dict[str, int] = {}
    for what, words in seen:
        if what in stretch:
            place = stretch[what]
            lines[place] = (what, f"{lines[place][1]} {words}")
            continue
        if what.endswith(" hears"):
            stretch[what] = len(lines)
        else:
            stretch.clear()
        lines.append((what, words))
    return [
        (what if words is None else f"{what}:  {words}").replace("\n", "\\n")
        for what, words in lines
    ]
