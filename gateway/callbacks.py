"""The people who wait for a human's call: a list on the command line, and closing what is done."""

from __future__ import annotations

from datetime import datetime

from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.orm import Session

from flows.phone_numbers import readable
from models.operator_work import CallbackRequest, Report
from models.person import Person


def show_waiting(session: Session, console: Console) -> None:
    """Print who waits, longest first, and the complaints that nobody has looked at."""
    callbacks = session.execute(
        select(CallbackRequest, Person)
        .join(Person, CallbackRequest.person_id == Person.id)
        .where(CallbackRequest.closed_at.is_(None))
        .order_by(CallbackRequest.asked_at)
    ).all()
    table = Table("no", "call", "why", "listing", "since (UTC)", title="To call back")
    for request, person in callbacks:
        number = readable(person.number) if person.number else "-"
        listing = str(request.listing_id or "-")
        since = f"{request.asked_at:%d/%m %H:%M}"
        table.add_row(str(request.id), number, request.reason, listing, since)
    console.print(table if callbacks else "Nobody waits for a call.")
    reports = session.scalars(
        select(Report).where(Report.closed_at.is_(None)).order_by(Report.made_at)
    ).all()
    if reports:
        table = Table("no", "listing", "in their words", "made (UTC)", title="Complaints")
        for report in reports:
            listing = str(report.listing_id or "-")
            table.add_row(
                str(report.id), listing, report.words or "", f"{report.made_at:%d/%m %H:%M}"
            )
        console.print(table)


def close_callback(session: Session, number: int, *, now: datetime) -> bool:
    """Note that somebody has called. False: there is no such request, or it is closed."""
    request = session.get(CallbackRequest, number)
    if request is None or request.closed_at is not None:
        return False
    request.closed_at = now
    return True
