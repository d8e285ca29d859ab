"""Who could help whom: listings of the other kind that share a service, the nearest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Float, Select, String, and_, column, exists, or_, select, values
from sqlalchemy.orm import Session, aliased, contains_eager

from flows.gazetteer import Gazetteer
from models.introduction import Introduction
from models.listing import Kind, Listing, ListingCategory, ListingStatus
from models.person import Person


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
    near = gazetteer.neighbours(wanted.commune, radius_km)
    found = _open_listings(wanted, near, now).order_by(
        column("km"), Listing.posted_at.desc(), Listing.id
    )
    return _run(session, found.limit(limit).offset(offset))


def find_volunteers(
    session: Session,
    need: Listing,
    *,
    gazetteer: Gazetteer,
    radius_km: float,
    now: datetime,
    today: date,
    alerts_per_day: int,
    is_holiday: bool,
    limit: int,
) -> list[Match]:
    """The offers to be told of a need: nearest first, then whoever was alerted least lately.

    Leaves out volunteers who paused and those who were asked for this need before. One query; the
    offers found can't be closed by their owners before the caller is done.
    """
    near = gazetteer.neighbours(need.commune_insee, radius_km)
    their_other_offer = aliased(Listing)
    asked_before = (
        select(Introduction.id)
        .join(their_other_offer, Introduction.offer_id == their_other_offer.id)
        .where(
            Introduction.need_id == need.id,
            their_other_offer.person_id == Listing.person_id,
        )
        .exists()
    )
    has_had_enough = and_(Person.alerted_on == today, Person.alerts_that_day >= alerts_per_day)
    found = (
        _open_listings(Wanted.for_listing(need), near, now)
        .where(~asked_before, or_(Person.alerted_on.is_(None), ~has_had_enough))
        .order_by(
            column("km"),
            Person.alerted_at.asc().nulls_first(),
            Listing.posted_at.desc(),
            Listing.id,
        )
    )
    if is_holiday:
        found = found.where(Person.wants_holidays)
    # Somebody with two fitting offers is asked once. Twice as many rows leave room for that.
    locked = found.limit(2 * limit).with_for_update(of=Listing, read=True)
    first_of_each: dict[int, Match] = {}
    for match in _run(session, locked):
        first_of_each.setdefault(match.listing.person_id, match)
    return list(first_of_each.values())[:limit]


def _open_listings(
    wanted: Wanted, near: Sequence[tuple[str, float]], now: datetime
) -> Select[Listing, float]:
    nearby = (
        values(column("insee", String), column("km", Float), name="nearby").data(list(near)).cte()
    )
    found = (
        select(Listing, nearby.c.km.label("km"))
        .join(nearby, nearby.c.insee == Listing.commune_insee)
        .join(Listing.person)
        .options(contains_eager(Listing.person))
        .where(
            Listing.status == ListingStatus.ACTIVE.value,
            Listing.expires_at > now,
            Listing.served_at.is_(None),
            Listing.person_id != wanted.not_of,
            Person.opted_out_at.is_(None),
            Person.blocked_at.is_(None),
            Person.erased_at.is_(None),
            # A volunteer who is away is neither shown nor asked.
            (Listing.kind == Kind.NEED.value) | Person.paused_at.is_(None),
        )
    )
    if wanted.kind is not None:
        found = found.where(Listing.kind == wanted.kind.value)
    if wanted.categories:
        found = found.where(
            exists().where(
                ListingCategory.listing_id == Listing.id,
                ListingCategory.slug.in_(wanted.categories),
            )
        )
    return found


def _run(session: Session, found: Select[Listing, float]) -> list[Match]:
    return [Match(listing, km) for listing, km in session.execute(found)]
