"""Keeps the rows by which matching finds listings in step with the listings and their owners.

Whatever changes a listing or a person through a session, its rows in `listing_category` follow at
the same flush: here, and nowhere else.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, bindparam, event, inspect, or_, select, update
from sqlalchemy.orm import Session

from models.base import Moment
from models.listing import NEVER, Kind, Listing, ListingCategory, ListingStatus
from models.person import Person

# Columns are copied in two groups, each by whoever holds the lock on the row it is copied from: so
# two who change a listing and its owner at the same moment can't undo each other's copy.
OF_A_LISTING = ("kind", "commune_insee", "posted_at", "status", "served_at", "category_rows")
OF_A_PERSON = (
    "opted_out_at",
    "paused_at",
    "blocked_at",
    "erased_at",
    "wants_holidays",
    "alerted_at",
)

_rows = ListingCategory.__table__
_listings = Listing.__table__
# Somebody in need is shown although they paused as a volunteer.
OF_ONE_PERSON = (
    update(_rows)  # type: ignore[arg-type]
    .where(
        _rows.c.listing_id.in_(
            select(_listings.c.id).where(_listings.c.person_id == bindparam("owner"))
        )
    )
    .values(
        is_away=or_(
            bindparam("is_gone"), and_(bindparam("is_paused"), _rows.c.kind == Kind.OFFER.value)
        ),
        wants_holidays=bindparam("on_holidays"),
        alerted_at=bindparam("last_alert", type_=Moment),
    )
)


def keep_in_step(session: Session) -> None:
    """From now on rows follow whatever this session writes."""
    event.listen(session, "before_flush", _file_listings)
    event.listen(session, "after_flush", _file_owners)


def _file_listings(session: Session, *_: object) -> None:
    """Rows of listings that are new or have changed."""
    for listing in [*session.new, *session.dirty]:
        if isinstance(listing, Listing) and _has_changed(listing, OF_A_LISTING):
            for row in listing.category_rows:
                _file(session, listing, row)


def _file_owners(session: Session, *_: object) -> None:
    """Rows of all listings of persons who have changed."""
    changed = [
        {
            "owner": person.id,
            "is_gone": not person.is_reachable,
            "is_paused": person.paused_at is not None,
            "on_holidays": person.wants_holidays,
            "last_alert": person.alerted_at or NEVER,
        }
        for person in session.dirty
        if isinstance(person, Person) and _has_changed(person, OF_A_PERSON)
    ]
    if changed:
        session.connection().execute(OF_ONE_PERSON, changed)


def _file(session: Session, listing: Listing, row: ListingCategory) -> None:
    row.kind = listing.kind
    row.commune_insee = listing.commune_insee
    row.posted_at = listing.posted_at
    row.is_open = listing.status in (None, ListingStatus.ACTIVE) and listing.served_at is None
    if inspect(row).persistent:
        return
    owner = listing.person or session.get_one(Person, listing.person_id)
    is_paused = listing.kind == Kind.OFFER and owner.paused_at is not None
    row.is_away = is_paused or not owner.is_reachable
    row.wants_holidays = owner.wants_holidays or False
    row.alerted_at = owner.alerted_at or NEVER


def _has_changed(thing: Listing | Person, names: tuple[str, ...]) -> bool:
    state: Any = inspect(thing)
    return any(state.attrs[name].history.has_changes() for name in names)
