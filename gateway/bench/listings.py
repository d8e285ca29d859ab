"""Made-up listings all over France: many, quickly, and the same ones for the same seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, islice
from random import Random
from typing import Any

from sqlalchemy import Connection, Table, insert, text

from models import every_table
from models.database import Database
from models.geography.table import read_places
from models.listing import FIRST_NUMBER, NEVER, Kind, ListingStatus

# How often each service is asked for and offered, in percent: everyday help first.
SERVICES = {
    "courses": 24, "nouvelles": 11, "medicaments": 9, "medecin": 8, "informatique": 7, "devoirs": 6,
    "domicile": 5, "jardinage": 5, "repas": 5, "animaux": 4, "enfants": 4, "autre": 3,
    "veterinaire": 2, "impression": 2, "mecanique": 2, "musique": 1, "materiel-medical": 1,
}  # fmt: skip
# Somebody who helps often offers two or three things; somebody in need asks for one.
SERVICES_OF_AN_OFFER = (1, 1, 2, 2, 3)
SERVICES_OF_A_NEED = (1, 1, 1, 2)
SHARE_OF_OFFERS = 0.6
SHARE_CLOSED = 0.1
SHARE_PAUSED = 0.03
SHARE_NEVER_ALERTED = 0.4
SHARE_ON_HOLIDAYS = 0.1
LISTED_FOR = timedelta(days=90)
ROWS_AT_ONCE = 20_000

PERSON = ("id", "number_hash", "language", "created_at", "last_seen_at", "paused_at",
          "wants_holidays", "alerted_at", "alerted_on", "alerts_that_day")  # fmt: skip
LISTING = ("id", "person_id", "kind", "commune_insee", "first_name", "status", "posted_at",
           "expires_at", "closed_at", "waves", "promises")  # fmt: skip
CATEGORY = ("listing_id", "slug", "position", "kind", "commune_insee", "posted_at", "is_open",
            "is_away", "wants_holidays", "alerted_at")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rows:
    """What one listing adds to the three tables: each has a person of its own."""

    person: tuple[Any, ...]
    listing: tuple[Any, ...]
    categories: list[tuple[Any, ...]]


def made_up(count: int, *, now: datetime, seed: int = 1) -> Iterator[Rows]:
    """So many listings, in communes drawn by population, posted in the last months."""
    rng = Random(seed)
    places = read_places()
    codes = [place.insee for place in places]
    weights = list(accumulate(place.population for place in places))
    slugs, often = list(SERVICES), list(accumulate(SERVICES.values()))
    for n in range(count):
        number = FIRST_NUMBER + n
        kind = Kind.OFFER if rng.random() < SHARE_OF_OFFERS else Kind.NEED
        commune = rng.choices(codes, cum_weights=weights)[0]
        posted_at = now - LISTED_FOR * rng.random()
        closed_at = now if rng.random() < SHARE_CLOSED else None
        status = ListingStatus.ACTIVE if closed_at is None else ListingStatus.DONE
        paused_at = now if rng.random() < SHARE_PAUSED else None
        on_holidays = rng.random() < SHARE_ON_HOLIDAYS
        alerted_at = None
        if kind is Kind.OFFER and rng.random() >= SHARE_NEVER_ALERTED:
            alerted_at = now - (now - posted_at) * rng.random()
        several = SERVICES_OF_AN_OFFER if kind is Kind.OFFER else SERVICES_OF_A_NEED
        services = dict.fromkeys(rng.choices(slugs, cum_weights=often, k=rng.choice(several)))
        yield Rows(
            person=(
                number, f"{number:064x}", "fr", posted_at, posted_at, paused_at, on_holidays,
                alerted_at, alerted_at and alerted_at.date(), int(alerted_at is not None),
            ),
            listing=(
                number, number, kind.value, commune, "Zoé", status.value, posted_at,
                now + LISTED_FOR, closed_at, 0, 0,
            ),
            categories=[
                (
                    number, slug, position, kind.value, commune, posted_at, closed_at is None,
                    paused_at is not None and kind is Kind.OFFER, on_holidays, alerted_at or NEVER,
                )
                for position, slug in enumerate(services)
            ],
        )  # fmt: skip


def fill(database: Database, rows: Iterable[Rows]) -> None:
    """Put them into empty tables. Indexes are made afterwards: that is quicker by far."""
    tables = every_table().tables
    filled = [tables["person"], tables["listing"], tables["listing_category"]]
    indexes = [index for table in filled for index in table.indexes]
    with database.engine.begin() as connection:
        for index in indexes:
            index.drop(connection)
        left = iter(rows)
        while chunk := list(islice(left, ROWS_AT_ONCE)):
            _write(connection, tables["person"], PERSON, [row.person for row in chunk])
            _write(connection, tables["listing"], LISTING, [row.listing for row in chunk])
            categories = [category for row in chunk for category in row.categories]
            _write(connection, tables["listing_category"], CATEGORY, categories)
        for index in indexes:
            index.create(connection)
        if not database.is_sqlite:
            for name in ("person", "listing"):
                # SQLite goes on behind the highest number by itself.
                last = f"pg_get_serial_sequence('{name}', 'id'), max(id)"
                connection.execute(text(f"SELECT setval({last}) FROM {name}"))  # noqa: S608
    with database.engine.connect() as connection:
        # Both plan by what they have counted.
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE"))


def _write(
    connection: Connection, table: Table, names: tuple[str, ...], rows: list[tuple[Any, ...]]
) -> None:
    if connection.dialect.name == "sqlite":
        connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
        return
    cursor: Any = connection.connection.cursor()
    with cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
