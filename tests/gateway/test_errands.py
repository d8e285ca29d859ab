"""What was lost on its way is found at the carrier, and what somebody erased is emptied there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select

from gateway.carriers import Action, CarrierError, InboundText
from gateway.errands import ASKED_AFTER, ASKED_AT_ONCE, COMPARED_EVERY, do_errands
from gateway.simulator.faults import Faults
from gateway.tasks import ensure_tasks
from models.messages import OutboundMessage, OutboundStatus, Purpose
from models.person import lock_person
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


class Record:
    """A carrier that has nothing new, and tells of each text of ours what it is told to tell."""

    def __init__(self, tell: Callable[[int], OutboundStatus | CarrierError | None]) -> None:
        self.tell = tell
        self.asked: list[int] = []

    def received(self, **_: object) -> list[InboundText]:
        return []

    def fate(self, sid: str) -> tuple[OutboundStatus, None] | None:
        number = int(sid.removeprefix("SM"))
        self.asked.append(number)
        told = self.tell(number)
        if isinstance(told, CarrierError):
            raise told
        return told and (told, None)


def _sent_long_ago(stage: Stage, count: int) -> None:
    """So many texts left, one a minute, SM1 the first, and nothing was heard of them."""
    now = stage.clock.now() - ASKED_AFTER - timedelta(hours=10)
    with stage.service.database.writing() as session:
        person = lock_person(session, ALI, now=now)
        # Rows needn't be in the order in which they left.
        for number in Random(1).sample(range(1, count + 1), count):
            tried_at = now + timedelta(minutes=number)
            session.add(
                OutboundMessage(
                    person=person,
                    purpose=Purpose.ANSWER.value,
                    priority=0,
                    body="bonjour",
                    segments=1,
                    status=OutboundStatus.SENT.value,
                    due_at=now,
                    created_at=now,
                    tried_at=tried_at,
                    taken_at=tried_at,
                    carrier_sid=f"SM{number}",
                )
            )


def _compare(stage: Stage, carrier: Record, *, rounds: int) -> None:
    service = stage.service_with(carrier=carrier)
    ensure_tasks(service)
    for _ in range(rounds):
        do_errands(service)
        stage.clock.forward(COMPARED_EVERY)


def test_of_texts_that_nothing_was_heard_of_the_oldest_are_asked_for_first(stage: Stage) -> None:
    _sent_long_ago(stage, ASKED_AT_ONCE + 20)
    carrier = Record(lambda number: OutboundStatus.DELIVERED if number % 2 else None)
    _compare(stage, carrier, rounds=2)
    assert carrier.asked == list(range(1, ASKED_AT_ONCE + 21))
    with stage.service.database.reading() as session:
        statuses = set(session.scalars(select(OutboundMessage.status)))
    assert statuses == {"delivered", "failed"}


def test_texts_of_which_nobody_ever_hears_do_not_keep_the_others_from_being_asked_for(
    stage: Stage,
) -> None:
    _sent_long_ago(stage, 2 * ASKED_AT_ONCE + 20)
    # More than one round's worth that stay as they are; what is younger has arrived.
    silent = range(1, ASKED_AT_ONCE + 11)
    carrier = Record(
        lambda number: OutboundStatus.SENT if number in silent else OutboundStatus.DELIVERED
    )
    _compare(stage, carrier, rounds=3)
    assert carrier.asked == list(range(1, 2 * ASKED_AT_ONCE + 21))
    with stage.service.database.reading() as session:
        arrived = session.scalars(
            select(OutboundMessage.id).where(OutboundMessage.status == "delivered")
        ).all()
    assert len(arrived) == ASKED_AT_ONCE + 10
    # Then it begins anew with those that are left.
    _compare(stage, carrier, rounds=2)
    assert carrier.asked[-len(silent) :] == list(silent)


def test_a_text_that_the_carrier_cannot_be_asked_for_is_passed_over(stage: Stage) -> None:
    _sent_long_ago(stage, 3)
    broken = CarrierError("HTTP 400", action=Action.GIVE_UP, code=20001)
    carrier = Record(lambda number: broken if number == 1 else OutboundStatus.DELIVERED)
    _compare(stage, carrier, rounds=2)
    assert carrier.asked == [1, 2, 3]
