"""What has to be done at the carrier: emptying a message, fetching a recording, comparing records.

Such a task is taken by moving it a little into the future, in a transaction of its own: no
transaction is open while the carrier is called, and if we die meanwhile somebody else does it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, select, tuple_

from gateway.carriers import CarrierError, InboundText
from gateway.inbound import store
from gateway.receipts import note_receipt
from gateway.service import Service
from gateway.tasks import next_due, put_off
from models.messages import InboundMessage, OutboundMessage, OutboundStatus, written_out
from models.recording import THERE_AFTER, Recording
from models.task import Task, TaskKind

log = structlog.get_logger()

TAKEN_FOR = timedelta(minutes=2)
COMPARED_EVERY = timedelta(minutes=5)
# The carrier's list may be a little behind its webhooks.
OVERLAP = timedelta(minutes=10)
# What the carrier has said nothing of for so long is asked for (Twilio's own advice).
ASKED_AFTER = timedelta(hours=12)
ASKED_AT_ONCE = 50
LOOKED_UP_AT_ONCE = 500
# A recording is there seconds after it was made, as a rule. It is asked for when it is twice as old
# as the last time, but not less often than every hour.
SOUND_ASKED_AFTER = timedelta(seconds=10)
SOUND_ASKED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Errand:
    """A task that is ours for a while."""

    id: int
    kind: TaskKind
    carrier_sid: str | None
    compared_until: datetime | None
    step: int


def do_errands(service: Service) -> int:
    """Do the next thing that is due at the carrier. Returns how many there were."""
    errand = _take(service)
    if errand is None:
        return 0
    next_at: datetime | None
    try:
        next_at = ERRANDS[errand.kind](service, errand)
    except CarrierError as error:
        log.warning(
            "errand put off",
            task_id=errand.id,
            kind=errand.kind,
            code=error.code,
            why=str(error),
        )
        put_off(service, errand.id)
        return 1
    with service.database.writing() as session:
        task = session.get(Task, errand.id, with_for_update=True)
        if task is not None and next_at is None:
            session.delete(task)
        elif task is not None and next_at is not None:
            task.due_at, task.attempts = next_at, 0
    return 1


def _take(service: Service) -> Errand | None:
    now = service.clock.now()
    with service.database.reading() as session:
        if session.scalar(NEXT.with_only_columns(Task.id), {"now": now}) is None:
            return None
    with service.database.writing() as session:
        task = session.scalar(NEXT.with_for_update(skip_locked=True), {"now": now})
        if task is None:
            return None
        task.due_at = now + TAKEN_FOR
        return Errand(
            id=task.id,
            kind=TaskKind(task.kind),
            carrier_sid=task.carrier_sid,
            compared_until=task.compared_until,
            step=task.step,
        )


def _redact(service: Service, errand: Errand) -> None:
    """Somebody had everything erased: the carrier keeps a message of theirs."""
    if errand.carrier_sid:
        service.carrier.redact(errand.carrier_sid)


def _fetch_recording(service: Service, errand: Errand) -> datetime | None:
    """Take over what somebody said, and have the carrier delete it.

    Only what is safely here is deleted there; and whatever goes wrong between the two, or
    before the task is gone, is done again and finds what was done. Of a recording that was taken
    away meanwhile nothing is fetched: it is only deleted.
    """
    if not errand.carrier_sid:
        return None
    ours = select(Recording).where(Recording.carrier_sid == errand.carrier_sid)
    with service.database.reading() as session:
        recording = session.scalar(ours)
    if recording is not None and recording.fetched_at is None:
        sound = service.carrier.recording(errand.carrier_sid)
        now = service.clock.now()
        age = now - recording.made_at
        if sound is None and age < THERE_AFTER:
            return now + min(max(age, SOUND_ASKED_AFTER), SOUND_ASKED_EVERY)
        if sound is None:
            log.warning("recording missing", sid=errand.carrier_sid)
        else:
            _keep_sound(service, ours, sound, now)
    service.carrier.delete_recording(errand.carrier_sid)
    return None


def _keep_sound(service: Service, ours: Select[Recording], sound: bytes, now: datetime) -> None:
    with service.database.writing() as session:
        recording = session.scalar(ours.with_for_update())
        if recording is not None:
            recording.sound, recording.fetched_at = sound, now
            log.info("recording fetched", sid=recording.carrier_sid)


def _reconcile(service: Service, errand: Errand) -> datetime:
    """Take in what reached our number while we could not be reached, and ask for lost receipts."""
    now = service.clock.now()
    since = (errand.compared_until or now - COMPARED_EVERY) - OVERLAP
    on_record = list(service.carrier.received(since=since))
    found = [text for text in _unknown(service, on_record) if store(service, text)]
    if found:
        log.warning("texts found at the carrier", count=len(found))
    _ask_for_lost_receipts(service, errand, now)
    with service.database.writing() as session:
        task = session.get(Task, errand.id, with_for_update=True)
        if task is not None:
            task.compared_until = now
    return now + COMPARED_EVERY


def _unknown(service: Service, texts: list[InboundText]) -> list[InboundText]:
    """Those of the carrier's texts that no row of ours tells of."""
    known: set[str] = set()
    with service.database.reading() as session:
        for start in range(0, len(texts), LOOKED_UP_AT_ONCE):
            sids = [text.carrier_sid for text in texts[start : start + LOOKED_UP_AT_ONCE]]
            known.update(
                session.scalars(
                    select(InboundMessage.carrier_sid).where(InboundMessage.carrier_sid.in_(sids))
                )
            )
    return [text for text in texts if text.carrier_sid not in known]


