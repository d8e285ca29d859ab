"""Telling volunteers of a new need.

A need is told to the best `wave_size` volunteers as soon as it is published.
"""

from __future__ import annotations

from flows.introductions import propose_to_volunteer
from flows.matching import find_volunteers
from flows.turn import Turn
from models.listing import Listing


def alert_volunteers(turn: Turn, need: Listing) -> None:
    """Ask the next volunteers about a need; nobody is asked twice."""
    for match in find_volunteers(
        turn.session,
        need,
        gazetteer=turn.gazetteer,
        radius_km=turn.rules.radius_km,
        now=turn.now,
        limit=turn.rules.wave_size,
        today=turn.now.date(),
        alerts_per_day=3,
        is_holiday=False,
    ):
        propose_to_volunteer(turn, need, match.listing)
