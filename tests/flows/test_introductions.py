"""An introduction goes only its own ways, and of many who say yes at once one is introduced."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from flows.rules import Rules
from gateway.carriers import InboundText
from models.database import Database
from models.introduction import AskedBy, Introduction, IntroductionStatus
from models.listing import Kind, Listing, NotAllowed
from models.messages import InboundMessage
from models.person import Person, lock_person
from tests.stage import CAST, START, Stage, receive


@pytest.fixture
def proposed(database: Database) -> Introduction:
    """Ali needs, Marie offers, Ali asked."""
    with database.writing() as session:
        listings = {}
        for name, kind in (("Ali", Kind.NEED), ("Marie", Kind.OFFER)):
            listings[kind] = Listing(
                person=lock_person(session, CAST[name], now=START),
                kind=kind.value,
                commune_insee="95219",
                first_name=name,
                status="active",
                posted_at=START,
                expires_at=START + timedelta(days=30),
            )
            listings[kind].categories = ("courses",)
        introduction = Introduction(
            need=listings[Kind.NEED],
            offer=listings[Kind.OFFER],
            asked_by=AskedBy.NEED.value,
            status=IntroductionStatus.PROPOSED.value,
            asked_at=START,
        )
        session.add(introduction)
    return introduction


@pytest.fixture
def ali(proposed: Introduction) -> Person:
    return proposed.need.person


@pytest.fixture
def paul(database: Database, proposed: Introduction) -> Person:
    """Somebody who has no part in it."""
    with database.writing() as session:
        return lock_person(session, CAST["Paul"], now=START)


@pytest.fixture
def marie(proposed: Introduction) -> Person:
    return proposed.offer.person


def test_accepting_gives_only_the_number_of_the_one_who_accepts(
    proposed: Introduction, marie: Person
) -> None:
    proposed.accept(by=marie, now=START)
    assert (proposed.offer_shared_at, proposed.need_shared_at) == (START, None)


def test_the_other_number_is_given_only_by_its_own_yes(
    proposed: Introduction, ali: Person, marie: Person
) -> None:
    proposed.accept(by=marie, now=START)
    with pytest.raises(NotAllowed):
        proposed.share(by=marie, now=START)
    proposed.share(by=ali, now=START)
    assert proposed.need_shared_at == START


def test_nobody_accepts_for_somebody_else(proposed: Introduction, ali: Person) -> None:
    with pytest.raises(NotAllowed):
        proposed.accept(by=ali, now=START)
    assert proposed.offer_shared_at is None


def test_a_condition_gives_no_number_before_the_other_side_agrees(
    proposed: Introduction, ali: Person, marie: Person
) -> None:
    proposed.answer_with_condition("jeudi", by=marie, now=START)
    assert proposed.offer_shared_at is None
    with pytest.raises(NotAllowed):
        proposed.accept(by=marie, now=START)
    proposed.accept(by=ali, now=START)
    assert (proposed.offer_shared_at, proposed.need_shared_at) == (START, None)


@pytest.mark.parametrize("ending", ["accept", "decline", "expire"])
def test_what_is_ended_does_not_begin_again(
    proposed: Introduction, marie: Person, ending: str
) -> None:
    who = {} if ending == "expire" else {"by": marie}
    getattr(proposed, ending)(now=START, **who)
    for move in ("accept", "decline"):
        with pytest.raises(NotAllowed):
            getattr(proposed, move)(by=marie, now=START)
    with pytest.raises(NotAllowed):
        proposed.expire(now=START)


def test_sharing_before_anybody_accepted_is_refused(proposed: Introduction, ali: Person) -> None:
    with pytest.raises(NotAllowed):
        proposed.share(by=ali, now=START)


def test_an_introduction_that_nobody_accepted_has_nothing_to_end(
    proposed: Introduction, ali: Person
) -> None:
    with pytest.raises(NotAllowed):
        proposed.end(by=ali, now=START)


def test_either_side_may_end_it_and_nobody_else(
    proposed: Introduction, ali: Person, marie: Person, paul: Person
) -> None:
    proposed.accept(by=marie, now=START)
    with pytest.raises(NotAllowed):
        proposed.end(by=paul, now=START)
    proposed.end(by=ali, now=START)
    for move in (proposed.end, proposed.share, proposed.accept):
        with pytest.raises(NotAllowed):
            move(by=ali, now=START)
    with pytest.raises(NotAllowed):
        proposed.ask_anew(AskedBy.NEED, now=START)


def test_a_closed_listing_stays_closed(proposed: Introduction) -> None:
    proposed.need.close(now=START)
    for move in (proposed.need.close, proposed.need.delete, proposed.need.expire):
        with pytest.raises(NotAllowed):
            move(now=START)


@pytest.fixture
def large_waves(database: Database) -> Iterator[Stage]:
    """A stage on which twenty volunteers are asked at a time."""
    stage = Stage(database, rules=Rules(wave_size=20))
    yield stage
    stage.close()


def test_of_twenty_who_say_yes_in_the_same_second_one_is_introduced(large_waves: Stage) -> None:
    stage = large_waves
    volunteers = {f"Zoé{n}": f"+33639981{n:03}" for n in range(20)}
    stage.numbers |= volunteers
    for name in volunteers:
        stage.text(name, "OFFRE COURSES ERMONT Zoé")
        stage.text(name, "oui")
    stage.text("Ali", "besoin de courses a ermont, ali")
    stage.text("Ali", "oui")
    texts = [
        InboundText(f"SMyes{n}", number, "oui") for n, number in enumerate(volunteers.values())
    ]
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda text: receive(stage.service, text), texts))
    got = stage.settle()
    with stage.service.database.reading() as session:
        accepted = session.scalar(
            select(func.count()).where(Introduction.status == IntroductionStatus.ACCEPTED)
        )
    assert accepted == 1
    assert sum("veut bien vous aider" in text for name, text in got if name == "Ali") == 1
    assert sum("déjà réglée" in text for name, text in got) == 19


def _at_once(stage: Stage, *texts: tuple[str, str]) -> None:
    """Several people's texts reach the service at the same instant."""
    inbound = [InboundText(f"SM{uuid4().hex}", stage.numbers[name], body) for name, body in texts]
    with ThreadPoolExecutor(len(inbound)) as pool:
        list(pool.map(lambda text: receive(stage.service, text), inbound))


