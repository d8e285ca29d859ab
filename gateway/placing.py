"""Calling people up: those whom no text reaches are told by telephone what waits for them.

A call is for one row of the outbox, and it tells the others that wait as well. The row is claimed
first, in a transaction of its own; the carrier is called outside of any. What was heard is marked
by the call itself; a call that ends without that was in vain and is tried again, a few times, and
then a human calls.

Two calls never ring one person: the person is locked before the row, as everywhere, and whoever has
a row that is being told, or is on the telephone, isn't rung.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session, aliased

from flows.day_time import next_day_time
from flows.occasion import HOME_ZONE
from flows.proposals import tell_anew
from gateway.carriers import Action, CarrierError, OutcomeUnknown
from gateway.outbox import is_unwanted
from gateway.receipts import OPERATOR_RETRY_AFTER
from gateway.service import Service, occasion
from models.base import Moment
from models.call import Call
from models.messages import Channel, OutboundMessage, OutboundStatus, Purpose, written_out
from models.operator_work import request_callback
from models.person import Person

log = structlog.get_logger()

# Enough to get up from a chair in the garden.
RING_SECONDS = 40
# After that the call is over, whatever we have heard of it.
CLAIMED_FOR = timedelta(hours=2)
# If the call was made after all, its own webhooks have told us by then.
IN_DOUBT_FOR = timedelta(minutes=5)
RETRY_AFTER = timedelta(hours=1)
# Whoever talks to us now is asked for again.
BUSY_FOR = timedelta(minutes=2)
# A call of which no end is known is over by then.
LONGEST_CALL = timedelta(hours=1)
PLACED_AT_ONCE = 10
TO_BE_TOLD = (OutboundStatus.WAITING, OutboundStatus.SENDING)


@dataclass(frozen=True, slots=True)
class Placing:
    """A row that is ours to be told in a call, until `until`."""

    id: int
    to: str
    until: datetime


def place_due(service: Service) -> int:
    """Ring up whoever is to be told something, in one round. Returns how many rows were looked at.

    One row for each person, the most pressing first.
    """
    with service.database.reading() as session:
        due = session.execute(DUE, {"now": service.clock.now()}).all()
    for row_id, person_id in due:
        placing = _claim(service, row_id, person_id)
        if placing is not None:
            _place(service, placing)
    return len(due)


def _may_ring() -> ColumnElement[bool]:
    """Of which rows may the person be rung at `now`? Not of those who want no calls."""
    now = bindparam("now", type_=Moment)
    being_told = aliased(OutboundMessage)
    return and_(
        OutboundMessage.channel == written_out(Channel.VOICE),
        OutboundMessage.status.in_(written_out(*TO_BE_TOLD)),
        OutboundMessage.due_at <= now,
        or_(
            OutboundMessage.status == OutboundStatus.WAITING.value,
            # A call whose end we never heard of.
            and_(
                OutboundMessage.status == OutboundStatus.SENDING.value,
                OutboundMessage.claimed_until < now,
            ),
        ),
        # Whoever is to be called back to show whose number it is has wanted this one.
        or_(Person.takes_calls, OutboundMessage.leads_to.is_not(None)),
        ~exists().where(
            being_told.person_id == OutboundMessage.person_id,
            being_told.channel == Channel.VOICE.value,
            being_told.status == OutboundStatus.SENDING.value,
            being_told.claimed_until >= now,
        ),
    )


def _due() -> Select[int, int]:
    """Rows and their people, one for each person."""
    before = aliased(OutboundMessage)
    now = bindparam("now", type_=Moment)
    more_pressing = or_(
        before.priority < OutboundMessage.priority,
        and_(before.priority == OutboundMessage.priority, before.id < OutboundMessage.id),
    )
    another_goes_first = exists().where(
        before.person_id == OutboundMessage.person_id,
        before.channel == Channel.VOICE.value,
        before.status.in_(TO_BE_TOLD),
        before.due_at <= now,
        more_pressing,
    )
    return (
        select(OutboundMessage.id, OutboundMessage.person_id)
        .join(Person, Person.id == OutboundMessage.person_id)
        .where(_may_ring(), ~another_goes_first)
        .order_by(OutboundMessage.priority, OutboundMessage.due_at, OutboundMessage.id)
        .limit(PLACED_AT_ONCE)
    )


# Asked by every worker all the time, so they are put together once.
DUE = _due()
STILL_DUE = (
    select(OutboundMessage)
    .join(Person, Person.id == OutboundMessage.person_id)
    .where(OutboundMessage.id == bindparam("row_id"), _may_ring())
    .with_for_update(of=OutboundMessage, skip_locked=True, key_share=True)
)


def _claim(service: Service, row_id: int, person_id: int) -> Placing | None:
    """Make a row ours, unless it needn't or mustn't be told now."""
    now = service.clock.now()
    with service.database.writing() as session:
        # Whose turn is being taken, or whom another worker looks at: the next round will see.
        if _locked_person(session, person_id, skip_locked=True) is None:
            return None
        row = session.scalar(STILL_DUE, {"now": now, "row_id": row_id})
        if row is None:
            return None
        if is_unwanted(row, now=now):
            _cancel(service, session, row, now=now)
        elif row.status == OutboundStatus.SENDING and row.attempts >= service.rules.call_tries:
            _give_up(session, row, now=now)
        elif (day := _day_time(service, row, now)) > now:
            row.due_at = day
        elif _is_on_the_telephone(session, person_id, now=now):
            row.due_at = now + BUSY_FOR
        else:
            row.status = OutboundStatus.SENDING.value
            row.claimed_until = now + CLAIMED_FOR
            row.tried_at = now
            row.attempts += 1
            return Placing(id=row.id, to=row.person.number or "", until=row.claimed_until)
    return None


def _place(service: Service, placing: Placing) -> None:
    base = f"{service.settings.public_url}/twilio/voice"
    try:
        sid = service.carrier.call(
            placing.to,
            url=f"{base}/placed/{placing.id}",
            status_url=f"{base}/status/{placing.id}",
            ring_seconds=RING_SECONDS,
        )
    except CarrierError as error:
        log.warning("call not placed", outbound_id=placing.id, code=error.code, why=str(error))
        _write_refusal(service, placing, error)
    else:
        log.info("call placed", outbound_id=placing.id, sid=sid)


def _write_refusal(service: Service, placing: Placing, error: CarrierError) -> None:
    """No telephone has rung, or nobody knows whether one has."""
    now = service.clock.now()
    with service.database.writing() as session:
        row = _locked_row(
            session,
            OutboundMessage.id == placing.id,
            OutboundMessage.claimed_until == placing.until,
        )
        if row is None or row.status != OutboundStatus.SENDING:
            # Erased meanwhile, or the call's own webhooks were quicker.
            return
        row.error_code = error.code
        if isinstance(error, OutcomeUnknown):
            # Not sooner than after a call in vain: it may have been one.
            row.claimed_until = now + IN_DOUBT_FOR
            row.due_at = _day_time(service, row, now + RETRY_AFTER)
        elif error.action in (Action.WAIT_FOR_OPERATOR, Action.STOP_SENDER):
            # Our own settings are wrong: that is no fault of the message's.
            row.attempts -= 1
            _wait(row, now + OPERATOR_RETRY_AFTER)
        elif error.action is Action.RETRY:
            _try_again_or_give_up(service, session, row, now=now)
        else:
            _give_up(session, row, now=now)


def note_call_ended(service: Service, outbound_id: int, status: str) -> None:
    """The call for this row is over, however it ended (the carrier's word for it is `status`).

    A row that is still being told was not heard. Nobody is rung again at once for another one, and
    a call in vain was one for all that it would have told.
    """
    now = service.clock.now()
    with service.database.writing() as session:
        row = _locked_row(session, OutboundMessage.id == outbound_id)
        _end_calls(session, outbound_id, row, now=now)
        if row is None:
            return
        in_vain = row.status == OutboundStatus.SENDING
        others = session.scalars(
            select(OutboundMessage)
            .where(
                OutboundMessage.person_id == row.person_id,
                OutboundMessage.id != row.id,
                OutboundMessage.channel == Channel.VOICE.value,
                OutboundMessage.status == OutboundStatus.WAITING.value,
                OutboundMessage.due_at < now + RETRY_AFTER,
            )
            .order_by(OutboundMessage.id)
            .with_for_update(of=OutboundMessage, key_share=True)
        ).all()
        if in_vain:
            _try_again_or_give_up(service, session, row, now=now)
        for other in others:
            if in_vain and row.tried_at is not None and other.due_at <= row.tried_at:
                other.attempts += 1
                _try_again_or_give_up(service, session, other, now=now)
            else:
                other.due_at = _day_time(service, other, now + RETRY_AFTER)
    log.info("call ended", outbound_id=outbound_id, status=status, heard=not in_vain)


def _end_calls(
    session: Session, outbound_id: int, row: OutboundMessage | None, *, now: datetime
) -> None:
    calls = select(Call).where(Call.outbound_id == outbound_id, Call.ended_at.is_(None))
    if row is not None:
        # There is an index on it; a row that is gone is rare.
        calls = calls.where(Call.person_id == row.person_id)
    for call in session.scalars(calls.with_for_update(key_share=True)):
        call.end(now=now)


def _try_again_or_give_up(
    service: Service, session: Session, row: OutboundMessage, *, now: datetime
) -> None:
    if is_unwanted(row, now=now):
        _cancel(service, session, row, now=now)
    elif row.attempts < service.rules.call_tries:
        _wait(row, _day_time(service, row, now + RETRY_AFTER))
    else:
        _give_up(session, row, now=now)


def _wait(row: OutboundMessage, until: datetime) -> None:
    row.status = OutboundStatus.WAITING.value
    row.claimed_until = None
    row.due_at = until


def _cancel(service: Service, session: Session, row: OutboundMessage, *, now: datetime) -> None:
    row.status, row.settled_at = OutboundStatus.CANCELLED.value, now
    tell_anew(occasion(service, session, now), [row.id])


def _give_up(session: Session, row: OutboundMessage, *, now: datetime) -> None:
    """The telephone rang in vain often enough: a human tries."""
    row.status, row.settled_at = OutboundStatus.FAILED.value, now
    request_callback(session, row.person, "unreached", now=now)


def _day_time(service: Service, row: OutboundMessage, moment: datetime) -> datetime:
    """This moment, or the next one at which that telephone may ring: answers are awaited."""
    if row.purpose == Purpose.ANSWER:
        return moment
    place = row.person.commune_insee
    home = service.gazetteer[place].time_zone if place else HOME_ZONE
    return next_day_time(moment, row.time_zone or home, service.rules)


def _is_on_the_telephone(session: Session, person_id: int, *, now: datetime) -> bool:
    talking = select(Call.id).where(
        Call.person_id == person_id,
        Call.ended_at.is_(None),
        Call.started_at > now - LONGEST_CALL,
    )
    return session.scalar(talking.limit(1)) is not None


def _locked_row(session: Session, *which: ColumnElement[bool]) -> OutboundMessage | None:
    """The one row that is meant, locked after its person; None: no such row."""
    person_id = session.scalar(select(OutboundMessage.person_id).where(*which))
    if person_id is None or _locked_person(session, person_id) is None:
        return None
    return session.scalar(
        select(OutboundMessage).where(*which).with_for_update(of=OutboundMessage, key_share=True)
    )


def _locked_person(session: Session, person_id: int, *, skip_locked: bool = False) -> Person | None:
    return session.scalar(
        select(Person)
        .where(Person.id == person_id)
        .with_for_update(key_share=True, skip_locked=skip_locked)
    )
