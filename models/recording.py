"""What people said after the beep, for a human to listen to before calling them back.

    said  ->  kept here  ->  fetched  ->  deleted at the carrier  ->  gone with the call, or its age

The task that fetches a recording is also the one that has the carrier delete it, and it stays until
both are done: a recording that is taken away before it was fetched is deleted there all the same.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.operator_work import RECORDED, request_callback
from models.person import Person, insert_unless_there
from models.secrets import SealedBytes
from models.task import Task, TaskKind

# The carrier needs a while before a recording is there; by then it is, or never will be.
THERE_AFTER = timedelta(days=1)


class Recording(Base):
    """A spoken message. `sound` is a WAV file once it was fetched; only whoever plays it reads it.

    `person_id` is None where the caller's number was withheld.
    """

    __tablename__ = "recording"

    id: Mapped[int] = mapped_column(primary_key=True)
    carrier_sid: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    seconds: Mapped[int]
    sound: Mapped[bytes | None] = mapped_column(SealedBytes, deferred=True)
    made_at: Mapped[datetime] = mapped_column(index=True)
    fetched_at: Mapped[datetime | None]


def keep_recording(
    session: Session,
    person: Person | None,
    *,
    carrier_sid: str,
    seconds: int,
    now: datetime,
    number: str | None = None,
) -> Recording:
    """Note what somebody has said, to be fetched, and that a human should listen and call.

    The carrier may tell of it twice: it is noted once. `number` is where to call, if it isn't the
    number that the person called from.
    """
    is_new = session.scalar(
        insert_unless_there(session, Recording)
        .values(
            carrier_sid=carrier_sid,
            person_id=person.id if person is not None else None,
            seconds=seconds,
            made_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Recording.id)
    )
    recording = session.scalars(select(Recording).where(Recording.carrier_sid == carrier_sid)).one()
    if is_new is not None:
        request_callback(session, person, RECORDED, now=now, recording=recording, number=number)
        _plan_fetching(session, carrier_sid, now)
    return recording


def remove_recordings(
    session: Session, *which: ColumnElement[bool], now: datetime, limit: int | None = None
) -> int:
    """Take recordings away, here and at the carrier. Returns how many."""
    recordings = session.scalars(select(Recording).where(*which).limit(limit)).all()
    for recording in recordings:
        if recording.fetched_at is None:
            # Its own task deletes it there. It may come too early, when the carrier hasn't got it
            # yet and says that there is nothing to delete: so another one comes later.
            _plan_fetching(session, recording.carrier_sid, now + THERE_AFTER)
    ids = [recording.id for recording in recordings]
    session.execute(delete(Recording).where(Recording.id.in_(ids)))
    return len(ids)


def _plan_fetching(session: Session, carrier_sid: str, due_at: datetime) -> None:
    # Without the person: the task must outlive whoever has everything erased.
    session.add(Task(kind=TaskKind.RECORDING.value, due_at=due_at, carrier_sid=carrier_sid))
