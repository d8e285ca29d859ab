"""Looking at everything a running service needs, one line each, in words for an operator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from gateway.health import LONGEST_WAIT
from gateway.outbox import waiting_since
from gateway.service import Service
from models.geography.load import communes_are_current
from models.migrate import is_current
from models.sender import Sender

SHORTEST_SECRET = 32


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, whether it is well, and what to do if it isn't."""

    what: str
    is_well: bool
    advice: str = ""


def examine(service: Service, *, console: Console | None = None) -> bool:
    """Print what was found. Returns whether all is well."""
    console = console or Console()
    all_well = True
    for look in LOOKS:
        finding = look(service)
        all_well &= finding.is_well
        mark = "[green]ok[/]" if finding.is_well else "[red]no[/]"
        console.print(f"{mark}  {finding.what}" + (f": {finding.advice}" if finding.advice else ""))
    return all_well


def _database(service: Service) -> Finding:
    try:
        with service.database.reading() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        return Finding("database", False, f"it can't be reached ({type(error).__name__})")
    return Finding("database", True)


def _tables(service: Service) -> Finding:
    try:
        current = is_current(service.database)
    except SQLAlchemyError as error:
        return Finding("tables", False, type(error).__name__)
    return Finding("tables", current, "" if current else "run: python -m gateway migrate")


def _communes(service: Service) -> Finding:
    try:
        with service.database.reading() as session:
            current = communes_are_current(session)
    except SQLAlchemyError:
        current = False
    return Finding("communes", current, "" if current else "run: python -m gateway migrate")


def _outbox(service: Service) -> Finding:
    try:
        with service.database.reading() as session:
            waited = waiting_since(session, now=service.clock.now())
    except SQLAlchemyError:
        return Finding("outbox", False, "run: python -m gateway migrate")
    is_well = waited < LONGEST_WAIT
    return Finding("outbox", is_well, "" if is_well else "is python -m gateway worker running?")


def _public_url(service: Service) -> Finding:
    settings = service.settings
    is_well = settings.carrier == "simulator" or settings.public_url.startswith("https://")
    return Finding(
        f"PUBLIC_URL {settings.public_url}",
        is_well,
        "" if is_well else "a carrier needs an address that begins with https://",
    )


def _number(service: Service) -> Finding:
    """A French 06/07 number may not be used by a machine (ARCEP decision 2022-1583)."""
    number = service.settings.sms_number
    is_well = not number.startswith(("+336", "+337"))
    return Finding(
        f"TWILIO_SMS_NUMBER {number}",
        is_well,
        "" if is_well else "a French mobile number may only be used between persons; see README",
    )


def _secret(service: Service) -> Finding:
    """A short secret can be guessed, and with it every number that is kept."""
    is_well = all(len(secret) >= SHORTEST_SECRET for secret in service.settings.secrets)
    return Finding(
        "SECRET_KEY", is_well, "" if is_well else f"use {SHORTEST_SECRET} characters or more"
    )


def _sender(service: Service) -> Finding:
    """The carrier may have said that our number or name can't send."""
    try:
        with service.database.reading() as session:
            sender = session.get(Sender, service.settings.sender)
    except SQLAlchemyError:
        return Finding("sender", False, "run: python -m gateway migrate")
    until = sender.paused_until if sender else None
    if sender is None or until is None or until < service.clock.now():
        return Finding(f"sender {service.settings.sender}", True)
    advice = f"the carrier refuses it with code {sender.paused_for}; the runbook says what to do"
    return Finding(f"sender {service.settings.sender}", False, advice)


LOOKS: tuple[Callable[[Service], Finding], ...] = (
    _database,
    _tables,
    _communes,
    _outbox,
    _sender,
    _secret,
    _public_url,
    _number,
)
