"""Whom no text reaches is rung up by day, a few times, and never twice at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from flows.outgoing import put_in_outbox
from gateway.carriers import Action, CarrierError, OutcomeUnknown
from gateway.placing import CLAIMED_FOR, RETRY_AFTER, note_call_ended, place_due
from gateway.receipts import OPERATOR_RETRY_AFTER
from gateway.simulator.telephone import Call as Telephone
from models.call import Call, Direction
from models.messages import Channel, OutboundMessage, OutboundStatus, Purpose
from models.operator_work import CallbackRequest
from models.person import Person, lock_person
from tests.stage import CAST, START, Stage

JEANNE = CAST["Jeanne"]
NIGHT = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 25, 7, 30, tzinfo=UTC)
ONE_HOUR = timedelta(hours=1)

Tell = Callable[..., int]


class NotingCarrier:
    """Notes who is called, and answers as it is told."""

    def __init__(self, *answers: CarrierError) -> None:
        self.answers = list(answers)
        self.called: list[str] = []

    def call(self, to: str, *, url: str, status_url: str, ring_seconds: int) -> str:
        self.called.append(to)
        assert url.replace("/placed/", "/status/") == status_url
        assert ring_seconds == 40
        if self.answers:
            raise self.answers.pop(0)
        return f"CA{len(self.called)}"


@pytest.fixture
def tell(stage: Stage) -> Tell:
    """Have a row wait for somebody on a landline; returns its id."""

    def put(
        body: str = "bonjour",
        *,
        to: str = JEANNE,
        purpose: Purpose = Purpose.REQUEST,
        zone: str | None = None,
        due_in: timedelta = timedelta(),
        valid_until: datetime | None = None,
    ) -> int:
        now = stage.clock.now()
        with stage.service.database.writing() as session:
            row = put_in_outbox(
                session,
                lock_person(session, to, now=now),
                body,
                purpose=purpose,
                rules=stage.service.rules,
                now=now,
                due_at=now + due_in,
                time_zone=zone,
                valid_until=valid_until,
            )
            row.channel = Channel.VOICE.value
            session.flush()
            return row.id

    return put


def _set(stage: Stage, **what: object) -> None:
    with stage.service.database.writing() as session:
        session.execute(update(Person).values(**what))


def _reasons(stage: Stage) -> list[str]:
    with stage.service.database.reading() as session:
        return list(session.scalars(select(CallbackRequest.reason)))


def _begin_call(stage: Stage, row_id: int | None = None, *, sid: str = "CA1") -> int:
    """Jeanne is on the telephone, with us having called or not. Returns the call's id."""
    with stage.service.database.writing() as session:
        person = lock_person(session, JEANNE, now=stage.clock.now())
        call = Call(
            carrier_sid=sid,
            person_id=person.id,
            direction=(Direction.IN if row_id is None else Direction.OUT).value,
            outbound_id=row_id,
            path=["menu"],
            kept={"listing": 1001},
            started_at=stage.clock.now(),
        )
        session.add(call)
        session.flush()
        return call.id


def _rings(stage: Stage) -> list[Telephone]:
    return stage.carrier.ringing(JEANNE)


def _go_to(stage: Stage, moment: datetime) -> None:
    stage.clock.forward(moment - stage.clock.now())


def test_somebody_on_a_landline_is_rung_up(stage: Stage, tell: Tell) -> None:
    row_id = tell()
    assert place_due(stage.service) == 1
    (call,) = _rings(stage)
    assert call.leg.url == f"{stage.url}/twilio/voice/placed/{row_id}"
    assert call.leg.callback_url == f"{stage.url}/twilio/voice/status/{row_id}"
    row = stage.row(row_id)
    assert (row.status, row.attempts, row.tried_at) == (OutboundStatus.SENDING, 1, START)
    assert row.claimed_until == START + CLAIMED_FOR
    assert place_due(stage.service) == 0


@pytest.mark.parametrize(
    ("zone", "commune"), [("Europe/Paris", None), (None, None), (None, "95219")]
)
def test_nobody_is_rung_up_at_night(
    stage: Stage, tell: Tell, zone: str | None, commune: str | None
) -> None:
    _go_to(stage, NIGHT)
    row_id = tell(zone=zone)
    _set(stage, commune_insee=commune)
    place_due(stage.service)
    assert _rings(stage) == []
    assert stage.row(row_id).due_at == MORNING
    _go_to(stage, MORNING)
    place_due(stage.service)
    assert len(_rings(stage)) == 1


