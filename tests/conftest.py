"""What all tests share: both kinds of database, a stage to act on, and no network but loopback."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.local_postgres import find_binaries, postgres_server
from gateway.prepare import prepare
from models.database import Database, empty_all_tables
from models.secrets import Keyring
from tests.stage import SECRET, Stage

# In CI nothing may be left out for want of a program.
IN_CI = bool(os.environ.get("CI"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--accept",
        action="store_true",
        help="write what the transcripts' people get now into the transcripts, to be read",
    )


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what the tests measured (`record_property`), whichever process they ran in."""
    measured = [
        f"{report.nodeid.split('::')[-1]}: {name} {value}"
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if report.when == "call"
    ]
    if measured:
        terminalreporter.section("figures")
        terminalreporter.write("\n".join(measured) + "\n")


@pytest.fixture(scope="session", autouse=True)
def _only_loopback() -> Iterator[None]:
    """Any connection that leaves this machine fails the test that makes it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "unix"
        if host not in ("127.0.0.1", "::1", "localhost", "unix"):
            raise RuntimeError(f"a test wanted to connect to {host}")
        connect(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'test.db'}"


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    given = os.environ.get("TEST_DATABASE_URL")
    binaries = find_binaries()
    if given:
        yield given
    elif binaries is not None:
        with postgres_server(binaries) as url:
            yield url
    elif IN_CI:
        pytest.fail("PostgreSQL must be there in CI")
    else:
        pytest.skip("no PostgreSQL: neither its programs nor TEST_DATABASE_URL were found")


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def prepared_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """One database of each kind, with all tables and the communes."""
    database = Database(request.getfixturevalue(f"{request.param}_url"), Keyring([SECRET]))
    prepare(database)
    yield database
    database.close()


@pytest.fixture
def database(prepared_database: Database) -> Database:
    """A database in which nobody has written yet. The test runs on both kinds."""
    with prepared_database.writing() as session:
        empty_all_tables(session)
    return prepared_database


@pytest.fixture
def stage(database: Database) -> Iterator[Stage]:
    """The whole service with a simulated carrier, over real HTTP, and a clock that stands still."""
    stage = Stage(database)
    yield stage
    stage.close()


@pytest.fixture(scope="session")
def here() -> Path:
    return Path(__file__).parent
