"""SIGNALER: somebody complains about a neighbour or a listing, in writing or by voice."""

from __future__ import annotations

from flows.turn import Turn
from models.listing import FIRST_NUMBER, Listing
from models.operator_work import Report


def report(turn: Turn) -> None:
    """SIGNALER [number], or a complaint in plain words: a human of the association looks."""
    number = next((n for n in turn.understood.numbers if n >= FIRST_NUMBER), None)
    listing = turn.session.get(Listing, number) if number else None
    turn.session.add(
        Report(
            person_id=turn.person.id,
            listing_id=listing.id if listing else None,
            words=turn.text,
            made_at=turn.now,
        )
    )
    turn.say("report.taken")
