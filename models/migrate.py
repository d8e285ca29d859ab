"""Bringing a database's tables up to date, and telling whether they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from models import every_table
from models.database import Database


def migrate(database: Database, *, to: str = "head") -> None:
    """Apply every migration that is missing, up to the newest or to one by its number."""
    with database.engine.connect() as connection, _tables_may_be_copied(connection):
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        connection.commit()


@contextmanager
def _tables_may_be_copied(connection: Connection) -> Iterator[None]:
    """Let SQLite replace a table by its copy without taking along all that refers to it.

    It changes tables by dropping the old one, and while references are kept, that deletes every
    row that refers to a row of it. The switch only works outside of a transaction.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    raw = connection.connection.driver_connection
    if is_sqlite and raw is not None:
        raw.execute("PRAGMA foreign_keys=OFF")
    yield
    if is_sqlite and raw is not None:
        raw.execute("PRAGMA foreign_keys=ON")


def is_current(database: Database) -> bool:
    """Whether every migration has been applied."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == newest


def differences(database: Database) -> list[object]:
    """What the models have that the migrated database lacks, and the other way round."""
    with database.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), every_table()))


def new_migration(database: Database, message: str) -> None:
    """Write a migration for what has changed in the models, to be read before it is committed."""
    with database.engine.connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.revision(config, message, autogenerate=True)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("models") / "migrations"))
    return config
