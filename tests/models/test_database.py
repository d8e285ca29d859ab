"""Both kinds of database keep our rules."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, StatementError

from models.database import Database
from models.listing import FIRST_NUMBER, NEVER, Listing, ListingCategory
from models.messages import OutboundMessage
from models.migrate import differences, is_current, migrate
from models.person import Person, lock_person
from models.secrets import Keyring
from tests.stage import CAST, SECRET, START


def test_the_migrations_make_what_the_models_say(database: Database) -> None:
    assert is_current(database)
    assert differences(database) == []


def test_sqlite_keeps_references_and_writes_ahead(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("these are SQLite's own switches")
    with database.reading() as session:
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"


def test_a_reference_to_nobody_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), database.writing() as session:
        session.add(
            Listing(
                person_id=4711,
                kind="need",
                commune_insee="95219",
                first_name="Ali",
                posted_at=START,
                expires_at=START,
            )
        )


def test_a_moment_without_its_time_zone_is_refused(database: Database) -> None:
    naive = datetime(2026, 11, 24, 9)  # noqa: DTZ001
    with pytest.raises((StatementError, ValueError)), database.writing() as session:
        lock_person(session, CAST["Ali"], now=naive)


def test_moments_come_back_as_they_went_in(database: Database) -> None:
    with database.writing() as session:
        lock_person(session, CAST["Ali"], now=START)
    with database.reading() as session:
        person = session.get(Person, 1)
        assert person is not None
        assert person.created_at == START


def test_a_block_that_breaks_leaves_nothing_behind(database: Database) -> None:
    def break_in_the_middle() -> None:
        with database.writing() as session:
            lock_person(session, CAST["Ali"], now=START)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_in_the_middle()
    with database.reading() as session:
        assert session.get(Person, 1) is None


def test_the_first_listing_has_the_first_number_and_none_is_given_twice(
    database: Database,
) -> None:
    def post() -> int:
        with database.writing() as session:
            person = lock_person(session, CAST["Ali"], now=START)
            listing = Listing(
                person=person,
                kind="need",
                commune_insee="95219",
                first_name="Ali",
                posted_at=START,
                expires_at=START,
            )
            session.add(listing)
            session.flush()
            return listing.id

    assert post() == FIRST_NUMBER
    with database.writing() as session:
        session.execute(text("DELETE FROM listing"))
    assert post() == FIRST_NUMBER + 1


def test_many_who_write_at_once_from_one_new_number_are_one_person(database: Database) -> None:
    found: list[int] = []

    def write() -> None:
        with database.writing() as session:
            found.append(lock_person(session, CAST["Ali"], now=START).id)

    threads = [Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_database_of_the_first_version_keeps_everything_when_it_is_migrated(
    tmp_path: Path,
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'old.db'}", Keyring([SECRET]))
    migrate(database, to="0001")
    with database.writing() as session:
        for statement in (
            "INSERT INTO commune VALUES ('95219', 'Ermont', 'Ermont', 'Ermont', '95', '11', 1, 1,"
            " 1, 'Europe/Paris', NULL, '95120')",
            "INSERT INTO person (id, number_hash, language, created_at, last_seen_at)"
            " VALUES (1, 'hash', 'fr', '2026-11-24', '2026-11-24')",
            "INSERT INTO listing (person_id, kind, commune_insee, first_name, status, posted_at,"
            " expires_at) VALUES (1, 'need', '95219', 'Ali', 'active', '2026-11-24', '2026-12-24')",
            "INSERT INTO listing_category VALUES (1001, 'courses', 0)",
            "INSERT INTO outbound_message (person_id, channel, purpose, priority, segments, status,"
            " due_at, created_at, attempts) VALUES (1, 'sms', 'answer', 0, 1, 'waiting',"
            " '2026-11-24', '2026-11-24', 0)",
        ):
            session.execute(text(statement))
    migrate(database)
    assert differences(database) == []
    with database.writing() as session:
        kept = [
            session.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608
            for table in ("person", "listing", "listing_category", "outbound_message")
        ]
        assert kept == [1, 1, 1, 1]
        session.execute(text("DELETE FROM listing"))
        session.execute(
            text(
                "INSERT INTO listing (person_id, kind, commune_insee, first_name, status,"
                " posted_at, expires_at) VALUES (1, 'need', '95219', 'Ali', 'active',"
                " '2026-11-24', '2026-12-24')"
            )
        )
        assert session.scalar(text("SELECT id FROM listing")) == FIRST_NUMBER + 1
    database.close()


def test_listings_of_the_first_version_are_filed_when_they_are_migrated(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'old.db'}", Keyring([SECRET]))
    migrate(database, to="0001")
    moment = "2026-11-24 09:00:00.000000"
    with database.writing() as session:
        for statement in (
            "INSERT INTO commune VALUES ('95219', 'Ermont', 'Ermont', 'Ermont', '95', '11', 1, 1,"
            " 1, 'Europe/Paris', NULL, '95120')",
            "INSERT INTO person (id, number_hash, language, created_at, last_seen_at, paused_at)"
            " VALUES (1, 'a', 'fr', :moment, :moment, NULL), (2, 'b', 'fr', :moment, :moment,"
            " :moment)",
            "INSERT INTO listing (id, person_id, kind, commune_insee, first_name, status,"
            " posted_at, expires_at) VALUES"
            " (1001, 1, 'offer', '95219', 'Marie', 'active', :moment, :moment),"
            " (1002, 1, 'need', '95219', 'Marie', 'done', :moment, :moment),"
            " (1003, 2, 'offer', '95219', 'Paul', 'active', :moment, :moment),"
            " (1004, 2, 'need', '95219', 'Paul', 'active', :moment, :moment)",
            "INSERT INTO listing_category VALUES (1001, 'courses', 0), (1001, 'repas', 1),"
            " (1002, 'courses', 0), (1003, 'courses', 0), (1004, 'courses', 0)",
            "INSERT INTO introduction (need_id, offer_id, asked_by, status, asked_at)"
            " VALUES (1004, 1001, 'service', 'proposed', :moment)",
        ):
            session.execute(text(statement), {"moment": moment} if ":moment" in statement else {})
    migrate(database)
    with database.reading() as session:
        rows = session.scalars(select(ListingCategory).order_by(ListingCategory.listing_id)).all()
        filed = {(row.listing_id, row.slug): row for row in rows}
        assert {row.commune_insee for row in rows} == {"95219"}
        assert {row.posted_at for row in rows} == {START}
        assert [row.kind for row in rows] == ["offer", "offer", "need", "offer", "need"]
        assert [row.is_open for row in rows] == [True, True, False, True, True]
        # Somebody who paused is still shown with what they need.
        assert [row.is_away for row in rows] == [False, False, False, True, False]
        assert filed[1001, "courses"].alerted_at == START
        assert filed[1003, "courses"].alerted_at == NEVER
    database.close()


def test_what_had_left_before_it_was_written_down_counts_as_taken_when_it_was_tried(
    tmp_path: Path,
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'old.db'}", Keyring([SECRET]))
    migrate(database, to="0003")
    moment = "2026-11-24 09:00:00.000000"
    texts = {
        "delivered": "SM1", "sent": "SM2", "queued": "SM3", "undelivered": "SM4",
        # Refused by the carrier, cancelled after a doubt, and what is still to leave.
        "failed": None, "cancelled": None, "unknown": None, "sending": None, "waiting": None,
    }  # fmt: skip
    with database.writing() as session:
        session.execute(
            text(
                "INSERT INTO person (id, number_hash, language, created_at, last_seen_at)"
                " VALUES (1, 'a', 'fr', :moment, :moment)"
            ),
            {"moment": moment},
        )
        for status, sid in texts.items():
            session.execute(
                text(
                    "INSERT INTO outbound_message (person_id, channel, purpose, priority, segments,"
                    " status, due_at, created_at, tried_at, attempts, carrier_sid) VALUES"
                    " (1, 'sms', 'answer', 0, 1, :status, :moment, :moment, :moment, 1, :sid)"
                ),
                {"status": status, "sid": sid, "moment": moment},
            )
    migrate(database)
    with database.reading() as session:
        rows = session.scalars(select(OutboundMessage)).all()
    assert {row.status: row.taken_at for row in rows} == {
        status: START if sid else None for status, sid in texts.items()
    }
    database.close()
