"""From a text that reached us to the answer in the outbox: stored first, then its turn is taken.

The webhook stores; the worker takes the turns. It holds the person's lock meanwhile: two texts of
one person are answered one after the other, in the order in which they came, whichever worker takes
them. What a crash leaves unanswered is simply still waiting.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy import ColumnElement, Integer, and_, func, literal_column, or_, select, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from flows import sms
from flows.outgoing import put_in_outbox
from flows.phone_numbers import SenderKind, readable, sender_of
from flows.turn import Turn
from flows.wording import wording
from gateway.carriers import InboundText
from gateway.service import Service
from models.messages import InboundMessage, Purpose
from models.operator_work import request_callback
from models.person import Person, insert_unless_there, lock_person, person_with

log = structlog.get_logger()

# So often a turn is tried before a human takes over: at once, and so long after it came in.
ATTEMPTS = 3
SECOND_TRY_AFTER = timedelta(seconds=20)
THIRD_TRY_AFTER = timedelta(minutes=1)
TURNS_AT_ONCE = 50
# Whoever writes the same long text again and again is a machine that answers our answers: two are
# answered, the rest is silence. Short ones (SUITE, OUI, 1) may well be repeated by a person.
SAME_TEXT_ANSWERED = 2
LONGER_THAN_A_KEYWORD = 20
# A clash with somebody else's turn (both chose each other at the same instant) is over at once.
CLASHES = 3
FOREIGNERS_ANSWERED_EVERY = timedelta(days=1)
# With a plus: SQLite would else gather the few that wait along the index of everybody's texts.
SENDER: ColumnElement[int] = literal_column("+inbound_message.person_id", Integer)
ANSWERED, IGNORED, FAILED = "answered", "ignored", "failed"


def store(service: Service, text: InboundText) -> bool:
    """Keep a text before anything is done with it. Returns whether it is new.

    A text delivered twice is recognised by the carrier's id, in one atomic insert.
    """
    try:
        return _store(service, text)
    except IntegrityError:
        # The sender was forgotten (EFFACER TOUT) between the look and the insert: begin anew.
        return _store(service, text)


def _store(service: Service, text: InboundText) -> bool:
    now = service.clock.now()
    sender = sender_of(text.sender, country_codes=service.rules.country_codes)
    is_ours = sender.number in (service.rules.sms_number, service.rules.voice_number)
    # Machines and withheld senders can't be answered; they are kept all the same.
    number = None if is_ours else sender.number
    with service.database.writing() as session:
        # Most people are known: then one statement does it. A text that is known already makes
        # nobody anew, even where its sender has been forgotten since.
        stored = session.execute(
            insert_unless_there(session, InboundMessage)
            .values(
                carrier_sid=text.carrier_sid,
                person_id=person_with(session, number) if number else None,
                sender=text.sender,
                body=_storable(text.body),
                media_count=text.media_count,
                opt_out_type=text.opt_out_type,
                received_at=text.typed_at or now,
                outcome=None if number else IGNORED,
                attempts=0,
            )
            .on_conflict_do_nothing()
            .returning(InboundMessage.id, InboundMessage.person_id)
        ).one_or_none()
        if stored is not None and number is not None and stored.person_id is None:
            person = lock_person(session, number, now=now)
            session.execute(
                update(InboundMessage)
                .where(InboundMessage.id == stored.id)
                .values(person_id=person.id)
            )
    log.info("text received", sid=text.carrier_sid, new=stored is not None, kind=sender.kind.value)
    return stored is not None


def _storable(body: str) -> str:
    """Unpaired surrogates, which no database and no cipher takes, become question marks."""
    return body.encode("utf-8", "replace").decode("utf-8")


def answer_waiting(service: Service) -> int:
    """Take the turns of those who wait for an answer. Returns how many people waited.

    A text that could not be answered is tried again a little later.
    """
    now = service.clock.now()
    with service.database.reading() as session:
        waiting = session.scalars(
            select(SENDER)
            .where(
                InboundMessage.outcome.is_(None),
                SENDER.is_not(None),
                or_(
                    InboundMessage.attempts == 0,
                    and_(
                        InboundMessage.attempts == 1,
                        InboundMessage.received_at < now - SECOND_TRY_AFTER,
                    ),
                    InboundMessage.received_at < now - THIRD_TRY_AFTER,
                ),
            )
            .group_by(SENDER)
            .order_by(func.min(InboundMessage.received_at))
            .limit(TURNS_AT_ONCE)
        ).all()
    for person_id in waiting:
        try:
            take_turns(service, person_id)
        except Exception:
            # The others still get their answer.
            log.exception("turn left behind", person_id=person_id)
    return len(waiting)


def take_turns(service: Service, person_id: int) -> None:
    """Answer all that waits from one person, each text in a transaction of its own.

    Nothing is done where another worker is at it.
    """
    clashes = 0
    while True:
        inbound_id: int | None = None
        try:
            with service.database.writing() as session:
                person = _lock(session, person_id, wait=False)
                waiting = _first_two_unanswered(session, person_id)
                if person is None or not waiting:
                    return
                inbound_id = waiting[0].id
                _answer(service, session, person, waiting[0])
            if len(waiting) == 1:
                return
        except (IntegrityError, OperationalError) as error:
            # Somebody else's turn was quicker, or waited for ours. Once more, with what is now.
            clashes += 1
            log.warning("turns clashed", inbound_id=inbound_id, why=type(error).__name__)
            if clashes >= CLASHES:
                return
        except Exception:
            # Whatever broke, the text is stored and the person must not be left without a word.
            log.exception("turn failed", inbound_id=inbound_id)
            if inbound_id is None or not _note_failure(service, person_id, inbound_id):
                return


def _lock(session: Session, person_id: int, *, wait: bool = True) -> Person | None:
    """Somebody, kept from other workers. None: gone or, unless `wait`, taken."""
    return session.scalar(
        select(Person)
        .where(Person.id == person_id)
        .with_for_update(key_share=True, skip_locked=not wait)
    )


def _first_two_unanswered(session: Session, person_id: int) -> Sequence[InboundMessage]:
    """The text whose turn it is, and whether another one waits behind it."""
    return session.scalars(
        select(InboundMessage)
        .where(InboundMessage.person_id == person_id, InboundMessage.outcome.is_(None))
        .order_by(InboundMessage.id)
        .limit(2)
    ).all()


def _answer(service: Service, session: Session, person: Person, inbound: InboundMessage) -> None:
    turn = _open_turn(service, session, person, inbound)
    sender = sender_of(inbound.sender or "", country_codes=service.rules.country_codes)
    # Somebody who had everything erased and writes again begins anew.
    person.erased_at = None
    person.number = person.number or sender.number
    inbound.outcome = ANSWERED
    if sender.kind is SenderKind.FOREIGN and turn.understood.intent != "emergency":
        _answer_foreigner(turn)
    elif _is_repeated_by_a_machine(turn, inbound) or _writes_too_much(turn):
        inbound.outcome = IGNORED if not turn.said else ANSWERED
    else:
        sms.answer(turn, opt_out_type=inbound.opt_out_type)
    person.last_seen_at = turn.now
    turn.finish()


def _open_turn(service: Service, session: Session, person: Person, inbound: InboundMessage) -> Turn:
    return sms.open_turn(
        session,
        person,
        inbound.body or "",
        now=service.clock.now(),
        rules=service.rules,
        gazetteer=service.gazetteer,
        media_count=inbound.media_count,
        inbound_id=inbound.id,
    )


def _answer_foreigner(turn: Turn) -> None:
    """A number from abroad can't be served; it is told so, once a day."""
    last = turn.person.noticed_at
    if last is None or turn.now - last > FOREIGNERS_ANSWERED_EVERY:
        turn.person.noticed_at = turn.now
        turn.say(
            "sender.foreign",
            association=turn.rules.association,
            voice_number=readable(turn.rules.voice_number),
        )


