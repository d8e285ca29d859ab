"""How long things are kept: what is old goes by itself, a little every day.

closed listings              30 days, then without person, name and words: they are only counted
texts, in and out            30 days
calls that were made         30 days
recordings                   30 days, also where nobody has called yet: the request stays
who gave a number to whom    12 months
people with nothing left     12 months after they last wrote; of a STOP, the hash stays
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from flows.occasion import Occasion
from models.call import Call
from models.conversation import Conversation
from models.disclosure import Disclosure
from models.introduction import Introduction
from models.listing import Listing, ListingStatus
from models.messages import STILL_TO_LEAVE, Channel, InboundMessage, OutboundMessage
from models.operator_work import CallbackRequest, Report
from models.person import Person
from models.recording import Recording, remove_recordings
from models.task import Task

EVERY = timedelta(days=1)
KEPT = timedelta(days=30)
PEOPLE_KEPT = timedelta(days=365)
# A first purge after a long time must not hold the database for minutes.
ROWS_AT_ONCE = 5000


def purge(occasion: Occasion, task: Task) -> None:
    """Take away what is old; again tomorrow, or at once where there was too much of it."""
    session, now = occasion.session, occasion.now
    old, very_old = now - KEPT, now - PEOPLE_KEPT
    counts = [
        _anonymise(session, old),
        _delete(
            session,
            OutboundMessage,
            OutboundMessage.created_at < old,
            # What is to be sent by text leaves or fails within hours; a call is made or isn't.
            or_(
                OutboundMessage.status.not_in(STILL_TO_LEAVE),
                OutboundMessage.channel == Channel.VOICE.value,
            ),
        ),
        _delete(
            session,
            InboundMessage,
            InboundMessage.received_at < old,
            InboundMessage.outcome.is_not(None),
        ),
        remove_recordings(session, Recording.made_at < old, now=now, limit=ROWS_AT_ONCE),
        _delete(session, Call, Call.started_at < old),
        _delete(session, CallbackRequest, CallbackRequest.closed_at < old),
        _delete(session, Report, Report.closed_at < old),
        _delete(session, Disclosure, Disclosure.given_at < very_old),
        _forget_what_was_asked(session, old),
        _let_go_of_people(session, very_old),
    ]
    is_done = max(counts) < ROWS_AT_ONCE
    task.due_at = now + (EVERY if is_done else timedelta(seconds=1))


def _delete(session: Session, table: Any, *which: ColumnElement[bool]) -> int:
    """Delete some of the rows that are meant; returns how many."""
    ids = session.scalars(select(table.id).where(*which).limit(ROWS_AT_ONCE)).all()
    session.execute(delete(table).where(table.id.in_(ids)))
    return len(ids)


def _anonymise(session: Session, old: datetime) -> int:
    """Of a listing that was closed long ago only the number, kind, service and commune remain."""
    ids = session.scalars(
        select(Listing.id)
        .where(
            Listing.status != ListingStatus.ACTIVE.value,
            Listing.closed_at < old,
            Listing.person_id.is_not(None),
        )
        .limit(ROWS_AT_ONCE)
    ).all()
    session.execute(
        delete(Introduction).where(
            or_(Introduction.need_id.in_(ids), Introduction.offer_id.in_(ids))
        )
    )
    session.execute(
        update(Listing)
        .where(Listing.id.in_(ids))
        .values(person_id=None, first_name="", details=None)
        .execution_options(synchronize_session=False)
    )
    return len(ids)


def _forget_what_was_asked(session: Session, old: datetime) -> int:
    """Half-done drafts and lists shown, of people who haven't written for a while."""
    silent = select(Person.id).where(Person.last_seen_at < old)
    ids = session.scalars(
        select(Conversation.person_id).where(Conversation.person_id.in_(silent)).limit(ROWS_AT_ONCE)
    ).all()
    session.execute(delete(Conversation).where(Conversation.person_id.in_(ids)))
    return len(ids)


def _let_go_of_people(session: Session, very_old: datetime) -> int:
    """Whoever has nothing here and hasn't written for a year.

    Of those who said STOP, and of those whom an operator has blocked, the hash of the number
    stays, so that both still hold.
    """
    has_something = or_(
        exists().where(Listing.person_id == Person.id),
        exists().where(CallbackRequest.person_id == Person.id),
        exists().where(OutboundMessage.person_id == Person.id),
        exists().where(InboundMessage.person_id == Person.id),
        exists().where(or_(Disclosure.giver_id == Person.id, Disclosure.receiver_id == Person.id)),
    )
    ids = session.scalars(
        select(Person.id)
        .where(Person.last_seen_at < very_old, Person.number.is_not(None), ~has_something)
        .limit(ROWS_AT_ONCE)
    ).all()
    must_hold = or_(Person.opted_out_at.is_not(None), Person.blocked_at.is_not(None))
    session.execute(
        update(Person)
        .where(Person.id.in_(ids), must_hold)
        .values(number=None, commune_insee=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(delete(Person).where(Person.id.in_(ids), ~must_hold))
    return len(ids)
