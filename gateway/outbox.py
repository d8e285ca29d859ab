"""Sending what waits in the outbox: claim a row, call the carrier, write down what became of it.

A row is claimed in one transaction and its outcome written in another: no transaction is open
while the carrier is called. Any number of workers may do this side by side; a row that somebody
else claimed first is simply not ours, and whoever lost a claim by being slow leaves the row alone.

Opt-out, quiet hours, the time for which a message is of use, and the sender's pace are looked at
here, for every message, and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session, aliased

from flows.day_time import is_quiet, next_day_time
from flows.proposals import tell_anew
from gateway.carriers import Accepted, Action, CarrierError, OutcomeUnknown
from gateway.pace import lock_sender, segments_left
from gateway.receipts import (
    OPERATOR_RETRY_AFTER,
    learn_from,
    locked,
    move_on,
    pause_before,
    stop_sender,
)
from gateway.service import Service, occasion
from models.base import Moment
from models.messages import (
    STILL_TO_LEAVE,
    Channel,
    OutboundMessage,
    OutboundStatus,
    Purpose,
    written_out,
)
from models.task import plan_redaction

log = structlog.get_logger()

# Longer than the calls to the carrier for one message can take. After that whoever claimed a row
# is gone, and nobody knows whether the carrier has the message.
CLAIMED_FOR = timedelta(seconds=60)
# A call takes ten seconds at most. With less than two of them left a claim is given back.
NEEDED_TO_SEND = timedelta(seconds=25)
CLAIMED_AT_ONCE = 10
# Some four hours in all (see `pause_before`), then given up.
ATTEMPTS = 10
# The carrier lists by its own clock, to the second or to the day: look a little further back.
LOOKED_UP_BEFORE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that is ours to send until `until`. `since`: an earlier try that ended in doubt.

    `unwanted`: it needn't be sent any more, and only the doubt is to be settled.
    """

    id: int
    to: str
    body: str
    until: datetime
    since: datetime | None
    valid_until: datetime | None
    unwanted: bool


def send_due(service: Service) -> int:
    """Send what is due, in one round. Returns how many rows were taken up."""
    with service.database.reading() as session:
        # Most of the time nothing is due, or nothing may leave: then no lock is taken.
        now = service.clock.now()
        if session.scalar(ANYTHING_DUE, {"now": now}) is None or _left(service, session, now) <= 0:
            return 0
    claimed = _claim(service)
    for message in claimed:
        _send(service, message)
    return len(claimed)


def _left(service: Service, session: Session, now: datetime) -> float:
    settings = service.settings
    rate = settings.sender_segments_per_second
    return segments_left(session, settings.sender, rate=rate, now=now)


def _due() -> Select[int]:
    """The ids of what may be sent now: answers first, each person's messages in their order."""
    now = bindparam("now", type_=Moment)
    earlier = aliased(OutboundMessage)
    an_earlier_one_waits = exists().where(
        earlier.person_id == OutboundMessage.person_id,
        earlier.id < OutboundMessage.id,
        earlier.channel == Channel.SMS.value,
        earlier.status.in_(STILL_TO_LEAVE),
        earlier.due_at <= now,
    )
    return (
        select(OutboundMessage.id)
        .where(
            OutboundMessage.channel == Channel.SMS.value,
            OutboundMessage.status.in_(written_out(*STILL_TO_LEAVE)),
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
    now, settings = service.clock.now(), service.settings
    claimed: list[Claimed] = []
    with service.database.writing() as session:
        rate = settings.sender_segments_per_second
        sender = lock_sender(session, settings.sender, rate=rate, now=now)
        ids = session.scalars(CLAIMABLE, {"now": now}).all()
        for message in session.scalars(
            select(OutboundMessage)
            .where(OutboundMessage.id.in_(ids))
            .order_by(OutboundMessage.priority, OutboundMessage.due_at, OutboundMessage.id)
        ):
            if sender.segments <= 0:
                break
            in_doubt = message.status != OutboundStatus.WAITING
            unwanted = is_unwanted(message, now=now)
            if unwanted and not in_doubt:
                message.status = OutboundStatus.CANCELLED.value
                message.settled_at = now
                tell_anew(occasion(service, session, now), [message.id])
                continue
            if message.time_zone and is_quiet(now, message.time_zone, service.rules):
                message.due_at = next_day_time(now, message.time_zone, service.rules)
                continue
            since = message.tried_at if in_doubt else None
            message.status = OutboundStatus.SENDING.value
            message.claimed_until = now + CLAIMED_FOR
            message.tried_at = message.tried_at if in_doubt else now
            message.attempts += 1
            sender.segments -= message.segments
            claimed.append(
                Claimed(
                    id=message.id,
                    to=message.person.number or "",
                    body=message.body or "",
                    until=message.claimed_until,
                    since=since,
                    valid_until=message.valid_until,
                    unwanted=unwanted,
                )
            )
    return claimed


def is_unwanted(message: OutboundMessage, *, now: datetime) -> bool:
    """Whether a message needn't be sent, whatever it says.

    Whoever said STOP gets answers to what he writes after it, and nothing else; nobody gets an
    alert of yesterday.
    """
    person = message.person
    if person.number is None or message.body is None or message.is_stale(now=now):
        return True
    if message.purpose != Purpose.ANSWER:
        away = message.purpose == Purpose.ALERT and person.paused_at is not None
        return away or not person.is_reachable
    return person.opted_out_at is not None and message.created_at < person.opted_out_at


def _send(service: Service, message: Claimed) -> None:
    if service.clock.now() > message.until - NEEDED_TO_SEND:
        _give_back(service, message)
        return
    in_doubt = message.since is not None
    try:
        accepted = _already_sent(service, message)
        if accepted is None and message.unwanted:
            _cancel(service, message)
            return
        if accepted is None:
            in_doubt = False
            valid_for = message.valid_until - service.clock.now() if message.valid_until else None
            accepted = service.carrier.send(
                message.to, message.body, reference=message.id, valid_for=valid_for
            )
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
                    OutboundMessage.carrier_sid.in_([accepted.sid for accepted in found]),
                    OutboundMessage.id != message.id,
                )
            )
        )
    return next((accepted for accepted in found if accepted.sid not in known), None)


