"""Loads the shipped table of communes into the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.commune import Commune, CommuneName, CommuneTableVersion
from models.geography.table import read_names, read_places, read_version

# SQLite takes at most 32,766 values in one statement, PostgreSQL 65,535.
ROWS_AT_ONCE = 2000


def communes_version(session: Session) -> str | None:
    """The version of the file that was loaded; None before the first time."""
    return session.scalar(select(CommuneTableVersion.version))


def communes_are_current(session: Session) -> bool:
    """Whether the communes of the shipped file, in its present version, are in the database."""
    return communes_version(session) == read_version()


def load_communes(
    session: Session, *, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> None:
    """Put the shipped communes into the database, in place of those of an older file.

    Rows are written over, never taken away: a listing may refer to a commune that the newer file
    no longer has. `progress` is told how many rows are done, of how many.
    """
    places = [
        {
            "insee": place.insee,
            "name": place.name,
            "short_name": place.short_name,
            "spoken_name": place.spoken_name,
            "departement": place.departement,
            "region": place.region,
            "population": place.population,
            "latitude": place.latitude,
            "longitude": place.longitude,
            "time_zone": place.time_zone,
            "mairie_phone": place.mairie_phone,
            "postal_codes": " ".join(place.postal_codes),
        }
        for place in read_places()
    ]
    names = [{"name": name, "kind": kind, "insee": insee} for name, kind, insee in read_names()]
    total = len(places) + len(names)
    done = 0
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    merge: Any = dialect.insert(Commune)
    changed = {column: merge.excluded[column] for column in places[0] if column != "insee"}
    merge = merge.on_conflict_do_update(index_elements=["insee"], set_=changed)
    session.execute(delete(CommuneName))
    for statement, rows in ((merge, places), (insert(CommuneName), names)):
        for start in range(0, len(rows), ROWS_AT_ONCE):
            batch = rows[start : start + ROWS_AT_ONCE]
            session.execute(statement, batch)
            done += len(batch)
            progress(done, total)
    session.execute(delete(CommuneTableVersion))
    session.execute(insert(CommuneTableVersion).values(version=read_version()))
