"""What somebody may always ask of us: STOP, START, PAUSE, MES DONNEES, EFFACER TOUT, a language."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy import delete as sql_delete
from sqlalchemy.orm import Session

from flows.introductions import end_introductions
from flows.phone_numbers import readable
from flows.turn import Turn
from models.call import Call
from models.conversation import Conversation
from models.disclosure import Disclosure
from models.introduction import Introduction
from models.listing import Listing, ListingStatus
from models.messages import (
    STILL_TO_LEAVE,
    Channel,
    InboundMessage,
    OutboundMessage,
    OutboundStatus,
)
from models.operator_work import CallbackRequest
from models.person import Person
from models.recording import Recording, remove_recordings
from models.task import plan_redaction

ERASE = "erase"
# The outcome of a text whose sender had everything erased: that it came is all that is kept.
ERASED = "erased"
# The words for which the carrier itself blocks the sender and answers, by default in English
# (facts on opt-out: Twilio's list for long numbers). A second answer from us would be refused.
ANSWERED_BY_CARRIER = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
)
# So many of those to whom a number was given are named.
LAST_GIVEN = 3
_NOT = re.compile(r"\b(non?|pas|plus|sans|aucun)\b", re.IGNORECASE)
_EVERYTHING = re.compile(r"\b(tout|toutes?|all|everything)\b", re.IGNORECASE)


def means_everything(text: str) -> bool:
    """Whether "effacez …" means all that is kept, rather than one listing."""
    return _EVERYTHING.search(text) is not None


def stop(turn: Turn, *, answered_by_carrier: bool) -> None:
    """No more messages, ever: whatever waits for this person isn't sent."""
    turn.person.opted_out_at = turn.now
    turn.conversation.settle()
    _cancel_waiting(turn.session, turn.person)
    _end_all_introductions(turn)
    if not answered_by_carrier:
        turn.say("stop.stopped")


def start(turn: Turn) -> None:
    """START after a STOP, REPRISE after a PAUSE."""
    if turn.person.opted_out_at is not None:
        turn.person.opted_out_at = None
        turn.say("stop.started")
    elif turn.person.paused_at is not None:
        turn.say("pause.resumed")
    else:
        turn.say("stop.started_already")
    turn.person.paused_at = None


def pause(turn: Turn) -> None:
    """A volunteer is away: neither shown nor asked until REPRISE."""
    turn.person.paused_at = turn.now
    turn.say("pause.paused")


def holidays(turn: Turn) -> None:
    """FERIES [NON]: whether a volunteer is asked on public holidays too."""
    turn.person.wants_holidays = not _NOT.search(turn.text)
    turn.say("holidays.wanted" if turn.person.wants_holidays else "holidays.unwanted")


def about_me(turn: Turn) -> None:
    """MES DONNEES: what we keep on this number, and to whom it was given."""
    person, session = turn.person, turn.session
    turn.say(
        "data.about_you",
        phone=readable(person.number or ""),
        listings=_count(session, select(Listing.id).where(Listing.person_id == person.id)),
        messages=_count(
            session,
            select(InboundMessage.id).where(InboundMessage.person_id == person.id),
        ),
    )
    if person.commune_insee:
        turn.say(
            "data.with_commune", place=turn.wording.place(turn.gazetteer[person.commune_insee])
        )
    given = select(Disclosure).where(Disclosure.giver_id == person.id)
    last = session.scalars(given.order_by(Disclosure.id.desc()).limit(LAST_GIVEN)).all()
    if not last:
        turn.say("data.not_given")
        return
    zone, words = turn.zone_of(person.commune_insee), turn.wording
    lines = " ".join(
        words.say("line.given", first_name=one.receiver_name, date=words.date(one.given_at, zone))
        for one in last
    )
    count = _count(session, given.with_only_columns(Disclosure.id))
    turn.say("data.given", count=count, lines=lines)


def ask_to_erase(turn: Turn) -> None:
    turn.ask(ERASE, "erase.erase")


def erase(turn: Turn) -> None:
    """Delete all that is kept on this person, at once.

    The row of the person stays until the last word has left (see `forget_erased`), and its hash
    longer where a STOP must go on holding.
    """
    person, session = turn.person, turn.session
    _end_all_introductions(turn)
    session.flush()
    _blank_what_neighbours_were_told(session, person, now=turn.now)
    sent = select(OutboundMessage.carrier_sid).where(OutboundMessage.person_id == person.id)
    plan_redaction(session, session.scalars(sent).all(), now=turn.now)
    remove_recordings(session, Recording.person_id == person.id, now=turn.now)
    for table in (OutboundMessage, Listing, CallbackRequest):
        session.execute(sql_delete(table).where(table.person_id == person.id))
    _take_off_from_calls(session, person, now=turn.now)
    session.execute(sql_delete(Disclosure).where(Disclosure.giver_id == person.id))
    # The call in which this is said goes on to its goodbye.
    is_over = Call.ended_at.is_not(None)
    session.execute(sql_delete(Call).where(Call.person_id == person.id, is_over))
    # The message being answered stays until its answer has left; so does one that came behind it
    # and has not had its turn.
    _empty(
        session,
        InboundMessage.person_id == person.id,
        InboundMessage.id != (turn.inbound_id or 0),
        InboundMessage.outcome.is_not(None),
        now=turn.now,
    )
    session.expire_all()
    session.delete(turn.conversation)
    session.flush()
    turn.conversation = Conversation.new(person.id)
    session.add(turn.conversation)
    person.commune_insee = person.paused_at = None
    person.alerted_at = person.told_at = person.alerted_on = None
    person.alerts_that_day, person.wants_holidays = 0, False
    person.speak_slowly, person.takes_calls = False, True
    person.erased_at = turn.now
    turn.said.clear()
    turn.say("erase.erased")