def _give_back(service: Service, message: Claimed) -> None:
    """Those before it in the round took too long: somebody takes it up anew."""
    with service.database.writing() as session:
        row = _ours(session, message)
        if row is not None:
            in_doubt = message.since is not None
            row.status = (OutboundStatus.UNKNOWN if in_doubt else OutboundStatus.WAITING).value
            row.claimed_until = None
            row.attempts -= 1


def _cancel(service: Service, message: Claimed) -> None:
    now = service.clock.now()
    with service.database.writing() as session:
        row = _ours(session, message)
        if row is not None:
            row.status, row.settled_at = OutboundStatus.CANCELLED.value, now
            tell_anew(occasion(service, session, now), [row.id])


def _write_accepted(service: Service, message: Claimed, accepted: Accepted) -> None:
    with service.database.writing() as session:
        row = locked(session, OutboundMessage.id == message.id)
        if row is None:
            # Its owner had everything erased meanwhile, and the carrier must not keep it either.
            plan_redaction(session, [accepted.sid], now=service.clock.now())
            return
        if row.carrier_sid not in (None, accepted.sid):
            # We were slow, and somebody else has found the very message that we sent.
            return
        row.carrier_sid = accepted.sid
        row.claimed_until = None
        move_on(row, accepted.status, now=service.clock.now())


def _write_refusal(
    service: Service, message: Claimed, error: CarrierError, *, in_doubt: bool
) -> None:
    """`in_doubt`: the carrier may have the message all the same, so it is looked up next time."""
    again = OutboundStatus.UNKNOWN if in_doubt else OutboundStatus.WAITING
    now = service.clock.now()
    with service.database.writing() as session:
        if error.action is Action.STOP_SENDER:
            stop_sender(service, session, error, now=now)
        row = _ours(session, message)
        if row is None:
            return
        row.claimed_until = None
        row.error_code = error.code
        tries = error.patience.tries if error.patience else ATTEMPTS
        if error.action in (Action.WAIT_FOR_OPERATOR, Action.STOP_SENDER):
            # Our own settings are wrong: that is no fault of the message's.
            row.attempts -= 1
            row.status = again.value
            row.due_at = now + OPERATOR_RETRY_AFTER
        elif error.action is Action.RETRY and row.attempts < tries:
            row.status = again.value
            row.due_at = now + pause_before(service, row.attempts, error)
        else:
            row.status = OutboundStatus.FAILED.value
            row.settled_at = now
            learn_from(session, row, error, now=now)


def _ours(session: Session, message: Claimed) -> OutboundMessage | None:
    """The row, if the claim on it is still ours."""
    # A receipt may have been quicker than the answer to our call: then the row has moved on.
    claim_holds = (OutboundMessage.claimed_until == message.until) & (
        OutboundMessage.status == OutboundStatus.SENDING.value
    )
    return locked(session, (OutboundMessage.id == message.id) & claim_holds)


def waiting_since(session: Session, *, now: datetime) -> timedelta:
    """How long the oldest due message has been waiting; nothing due: no time at all."""
    oldest = session.scalar(
        select(OutboundMessage.due_at)
        .where(
            OutboundMessage.channel == Channel.SMS.value,
            OutboundMessage.status.in_(written_out(*STILL_TO_LEAVE)),
            OutboundMessage.status != OutboundStatus.SENDING.value,
            OutboundMessage.due_at <= now,
        )
        .order_by(OutboundMessage.due_at)
        .limit(1)
    )
    return now - (oldest or now)
