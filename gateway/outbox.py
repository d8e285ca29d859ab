"""Sending what waits in the outbox: claim a row, call the carrier, write down what became of it.

A row is claimed in one transaction and its outcome written in another: no transaction is open
while the carrier is called. Any number of workers may do this side by side; a row that somebody
else claimed first is simply not ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session, aliased

from gateway.carriers import Accepted, Action, CarrierError, OutcomeUnknown
from gateway.service import Service
from models.base import Moment
from models.messages import FINAL, Channel, OutboundMessage, OutboundStatus, Purpose

log = structlog.get_logger()

# Longer than a call to the carrier can take. After that whoever claimed a row is gone, and nobody
# knows whether the carrier has the message.
CLAIMED_FOR = timedelta(seconds=60)
CLAIMED_AT_ONCE = 10
# Tried after 30 s, 1 min, 2 min … up to some 4 hours in all, then given up.
ATTEMPTS = 10
FIRST_RETRY_AFTER = timedelta(seconds=30)
OPERATOR_RETRY_AFTER = timedelta(minutes=10)
# The carrier lists by its own clock, to the second or to the day: look a little further back.
LOOKED_UP_BEFORE = timedelta(minutes=2)

# How far a message has come. Receipts may be late, doubled and out of order: they only move it on.
PROGRESS = {
    OutboundStatus.SENDING: 0,
    OutboundStatus.UNKNOWN: 0,
    OutboundStatus.WAITING: 0,
    OutboundStatus.QUEUED: 1,
    OutboundStatus.SENT: 2,
    OutboundStatus.DELIVERED: 3,
    OutboundStatus.UNDELIVERED: 3,
    OutboundStatus.FAILED: 3,
    OutboundStatus.CANCELLED: 3,
}


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that is ours to send. `since`: an earlier try whose outcome is not known."""

    id: int
    to: str
    body: str
    since: datetime | None


def send_due(service: Service) -> int:
    """Send what is due, in one round. Returns how many rows were taken up."""
    with service.database.reading() as session:
        # Most of the time nothing is due: then no lock is taken.
        if session.scalar(ANYTHING_DUE, {"now": service.clock.now()}) is None:
            return 0
    claimed = _claim(service)
    for message in claimed:
        _send(service, message)
    return len(claimed)


def _due() -> Select[int]:
    """The ids of what may be sent now: answers first, each person's messages in their order."""
    now = bindparam("now", type_=Moment)
    earlier = aliased(OutboundMessage)
    an_earlier_one_waits = exists().where(
        earlier.person_id == OutboundMessage.person_id,
        earlier.id < OutboundMessage.id,
        earlier.channel == Channel.SMS.value,
        earlier.status.in_(
            (OutboundStatus.WAITING, OutboundStatus.SENDING, OutboundStatus.UNKNOWN)
        ),
        earlier.due_at <= now,
    )
    return (
        select(OutboundMessage.id)
        .where(
            OutboundMessage.channel == Channel.SMS.value,
            OutboundMessage.due_at <= now,
            or_(
                OutboundMessage.status.in_((OutboundStatus.WAITING, OutboundStatus.UNKNOWN)),
                and_(
                    OutboundMessage.status == OutboundStatus.SENDING,
                    OutboundMessage.claimed_until < now,
                ),
            ),
            ~an_earlier_one_waits,
        )
        .order_by(OutboundMessage.priority, OutboundMessage.due_at, OutboundMessage.id)
    )


# Asked ten times a second by every worker, so they are put together once.
DUE = _due()
ANYTHING_DUE = DUE.limit(1)
CLAIMABLE = DUE.limit(CLAIMED_AT_ONCE).with_for_update(of=OutboundMessage, skip_locked=True)


def _claim(service: Service) -> list[Claimed]:
    now = service.clock.now()
    claimed = []
    with service.database.writing() as session:
        ids = session.scalars(CLAIMABLE, {"now": now}).all()
        for message in session.scalars(
            select(OutboundMessage)
            .where(OutboundMessage.id.in_(ids))
            .order_by(OutboundMessage.priority, OutboundMessage.due_at, OutboundMessage.id)
        ):
            if _is_unwanted(message):
                message.status = OutboundStatus.CANCELLED.value
                message.settled_at = now
                continue
            outcome_unknown = message.status != OutboundStatus.WAITING
            since = message.tried_at if outcome_unknown else None
            message.status = OutboundStatus.SENDING.value
            message.claimed_until = now + CLAIMED_FOR
            message.tried_at = message.tried_at if outcome_unknown else now
            message.attempts += 1
            claimed.append(
                Claimed(message.id, message.person.number or "", message.body or "", since)
            )
    return claimed


def _is_unwanted(message: OutboundMessage) -> bool:
    """Whoever said STOP gets answers to what he writes after it, and nothing else."""
    person = message.person
    if person.number is None or message.body is None:
        return True
    if message.purpose != Purpose.ANSWER:
        away = message.purpose == Purpose.ALERT and person.paused_at is not None
        return away or not person.is_reachable
    return person.opted_out_at is not None and message.created_at < person.opted_out_at


