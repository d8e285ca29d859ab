"""A telephone call, one webhook after the other: each is a step of the voice menu (flows/voice).

A step is taken in one transaction that holds the caller's lock, as a text's turn is; a step that
the carrier asks for twice is answered with the same document. If we break, the caller hears an
apology and may go on, or have somebody call back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from flows.open_questions import open_questions
from flows.phone_numbers import SenderKind, sender_of
from flows.voice import answering, ringing, welcome
from flows.voice.call_turn import NOTHING_SAID, CallTurn, nobody
from flows.voice.steps import (
    Answer,
    Began,
    Event,
    HangUp,
    Keys,
    Listen,
    Rang,
    Recorded,
    Silence,
    Words,
)
from flows.wording import spoken
from gateway.service import Service, occasion
from gateway.voice_document import document
from models.call import Call, Direction
from models.conversation import Conversation
from models.messages import OutboundMessage
from models.operator_work import request_callback
from models.person import Person, lock_person

log = structlog.get_logger()

STEP = "/twilio/voice/step/{step}"
# After a mistake of ours the same step is tried once more.
STEP_AGAIN = "/twilio/voice/step/{step}/again"
# `step` tells one ring of a call from the next: a late key must not answer for somebody else.
WHISPER = "/twilio/voice/whisper/{call_id}/{step}/{asked}"
# Somebody else's turn was quicker, or waited for ours: once more is enough.
CLASHES = 3
LONGEST_WORDS = 1000


def event_of(form: Mapping[str, str]) -> Event:
    """What a webhook tells, in our words.

    https://www.twilio.com/docs/voice/twiml/gather, /record and /dial tell of the fields.
    """
    if "DialCallStatus" in form:
        return Rang()
    if sid := form.get("RecordingSid"):
        return Recorded(sid, _seconds(form.get("RecordingDuration", "")))
    if digits := form.get("Digits"):
        return Keys(digits)
    if words := form.get("SpeechResult", "").strip():
        return Words(words[:LONGEST_WORDS])
    return Silence()


def _seconds(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 6 else 0


# ---- Steps --------------------------------------------------------------------------------------


def begin_call(service: Service, *, sid: str, caller: str) -> str:
    """Somebody calls. Returns the document for the carrier, as every function here does."""
    sender = sender_of(caller, country_codes=service.rules.country_codes)
    number = sender.number if sender.kind is SenderKind.PERSON else None
    is_foreign = sender.kind is SenderKind.FOREIGN

    def step(session: Session) -> str:
        person = lock_person(session, number, now=service.clock.now()) if number else None
        call = _call(session, service, sid, person, Direction.IN)
        if call.steps:
            return call.document or _goodbye(service)
        if person is not None:
            person.last_seen_at = service.clock.now()
            # Somebody who had everything erased and calls again begins anew.
            person.erased_at, person.number = None, number
        turn = _turn(service, session, call, person, Began())
        welcome.called_by_somebody(turn, is_foreign=is_foreign)
        return _finish(service, turn)

    log.info("call answered", kind=sender.kind.value)
    return _safely(service, step, action=STEP.format(step=0), is_last_try=True)


def begin_placed_call(service: Service, *, sid: str, outbound_id: int) -> str:
    """Somebody whom we have called has picked up."""

    def step(session: Session) -> str:
        row = session.get(OutboundMessage, outbound_id)
        if row is None or row.person.number is None:
            # Erased, or purged, while it rang.
            return _goodbye(service)
        person = lock_person(session, row.person.number, now=service.clock.now())
        call = _call(session, service, sid, person, Direction.OUT)
        if call.steps:
            return call.document or _goodbye(service)
        call.outbound_id = outbound_id
        turn = _turn(service, session, call, person, Began())
        welcome.called_by_us(turn)
        return _finish(service, turn)

    return _safely(service, step, action=STEP.format(step=0), is_last_try=True)


def take_step(
    service: Service, *, sid: str, step: int, form: Mapping[str, str], is_last_try: bool = False
) -> str:
    """What a caller did after the document number `step`."""

    def take(session: Session) -> str:
        call = session.scalar(select(Call).where(Call.carrier_sid == sid))
        if call is None:
            return _goodbye(service)
        person = _locked_person(session, call)
        session.refresh(call, with_for_update=True)
        if call.steps != step or call.ended_at is not None:
            return call.document or _goodbye(service)
        if person is not None and person.erased_at is not None:
            # By a text, while the telephone was at the ear: nothing new is kept of this person.
            call.end(now=service.clock.now())
            return _goodbye(service)
        turn = _turn(service, session, call, person, event_of(form))
        answering.take(turn)
        return _finish(service, turn)

    again = STEP_AGAIN.format(step=step)
    return _safely(service, take, action=again, is_last_try=is_last_try, sid=sid)


def ask_whoever_is_rung(
    service: Service, *, call_id: int, step: int, asked: int, form: Mapping[str, str]
) -> str:
    """The telephone that was rung for a call: who calls and what for, and whether to connect."""

    def ask(session: Session) -> str:
        call = session.get(Call, call_id, with_for_update=True)
        if call is None or call.steps != step:
            # The caller has gone on to something else: this is no answer to it.
            return _goodbye(service)
        event = event_of(form) if asked else Began()
        moment = occasion(service, session, service.clock.now())
        answer = ringing.ask_to_talk(moment, call, event, asked)
        return _document(
            service, answer, WHISPER.format(call_id=call_id, step=step, asked=asked + 1)
        )

    return _safely(service, ask, action="", is_last_try=True)


def call_ended(service: Service, *, sid: str) -> None:
    """A call is over: what was kept for its next step is let go."""
    with service.database.writing() as session:
        call = session.scalar(select(Call).where(Call.carrier_sid == sid).with_for_update())
        if call is not None:
            call.end(now=service.clock.now())


# ---- What a step needs --------------------------------------------------------------------------


def _call(
    session: Session, service: Service, sid: str, person: Person | None, direction: Direction
) -> Call:
    """The call of this id; a webhook that comes twice finds it there."""
    call = session.scalar(select(Call).where(Call.carrier_sid == sid).with_for_update())
    if call is None:
        call = Call(
            carrier_sid=sid,
            person_id=person.id if person is not None else None,
            direction=direction.value,
            path=[],
            kept={},
            steps=0,
            misses=0,
            started_at=service.clock.now(),
        )
        session.add(call)
        session.flush()
    return call


def _locked_person(session: Session, call: Call) -> Person | None:
    if call.person_id is None:
        return None
    return session.scalar(
        select(Person).where(Person.id == call.person_id).with_for_update(key_share=True)
    )


def _turn(
    service: Service, session: Session, call: Call, person: Person | None, event: Event
) -> CallTurn:
    now = service.clock.now()
    if person is None:
        person, conversation = nobody(call.kept.get("language", "fr"))
        person.speak_slowly = bool(call.kept.get("slowly"))
    else:
        known = session.get(Conversation, person.id)
        conversation = known or Conversation.new(person.id)
        if known is None:
            session.add(conversation)
    call.steps += 1
    return CallTurn(
        session=session,
        now=now,
        rules=service.rules,
        gazetteer=service.gazetteer,
        person=person,
        conversation=conversation,
        questions=open_questions(session, person, now=now) if person.id else [],
        text=event.text if isinstance(event, Words) else "",
        understood=NOTHING_SAID,
        call=call,
        event=event,
    )


def _finish(service: Service, turn: CallTurn) -> str:
    """Write down what is said, so that the same step is answered with the same words."""
    answering.finish(turn)
    call = turn.call
    if not turn.is_known:
        call.keep(slowly=turn.person.speak_slowly)
    answer = turn.answer()
    whisper = WHISPER.format(call_id=call.id, step=call.steps, asked=0)
    made = _document(service, answer, STEP.format(step=call.steps), whisper=whisper)
    call.document = made
    if isinstance(answer.then, HangUp):
        call.end(now=turn.now)
        call.document = made
    log.info("call step", call_id=call.id, question=call.question, then=type(answer.then).__name__)
    return made


def _document(service: Service, answer: Answer, action: str, *, whisper: str = "") -> str:
    base = service.settings.public_url
    return document(
        answer,
        action=base + action,
        whisper=base + whisper,
        caller_id=service.rules.voice_number,
    )


def _goodbye(service: Service) -> str:
    return _document(service, Answer((spoken("fr").say("call.goodbye"),), HangUp()), "")


# ---- When we break ------------------------------------------------------------------------------


def _safely(
    service: Service,
    step: Callable[[Session], str],
    *,
    action: str,
    is_last_try: bool,
    sid: str | None = None,
) -> str:
    """Take a step; if it breaks, nothing of it stays, and the caller hears an apology."""
    for clashes_left in reversed(range(CLASHES)):
        try:
            with service.database.writing() as session:
                return step(session)
        except (IntegrityError, OperationalError) as error:
            log.warning("call step clashed", why=type(error).__name__)
            if not clashes_left:
                break
        except Exception:
            # Whatever broke, nobody is left with a dead line.
            log.exception("call step failed")
            break
    if is_last_try and sid is not None:
        _have_somebody_called(service, sid)
    return _apology(service, action, is_last_try=is_last_try)


def _apology(service: Service, action: str, *, is_last_try: bool) -> str:
    words = spoken("fr")
    if is_last_try:
        return _document(service, Answer((words.say("call.trouble_over"),), HangUp()), "")
    said = [words.say("call.trouble")]
    for name, key in (("go_on", "1"), ("leave_message", "0")):
        label = words.say(f"choice.{name}")
        said.append(words.say("choice.row", label=label, key=key))
    return _document(service, Answer(tuple(said), Listen()), action)


def _have_somebody_called(service: Service, sid: str) -> None:
    """A call broke for good: a human should call, where we know whom."""
    try:
        with service.database.writing() as session:
            call = session.scalar(select(Call).where(Call.carrier_sid == sid))
            person = _locked_person(session, call) if call is not None else None
            if person is not None:
                request_callback(session, person, "trouble", now=service.clock.now())
    except SQLAlchemyError:
        # Most likely the database is what is broken; the caller is told to call again.
        log.exception("nobody could be noted to be called")
