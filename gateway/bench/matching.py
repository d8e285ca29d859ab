"""How long it takes to find matches and volunteers, among more and more listings.

The time is what the service waits: statement, driver and objects. Each need asks for a service
drawn as often as people ask for it, so that rare ones, for which one must look further, are there.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Final

from rich.table import Table
from sqlalchemy.orm import Session

from flows.gazetteer import gazetteer
from flows.matching import Wanted, find_matches, find_volunteers
from gateway.bench.databases import NO_POSTGRESQL, postgres_url, prepared, sqlite_url
from gateway.bench.figures import milliseconds, percentile, timed
from gateway.bench.listings import SERVICES, fill, made_up
from gateway.bench.run import Options
from gateway.clock import SystemClock
from models.database import Database
from models.listing import Kind, Listing
from models.person import lock_person

PLACES: Final = {"village": "12120", "Ermont": "95219", "Paris 15e": "75115"}
SIZES: Final = (10_000, 1_000_000)
LARGE: Final = 10_000_000
# SQLite is for a laptop or one association: a million listings would be all of France.
SIZES_ON_SQLITE: Final = (10_000, 100_000)
ASKED = 300
# PostgreSQL settles on a plan, and SQLAlchemy on a statement, in the first few rounds.
WARM_UP = 20
ASKED_BY = "+33639980001"


def measure(options: Options) -> Iterator[Table | str]:
    for size in SIZES_ON_SQLITE:
        with sqlite_url() as url:
            yield _measure_size("SQLite", url, size, options)
    for size in (*SIZES, LARGE) if options.large else SIZES:
        with postgres_url(options.settings.database_url) as address:
            if address is None:
                yield NO_POSTGRESQL
                return
            yield _measure_size("PostgreSQL", address, size, options)


def _measure_size(name: str, url: str, size: int, options: Options) -> Table:
    now = SystemClock().now()
    with prepared(url, options.settings.secrets) as database:
        seconds = timed(lambda: fill(database, made_up(size, now=now)))
        table = Table("a need in", "matches", "95 %", "volunteers", "95 %")
        table.title = f"{name}, {size:,} listings (filled in {seconds:.0f} s)"
        for place, insee in PLACES.items():
            table.add_row(place, *_measure_place(database, insee, options, now=now))
    return table


def _measure_place(
    database: Database, insee: str, options: Options, *, now: datetime
) -> Iterator[str]:
    """Median and 95th percentile of both questions; nothing is kept."""
    rules, rng = options.settings.rules, Random(1)
    needed = rng.choices(list(SERVICES), list(SERVICES.values()), k=WARM_UP + ASKED)
    with database.writing() as session:
        need = _post_need(session, insee, now=now)

        def matches(slug: str) -> None:
            wanted = Wanted(Kind.OFFER, (slug,), insee, need.person_id)
            find_matches(
                session,
                wanted,
                gazetteer=gazetteer(),
                radius_km=rules.radius_km,
                now=now,
                limit=rules.lines_per_list + 1,
            )

        def volunteers(slug: str) -> None:
            need.categories = (slug,)
            find_volunteers(
                session,
                need,
                gazetteer=gazetteer(),
                radius_km=rules.radius_km,
                now=now,
                limit=rules.wave_size,
                today=now.date(),
                alerts_per_day=rules.alerts_per_day,
                is_holiday=False,
            )

        with session.no_autoflush:
            for ask in (matches, volunteers):
                yield from _median_and_percentile(ask, needed)
        session.rollback()


def _median_and_percentile(ask: Callable[[str], None], needed: list[str]) -> Iterator[str]:
    seconds = [timed(functools.partial(ask, slug)) for slug in needed][WARM_UP:]
    for percent in (50, 95):
        yield milliseconds(percentile(seconds, percent))


def _post_need(session: Session, insee: str, *, now: datetime) -> Listing:
    need = Listing(
        person=lock_person(session, ASKED_BY, now=now),
        kind=Kind.NEED.value,
        commune_insee=insee,
        first_name="Ali",
        posted_at=now,
        expires_at=now + timedelta(days=30),
    )
    need.categories = ("courses",)
    session.add(need)
    session.flush()
    return need
