"""The neighbours' thumbs: threads that look at the phones, and text what their owners answer."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from gateway.simulator import store as kept
from gateway.simulator.carrier import SimulatedCarrier
from gateway.torture.people import Leaving, Neighbour

THUMBS = 12
LOOKS_EVERY_SECONDS = 0.05
# How long somebody takes to answer.
QUICKEST_SECONDS = 0.05
SLOWEST_SECONDS = 0.8


@dataclass(frozen=True, order=True)
class Plan:
    """Something to be texted: when (on the monotonic clock), by whom; no text: leaving."""

    at: float
    place: int
    neighbour: Neighbour = field(compare=False)
    text: str | None = field(compare=False)
    after_leaving: bool = field(compare=False)


class Crowd:
    """All neighbours, each texting one thing after the other."""

    def __init__(self, neighbours: Sequence[Neighbour], carrier: SimulatedCarrier) -> None:
        self.neighbours = {neighbour.number: neighbour for neighbour in neighbours}
        self._carrier = carrier
        # One text at a time leaves a phone, however long the carrier takes over it.
        self._phones = {neighbour.number: threading.Lock() for neighbour in neighbours}
        self._minds = threading.Lock()
        self._to_text: list[Plan] = []
        self._order = count()
        self._texting = 0
        self._news = threading.Condition()
        self._read: set[int] = set()
        self._looked_up_to = 0
        self._is_over = False
        self._threads = [
            threading.Thread(target=self._text, name=f"thumb {index}", daemon=True)
            for index in range(THUMBS)
        ]
        self._threads.append(threading.Thread(target=self._look, name="eyes", daemon=True))

    def begin(self, seconds: float) -> None:
        """Everybody writes at some moment of so many seconds; who leaves does so later."""
        for neighbour in self.neighbours.values():
            self._later(neighbour, neighbour.begins(), neighbour.rng.uniform(0, 0.7 * seconds))
            if neighbour.leaving is not Leaving.STAYS:
                self._later(neighbour, None, neighbour.rng.uniform(0.4 * seconds, seconds))
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        with self._news:
            self._is_over = True
            self._news.notify_all()
        for thread in self._threads:
            thread.join()

    @property
    def is_quiet(self) -> bool:
        """Whether nobody is about to text, and everything that arrived has been read."""
        with self._news:
            return (
                not self._to_text
                and not self._texting
                and self._looked_up_to >= self._carrier.last_change
            )

    def _later(self, neighbour: Neighbour, text: str | None, seconds: float) -> None:
        """Let somebody text in so many seconds; without a text, leave."""
        with self._news:
            at, place = time.monotonic() + seconds, next(self._order)
            heapq.heappush(self._to_text, Plan(at, place, neighbour, text, neighbour.has_left))
            self._news.notify()

    def _text(self) -> None:
        while (plan := self._next()) is not None:
            neighbour = plan.neighbour
            try:
                with self._phones[neighbour.number]:
                    with self._minds:
                        # Whoever has left doesn't go on with what was begun before.
                        is_void = neighbour.has_left and not plan.after_leaving
                        text = plan.text if plan.text is not None else neighbour.leaves()
                    if not is_void:
                        # Whether the service heard it stands on the carrier's record.
                        self._carrier.text(neighbour.number, text)
            finally:
                with self._news:
                    self._texting -= 1

    def _next(self) -> Plan | None:
        """The next text, when its time has come; None at the end."""
        with self._news:
            while not self._is_over:
                wait = self._to_text[0].at - time.monotonic() if self._to_text else None
                if wait is not None and wait <= 0:
                    self._texting += 1
                    return heapq.heappop(self._to_text)
                self._news.wait(wait)
            return None

    def _look(self) -> None:
        while not self._is_over:
            up_to = self._carrier.last_change
            arrived = self._carrier.store.messages(
                kept.messages.c.change > self._looked_up_to,
                kept.messages.c.direction != "inbound",
                kept.messages.c.delivered_at.is_not(None),
            )
            for message in arrived:
                neighbour = self.neighbours.get(message.recipient)
                if neighbour is None or message.id in self._read:
                    continue
                self._read.add(message.id)
                with self._minds:
                    for answer in neighbour.hears(message.text):
                        pause = neighbour.rng.uniform(QUICKEST_SECONDS, SLOWEST_SECONDS)
                        self._later(neighbour, answer, pause)
            self._looked_up_to = up_to
            time.sleep(LOOKS_EVERY_SECONDS)
