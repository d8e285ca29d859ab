"""What somebody says is noted once, and so is the call that it asks for."""

from __future__ import annotations

from threading import Thread

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.base import Base
from models.database import Database
from models.operator_work import RECORDED, CallbackRequest, request_callback
from models.person import Person, lock_person
from models.recording import Recording, keep_recording
from models.task import Task, TaskKind
from tests.stage import CAST, START

SID = "RE" + "1" * 32
DAUGHTER = CAST["Marie"]


def _ali(session: Session) -> Person:
    return lock_person(session, CAST["Ali"], now=START)


def _count(database: Database, table: type[Base]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_recording_is_noted_once_however_often_the_carrier_tells_of_it(
    database: Database,
) -> None:
    def tell() -> None:
        with database.writing() as session:
            keep_recording(session, _ali(session), carrier_sid=SID, seconds=7, now=START)

    threads = [Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        (recording,) = session.scalars(select(Recording)).all()
        (request,) = session.scalars(select(CallbackRequest)).all()
        (task,) = session.scalars(select(Task)).all()
    assert (recording.seconds, recording.fetched_at) == (7, None)
    assert (request.reason, request.recording_id) == (RECORDED, recording.id)
    assert request.person_id == recording.person_id
    assert (task.kind, task.carrier_sid, task.person_id) == (TaskKind.RECORDING, SID, None)


def test_a_recording_is_a_request_of_its_own_beside_one_that_waits(database: Database) -> None:
    with database.writing() as session:
        assert request_callback(session, _ali(session), "asked", now=START)
        for sid in (SID, "RE" + "2" * 32):
            keep_recording(session, _ali(session), carrier_sid=sid, seconds=7, now=START)
        assert not request_callback(session, _ali(session), "asked", now=START)
    assert _count(database, CallbackRequest) == 3


def test_somebody_whose_number_is_hidden_is_nobody_and_can_be_called_all_the_same(
    database: Database,
) -> None:
    with database.writing() as session:
        assert request_callback(session, None, "asked", now=START, number=DAUGHTER)
        assert not request_callback(session, None, "asked", now=START, number=DAUGHTER)
        assert request_callback(session, None, "asked", now=START, number=CAST["Paul"])
        keep_recording(session, None, carrier_sid=SID, seconds=7, now=START)
    assert _count(database, CallbackRequest) == 3
    assert _count(database, Person) == 0
    with database.reading() as session:
        numbers = session.scalars(select(CallbackRequest.number).order_by(CallbackRequest.id)).all()
    assert numbers == [DAUGHTER, CAST["Paul"], None]


def test_the_number_keyed_in_last_is_the_one_to_call(database: Database) -> None:
    with database.writing() as session:
        request_callback(session, _ali(session), "asked", now=START)
        assert not request_callback(session, _ali(session), "asked", now=START, number=DAUGHTER)
        assert not request_callback(session, _ali(session), "asked", now=START)
    with database.reading() as session:
        assert session.scalars(select(CallbackRequest.number)).all() == [DAUGHTER]


def test_a_request_with_nobody_to_call_and_nothing_to_hear_is_refused(database: Database) -> None:
    with database.writing() as session, pytest.raises(ValueError, match="nobody to call"):
        request_callback(session, None, "asked", now=START)
