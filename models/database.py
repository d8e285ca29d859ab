"""Opening the database: SQLite on a laptop or PostgreSQL on several machines, by the same rules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from models import every_table
from models.filing import keep_in_step
from models.listing import FIRST_NUMBER
from models.secrets import Keyring

# How long a writer waits for another one before it gives up. Far above any turn of ours, far
# below the 15 seconds after which a carrier stops waiting for a webhook.
LOCK_WAIT_SECONDS = 10


class Database:
    """One database and the sessions on it.

    `writing()` commits when its block ends well and rolls back when it doesn't; `reading()` never
    commits. On SQLite a writing session takes the write lock at once (BEGIN IMMEDIATE): a session
    that reads first and writes later would otherwise fail where it ought to wait.
    """

    def __init__(self, url: str, keyring: Keyring) -> None:
        # A foreign key is found only once its table's module was read.
        every_table()
        self.url = make_url(url)
        if self.url.drivername in ("postgres", "postgresql"):
            self.url = self.url.set(drivername="postgresql+psycopg")
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        # Errors of the database end up in logs, where names and texts have no place.
        options: dict[str, Any] = {"hide_parameters": True}
        if self.is_sqlite:
            options["connect_args"] = {"timeout": LOCK_WAIT_SECONDS}
        else:
            options["pool_pre_ping"] = True
            options["connect_args"] = {
                # jit: compiling a statement takes longer than any of ours.
                "options": f"-c lock_timeout={LOCK_WAIT_SECONDS}s -c timezone=UTC -c jit=off"
            }
        self.engine = create_engine(self.url, **options)
        self.engine.dialect.keyring = keyring  # type: ignore[attr-defined]  # see models.secrets
        if self.is_sqlite:
            _follow_our_rules_on_sqlite(self.engine)
        self._reader = self.engine.execution_options(reads_only=True)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            keep_in_step(session)
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with Session(self._reader, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        self.engine.dispose()


def _follow_our_rules_on_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        # Transactions are begun by our own statement below, not guessed by the driver.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        # FULL: what was committed survives a power cut, not only a killed process.
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        reads_only = connection.get_execution_options().get("reads_only", False)
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def empty_all_tables(session: Session) -> None:
    """Forget everybody and everything, and number anew: for a fresh demo, and between tests.

    The communes stay: they are public, and loading them takes seconds.
    """
    tables = [
        table for table in every_table().sorted_tables if not table.name.startswith("commune")
    ]
    if session.get_bind().dialect.name == "sqlite":
        for table in reversed(tables):
            session.execute(table.delete())
        session.execute(text("DELETE FROM sqlite_sequence WHERE name <> 'listing'"))
        session.execute(
            text("UPDATE sqlite_sequence SET seq = :last WHERE name = 'listing'"),
            {"last": FIRST_NUMBER - 1},
        )
    else:
        names = ", ".join(table.name for table in tables)
        session.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
