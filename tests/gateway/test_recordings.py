"""What somebody said is fetched, and deleted at the carrier; nothing is lost, nothing stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.errands import TAKEN_FOR, do_errands
from gateway.simulator.faults import Faults
from gateway.simulator.recordings import Recording as AtTheCarrier
from gateway.simulator.recordings import sound_of
from models.operator_work import CallbackRequest
from models.person import lock_person
from models.recording import THERE_AFTER, Recording, keep_recording
from models.task import Task, TaskKind, ensure_task
from tests.stage import CAST, Stage

SID = "RE" + "1" * 32
DAY = timedelta(days=1)


class Killed(BaseException):
    """The worker's process ends here, whatever it has in hand."""


@pytest.fixture
def spoken(stage: Stage) -> AtTheCarrier:
    """What Ali has said, as the carrier keeps it; it is there only once a test puts it there."""
    with stage.service.database.writing() as session:
        ali = lock_person(session, CAST["Ali"], now=stage.clock.now())
        keep_recording(session, ali, carrier_sid=SID, seconds=7, now=stage.clock.now())
    return AtTheCarrier(SID, "CA1", "", "rappelez-moi", 7, stage.clock.now())


def _is_there_now(stage: Stage, spoken: AtTheCarrier) -> None:
    stage.carrier.recordings[SID] = spoken


def _recording(stage: Stage) -> Recording | None:
    with stage.service.database.reading() as session:
        recording = session.scalar(select(Recording))
        # The sound is read when it is asked for.
        assert recording is None or recording.sound is None or recording.sound.startswith(b"RIFF")
        return recording


def _waits(stage: Stage) -> int:
    with stage.service.database.reading() as session:
        return len(session.scalars(select(Task).where(Task.kind == TaskKind.RECORDING)).all())


def _has_sound(stage: Stage, spoken: AtTheCarrier) -> bool:
    recording = _recording(stage)
    return recording is not None and recording.sound == sound_of(spoken)


def test_what_somebody_said_is_fetched_and_deleted_at_the_carrier(
    stage: Stage, spoken: AtTheCarrier
) -> None:
    _is_there_now(stage, spoken)
    stage.settle()
    assert _has_sound(stage, spoken)
    assert stage.carrier.recordings == {}
    assert _waits(stage) == 0


def test_a_recording_that_is_not_ready_yet_is_asked_for_until_it_is(
    stage: Stage, spoken: AtTheCarrier
) -> None:
    stage.settle()
    stage.pass_time(timedelta(minutes=10))
    assert _waits(stage) == 1
    _is_there_now(stage, spoken)
    stage.pass_time(timedelta(hours=1))
    assert _has_sound(stage, spoken)
    assert stage.carrier.recordings == {}


def test_a_recording_that_never_comes_is_not_asked_for_for_ever(
    stage: Stage, spoken: AtTheCarrier
) -> None:
    stage.pass_time(THERE_AFTER + timedelta(hours=2))
    assert _waits(stage) == 0
    recording = _recording(stage)
    assert recording is not None
    assert recording.fetched_at is None
    with stage.service.database.reading() as session:
        assert session.scalar(select(CallbackRequest.closed_at)) is None


@pytest.mark.parametrize("last", ["recording", "delete_recording"])
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_worker_that_dies_on_the_way_leaves_nothing_undone(
    stage: Stage, spoken: AtTheCarrier, monkeypatch: pytest.MonkeyPatch, last: str, before: bool
) -> None:
    _is_there_now(stage, spoken)
    real = getattr(stage.service.carrier, last)

    def die(sid: str) -> None:
        if not before:
            real(sid)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(stage.service.carrier, last, die)
        with pytest.raises(Killed):
            do_errands(stage.service)
    stage.clock.forward(TAKEN_FOR)
    stage.settle()
    assert _has_sound(stage, spoken)
    assert stage.carrier.recordings == {}
    assert _waits(stage) == 0


def test_a_carrier_that_is_away_is_asked_again(stage: Stage, spoken: AtTheCarrier) -> None:
    _is_there_now(stage, spoken)
    stage.carrier.set_faults(Faults(broken=1))
    do_errands(stage.service)
    stage.carrier.set_faults(Faults())
    stage.pass_time(timedelta(hours=1))
    assert _has_sound(stage, spoken)
    assert stage.carrier.recordings == {}


def _erase(stage: Stage) -> None:
    stage.text("Ali", "effacer tout")
    stage.text("Ali", "oui")


def test_whoever_has_everything_erased_is_not_heard_any_more(
    stage: Stage, spoken: AtTheCarrier
) -> None:
    _is_there_now(stage, spoken)
    stage.settle()
    _erase(stage)
    assert _recording(stage) is None
    with stage.service.database.reading() as session:
        assert session.scalar(select(CallbackRequest)) is None


def test_what_is_erased_before_it_was_fetched_is_deleted_at_the_carrier_all_the_same(
    stage: Stage, spoken: AtTheCarrier
) -> None:
    _erase(stage)
    assert _recording(stage) is None
    _is_there_now(stage, spoken)
    stage.pass_time(THERE_AFTER + timedelta(hours=1))
    assert stage.carrier.recordings == {}
    assert _waits(stage) == 0


def test_what_is_erased_while_it_is_being_fetched_is_not_kept(
    stage: Stage, spoken: AtTheCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    _is_there_now(stage, spoken)

    def fetch(sid: str) -> bytes:
        with stage.service.database.writing() as session:
            session.delete(session.scalars(select(Recording)).one())
        return sound_of(spoken)

    monkeypatch.setattr(stage.service.carrier, "recording", fetch)
    stage.settle()
    assert _recording(stage) is None
    assert stage.carrier.recordings == {}


def test_a_number_that_others_keyed_in_is_erased_with_its_owner(stage: Stage) -> None:
    now = stage.clock.now()
    with stage.service.database.writing() as session:
        paul = lock_person(session, CAST["Paul"], now=now)
        keep_recording(session, paul, carrier_sid="RE2", seconds=3, now=now, number=CAST["Ali"])
        keep_recording(session, None, carrier_sid="RE3", seconds=3, now=now, number=CAST["Ali"])
        keep_recording(session, None, carrier_sid="RE4", seconds=3, now=now, number=CAST["Théo"])
    _erase(stage)
    with stage.service.database.reading() as session:
        numbers = session.scalars(select(CallbackRequest.number).order_by(CallbackRequest.id)).all()
        kept = session.scalars(select(Recording.carrier_sid).order_by(Recording.id)).all()
    assert numbers == [None, CAST["Théo"]]
    assert kept == ["RE2", "RE4"]


def test_after_a_month_the_sound_goes_and_the_request_stays(
    stage: Stage, spoken: AtTheCarrier
) -> None:
    _is_there_now(stage, spoken)
    with stage.service.database.writing() as session:
        ensure_task(session, TaskKind.PURGE, now=stage.clock.now())
    stage.pass_time(29 * DAY)
    assert _has_sound(stage, spoken)
    stage.pass_time(3 * DAY)
    assert _recording(stage) is None
    with stage.service.database.reading() as session:
        (request,) = session.scalars(select(CallbackRequest)).all()
    assert (request.closed_at, request.recording_id) == (None, None)