@pytest.mark.parametrize(("commune", "rings"), [("97411", 0), ("95219", 1)])
def test_the_night_is_that_of_the_place_where_they_live(
    stage: Stage, tell: Tell, commune: str, rings: int
) -> None:
    # In Saint-Denis de la Réunion it is ten in the evening.
    _go_to(stage, datetime(2026, 11, 24, 18, 0, tzinfo=UTC))
    tell(purpose=Purpose.INTRODUCTION)
    _set(stage, commune_insee=commune)
    place_due(stage.service)
    assert len(_rings(stage)) == rings


def test_an_answer_comes_at_any_hour(stage: Stage, tell: Tell) -> None:
    _go_to(stage, NIGHT)
    tell(purpose=Purpose.ANSWER)
    place_due(stage.service)
    assert len(_rings(stage)) == 1


def test_three_calls_in_vain_and_then_a_human_calls(stage: Stage, tell: Tell) -> None:
    row_id, carrier = tell(), NotingCarrier()
    service = stage.service_with(carrier=carrier)
    for tries, status in enumerate(("no-answer", "busy", "failed"), 1):
        assert place_due(service) == 1
        assert len(carrier.called) == tries
        assert _reasons(stage) == []
        note_call_ended(service, row_id, status)
        # The carrier may say so twice.
        note_call_ended(service, row_id, status)
        if tries < 3:
            assert stage.row(row_id).due_at == stage.clock.now() + RETRY_AFTER
        assert place_due(service) == 0
        stage.clock.forward(ONE_HOUR)
    row = stage.row(row_id)
    assert (row.status, row.attempts) == (OutboundStatus.FAILED, 3)
    assert row.settled_at is not None
    assert _reasons(stage) == ["unreached"]
    assert place_due(service) == 0


def test_a_try_after_the_evening_is_made_in_the_morning(stage: Stage, tell: Tell) -> None:
    _go_to(stage, datetime(2026, 11, 24, 18, 30, tzinfo=UTC))
    row_id = tell(zone="Europe/Paris")
    place_due(stage.service)
    note_call_ended(stage.service, row_id, "no-answer")
    assert stage.row(row_id).due_at == MORNING


@pytest.mark.parametrize("status", ["completed", "canceled"])
def test_a_call_that_a_machine_took_was_in_vain(stage: Stage, tell: Tell, status: str) -> None:
    row_id = tell()
    place_due(stage.service)
    note_call_ended(stage.service, row_id, status)
    assert stage.row(row_id).status == OutboundStatus.WAITING


def _deliver(stage: Stage, row_id: int) -> None:
    with stage.service.database.writing() as session:
        session.execute(
            update(OutboundMessage)
            .where(OutboundMessage.id == row_id)
            .values(status=OutboundStatus.DELIVERED.value, settled_at=stage.clock.now())
        )


def test_what_was_heard_is_not_told_again_and_the_call_is_over(stage: Stage, tell: Tell) -> None:
    row_id = tell()
    place_due(stage.service)
    call_id = _begin_call(stage, row_id)
    _deliver(stage, row_id)
    note_call_ended(stage.service, row_id, "completed")
    assert stage.row(row_id).status == OutboundStatus.DELIVERED
    with stage.service.database.reading() as session:
        call = session.get_one(Call, call_id)
        assert (call.ended_at, call.kept, call.path) == (START, {}, [])


def test_nobody_who_hangs_up_is_rung_again_at_once(stage: Stage, tell: Tell) -> None:
    first, second = tell("un"), tell("deux")
    soon, later = tell("trois", due_in=ONE_HOUR / 2), tell("quatre", due_in=2 * ONE_HOUR)
    place_due(stage.service)
    _deliver(stage, first)
    note_call_ended(stage.service, first, "completed")
    assert [stage.row(one).due_at for one in (second, soon)] == [START + RETRY_AFTER] * 2
    assert stage.row(later).due_at == START + 2 * ONE_HOUR
    assert {stage.row(one).attempts for one in (second, soon, later)} == {0}
    assert place_due(stage.service) == 0


