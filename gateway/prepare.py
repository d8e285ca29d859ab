"""Making a database ready: its tables, and the communes. Quick when both are there already."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from models.database import Database
from models.geography.load import communes_are_current, load_communes
from models.migrate import is_current, migrate


class NotPrepared(Exception):
    """The database lacks tables or communes; the message says what to do."""


def require_prepared(database: Database) -> None:
    """NotPrepared unless the tables and the communes are there and up to date."""
    if is_current(database):
        with database.reading() as session:
            if communes_are_current(session):
                return
    raise NotPrepared("the database is not ready; run: python -m gateway migrate")


def prepare(database: Database) -> None:
    """Create or update the tables and load the communes, showing how far it has come."""
    if database.is_sqlite and database.url.database:
        Path(database.url.database).parent.mkdir(parents=True, exist_ok=True)
    if not is_current(database):
        migrate(database)
    with database.reading() as session:
        if communes_are_current(session):
            return
    with _bar("Communes") as progress, database.writing() as session:
        load_communes(session, progress=progress)


@contextmanager
def _bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar, moved by calling what this yields with (done, of how many)."""
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns) as progress:
        task = progress.add_task(label, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
