"""Letting everything come to rest after the trouble, without waiting for what is due in an hour.

The clock is moved only while nobody is at work: nothing is due, no row of the outbox is in
anybody's hands, no text is on its way. Otherwise a worker that waits for the carrier would seem to
have waited for longer than any claim holds, and a second one would send the same text.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from gateway.simulator.carrier import SimulatedCarrier
from gateway.torture.clock import SharedClock
from gateway.torture.crowd import Crowd
from models.database import Database
from models.messages import Channel, InboundMessage, OutboundMessage, OutboundStatus
from models.task import Task

# Tasks due later than this after the trouble are left: some come back for ever. Long enough for
# comparing with the carrier's record twice.
HORIZON = timedelta(minutes=12)
# A text without its answer is taken up again after this, by whoever looks after such.
TAKEN_UP_AFTER = timedelta(seconds=25)
# Retries that are due nearly together are met by one move of the clock.
STRIDE = timedelta(seconds=10)
LOOKS_EVERY_SECONDS = 0.15


@dataclass(frozen=True)
class Look:
    """How things stand: `at_work` counts what is due or in hand, `next_at` is what comes next."""

    at_work: int
    next_at: datetime | None
    # Grows with everything that happens at the carrier.
    change: int


class NotAtRest(Exception):
    """Something went on for longer than it may; the message says what."""


def release_what_the_dead_hold(database: Database, clock: SharedClock) -> None:
    """Move the clock past every claim. Only while no worker lives: then nobody holds them."""
    with database.reading() as session:
        latest = session.scalar(
            select(func.max(OutboundMessage.claimed_until)).where(
                OutboundMessage.status == OutboundStatus.SENDING.value
            )
        )
    if latest is not None and latest > clock.now():
        clock.forward(latest - clock.now())


def drain(
    database: Database,
    carrier: SimulatedCarrier,
    crowd: Crowd,
    clock: SharedClock,
    *,
    at_most_seconds: float,
) -> None:
    """Go from one due moment to the next until there is none; NotAtRest after so many seconds."""
    horizon = clock.now() + HORIZON
    until = time.monotonic() + at_most_seconds
    before: Look | None = None
    while time.monotonic() < until:
        time.sleep(LOOKS_EVERY_SECONDS)
        now = _look(database, carrier, crowd, clock.now(), horizon)
        # What is being handed on may be seen by neither side, so one look is not enough.
        is_quiet = before is not None and not before.at_work and before.change == now.change
        before = now
        if now.at_work or not is_quiet:
            continue
        if now.next_at is None:
            return
        clock.forward(max(now.next_at - clock.now(), timedelta()) + STRIDE)
        before = None
    raise NotAtRest(f"not at rest after {at_most_seconds:.0f} seconds: {before}")


def _look(
    database: Database,
    carrier: SimulatedCarrier,
    crowd: Crowd,
    now: datetime,
    horizon: datetime,
) -> Look:
    at_work = 0 if crowd.is_quiet else 1
    change = carrier.last_change
    coming: list[datetime] = []
    with database.reading() as session:
        waiting = select(OutboundMessage.due_at).where(
            OutboundMessage.channel == Channel.SMS.value,
            OutboundMessage.status.in_(
                (OutboundStatus.WAITING.value, OutboundStatus.UNKNOWN.value)
            ),
        )
        coming += session.scalars(waiting)
        unanswered = select(InboundMessage.received_at).where(InboundMessage.outcome.is_(None))
        coming += [at + TAKEN_UP_AFTER for at in session.scalars(unanswered)]
        coming += session.scalars(select(Task.due_at).where(Task.due_at <= horizon))
        at_work += (
            session.scalar(
                select(func.count()).where(OutboundMessage.status == OutboundStatus.SENDING.value)
            )
            or 0
        )
    step_at = carrier.store.next_step_at()
    if step_at is not None:
        coming.append(step_at)
    at_work += sum(at <= now for at in coming)
    return Look(at_work, min(coming, default=None), change)