def test_a_call_in_vain_is_one_for_all_that_it_would_have_told(stage: Stage, tell: Tell) -> None:
    rows, carrier = [tell("un"), tell("deux")], NotingCarrier()
    service = stage.service_with(carrier=carrier)
    for _ in range(3):
        place_due(service)
        note_call_ended(service, rows[0], "no-answer")
        stage.clock.forward(ONE_HOUR)
    assert [stage.row(row).status for row in rows] == [OutboundStatus.FAILED] * 2
    assert carrier.called == [JEANNE] * 3
    assert _reasons(stage) == ["unreached"]


def test_the_most_pressing_of_a_persons_rows_is_called_for(stage: Stage, tell: Tell) -> None:
    tell("une alerte", purpose=Purpose.ALERT)
    answer = tell("une réponse", purpose=Purpose.ANSWER)
    assert place_due(stage.service) == 1
    assert stage.row(answer).status == OutboundStatus.SENDING
    assert place_due(stage.service) == 0


def test_two_workers_never_ring_one_person_twice(stage: Stage, tell: Tell) -> None:
    numbers = [f"+331990001{n:02}" for n in range(8)]
    for number in numbers * 2:
        tell(to=number)
    carrier = NotingCarrier()
    service = stage.service_with(carrier=carrier)

    def work(_: int) -> None:
        for _ in range(5):
            place_due(service)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert sorted(carrier.called) == numbers


def test_whoever_wants_no_calls_is_not_called_and_nothing_is_lost(stage: Stage, tell: Tell) -> None:
    row_id = tell()
    _set(stage, takes_calls=False)
    assert place_due(stage.service) == 0
    assert stage.row(row_id).status == OutboundStatus.WAITING


def test_whoever_said_stop_is_not_called(stage: Stage, tell: Tell) -> None:
    row_id = tell()
    _set(stage, opted_out_at=START)
    place_due(stage.service)
    assert _rings(stage) == []
    assert stage.row(row_id).status == OutboundStatus.CANCELLED


def test_a_stop_during_the_call_ends_it_for_good(stage: Stage, tell: Tell) -> None:
    row_id = tell()
    place_due(stage.service)
    _set(stage, opted_out_at=START)
    note_call_ended(stage.service, row_id, "completed")
    assert stage.row(row_id).status == OutboundStatus.CANCELLED
    assert _reasons(stage) == []


def test_what_has_become_useless_is_not_told(stage: Stage, tell: Tell) -> None:
    row_id = tell(purpose=Purpose.ALERT, valid_until=START)
    place_due(stage.service)
    assert (_rings(stage), stage.row(row_id).status) == ([], OutboundStatus.CANCELLED)


def test_whoever_is_on_the_telephone_is_not_rung(stage: Stage, tell: Tell) -> None:
    row_id = tell()
    call_id = _begin_call(stage)
    place_due(stage.service)
    assert _rings(stage) == []
    assert stage.row(row_id).due_at == START + timedelta(minutes=2)
    with stage.service.database.writing() as session:
        session.get_one(Call, call_id).end(now=START)
    stage.clock.forward(timedelta(minutes=2))
    place_due(stage.service)
    assert len(_rings(stage)) == 1


def test_a_call_of_which_no_end_was_heard_is_over_after_an_hour(stage: Stage, tell: Tell) -> None:
    _begin_call(stage)
    stage.clock.forward(ONE_HOUR)
    tell()
    place_due(stage.service)
    assert len(_rings(stage)) == 1


def test_after_a_crash_between_the_claim_and_the_call_it_is_placed_later(
    stage: Stage, tell: Tell
) -> None:
    class Killed(BaseException):
        pass

    class Killer(NotingCarrier):
        def call(self, to: str, *, url: str, status_url: str, ring_seconds: int) -> str:
            raise Killed

    row_id = tell()
    with pytest.raises(Killed):
        place_due(stage.service_with(carrier=Killer()))
    stage.clock.forward(CLAIMED_FOR)
    assert place_due(stage.service) == 0
    stage.clock.forward(timedelta(seconds=1))
    place_due(stage.service)
    assert len(_rings(stage)) == 1
    assert stage.row(row_id).attempts == 2