def _ask_for_lost_receipts(service: Service, errand: Errand, now: datetime) -> None:
    """Ask what became of the next texts of which nothing was heard for too long.

    Of some nobody ever hears: not every network confirms what it delivers. So each round goes on
    behind the text that was asked for last, also where asking failed, and after the youngest it
    begins anew: whoever was asked for waits until all others have been.
    """
    unsettled = _unsettled(service, now, behind=errand.step)
    asked_last = errand.step
    try:
        for row_id, sid in unsettled:
            asked_last = row_id
            fate = service.carrier.fate(sid)
            if fate is None:
                # Not on the carrier's record any more: nobody will ever tell.
                note_receipt(service, sid=sid, status=OutboundStatus.FAILED)
            else:
                note_receipt(service, sid=sid, status=fate[0], error=fate[1])
        if len(unsettled) < ASKED_AT_ONCE:
            asked_last = 0
    finally:
        with service.database.writing() as session:
            task = session.get(Task, errand.id, with_for_update=True)
            if task is not None:
                task.step = asked_last


def _unsettled(service: Service, now: datetime, *, behind: int) -> list[tuple[int, str]]:
    """The next messages of whose fate nothing was heard for too long, the oldest first.

    Their rows' and the carrier's ids; only those behind this row, if it is still there.
    """
    place = tuple_(OutboundMessage.tried_at, OutboundMessage.id)
    which = (
        select(OutboundMessage.id, OutboundMessage.carrier_sid)
        .where(
            OutboundMessage.status.in_(written_out(OutboundStatus.QUEUED, OutboundStatus.SENT)),
            OutboundMessage.tried_at < now - ASKED_AFTER,
            OutboundMessage.carrier_sid.is_not(None),
        )
        .order_by(OutboundMessage.tried_at, OutboundMessage.id)
        .limit(ASKED_AT_ONCE)
    )
    with service.database.reading() as session:
        tried_at = session.scalar(
            select(OutboundMessage.tried_at).where(OutboundMessage.id == behind)
        )
        if tried_at is not None:
            which = which.where(place > (tried_at, behind))
        return [(row_id, sid) for row_id, sid in session.execute(which) if sid is not None]


ERRANDS: dict[TaskKind, Callable[[Service, Errand], datetime | None]] = {
    TaskKind.REDACT: _redact,
    TaskKind.RECORDING: _fetch_recording,
    TaskKind.RECONCILE: _reconcile,
}

NEXT = next_due(ERRANDS)