def test_two_who_choose_each_other_at_once_are_both_answered(stage: Stage) -> None:
    for _ in range(3):
        for name, word in (("Ali", "BESOIN"), ("Marie", "OFFRE")):
            stage.text(name, "supprimer")
            stage.text(name, f"{word} REPAS ERMONT {name}")
        # Published at once too: neither has seen the other's listing yet.
        _at_once(stage, ("Ali", "oui"), ("Marie", "oui"))
        stage.text("Ali", "liste repas ermont")
        stage.text("Marie", "liste repas ermont")
        _at_once(stage, ("Ali", "1"), ("Marie", "1"))
        stage.settle()
    with stage.service.database.reading() as session:
        assert session.scalars(select(InboundMessage.outcome).distinct()).all() == ["answered"]
        pairs = session.execute(select(Introduction.need_id, Introduction.offer_id)).all()
    assert len(pairs) == len(set(pairs))


def test_nobody_is_asked_about_an_offer_that_is_deleted_at_the_same_instant(stage: Stage) -> None:
    for _ in range(3):
        stage.text("Marie", "OFFRE COURSES ERMONT Marie")
        stage.text("Marie", "oui")
        stage.text("Ali", "BESOIN COURSES ERMONT Ali")
        _at_once(stage, ("Marie", "supprimer"), ("Ali", "oui"))
        stage.settle()
        stage.text("Ali", "supprimer")
    with stage.service.database.reading() as session:
        open_ones = session.scalars(
            select(Introduction).where(Introduction.status == IntroductionStatus.PROPOSED)
        ).all()
    assert open_ones == []


def test_nobody_is_asked_for_a_need_that_was_served_at_the_same_instant(stage: Stage) -> None:
    for name, text in (
        ("Marie", "OFFRE COURSES ERMONT Marie"),
        ("Ali", "BESOIN COURSES ERMONT Ali"),
    ):
        stage.text(name, text)
        stage.text(name, "oui")
    with stage.service.database.writing() as session:
        need = session.scalars(select(Listing).where(Listing.kind == "need")).one()
        # Somebody else's yes was taken after this turn had begun, and before it could write.
        need.served_at = stage.clock.now() + timedelta(seconds=1)
    told = stage.text("Ali", "1")
    assert [who for who, _ in told] == ["Ali"]
    assert "déjà réglée" in told[0][1]
