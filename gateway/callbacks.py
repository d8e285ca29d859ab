"""The people who wait for a human's call: a list on the command line, and what is done with it."""

from __future__ import annotations

from datetime import datetime

from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.orm import Session

from flows.phone_numbers import readable
from models.operator_work import RECORDED, CallbackRequest, Report
from models.person import Person
from models.recording import Recording, remove_recordings


class NothingToPlay(Exception):
    """There is no sound to be had, and why, in words for an operator."""


def show_waiting(session: Session, console: Console) -> None:
    """Print who waits, longest first, and the complaints that nobody has looked at."""
    callbacks = session.execute(
        select(CallbackRequest, Person, Recording)
        .outerjoin(Person, CallbackRequest.person_id == Person.id)
        .outerjoin(Recording, CallbackRequest.recording_id == Recording.id)
        .where(CallbackRequest.closed_at.is_(None))
        .order_by(CallbackRequest.asked_at, CallbackRequest.id)
    ).all()
    columns = ("no", "call", "why", "listing", "recording", "since (UTC)")
    table = Table(*columns, title="To call back")
    for request, person, recording in callbacks:
        table.add_row(
            str(request.id),
            _number_to_call(request, person),
            request.reason,
            str(request.listing_id or "-"),
            _heard(request, recording),
            f"{request.asked_at:%d/%m %H:%M}",
        )
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


def _number_to_call(request: CallbackRequest, person: Person | None) -> str:
    """The number that was keyed in, else the person's own."""
    number = request.number or (person.number if person is not None else None)
    return readable(number) if number else "hidden"


def _heard(request: CallbackRequest, recording: Recording | None) -> str:
    """What there is to listen to."""
    if recording is not None:
        here = "" if recording.fetched_at else ", not here yet"
        return f"{recording.seconds} s{here}"
    return "gone" if request.reason == RECORDED else "-"


def waiting_recording(session: Session, number: int) -> Recording | None:
    """The recording of a request that is open, if it has one."""
    return session.scalar(
        select(Recording)
        .join(CallbackRequest, CallbackRequest.recording_id == Recording.id)
        .where(CallbackRequest.id == number, CallbackRequest.closed_at.is_(None))
    )


def sound_of_callback(session: Session, number: int) -> bytes:
    """What was said with a request, as a WAV file; NothingToPlay says why there is none."""
    request = session.get(CallbackRequest, number)
    if request is None:
        raise NothingToPlay(f"there is no call under number {number}")
    recording = waiting_recording(session, number)
    if recording is None:
        why = "its recording was deleted" if request.reason == RECORDED else "it has no recording"
        raise NothingToPlay(f"nothing to play under number {number}: {why}")
    if recording.sound is None:
        raise NothingToPlay(
            f"the recording of number {number} is not here yet: the worker fetches it from the"
            " carrier, as a rule within a minute"
        )
    return recording.sound


def close_callback(session: Session, number: int, *, now: datetime) -> bool:
    """Note that somebody has called; what was recorded goes at once, here and at the carrier.

    False: there is no such request, or it is closed.
    """
    request = session.get(CallbackRequest, number)
    if request is None or request.closed_at is not None:
        return False
    request.closed_at = now
    if request.recording_id is not None:
        remove_recordings(session, Recording.id == request.recording_id, now=now)
    return True
