"""What is old goes by itself, and what must hold still holds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from models.base import Base
from models.conversation import Conversation
from models.disclosure import Disclosure
from models.introduction import Introduction
from models.listing import Listing
from models.messages import InboundMessage, OutboundMessage
from models.person import Person, find_person
from models.task import TaskKind, ensure_task
from tests.stage import CAST, Stage


@pytest.fixture
def met(stage: Stage) -> Stage:
    """Ali and Marie were introduced, and Ali has closed his need."""
    with stage.service.database.writing() as session:
        ensure_task(session, TaskKind.PURGE, now=stage.clock.now())
    for name, body in (
        ("Marie", "offre courses ermont marie"),
        ("Marie", "oui"),
        ("Ali", "besoin de courses a ermont ali"),
        ("Ali", "oui"),
        ("Marie", "oui"),
        ("Ali", "fait"),
    ):
        stage.text(name, body)
    return stage


def _count(stage: Stage, table: type[Base]) -> int:
    with stage.service.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_after_a_month_a_closed_listing_is_only_counted_and_texts_are_gone(met: Stage) -> None:
    assert _count(met, Introduction) == 1
    met.pass_time(timedelta(days=32))
    with met.service.database.reading() as session:
        closed = session.execute(
            select(
                Listing.__table__.c["person_id", "first_name", "details", "commune_insee"]
            ).where(Listing.__table__.c.status == "done")
        ).one()
        assert tuple(closed) == (None, "", None, "95219")
        assert session.get(Listing, 1002) is None
    assert _count(met, Introduction) == 0
    assert _count(met, InboundMessage) == 0
    assert _count(met, OutboundMessage) == 0
    assert _count(met, Disclosure) == 1
    assert _count(met, Conversation) == 0
    assert _count(met, Person) == 2


def test_what_is_open_stays(met: Stage) -> None:
    met.pass_time(timedelta(days=32))
    with met.service.database.reading() as session:
        assert session.scalars(select(Listing.status).where(Listing.id == 1001)).all() == ["active"]


def test_after_a_year_nobody_is_left_but_the_hash_of_whoever_said_stop(met: Stage) -> None:
    met.text("Paul", "bonjour")
    met.text("Paul", "arrêt")
    met.pass_time(timedelta(days=500))
    with met.service.database.reading() as session:
        (paul,) = session.scalars(select(Person)).all()
        assert paul.number is None
        assert find_person(session, CAST["Paul"]) is paul
        assert paul.opted_out_at is not None
    assert _count(met, Disclosure) == 0
    assert met.text("Paul", "liste ermont") == []
