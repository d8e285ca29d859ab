"""Who is shown to whom: the other kind, a service in common, near and never across the sea."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from flows.gazetteer import gazetteer
from flows.matching import Wanted, find_matches, find_volunteers
from models.database import Database
from models.introduction import AskedBy, Introduction, IntroductionStatus
from models.listing import Listing
from models.person import lock_person
from tests.stage import START

ERMONT, EAUBONNE, PARIS_1, PARIS = "95219", "95203", "75101", "75056"
ARCACHON, CAP_FERRET = "33009", "33236"


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.writing() as session:
        yield session


@pytest.fixture
def post(session: Session) -> Callable[..., Listing]:
    """Publish a listing of a person of its own."""
    count = 0

    def publish(
        kind: str = "offer",
        commune: str = ERMONT,
        *services: str,
        age: timedelta = timedelta(),
        number: str | None = None,
    ) -> Listing:
        nonlocal count
        count += 1
        listing = Listing(
            person=lock_person(session, number or f"+3363998{count:04}", now=START),
            kind=kind,
            commune_insee=commune,
            first_name=f"Zoé {count}",
            status="active",
            posted_at=START - age,
            expires_at=START - age + timedelta(days=30),
        )
        listing.categories = services or ("courses",)
        session.add(listing)
        session.flush()
        return listing

    return publish


def _found(
    session: Session, listing: Listing, *, radius_km: float = 10, limit: int = 10
) -> list[int]:
    matches = find_matches(
        session,
        Wanted.for_listing(listing),
        gazetteer=gazetteer(),
        radius_km=radius_km,
        now=START,
        limit=limit,
    )
    return [match.listing.id for match in matches]


def _volunteers(session: Session, need: Listing, **options: Any) -> list[int]:
    matches = find_volunteers(
        session,
        need,
        gazetteer=gazetteer(),
        radius_km=10,
        now=START,
        limit=5,
        **({"today": START.date(), "alerts_per_day": 3, "is_holiday": False} | options),
    )
    return [match.listing.id for match in matches]


def test_the_commune_itself_comes_first_then_the_nearest(
    session: Session, post: Callable[..., Listing]
) -> None:
    near, here = post("offer", EAUBONNE), post("offer", ERMONT)
    post("offer", "13055")
    assert _found(session, post("need")) == [here.id, near.id]


def test_the_freshest_comes_first_where_the_distance_is_the_same(
    session: Session, post: Callable[..., Listing]
) -> None:
    old, new = post(age=timedelta(days=3)), post(age=timedelta(days=1))
    assert _found(session, post("need")) == [new.id, old.id]


def test_a_service_in_common_is_needed(session: Session, post: Callable[..., Listing]) -> None:
    post("offer", ERMONT, "jardinage")
    both = post("offer", ERMONT, "jardinage", "courses")
    assert _found(session, post("need", ERMONT, "courses", "repas")) == [both.id]


def test_a_listing_with_two_services_in_common_is_shown_once(
    session: Session, post: Callable[..., Listing]
) -> None:
    offer = post("offer", ERMONT, "courses", "repas")
    assert _found(session, post("need", ERMONT, "courses", "repas")) == [offer.id]


def test_nobody_is_matched_with_himself(session: Session, post: Callable[..., Listing]) -> None:
    own = post("offer", number="+33639980999")
    assert own.id not in _found(session, post("need", number="+33639980999"))


@pytest.mark.parametrize("gone", ["opted_out_at", "blocked_at", "erased_at", "paused_at"])
def test_whoever_cannot_be_asked_is_not_shown(
    session: Session, post: Callable[..., Listing], gone: str
) -> None:
    setattr(post().person, gone, START)
    assert _found(session, post("need")) == []


def test_somebody_in_need_is_shown_although_he_paused_as_a_volunteer(
    session: Session, post: Callable[..., Listing]
) -> None:
    need = post("need")
    need.person.paused_at = START
    assert _found(session, post("offer")) == [need.id]


def test_closed_and_expired_listings_are_not_shown(
    session: Session, post: Callable[..., Listing]
) -> None:
    post().close(now=START)
    post(age=timedelta(days=31))
    assert _found(session, post("need")) == []


def test_the_radius_is_kept(session: Session, post: Callable[..., Listing]) -> None:
    paris = post("offer", PARIS_1)
    assert _found(session, post("need"), radius_km=10) == []
    assert _found(session, post("need"), radius_km=30) == [paris.id]


def test_a_city_and_its_arrondissements_are_neighbours(
    session: Session, post: Callable[..., Listing]
) -> None:
    offer = post("offer", PARIS)
    assert _found(session, post("need", PARIS_1)) == [offer.id]


def test_nobody_is_sent_across_the_sea(session: Session, post: Callable[..., Listing]) -> None:
    assert gazetteer().distance_km(ARCACHON, CAP_FERRET) < 20
    post("offer", ARCACHON)
    assert _found(session, post("need", CAP_FERRET), radius_km=20) == []


def test_a_volunteer_is_not_asked_twice_and_the_least_lately_asked_comes_first(
    session: Session, post: Callable[..., Listing]
) -> None:
    busy, free, asked = post(), post(age=timedelta(days=2)), post()
    need = post("need")
    session.add(
        Introduction(
            need=need,
            offer=asked,
            asked_by=AskedBy.SERVICE.value,
            status=IntroductionStatus.DECLINED.value,
            asked_at=START,
        )
    )
    busy.person.alerted_at = START
    session.flush()
    assert _volunteers(session, need) == [free.id, busy.id]


def test_whoever_was_told_often_enough_today_is_left_alone(
    session: Session, post: Callable[..., Listing]
) -> None:
    busy, need = post(), post("need")
    for _ in range(3):
        busy.person.count_alert(now=START, today=START.date())
    assert _volunteers(session, need) == []
    assert _volunteers(session, need, today=START.date() + timedelta(days=1)) == [busy.id]


def test_on_a_holiday_only_those_are_asked_who_said_so(
    session: Session, post: Callable[..., Listing]
) -> None:
    post()
    eager, need = post(), post("need")
    eager.person.wants_holidays = True
    assert _volunteers(session, need, is_holiday=True) == [eager.id]


def test_a_need_that_is_served_is_not_shown_unless_that_comes_to_nothing(
    session: Session, post: Callable[..., Listing]
) -> None:
    need, offer = post("need"), post("offer")
    assert _found(session, offer) == [need.id]
    need.served_at = START
    assert _found(session, offer) == []
    need.served_at = None
    assert _found(session, offer) == [need.id]


def test_a_person_with_several_offers_is_asked_once(
    session: Session, post: Callable[..., Listing]
) -> None:
    number = "+33639980999"
    far, near = post("offer", EAUBONNE, number=number), post("offer", ERMONT, number=number)
    other = post("offer", EAUBONNE)
    assert far.person is near.person
    assert _volunteers(session, post("need")) == [near.id, other.id]


def test_whoever_comes_back_is_shown_again(session: Session, post: Callable[..., Listing]) -> None:
    offer, need = post("offer"), post("need")
    offer.person.paused_at = offer.person.opted_out_at = START
    assert _found(session, need) == _volunteers(session, need) == []
    offer.person.paused_at = offer.person.opted_out_at = None
    assert _found(session, need) == _volunteers(session, need) == [offer.id]


def test_a_listing_is_found_under_the_services_it_has_now(
    session: Session, post: Callable[..., Listing]
) -> None:
    offer = post("offer", ERMONT, "courses")
    offer.person.paused_at = START
    session.flush()
    offer.categories = ("jardinage",)
    offer.person.paused_at = None
    assert _found(session, post("need", ERMONT, "courses")) == []
    assert _found(session, post("need", ERMONT, "jardinage")) == [offer.id]


def test_communes_at_the_same_distance_are_mixed_by_age(
    session: Session, post: Callable[..., Listing]
) -> None:
    # All arrondissements lie at most one kilometre from their city, by our reckoning.
    far = ["75115", "75120", "75112", "75116"]
    offers = [
        post("offer", insee, age=timedelta(days=d))
        for insee, d in zip(far, (2, 0, 3, 1), strict=True)
    ]
    expected = sorted(offers, key=lambda offer: offer.posted_at, reverse=True)
    assert _found(session, post("need", PARIS)) == [offer.id for offer in expected]