def test_calls_of_which_nothing_is_heard_end_with_a_human_too(stage: Stage, tell: Tell) -> None:
    row_id, carrier = tell(), NotingCarrier()
    for _ in range(4):
        place_due(stage.service_with(carrier=carrier))
        stage.clock.forward(CLAIMED_FOR + timedelta(seconds=1))
    assert len(carrier.called) == 3
    assert (stage.row(row_id).status, _reasons(stage)) == (OutboundStatus.FAILED, ["unreached"])


def test_a_call_that_may_have_been_placed_is_not_placed_again_at_once(
    stage: Stage, tell: Tell
) -> None:
    row_id, carrier = tell(), NotingCarrier(OutcomeUnknown("HTTP 500"))
    service = stage.service_with(carrier=carrier)
    place_due(service)
    row = stage.row(row_id)
    assert (row.status, row.claimed_until) == (OutboundStatus.SENDING, START + timedelta(minutes=5))
    stage.clock.forward(timedelta(minutes=10))
    assert place_due(service) == 0
    stage.clock.forward(ONE_HOUR)
    place_due(service)
    assert len(carrier.called) == 2


def test_a_call_in_doubt_that_was_made_is_settled_by_its_end(stage: Stage, tell: Tell) -> None:
    row_id = tell()
    place_due(stage.service_with(carrier=NotingCarrier(OutcomeUnknown("time-out"))))
    note_call_ended(stage.service, row_id, "busy")
    row = stage.row(row_id)
    assert (row.status, row.due_at) == (OutboundStatus.WAITING, START + RETRY_AFTER)


@pytest.mark.parametrize("action", [Action.WAIT_FOR_OPERATOR, Action.STOP_SENDER])
def test_wrong_settings_of_ours_are_no_try(stage: Stage, tell: Tell, action: Action) -> None:
    row_id = tell()
    place_due(
        stage.service_with(carrier=NotingCarrier(CarrierError("no", action=action, code=21215)))
    )
    row = stage.row(row_id)
    assert (row.status, row.attempts, row.error_code) == (OutboundStatus.WAITING, 0, 21215)
    assert row.due_at == START + OPERATOR_RETRY_AFTER


def test_a_refusal_that_may_pass_is_tried_again_in_an_hour(stage: Stage, tell: Tell) -> None:
    row_id = tell()
    place_due(stage.service_with(carrier=NotingCarrier(CarrierError("no", action=Action.RETRY))))
    row = stage.row(row_id)
    assert (row.status, row.attempts) == (OutboundStatus.WAITING, 1)
    assert row.due_at == START + RETRY_AFTER


def test_a_number_that_cannot_be_called_is_for_a_human(stage: Stage, tell: Tell) -> None:
    row_id = tell()
    place_due(
        stage.service_with(
            carrier=NotingCarrier(CarrierError("no", action=Action.GIVE_UP, code=21211))
        )
    )
    assert (stage.row(row_id).status, _reasons(stage)) == (OutboundStatus.FAILED, ["unreached"])


def test_the_end_of_a_call_whose_row_is_gone_is_the_end_of_the_call(stage: Stage) -> None:
    call_id = _begin_call(stage, 12345)
    note_call_ended(stage.service, 12345, "completed")
    note_call_ended(stage.service, 54321, "completed")
    with stage.service.database.reading() as session:
        assert session.get_one(Call, call_id).ended_at == START


def test_texts_are_not_told_in_calls(stage: Stage, tell: Tell) -> None:
    row_id = tell()
    with stage.service.database.writing() as session:
        session.get_one(OutboundMessage, row_id).channel = Channel.SMS.value
    assert place_due(stage.service) == 0


def test_erasing_everything_takes_what_waits_to_be_told(stage: Stage, tell: Tell) -> None:
    row_id = tell(to=CAST["Ali"])
    stage.text("Ali", "EFFACER TOUT")
    stage.text("Ali", "oui")
    with stage.service.database.reading() as session:
        assert session.get(OutboundMessage, row_id) is None


def test_the_worker_rings_people_up(stage: Stage, tell: Tell) -> None:
    tell()
    stage.settle()
    assert len(_rings(stage)) == 1
