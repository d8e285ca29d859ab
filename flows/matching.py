"""Who could help whom: listings of the other kind that share a service, the nearest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from flows import drawers
from flows.gazetteer import Gazetteer
from models.listing import Kind, Listing

# So many fitting offers of one person are read past, in order to ask each person once.
OFFERS_OF_ONE_PERSON = 4


@dataclass(frozen=True, slots=True)
class Match:
    """A listing that fits, and how far its commune is (0 for the commune itself)."""

    listing: Listing
    km: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for: listings of one kind (None: both) around a commune.

    `categories` empty means any service. Listings of `not_of` (a person's id) are left out.
    """

    kind: Kind | None
    categories: tuple[str, ...]
    commune: str
    not_of: int

    @classmethod
    def for_listing(cls, listing: Listing) -> Wanted:
        """What would answer a listing."""
        return cls(
            kind=Kind(listing.kind).opposite,
            categories=listing.categories,
            commune=listing.commune_insee,
            not_of=listing.person_id,
        )


def find_matches(
    session: Session,
    wanted: Wanted,
    *,
    gazetteer: Gazetteer,
    radius_km: float,
    now: datetime,
    limit: int,
    offset: int = 0,
) -> list[Match]:
    """The listings that fit, nearest first, then freshest. One query."""
    return _run(
        session,
        drawers.matches(
            _dialect(session),
            any_service=not wanted.categories,
            several=len(wanted.categories) > 1,
        ),
        near=gazetteer.neighbours(wanted.commune, radius_km),
        categories=wanted.categories,
        kinds=[wanted.kind] if wanted.kind else list(Kind),
        not_of=wanted.not_of,
        now=now,
        enough=limit + offset,
        limit=limit,
        offset=offset,
    )


def find_volunteers(
    session: Session,
    need: Listing,
    *,
    gazetteer: Gazetteer,
    radius_km: float,
    now: datetime,
    limit: int,
    today: date,
    alerts_per_day: int,
    is_holiday: bool,
) -> list[Match]:
    """The offers to be told of a need: nearest first, then whoever was alerted least lately.

    Each person once, and nobody who paused, who was asked for this need before, who had
    `alerts_per_day` alerts `today`, or who wants none on a holiday such as today. One query; the
    offers found can't be closed by their owners before the caller is done.
    """
    return _run(
        session,
        drawers.volunteers(
            _dialect(session), several=len(need.categories) > 1, is_holiday=is_holiday
        ),
        near=gazetteer.neighbours(need.commune_insee, radius_km),
        categories=need.categories,
        kinds=[Kind.OFFER],
        not_of=need.person_id,
        now=now,
        enough=OFFERS_OF_ONE_PERSON * limit,
        limit=limit,
        need_id=need.id,
        today=today,
        alerts_per_day=alerts_per_day,
    )


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


def _run(session: Session, found: Select[Listing, float], **given: Any) -> list[Match]:
    given |= {f"{name}_count": len(given[name]) for name in ("categories", "kinds")}
    return [Match(listing, km) for listing, km in session.execute(found, given)]
