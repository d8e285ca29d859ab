"""How fast a sender may send: one bucket of segments for all workers, in the database.

The bucket holds what may leave within one second and fills up again at the operator's rate. A
message may leave while there is anything in it, and takes out as many segments as it costs, below
zero if need be: so the longest message leaves as well, and the next one waits for it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.person import insert_unless_there
from models.sender import Sender


def segments_left(session: Session, name: str, *, rate: float, now: datetime) -> float:
    """How many segments may leave now; none while the sender is paused."""
    sender = session.get(Sender, name)
    return rate if sender is None else _left(sender, rate, now)


def lock_sender(session: Session, name: str, *, rate: float, now: datetime) -> Sender:
    """The sender's bucket as it is now, kept from other workers until the transaction ends."""
    locked = select(Sender).where(Sender.name == name).with_for_update()
    sender = session.scalar(locked)
    if sender is None:
        session.execute(
            insert_unless_there(session, Sender)
            .values(name=name, segments=rate, filled_at=now)
            .on_conflict_do_nothing()
        )
        sender = session.scalars(locked).one()
    sender.segments = _left(sender, rate, now)
    sender.filled_at = max(now, sender.filled_at)
    return sender


def pause(sender: Sender, *, code: int | None, span: timedelta, now: datetime) -> None:
    """The carrier says that this sender can't send: nothing leaves for a while."""
    sender.paused_until = now + span
    sender.paused_for = code


def _left(sender: Sender, rate: float, now: datetime) -> float:
    if sender.paused_until is not None and now < sender.paused_until:
        return 0.0
    passed = (now - sender.filled_at).total_seconds()
    return min(rate, sender.segments + rate * max(passed, 0.0))
