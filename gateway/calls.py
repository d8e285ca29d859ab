"""Somebody calls: until there is a menu, they hear that a person will call them back.

It is noted as a request to be called, so that nobody calls in vain. Of a withheld number nothing is
noted: those who hide theirs are never one person.
"""

from __future__ import annotations

import structlog
from twilio.twiml.voice_response import VoiceResponse

from flows.phone_numbers import SenderKind, sender_of
from flows.wording import wording
from gateway.service import Service
from gateway.voice_document import VOICES
from models.operator_work import request_callback
from models.person import lock_person

log = structlog.get_logger()

# What a caller hears, by who is calling.
HEARD = {
    SenderKind.PERSON: "call.promised",
    SenderKind.FOREIGN: "call.foreign",
    SenderKind.WITHHELD: "call.withheld",
    SenderKind.MACHINE: "call.withheld",
}


def answer_call(service: Service, caller: str) -> str:
    """Note who calls, and say what happens next. Returns the document for the carrier."""
    sender = sender_of(caller, country_codes=service.rules.country_codes)
    language = "fr"
    if sender.kind is SenderKind.PERSON and sender.number is not None:
        now = service.clock.now()
        with service.database.writing() as session:
            person = lock_person(session, sender.number, now=now)
            person.last_seen_at = now
            language = person.language
            if person.blocked_at is None:
                request_callback(session, person, "called", now=now)
    log.info("call answered", kind=sender.kind.value)
    text = wording(language).say(HEARD[sender.kind], association=service.rules.association)
    document = VoiceResponse()
    voice, spoken = VOICES[language]
    document.say(text, voice=voice, language=spoken)
    document.hangup()
    return str(document)