def _send(service: Service, message: Claimed) -> None:
    in_doubt = message.since is not None
    try:
        accepted = _already_sent(service, message)
        if accepted is None:
            in_doubt = False
            accepted = service.carrier.send(message.to, message.body, reference=message.id)
    except CarrierError as error:
        log.warning("text not taken", outbound_id=message.id, code=error.code, why=str(error))
        in_doubt = in_doubt or isinstance(error, OutcomeUnknown)
        _write_refusal(service, message, error, in_doubt=in_doubt)
    else:
        log.info("text handed over", outbound_id=message.id, sid=accepted.sid)
        _write_accepted(service, message, accepted)


def _already_sent(service: Service, message: Claimed) -> Accepted | None:
    """Did an earlier try reach the carrier after all? Only what no row knows of can be it."""
    if message.since is None:
        return None
    found = service.carrier.find(message.to, message.body, since=message.since - LOOKED_UP_BEFORE)
    with service.database.reading() as session:
        known = set(
            session.scalars(
                select(OutboundMessage.carrier_sid).where(
                    OutboundMessage.carrier_sid.in_([accepted.sid for accepted in found])
                )
            )
        )
    return next((accepted for accepted in found if accepted.sid not in known), None)


def _write_accepted(service: Service, message: Claimed, accepted: Accepted) -> None:
    with service.database.writing() as session:
        row = _locked(session, OutboundMessage.id == message.id)
        if row is None:
            # Its owner had everything erased meanwhile.
            return
        row.carrier_sid = accepted.sid
        row.claimed_until = None
        _move_on(row, accepted.status, now=service.clock.now())


def _write_refusal(
    service: Service, message: Claimed, error: CarrierError, *, in_doubt: bool
) -> None:
    """`in_doubt`: the carrier may have the message all the same, so it is looked up next time."""
    again = OutboundStatus.UNKNOWN if in_doubt else OutboundStatus.WAITING
    now = service.clock.now()
    with service.database.writing() as session:
        row = _locked(session, OutboundMessage.id == message.id)
        if row is None:
            return
        row.claimed_until = None
        row.error_code = error.code
        if error.action is Action.WAIT_FOR_OPERATOR:
            # Our own settings are wrong: that is no fault of the message's.
            row.attempts -= 1
            row.status = again.value
            row.due_at = now + OPERATOR_RETRY_AFTER
        elif error.action is Action.RETRY and row.attempts < ATTEMPTS:
            row.status = again.value
            row.due_at = now + _pause_before(row.attempts)
        else:
            row.status = OutboundStatus.FAILED.value
            row.settled_at = now
            _learn_from(session, row, error.action, now=now)


def _pause_before(attempts: int) -> timedelta:
    return FIRST_RETRY_AFTER * (1 << (attempts - 1))


def _learn_from(session: Session, row: OutboundMessage, action: Action, *, now: datetime) -> None:
    """What a refusal tells about the person, for all that is still to be sent."""
    person = row.person
    if action is Action.OPT_OUT:
        person.opted_out_at = person.opted_out_at or now
    elif action is Action.USE_VOICE:
        person.takes_texts = False
        waiting = select(OutboundMessage).where(
            OutboundMessage.person_id == person.id,
            OutboundMessage.status == OutboundStatus.WAITING.value,
        )
        for other in session.scalars(waiting):
            other.channel = Channel.VOICE.value


def note_receipt(
    service: Service,
    *,
    sid: str,
    status: OutboundStatus,
    error: CarrierError | None = None,
    reference: int | None = None,
) -> None:
    """What the carrier reports of a message's fate; an id that is not ours is no error.

    `reference` is the row's id, as it was given when sending: a receipt may be quicker than the
    answer to the call that sent the message.

    Receipts come late, twice and out of order: a message only moves forward, and never out of a
    final state.
    """
    with service.database.writing() as session:
        row = _locked(session, OutboundMessage.carrier_sid == sid)
        if row is None and reference is not None:
            not_known_yet = OutboundMessage.carrier_sid.is_(None)
            row = _locked(session, (OutboundMessage.id == reference) & not_known_yet)
        if row is None:
            log.info("receipt for nothing of ours", sid=sid, status=status)
            return
        now = service.clock.now()
        row.carrier_sid = sid
        before = row.status
        _move_on(row, status, now=now)
        if row.status == before:
            return
        if error is not None:
            row.error_code = row.error_code or error.code
            _learn_from(session, row, error.action, now=now)
        log.info("text moved on", outbound_id=row.id, status=row.status, code=row.error_code)


def _move_on(row: OutboundMessage, new: OutboundStatus, *, now: datetime) -> None:
    old = OutboundStatus(row.status)
    if old in FINAL or PROGRESS[new] <= PROGRESS[old]:
        return
    row.status = new.value
    if new in FINAL:
        row.settled_at = now


def _locked(session: Session, which: ColumnElement[bool]) -> OutboundMessage | None:
    return session.scalar(
        select(OutboundMessage).where(which).with_for_update(of=OutboundMessage, key_share=True)
    )


def waiting_since(session: Session, *, now: datetime) -> timedelta:
    """How long the oldest due message has been waiting; nothing due: no time at all."""
    oldest = session.scalar(
        select(OutboundMessage.due_at)
        .where(
            OutboundMessage.channel == Channel.SMS.value,
            OutboundMessage.status.in_((OutboundStatus.WAITING, OutboundStatus.UNKNOWN)),
            OutboundMessage.due_at <= now,
        )
        .order_by(OutboundMessage.due_at)
        .limit(1)
    )
    return now - (oldest or now)
