"""What every process of ours works with: settings, database, clock, carrier, communes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from sqlalchemy.orm import Session

from flows.gazetteer import Gazetteer, gazetteer
from flows.occasion import Occasion
from flows.rules import Rules
from gateway.carriers import Carrier
from gateway.carriers.twilio import TwilioCarrier
from gateway.clock import Clock, SystemClock
from gateway.settings import Settings
from models.database import Database
from models.secrets import Keyring


@dataclass(frozen=True)
class Service:
    """One running service, or one under test."""

    settings: Settings
    rules: Rules
    database: Database
    clock: Clock
    carrier: Carrier
    gazetteer: Gazetteer
    rng: Random = field(default_factory=Random)


def occasion(service: Service, session: Session, now: datetime) -> Occasion:
    """A moment at which the service acts by itself."""
    return Occasion(
        session=session,
        now=now,
        rules=service.rules,
        gazetteer=service.gazetteer,
        person=None,
    )


def open_service(settings: Settings, *, clock: Clock | None = None) -> Service:
    """Open all that a process needs; whoever opens it closes `database`."""
    return Service(
        settings=settings,
        rules=settings.rules,
        database=Database(settings.database_url, Keyring(settings.secrets)),
        clock=clock or SystemClock(),
        carrier=TwilioCarrier(
            account_sid=settings.account_sid,
            auth_token=settings.auth_tokens[0],
            sender=settings.sender,
            number=settings.sms_number,
            voice_number=settings.voice_number,
            status_url=f"{settings.public_url}/twilio/sms/status",
            api_url=settings.api_url,
        ),
        gazetteer=gazetteer(),
    )
