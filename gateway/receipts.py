"""What becomes of a message once the carrier has spoken: receipts, second tries, other ways.

Receipts come late, twice and out of order: a message only moves forward, and never out of a final
state. What could not be delivered is tried again, or said in a call, or left to a human.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from flows.outgoing import send_again
from gateway.carriers import Action, CarrierError
from gateway.pace import lock_sender, pause
from gateway.service import Service
from models.messages import (
    FINAL,
    ON_ITS_WAY,
    Channel,
    OutboundMessage,
    OutboundStatus,
    Purpose,
)
from models.operator_work import request_callback

log = structlog.get_logger()

# Tried after 30 s, 1 min, 2 min …; many that failed together are not tried again all together.
FIRST_RETRY_AFTER = timedelta(seconds=30)
JITTER = 0.5
OPERATOR_RETRY_AFTER = timedelta(minutes=10)
# Two who write to the same rows at the same instant: once more is enough.
CLASHES = 3

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
    """
    for left in reversed(range(CLASHES)):
        try:
            _note_receipt(service, sid, status, error, reference)
        except OperationalError:
            if not left:
                raise
        else:
            return


def _note_receipt(
    service: Service,
    sid: str,
    status: OutboundStatus,
    error: CarrierError | None,
    reference: int | None,
) -> None:
    with service.database.writing() as session:
        row = locked(session, OutboundMessage.carrier_sid == sid)
        if row is None and reference is not None:
            not_known_yet = OutboundMessage.carrier_sid.is_(None)
            row = locked(session, (OutboundMessage.id == reference) & not_known_yet)
        if row is None:
            log.info("receipt for nothing of ours", sid=sid, status=status)
            return
        now = service.clock.now()
        row.carrier_sid = sid
        before = row.status
        move_on(row, status, now=now)
        if row.status == before:
            return
        if error is not None:
            row.error_code = row.error_code or error.code
            _after_failed_delivery(service, session, row, error, now=now)
        log.info("text moved on", outbound_id=row.id, status=row.status, code=row.error_code)


def _after_failed_delivery(
    service: Service,
    session: Session,
    row: OutboundMessage,
    error: CarrierError,
    *,
    now: datetime,
) -> None:
    """The carrier took a message and could not deliver it: perhaps another time, or another way."""
    tries = error.patience.tries if error.patience else 1
    if error.action is Action.STOP_SENDER:
        stop_sender(service, session, error, now=now)
    if error.action is Action.RETRY and _tries_so_far(session, row) < tries:
        later = now + pause_before(service, 1, error)
        send_again(session, row, channel=Channel.SMS, due_at=later, now=now)
    else:
        learn_from(session, row, error, now=now)


def _tries_so_far(session: Session, row: OutboundMessage) -> int:
    """How many rows have tried to bring this one message to its person."""
    tries, before = 1, row.retry_of_id
    while before is not None:
        tries += 1
        before = session.scalar(
            select(OutboundMessage.retry_of_id).where(OutboundMessage.id == before)
        )
    return tries


def move_on(row: OutboundMessage, new: OutboundStatus, *, now: datetime) -> None:
    """Take a message to where the carrier says it is; only forward, and not out of its end.

    The first word that it is on its way, of a receipt or of the answer to our call, is when we
    know that the carrier took it. One that came to nothing at once asked nobody anything.
    """
    old = OutboundStatus(row.status)
    if old in FINAL or PROGRESS[new] <= PROGRESS[old]:
        return
    row.status = new.value
    if new in ON_ITS_WAY:
        row.taken_at = row.taken_at or now
    if new in FINAL:
        row.settled_at = now


def pause_before(service: Service, attempts: int, error: CarrierError) -> timedelta:
    """How long to wait after so many tries; longer each time, and as long as the carrier asks."""
    usual = FIRST_RETRY_AFTER * (1 << (attempts - 1))
    span = error.patience.after if error.patience else usual
    return max(span * (1 + JITTER * service.rng.random()), error.retry_after or timedelta())


def learn_from(
    session: Session, row: OutboundMessage, error: CarrierError, *, now: datetime
) -> None:
    """What the end of a message tells about the person, and what is done so that it isn't lost."""
    person = row.person
    action = error.action
    if action is Action.RETRY:
        action = error.patience.at_last if error.patience else Action.GIVE_UP
    if action is Action.OPT_OUT:
        person.opted_out_at = person.opted_out_at or now
    elif action is Action.USE_VOICE:
        _use_voice(session, row, now=now)
    elif row.purpose in (Purpose.ANSWER, Purpose.INTRODUCTION):
        # Somebody waits for a word that won't come by text.
        request_callback(session, person, "undelivered", now=now)


def _use_voice(session: Session, row: OutboundMessage, *, now: datetime) -> None:
    """No text reaches this person: what was and what is to be said is said in a call."""
    person = row.person
    person.takes_texts = False
    waiting = select(OutboundMessage).where(
        OutboundMessage.person_id == person.id,
        OutboundMessage.status == OutboundStatus.WAITING.value,
    )
    for other in session.scalars(waiting):
        other.channel = Channel.VOICE.value
    send_again(session, row, channel=Channel.VOICE, due_at=now, now=now)


def stop_sender(service: Service, session: Session, error: CarrierError, *, now: datetime) -> None:
    """The carrier says that our number or name can't send: nothing leaves until somebody looks."""
    settings = service.settings
    rate = settings.sender_segments_per_second
    sender = lock_sender(session, settings.sender, rate=rate, now=now)
    pause(sender, code=error.code, span=OPERATOR_RETRY_AFTER, now=now)
    log.error("sender stopped", code=error.code)


def locked(session: Session, which: ColumnElement[bool]) -> OutboundMessage | None:
    """The one row that is meant, kept from others until the transaction ends; None: no such row."""
    return session.scalar(
        select(OutboundMessage).where(which).with_for_update(of=OutboundMessage, key_share=True)
    )
