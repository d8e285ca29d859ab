"""The quick way to find matches and volunteers gives the same as the plain way, on any listings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from flows.gazetteer import gazetteer
from flows.matching import Wanted, find_matches, find_volunteers
from models.database import Database
from models.introduction import AskedBy, Introduction, IntroductionStatus
from models.listing import NEVER, Kind, Listing, ListingCategory, ListingStatus
from models.person import Person, lock_person
from tests.stage import START

# Paris and some of its parts are all at the same distance; the last two are too far.
COMMUNES = ("95219", "95203", "95607", "75056", "75101", "75115", "75120", "13055", "2A004")
SERVICES = ("courses", "repas", "jardinage", "autre")
LISTINGS = 120
RADIUS_KM = 12.0
TODAY = START.date()


def _make_people(session: Session, rng: Random) -> list[Person]:
    people = [lock_person(session, f"+33639981{n:03}", now=START) for n in range(LISTINGS * 2 // 3)]
    for person in people:
        for gone in ("opted_out_at", "blocked_at", "erased_at", "paused_at"):
            if rng.random() < 0.05:
                setattr(person, gone, START)
        person.wants_holidays = rng.random() < 0.3
        for _ in range(rng.choice((0, 0, 1, 2, 3))):
            days_ago = rng.randrange(3)
            moment = START - timedelta(days=days_ago, hours=rng.randrange(3))
            person.alerted_at = moment
            person.count_alert(now=moment, today=TODAY - timedelta(days=days_ago))
    return people


def _make_listings(session: Session, rng: Random, people: list[Person]) -> list[Listing]:
    listings = []
    for n in range(LISTINGS):
        listing = Listing(
            person=people[n] if n < len(people) else rng.choice(people[:40]),
            kind=rng.choice(("need", "offer", "offer")),
            commune_insee=rng.choice(COMMUNES),
            first_name="Zoé",
            posted_at=START - timedelta(days=rng.randrange(5)),
            expires_at=START + timedelta(days=rng.choice((-1, 20, 30))),
        )
        listing.categories = tuple(rng.sample(SERVICES, rng.randint(1, 3)))
        session.add(listing)
        listings.append(listing)
    session.flush()
    return listings


def _let_time_pass(
    session: Session, rng: Random, people: list[Person], all_: list[Listing]
) -> None:
    """What happens to listings and people after they were written, in any order."""
    for listing in rng.sample(all_, 30):
        match rng.randrange(5):
            case 0:
                listing.close(now=START)
            case 1 if listing.kind == Kind.NEED:
                listing.served_at = START
            case 2:
                listing.categories = tuple(rng.sample(SERVICES, 2))
            case 3:
                listing.commune_insee = rng.choice(COMMUNES)
            case _:
                listing.person.paused_at = rng.choice((None, START))
        if rng.random() < 0.5:
            session.flush()
    for person in rng.sample(people, 20):
        person.opted_out_at = rng.choice((None, None, START))
        person.alerted_at = START
        person.count_alert(now=START, today=TODAY)
    for listing in all_:
        if listing.served_at is not None and rng.random() < 0.5:
            listing.served_at = None
    session.flush()


def _introduce(session: Session, rng: Random, listings: list[Listing]) -> None:
    needs = [listing for listing in listings if listing.kind == Kind.NEED]
    offers = [listing for listing in listings if listing.kind == Kind.OFFER]
    for need in needs:
        for offer in rng.sample(offers, 3):
            session.add(
                Introduction(
                    need=need,
                    offer=offer,
                    asked_by=AskedBy.SERVICE.value,
                    status=IntroductionStatus.EXPIRED.value,
                    asked_at=START,
                )
            )
    session.flush()


@pytest.fixture(params=range(3))
def listings(database: Database, request: pytest.FixtureRequest) -> Iterator[list[Listing]]:
    """Listings in every state, of people in every state; the session is `object_session`'s."""
    rng = Random(request.param)
    with database.writing() as session:
        people = _make_people(session, rng)
        listings = _make_listings(session, rng, people)
        _let_time_pass(session, rng, people, listings)
        _introduce(session, rng, listings)
        session.info["rng"] = rng
        yield listings


def _session_of(listings: list[Listing]) -> Session:
    session = Session.object_session(listings[0])
    assert session is not None
    return session