def _is_repeated_by_a_machine(turn: Turn, inbound: InboundMessage) -> bool:
    intent = turn.understood.intent
    may_be_a_keyword = len(turn.text) <= LONGER_THAN_A_KEYWORD and intent != "unclear"
    if intent == "emergency" or may_be_a_keyword:
        return False
    before = turn.session.scalars(
        select(InboundMessage)
        .where(InboundMessage.person_id == inbound.person_id, InboundMessage.id < inbound.id)
        .order_by(InboundMessage.id.desc())
        .limit(SAME_TEXT_ANSWERED)
    ).all()
    return len(before) == SAME_TEXT_ANSWERED and all(
        earlier.body == inbound.body for earlier in before
    )


def _writes_too_much(turn: Turn) -> bool:
    """More than a day's messages: said once, then silence until tomorrow."""
    if turn.understood.intent in ("stop", "emergency"):
        return False
    count = turn.session.scalar(
        select(func.count())
        .select_from(InboundMessage)
        .where(
            InboundMessage.person_id == turn.person.id,
            InboundMessage.received_at > turn.now - timedelta(days=1),
        )
    )
    limit = turn.rules.messages_per_day
    if count == limit + 1:
        turn.say("limits.messages")
    return (count or 0) > limit


def _note_failure(service: Service, person_id: int, inbound_id: int) -> bool:
    """Count a turn that broke. True: a human takes over, the next text may have its turn."""
    with service.database.writing() as session:
        person = _lock(session, person_id)
        inbound = session.get(InboundMessage, inbound_id)
        if person is None or inbound is None:
            return False
        inbound.attempts += 1
        if inbound.attempts < ATTEMPTS:
            return False
        inbound.outcome = FAILED
        # Without understanding the text once more: that may be what breaks.
        now = service.clock.now()
        put_in_outbox(
            session,
            person,
            wording(person.language).say("trouble.apology"),
            purpose=Purpose.ANSWER,
            rules=service.rules,
            now=now,
            inbound_id=inbound.id,
        )
        request_callback(session, person, "trouble", now=now)
        return True
