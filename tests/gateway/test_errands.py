"""What was lost on its way is found at the carrier, and what somebody erased is emptied there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.errands import ASKED_AFTER, COMPARED_EVERY, do_errands
from gateway.simulator.faults import Faults
from gateway.tasks import ensure_tasks
from models.messages import OutboundMessage
from models.task import Task, TaskKind, plan_redaction
from tests.stage import CAST, Stage

ALI = CAST["Ali"]


@pytest.fixture
def comparing(stage: Stage) -> Stage:
    """A stage whose worker compares with the carrier's record, as a real one does."""
    ensure_tasks(stage.service)
    stage.settle()
    return stage


def test_a_text_whose_webhook_was_lost_is_found_and_answered_once(comparing: Stage) -> None:
    there = comparing.carrier.public_url
    comparing.carrier.public_url = "http://127.0.0.1:1"
    assert comparing.carrier.text(ALI, "bonjour") is None
    comparing.carrier.public_url = there
    got = comparing.pass_time(COMPARED_EVERY * 4)
    assert [name for name, _ in got] == ["Ali"]


def test_what_was_lost_while_nothing_of_ours_ran_is_found_later(comparing: Stage) -> None:
    there = comparing.carrier.public_url
    comparing.carrier.public_url = "http://127.0.0.1:1"
    comparing.carrier.text(ALI, "bonjour")
    comparing.carrier.public_url = there
    comparing.clock.forward(timedelta(hours=30))
    assert [name for name, _ in comparing.settle()] == ["Ali"]


def test_nothing_is_answered_anew_that_was_answered(comparing: Stage) -> None:
    comparing.text("Ali", "bonjour")
    assert comparing.pass_time(COMPARED_EVERY * 4) == []


def test_a_carrier_that_is_away_is_asked_again(comparing: Stage) -> None:
    there = comparing.carrier.public_url
    comparing.carrier.public_url = "http://127.0.0.1:1"
    comparing.carrier.text(ALI, "bonjour")
    comparing.carrier.public_url = there
    comparing.carrier.set_faults(Faults(broken=1))
    comparing.clock.forward(COMPARED_EVERY)
    do_errands(comparing.service)
    comparing.carrier.set_faults(Faults())
    assert [name for name, _ in comparing.pass_time(timedelta(hours=1))] == ["Ali"]


def test_a_receipt_that_never_came_is_asked_for(comparing: Stage) -> None:
    comparing.carrier.set_faults(Faults(callbacks_late=1, late_seconds=10 * 24 * 3600))
    comparing.text("Ali", "bonjour")
    comparing.pass_time(ASKED_AFTER + timedelta(hours=1))
    with comparing.service.database.reading() as session:
        assert session.scalars(select(OutboundMessage.status)).all() == ["delivered"]


def test_a_message_that_the_carrier_no_longer_has_needs_no_emptying(stage: Stage) -> None:
    with stage.service.database.writing() as session:
        plan_redaction(session, ["SM" + "0" * 32, None], now=stage.clock.now())
    stage.settle()
    with stage.service.database.reading() as session:
        assert session.scalar(select(Task.id).where(Task.kind == TaskKind.REDACT.value)) is None


def test_what_comes_again_and_again_is_there_once(stage: Stage) -> None:
    for _ in range(3):
        ensure_tasks(stage.service)
    with stage.service.database.reading() as session:
        kinds = session.scalars(select(Task.kind).order_by(Task.kind)).all()
    assert kinds == ["purge", "reconcile"]