def _take_off_from_calls(session: Session, person: Person, *, now: datetime) -> None:
    """Others, or this person with a hidden number, may have asked to be called on this number."""
    for request in session.scalars(
        select(CallbackRequest).where(CallbackRequest.number.is_not(None))
    ).all():
        if request.number != person.number:
            continue
        request.number = None
        if request.person_id is None:
            remove_recordings(session, Recording.id == request.recording_id, now=now)
            session.delete(request)


def _end_all_introductions(turn: Turn) -> None:
    for listing in turn.session.scalars(
        select(Listing).where(
            Listing.person_id == turn.person.id, Listing.status == ListingStatus.ACTIVE.value
        )
    ):
        end_introductions(turn, listing)


def _empty(session: Session, *which: ColumnElement[bool], now: datetime) -> None:
    """Keep of these messages that they came, and nothing else.

    They may be delivered once more, or turn up when we compare with the carrier's record: then
    they must be known, or they would be answered anew.
    """
    sids = session.scalars(select(InboundMessage.carrier_sid).where(*which)).all()
    plan_redaction(session, sids, now=now)
    session.execute(
        update(InboundMessage)
        .where(InboundMessage.carrier_sid.in_(sids))
        .values(person_id=None, sender=None, body=None, outcome=ERASED)
        .execution_options(synchronize_session=False)
    )


def _blank_what_neighbours_were_told(session: Session, person: Person, *, now: datetime) -> None:
    """What those who were introduced to this person were told holds a name and a number.

    Nothing of it that still waits is sent, and of what was sent no words are kept.
    """
    own = select(Listing.id).where(Listing.person_id == person.id)
    with_others = or_(Introduction.need_id.in_(own), Introduction.offer_id.in_(own))
    introductions = select(Introduction.id).where(with_others)
    others = select(Listing.person_id).where(
        or_(
            Listing.id.in_(select(Introduction.need_id).where(Introduction.offer_id.in_(own))),
            Listing.id.in_(select(Introduction.offer_id).where(Introduction.need_id.in_(own))),
        )
    )
    has_left = OutboundMessage.status.not_in(STILL_TO_LEAVE)
    blanked = session.scalars(
        update(OutboundMessage)
        .where(
            OutboundMessage.person_id.in_(others),
            OutboundMessage.body.is_not(None),
            or_(has_left, OutboundMessage.introduction_id.in_(introductions)),
        )
        .values(body=None)
        .returning(OutboundMessage.carrier_sid)
        .execution_options(synchronize_session=False)
    ).all()
    plan_redaction(session, blanked, now=now)


def to_be_forgotten() -> Select[Person]:
    """The people who had everything erased, and whose last word has left."""
    last_word_waits = (
        select(OutboundMessage.id)
        .where(
            OutboundMessage.person_id == Person.id,
            OutboundMessage.channel == Channel.SMS.value,
            OutboundMessage.status.in_(STILL_TO_LEAVE),
        )
        .exists()
    )
    writes_again = (
        select(InboundMessage.id)
        .where(InboundMessage.person_id == Person.id, InboundMessage.outcome.is_(None))
        .exists()
    )
    return select(Person).where(
        Person.erased_at.is_not(None),
        Person.number.is_not(None),
        ~last_word_waits,
        ~writes_again,
    )


def forget_erased(session: Session, *, now: datetime) -> int:
    """Let go of those who are `to_be_forgotten`. Returns how many."""
    erased = list(session.scalars(to_be_forgotten().with_for_update(key_share=True)))
    for person in erased:
        _empty(session, InboundMessage.person_id == person.id, now=now)
        sent = select(OutboundMessage.carrier_sid).where(OutboundMessage.person_id == person.id)
        plan_redaction(session, session.scalars(sent).all(), now=now)
        if person.opted_out_at is None:
            session.delete(person)
            continue
        # The hash alone is kept, so that the STOP still holds.
        person.number = None
        for table in (OutboundMessage, Conversation, Call):
            session.execute(sql_delete(table).where(table.person_id == person.id))
    return len(erased)


def switch_language(turn: Turn) -> None:
    if turn.understood.language:
        turn.person.language = turn.understood.language
    turn.say("switch.chosen")


def _cancel_waiting(session: Session, person: Person) -> None:
    session.execute(
        update(OutboundMessage)
        .where(
            OutboundMessage.person_id == person.id,
            OutboundMessage.status.in_((OutboundStatus.WAITING, OutboundStatus.UNKNOWN)),
        )
        .values(status=OutboundStatus.CANCELLED.value)
    )


def _count(session: Session, rows: Select[int]) -> int:
    return session.scalar(select(func.count()).select_from(rows.subquery())) or 0
