"""Numbers and texts at rest: unreadable, found all the same, and the secret can be changed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography.fernet import InvalidToken
from sqlalchemy import select, text

from models.database import Database
from models.person import Person, find_person, lock_person
from models.recording import Recording
from models.rotation import SOUNDS_AT_ONCE, rotate
from models.secrets import Keyring
from tests.stage import SECRET

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NUMBER = "+33639980001"
NEW_SECRET = "another secret of the tests, also long"  # noqa: S105


@pytest.fixture
def ali(database: Database) -> int:
    with database.writing() as session:
        return lock_person(session, NUMBER, now=NOW).id


def _database_with(database: Database, *secrets: str) -> Database:
    return Database(database.url.render_as_string(hide_password=False), Keyring(secrets))


def test_a_number_is_nowhere_to_be_read_in_the_database(database: Database, ali: int) -> None:
    with database.reading() as session:
        row = session.execute(text("SELECT * FROM person")).one()
    assert not any(NUMBER.lstrip("+") in str(value) for value in row)


def test_a_person_is_found_by_number(database: Database, ali: int) -> None:
    with database.reading() as session:
        found = find_person(session, NUMBER)
    assert found is not None
    assert (found.id, found.number) == (ali, NUMBER)


def test_the_same_number_is_one_person(database: Database, ali: int) -> None:
    with database.writing() as session:
        assert lock_person(session, NUMBER, now=NOW).id == ali


def test_without_the_secret_nothing_is_found_or_read(database: Database, ali: int) -> None:
    stranger = _database_with(database, NEW_SECRET)
    with stranger.reading() as session:
        assert find_person(session, NUMBER) is None
        with pytest.raises(InvalidToken):
            session.get(Person, ali)
    stranger.close()


def test_a_new_secret_takes_over_while_the_old_one_still_opens(
    database: Database, ali: int
) -> None:
    both = _database_with(database, NEW_SECRET, SECRET)
    with both.writing() as session:
        found = lock_person(session, NUMBER, now=NOW)
        assert (found.id, found.number) == (ali, NUMBER)
    assert rotate(both) == 1
    both.close()
    alone = _database_with(database, NEW_SECRET)
    with alone.reading() as session:
        found_alone = find_person(session, NUMBER)
    assert found_alone is not None
    assert (found_alone.id, found_alone.number) == (ali, NUMBER)
    alone.close()


def test_what_somebody_said_is_sealed_too_and_gets_the_new_secret(database: Database) -> None:
    count = SOUNDS_AT_ONCE + 1
    with database.writing() as session:
        session.add_all(
            Recording(carrier_sid=f"RE{n}", seconds=3, sound=b"RIFF, said aloud", made_at=NOW)
            for n in range(count)
        )
    with database.reading() as session:
        kept = session.scalars(text("SELECT sound FROM recording")).all()
    assert not any(b"said" in bytes(sound) for sound in kept)
    both = _database_with(database, NEW_SECRET, SECRET)
    assert rotate(both) == count
    both.close()
    alone = _database_with(database, NEW_SECRET)
    with alone.reading() as session:
        recordings = session.scalars(select(Recording)).all()
        assert {recording.sound for recording in recordings} == {b"RIFF, said aloud"}
    alone.close()


def test_an_empty_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one secret"):
        Keyring([])
    with pytest.raises(ValueError, match="none of them empty"):
        Keyring(["good", ""])