# ---- The plain way ------------------------------------------------------------------------------


def _fits(listing: Listing, wanted: Wanted) -> bool:
    owner = listing.person
    return (
        wanted.kind in (None, listing.kind)
        and (not wanted.categories or bool(set(wanted.categories) & set(listing.categories)))
        and listing.still_waits(now=START)
        and listing.person_id != wanted.not_of
        and owner.is_reachable
        and (listing.kind == Kind.NEED or owner.paused_at is None)
    )


def _plain_matches(listings: list[Listing], wanted: Wanted) -> list[int]:
    km = dict(gazetteer().neighbours(wanted.commune, RADIUS_KM))
    found = [one for one in listings if one.commune_insee in km and _fits(one, wanted)]
    found.sort(key=lambda one: (km[one.commune_insee], START - one.posted_at, one.id))
    return [one.id for one in found]


def _plain_volunteers(
    session: Session,
    listings: list[Listing],
    need: Listing,
    *,
    alerts_per_day: int,
    is_holiday: bool,
) -> list[int]:
    km = dict(gazetteer().neighbours(need.commune_insee, RADIUS_KM))
    asked_before = {
        introduction.offer.person_id
        for introduction in session.scalars(select(Introduction))
        if introduction.need is need
    }
    found = [
        one
        for one in listings
        if one.commune_insee in km
        and _fits(one, Wanted.for_listing(need))
        and one.person_id not in asked_before
        and not (one.person.alerted_on == TODAY and one.person.alerts_that_day >= alerts_per_day)
        and (one.person.wants_holidays or not is_holiday)
    ]
    found.sort(
        key=lambda one: (
            km[one.commune_insee],
            one.person.alerted_at or NEVER,
            START - one.posted_at,
            one.id,
        )
    )
    first_of_each: dict[int, int] = {}
    for one in found:
        first_of_each.setdefault(one.person_id, one.id)
    return list(first_of_each.values())


# ---- Both ways side by side ---------------------------------------------------------------------


def test_matches_are_the_same_page_by_page(listings: list[Listing]) -> None:
    session = _session_of(listings)
    rng: Random = session.info["rng"]
    for _ in range(40):
        wanted = Wanted(
            kind=rng.choice((None, Kind.NEED, Kind.OFFER)),
            categories=tuple(rng.sample(SERVICES, rng.randint(0, 3))),
            commune=rng.choice(COMMUNES),
            not_of=rng.choice(listings).person_id,
        )
        expected = _plain_matches(listings, wanted)
        limit, offset = rng.randint(1, 6), rng.choice((0, 0, 3, 7))
        found = find_matches(
            session,
            wanted,
            gazetteer=gazetteer(),
            radius_km=RADIUS_KM,
            now=START,
            limit=limit,
            offset=offset,
        )
        assert [match.listing.id for match in found] == expected[offset : offset + limit]


def test_volunteers_are_the_same(listings: list[Listing]) -> None:
    session = _session_of(listings)
    for need in listings:
        if need.kind != Kind.NEED:
            continue
        for is_holiday in (False, True):
            expected = _plain_volunteers(
                session, listings, need, alerts_per_day=2, is_holiday=is_holiday
            )
            found = find_volunteers(
                session,
                need,
                gazetteer=gazetteer(),
                radius_km=RADIUS_KM,
                now=START,
                limit=5,
                today=TODAY,
                alerts_per_day=2,
                is_holiday=is_holiday,
            )
            assert [match.listing.id for match in found] == expected[:5]


def test_what_matching_asks_by_is_in_step(listings: list[Listing]) -> None:
    session = _session_of(listings)
    session.expire_all()
    for row in session.scalars(select(ListingCategory)):
        listing = session.get_one(Listing, row.listing_id)
        owner = listing.person
        is_active = listing.status == ListingStatus.ACTIVE
        is_paused = listing.kind == Kind.OFFER and owner.paused_at is not None
        assert (row.kind, row.commune_insee) == (listing.kind, listing.commune_insee)
        assert row.posted_at == listing.posted_at
        assert row.is_open == (is_active and listing.served_at is None)
        assert row.is_away == (is_paused or not owner.is_reachable)
        assert row.wants_holidays == owner.wants_holidays
        assert row.alerted_at == (owner.alerted_at or NEVER)
