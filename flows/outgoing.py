"""Writing to the outbox: the one way out for everything that a person is told by text."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from flows.phone_numbers import is_landline, readable
from flows.rules import Rules
from flows.sms_text import segments
from flows.wording import Wording, spoken, wording
from models.introduction import Introduction
from models.listing import Listing
from models.messages import Channel, OutboundMessage, OutboundStatus, Purpose
from models.person import Person


def takes_texts(person: Person) -> bool:
    """Whether a text can reach this person: what the carrier told us, else the kind of number."""
    if person.takes_texts is not None:
        return person.takes_texts
    return person.number is not None and not is_landline(person.number)


def words_for(person: Person) -> Wording:
    """How somebody is told things: in writing, or on the telephone where no text can come."""
    return wording(person.language) if takes_texts(person) else spoken(person.language)


def put_in_outbox(
    session: Session,
    person: Person,
    text: str,
    *,
    purpose: Purpose,
    rules: Rules,
    now: datetime,
    due_at: datetime | None = None,
    time_zone: str | None = None,
    valid_until: datetime | None = None,
    introduction: Introduction | None = None,
    listing: Listing | None = None,
    inbound_id: int | None = None,
    leads_to: str | None = None,
    by_call: bool | None = None,
) -> OutboundMessage:
    """Note that `person` is to be told `text`, now or at `due_at`. The worker does it.

    A landline is never texted: it is called, and `text` is what is said then (`words_for`). So is
    whoever is to prove to be at that number (`by_call`); `leads_to` is the question with which
    such a call goes on. Where our messages come from a name that can't be answered, each says which
    number to write to.
    """
    is_call = not takes_texts(person) if by_call is None else by_call
    if not rules.sender_takes_replies and not is_call:
        words = wording(person.language)
        number = readable(rules.sms_number)
        text = " ".join((text, words.say("notice.reply_to", sms_number=number)))
    message = OutboundMessage(
        person=person,
        body=text,
        segments=0 if is_call else segments(text),
        channel=(Channel.VOICE if is_call else Channel.SMS).value,
        purpose=purpose.value,
        priority=purpose.priority,
        status=OutboundStatus.WAITING.value,
        due_at=due_at or now,
        created_at=now,
        time_zone=time_zone,
        valid_until=valid_until,
        introduction=introduction,
        listing=listing,
        inbound_id=inbound_id,
        leads_to=leads_to,
    )
    session.add(message)
    return message


def send_again(
    session: Session,
    message: OutboundMessage,
    *,
    channel: Channel,
    due_at: datetime,
    now: datetime,
) -> None:
    """Try once more to bring a message to its person, as a row of its own.

    Not where it has become useless meanwhile, or its text was purged.
    """
    if message.body is None or message.is_stale(now=due_at):
        return
    session.add(
        OutboundMessage(
            person_id=message.person_id,
            inbound_id=message.inbound_id,
            introduction_id=message.introduction_id,
            listing_id=message.listing_id,
            body=message.body,
            segments=message.segments,
            channel=channel.value,
            purpose=message.purpose,
            priority=message.priority,
            status=OutboundStatus.WAITING.value,
            due_at=due_at,
            created_at=now,
            time_zone=message.time_zone,
            valid_until=message.valid_until,
            retry_of_id=message.id,
        )
    )
