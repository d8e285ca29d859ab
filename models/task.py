"""What the service has to do by itself, each thing with its time: there is no other scheduler."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.person import insert_unless_there


class TaskKind(StrEnum):
    WAVE = "wave"
    """Ask the next volunteers about a need (`listing_id`, `step`)."""
    ALERT = "alert"
    """Tell a volunteer (`person_id`) of the needs that wait to be told."""
    PROMISE = "promise"
    """Tell the poster of a need how things stand (`listing_id`, `step`)."""
    SILENCE = "silence"
    """A neighbour who was asked personally has had time to answer (`introduction_id`)."""
    KEEP = "keep"
    """Ask whether a listing is to be kept, the day before it ends (`listing_id`)."""
    EXPIRY = "expiry"
    """End a listing whose time is over (`listing_id`)."""
    PURGE = "purge"
    """Take away what is old; every day."""
    REDACT = "redact"
    """Have the carrier empty a message that it keeps (`carrier_sid`)."""
    RECORDING = "recording"
    """Fetch what somebody said, and have the carrier delete it (`carrier_sid`)."""
    RECONCILE = "reconcile"
    """Compare with what the carrier has on record; every few minutes."""


class Task(Base):
    """Something to be done at `due_at`. The row goes once it is done, unless it is moved on.

    A task is a reminder to look, not a decision: what it finds when its time has come counts. So
    nobody needs to take tasks back when a listing is closed. `step` says for which round it was
    meant; a listing that has moved on meanwhile makes it void. `key` is set for what exists once
    and comes again and again.
    """

    __tablename__ = "task"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(9))
    key: Mapped[str | None] = mapped_column(String(40), unique=True)
    due_at: Mapped[datetime] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    listing_id: Mapped[int | None] = mapped_column(
        ForeignKey("listing.id", ondelete="CASCADE"), index=True
    )
    introduction_id: Mapped[int | None] = mapped_column(
        ForeignKey("introduction.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    carrier_sid: Mapped[str | None] = mapped_column(String(64))
    step: Mapped[int] = mapped_column(default=0, server_default="0")
    # For RECONCILE: up to when the carrier's record has been compared. Its `step` is the text of
    # ours (the row's id) that was asked for last; 0: begin with the oldest.
    compared_until: Mapped[datetime | None]


def ensure_task(session: Session, kind: TaskKind, *, now: datetime) -> None:
    """Make sure that what is done again and again has its one row; due now, if it is new."""
    session.execute(
        insert_unless_there(session, Task)
        .values(kind=kind.value, key=kind.value, due_at=now, attempts=0, step=0)
        .on_conflict_do_nothing()
    )


def plan_redaction(session: Session, sids: Iterable[str | None], *, now: datetime) -> None:
    """Have the carrier empty these messages on its record."""
    session.add_all(
        Task(kind=TaskKind.REDACT.value, due_at=now, carrier_sid=sid) for sid in sids if sid
    )
