"""What goes wrong while the neighbours text: the carrier's weather, killed processes, cut lines."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from random import Random

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from gateway.simulator.carrier import SimulatedCarrier
from gateway.simulator.faults import Faults
from gateway.torture.processes import Child
from models.database import Database

# What goes wrong in any weather.
ALWAYS: dict[str, float] = {
    "slow_seconds": 0.02,
    "too_many": 0.05,
    "broken": 0.05,
    "answer_lost": 0.1,
    "silence_seconds": 0.05,
    "callbacks_late": 0.2,
    "late_seconds": 4.0,
    "callbacks_reversed": 0.2,
    "callbacks_twice": 0.2,
    "webhooks_twice": 0.15,
    "webhooks_lost": 0.05,
}
# Longer than the service waits for an answer of the carrier.
SILENCE_SECONDS = 11.0
WEATHERS = {
    "changeable": Faults(**ALWAYS),
    "refusing": Faults(**ALWAYS | {"too_many": 0.5}),
    "broken": Faults(**ALWAYS | {"broken": 0.5}),
    "losing answers": Faults(**ALWAYS | {"answer_lost": 0.4}),
    "slow": Faults(**ALWAYS | {"slow_seconds": 0.6}),
    "silent": Faults(**ALWAYS | {"silence_seconds": SILENCE_SECONDS}),
}
WEATHER_CHANGES_AFTER_SECONDS = (1.5, 4.0)
KILLED_AFTER_SECONDS = (1.0, 4.0)
CUT_AFTER_SECONDS = (0.3, 1.2)
TICK_SECONDS = 0.1


class Trouble:
    """Makes trouble, one tick after the other; `counted` says how much of it."""

    def __init__(
        self,
        *,
        carrier: SimulatedCarrier,
        web: Child,
        workers: Sequence[Child],
        database: Database,
        rng: Random,
    ) -> None:
        self.counted: Counter[str] = Counter()
        self._carrier = carrier
        self._web = web
        self._workers = workers
        self._database = database
        self._rng = rng
        self._victims: list[str] = []

    def go_on_for(self, seconds: float) -> None:
        """Make trouble for so long, then none any more; what was killed is started again."""
        wait = threading.Event().wait
        ticks = round(seconds / TICK_SECONDS)
        changes, kills, cuts = (
            self._moments(ticks, spans)
            for spans in (WEATHER_CHANGES_AFTER_SECONDS, KILLED_AFTER_SECONDS, CUT_AFTER_SECONDS)
        )
        self._carrier.set_faults(WEATHERS["changeable"])
        for tick in range(ticks):
            for child in (self._web, *self._workers):
                child.start_again_if_ended()
            if tick in changes:
                self._carrier.set_faults(WEATHERS[self._rng.choice(list(WEATHERS))])
            if tick in kills:
                self._kill()
            if tick in cuts and not self._database.is_sqlite:
                self._cut_a_line()
            wait(TICK_SECONDS)
        self._carrier.set_faults(Faults())

    def _moments(self, ticks: int, seconds: tuple[float, float]) -> set[int]:
        moments, at = set(), 0.0
        while at < ticks:
            at += self._rng.uniform(*seconds) / TICK_SECONDS
            moments.add(round(at))
        return moments

    def _kill(self) -> None:
        if not self._victims:
            # While the web's master is away little else can go wrong, so that is the rarest.
            self._victims = ["worker"] * 4 + ["web process"] * 3 + ["web master"]
            self._rng.shuffle(self._victims)
        what = self._victims.pop()
        if what == "worker":
            done = self._rng.choice(self._workers).kill()
        elif what == "web process":
            done = self._web.kill_one_of_its_own(self._rng)
        else:
            done = self._web.kill()
        self.counted[f"{what} killed"] += done

    def _cut_a_line(self) -> None:
        """End one of the database's connections, whatever it is doing."""
        lines = text(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        # It may be one's own, or gone by now.
        with suppress(SQLAlchemyError), self._database.writing() as session:
            pids = session.scalars(lines).all()
            if pids:
                session.execute(
                    text("SELECT pg_terminate_backend(:pid)"), {"pid": self._rng.choice(pids)}
                )
                self.counted["database line cut"] += 1
