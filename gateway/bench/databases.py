"""The databases that are measured: made for the purpose, empty, and gone afterwards.

Never the service's own: thousands of made-up neighbours have no place in it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from gateway.local_postgres import find_binaries, postgres_server
from models.database import Database
from models.geography.load import load_communes
from models.migrate import is_current, migrate
from models.secrets import Keyring

NAME = "fil_solidaire_bench"
NO_POSTGRESQL = "PostgreSQL is left out: neither DATABASE_URL nor its programs were found."


@contextmanager
def sqlite_url() -> Iterator[str]:
    """The address of a new SQLite file; it goes with the block."""
    with tempfile.TemporaryDirectory(prefix="fil-bench-") as folder:
        yield f"sqlite:///{Path(folder) / 'bench.db'}"


@contextmanager
def postgres_url(given: str) -> Iterator[str | None]:
    """The address of a new PostgreSQL database; None where there is neither server nor program.

    It is made on the server of `given` (the service's own address), if that is PostgreSQL and lets
    us; else on a server of our own. It goes with the block.
    """
    binaries = find_binaries()
    if given.startswith("postgres") and _make(given):
        try:
            yield make_url(given).set(database=NAME).render_as_string(hide_password=False)
        finally:
            _drop(given)
    elif binaries is not None:
        with postgres_server(binaries) as url:
            yield url
    else:
        yield None


def _make(server: str) -> bool:
    _drop(server)
    try:
        _tell(server, f"CREATE DATABASE {NAME}")
    except SQLAlchemyError:
        return False
    return True


def _drop(server: str) -> None:
    _tell(server, f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")


def _tell(server: str, statement: str) -> None:
    """A statement outside of any transaction, as these must be."""
    url = make_url(server).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@contextmanager
def prepared(url: str, secrets: list[str]) -> Iterator[Database]:
    """The database at an address, with all tables and the communes."""
    database = Database(url, Keyring(secrets))
    if not is_current(database):
        migrate(database)
        with database.writing() as session:
            load_communes(session)
    yield database
    database.close()
