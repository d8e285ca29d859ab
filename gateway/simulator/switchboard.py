"""The calls that are under way: each walks through documents and stops where it has to wait.

A leg is one telephone's part of a call. Its course is a generator, in walk.py: it yields what it
waits for, and goes on with what happened: a key, words, an answer, the end of a time. Whoever
brings the event takes the leg further; nobody ever waits for a lock, so that a gateway may ask
something about a call from within the webhook of that call.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

FINAL = {"completed", "busy", "no-answer", "failed", "canceled"}


@dataclass(frozen=True)
class Heard:
    """Something that came out of a telephone's earpiece.

    kind: say, play, pause, beep, tones (keys that somebody pressed), voice (another person),
    or typed and spoken, which the person at this telephone did.
    """

    kind: str
    text: str
    voice: str = ""
    language: str = ""
    markup: str = ""  # the SSML of a <Say>, where it has any


@dataclass(frozen=True)
class Wait:
    """What a leg waits for, and until when; None: for ever."""

    what: str  # talk, pause, gather, record, ringing, bridged
    until: datetime | None = None
    keys: bool = False
    words: bool = False


# What happens to a leg.


@dataclass(frozen=True)
class TimeUp:
    """The time of this very wait is over."""

    wait: Wait


@dataclass(frozen=True)
class Key:
    key: str


@dataclass(frozen=True)
class Words:
    text: str


@dataclass(frozen=True)
class Answered:
    by_machine: bool = False


@dataclass(frozen=True)
class Declined:
    """Whoever is called does not want to, or is on the telephone."""


@dataclass(frozen=True)
class Bridge:
    """The other leg of a Dial is ready to be connected."""

    sid: str


@dataclass(frozen=True)
class OtherEnded:
    """The other leg of a Dial is over."""

    sid: str


class HungUp(Exception):
    """The telephone was hung up, by either side."""


@dataclass(frozen=True)
class HangUp:
    status: str = "completed"


@dataclass
class Moved(Exception):
    """The gateway leads a call elsewhere: an address, or a document."""

    url: str = ""
    document: str = ""


Event = (
    TimeUp | Key | Words | Answered | Declined | Bridge | OtherEnded | HangUp | Moved
)  # fmt: skip
Course = Generator[Wait, Event, None]


@dataclass(eq=False)
class Leg:
    """One telephone's part of a call, as the carrier knows it."""

    sid: str
    direction: str  # inbound, outbound-api or outbound-dial
    caller: str  # From
    called: str  # To
    person: str  # the number of the telephone that somebody holds
    created_at: datetime
    status: str = "queued"
    url: str = ""
    document: str = ""
    ring_seconds: int = 60
    detects_machine: str = ""
    parent: Leg | None = None
    callback_url: str | None = None
    callback_events: frozenset[str] = frozenset({"completed"})
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    answered_by: str = ""
    other: Leg | None = None  # whom this leg is connected with
    wait: Wait | None = None
    heard: list[Heard] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)
    sequence: int = 0  # of its status callbacks
    ended_as: str = "completed"
    course: Course | None = None
    inbox: deque[Event] = field(default_factory=deque)
    turn: Lock = field(default_factory=Lock)

    @property
    def is_over(self) -> bool:
        return self.status in FINAL

    @property
    def is_ringing(self) -> bool:
        """Whether somebody can answer it."""
        return self.direction != "inbound" and self.status in ("queued", "initiated", "ringing")

    @property
    def duration(self) -> int:
        """Seconds from the answer to the end."""
        if self.answered_at is None or self.ended_at is None:
            return 0
        return round((self.ended_at - self.answered_at).total_seconds())


@dataclass(frozen=True)
class Callback:
    """A webhook of which nobody waits for the answer."""

    url: str
    form: dict[str, str]
    token: str


class Switchboard:
    """All legs since the start, and the callbacks that are still to be posted."""

    def __init__(self) -> None:
        self.legs: dict[str, Leg] = {}
        self.callbacks: deque[Callback] = deque()

    def begin(self, leg: Leg, course: Course) -> None:
        """Take a new leg in and walk it to where it first waits."""
        leg.course = course
        self.legs[leg.sid] = leg
        with leg.turn:
            _step(leg, None)
        self._go_on(leg)

    def tell(self, leg: Leg, event: Event) -> None:
        """Something happens to a leg, now or as soon as it has done what it is doing."""
        leg.inbox.append(event)
        self._go_on(leg)

    def _go_on(self, leg: Leg) -> None:
        # Whoever has the turn looks into the inbox again after giving it back.
        while leg.inbox and leg.turn.acquire(blocking=False):
            try:
                if leg.inbox:
                    _step(leg, leg.inbox.popleft())
            finally:
                leg.turn.release()

    def pump(self, now: datetime) -> int:
        """Let every wait end whose time is over; how many that were."""
        done = 0
        while due := self._due(now):
            leg, wait = due
            self.tell(leg, TimeUp(wait))
            done += 1
            if leg.wait is wait:
                break  # somebody else has the turn
        return done

    def _due(self, now: datetime) -> tuple[Leg, Wait] | None:
        waiting = self._waiting()
        if not waiting or waiting[0][0] > now:
            return None
        return waiting[0][2], waiting[0][3]

    def next_due_at(self) -> datetime | None:
        """When the next wait ends by itself."""
        waiting = self._waiting()
        return waiting[0][0] if waiting else None

    def _waiting(self) -> list[tuple[datetime, int, Leg, Wait]]:
        """What waits for a time, soonest first, older calls before newer ones."""
        found = []
        for place, leg in enumerate(list(self.legs.values())):
            wait = leg.wait
            if wait is not None and wait.until is not None and not leg.turn.locked():
                found.append((wait.until, place, leg, wait))
        return sorted(found, key=lambda one: one[:2])

    def of(self, number: str) -> list[Leg]:
        """The legs of one telephone that are not over, oldest first."""
        return [leg for leg in self.legs.values() if leg.person == number and not leg.is_over]


def _step(leg: Leg, event: Event | None) -> None:
    """Take a leg to its next wait, or to its end."""
    course = leg.course
    if course is None or (isinstance(event, TimeUp) and event.wait is not leg.wait):
        return
    leg.wait = None
    try:
        if event is None:
            leg.wait = next(course)
        elif isinstance(event, HangUp):
            leg.ended_as = event.status
            leg.wait = course.throw(HungUp())
        elif isinstance(event, Moved):
            leg.wait = course.throw(event)
        else:
            leg.wait = course.send(event)
    except StopIteration:
        leg.course = None
    except Exception:
        # A mistake of the simulator itself: the line is dead, and whoever brought the event knows.
        leg.course, leg.status = None, "failed"
        raise
