"""What waits in the outbox leaves once, in order; what fails is tried again, or learnt from."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from flows.outgoing import put_in_outbox
from gateway.carriers import Accepted, Action, Carrier, CarrierError, InboundText, OutcomeUnknown
from gateway.carriers.twilio import ACTIONS, refusal
from gateway.inbound import store
from gateway.outbox import ATTEMPTS, CLAIMED_FOR, send_due
from gateway.receipts import OPERATOR_RETRY_AFTER, note_receipt
from gateway.service import occasion
from gateway.simulator.faults import Faults
from models.disclosure import Disclosure
from models.messages import OutboundMessage, OutboundStatus, Purpose
from models.operator_work import CallbackRequest
from models.person import lock_person
from tests.stage import CAST, Stage, receive

ALI, MARIE = CAST["Ali"], CAST["Marie"]


class StubbornCarrier:
    """Answers each send as it is told, keeps what it took, and can be asked for it."""

    def __init__(self, *answers: Accepted | CarrierError, takes_silently: bool = False) -> None:
        self.answers = list(answers)
        self.takes_silently = takes_silently
        self.taken: list[tuple[str, str]] = []

    def send(self, to: str, body: str, **_: object) -> Accepted:
        answer = (
            self.answers.pop(0)
            if self.answers
            else Accepted(f"SM{len(self.taken)}", OutboundStatus.QUEUED)
        )
        if isinstance(answer, CarrierError):
            if self.takes_silently:
                self.taken.append((to, body))
            raise answer
        self.taken.append((to, body))
        return answer

    def find(self, to: str, body: str, *, since: datetime) -> list[Accepted]:
        del since
        return [
            Accepted(f"SM{number}", OutboundStatus.SENT)
            for number, taken in enumerate(self.taken)
            if taken == (to, body)
        ]


@pytest.fixture
def write(stage: Stage) -> Callable[..., int]:
    """Put a text into the outbox; returns the row's id."""

    def put(body: str = "bonjour", to: str = ALI, purpose: Purpose = Purpose.ANSWER) -> int:
        with stage.service.database.writing() as session:
            person = lock_person(session, to, now=stage.clock.now())
            message = put_in_outbox(
                session,
                person,
                body,
                purpose=purpose,
                rules=stage.service.rules,
                now=stage.clock.now(),
            )
            session.flush()
            return message.id

    return put


def test_a_text_goes_from_waiting_to_delivered(stage: Stage, write: Callable[..., int]) -> None:
    row_id = write()
    assert send_due(stage.service) == 1
    assert stage.row(row_id).status == OutboundStatus.QUEUED
    stage.settle()
    row = stage.row(row_id)
    assert (row.status, row.settled_at) == (OutboundStatus.DELIVERED, stage.clock.now())
    assert send_due(stage.service) == 0


def test_answers_leave_before_alerts(stage: Stage, write: Callable[..., int]) -> None:
    write("une alerte", CAST["Marie"], Purpose.ALERT)
    write("une réponse", ALI, Purpose.ANSWER)
    carrier = StubbornCarrier()
    send_due(stage.service_with(carrier=carrier))
    assert [body for _, body in carrier.taken] == ["une réponse", "une alerte"]


def test_one_persons_texts_leave_in_the_order_they_were_written(
    stage: Stage, write: Callable[..., int]
) -> None:
    for number in range(5):
        write(f"numéro {number}", purpose=Purpose.ALERT if number < 2 else Purpose.ANSWER)
    carrier = StubbornCarrier()
    while send_due(stage.service_with(carrier=carrier)):
        pass
    assert [body for _, body in carrier.taken] == [f"numéro {number}" for number in range(5)]


def test_several_workers_send_each_text_once(stage: Stage, write: Callable[..., int]) -> None:
    for number in range(24):
        write(f"numéro {number}", f"+3363998{number:04}")
    carrier = StubbornCarrier()
    service = stage.service_with(carrier=carrier)

    def work(_: int) -> None:
        while send_due(service):
            pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert sorted(body for _, body in carrier.taken) == sorted(
        f"numéro {number}" for number in range(24)
    )


def test_too_many_at_once_is_tried_again_later(stage: Stage, write: Callable[..., int]) -> None:
    row_id = write()
    carrier = StubbornCarrier(CarrierError("busy", action=Action.RETRY, code=20429))
    service = stage.service_with(carrier=carrier)
    send_due(service)
    assert stage.row(row_id).status == OutboundStatus.WAITING
    assert send_due(service) == 0
    stage.clock.forward(timedelta(minutes=1))
    send_due(service)
    assert len(carrier.taken) == 1


def test_a_text_that_the_carrier_took_without_saying_so_is_not_sent_twice(
    stage: Stage, write: Callable[..., int]
) -> None:
    row_id = write()
    carrier = StubbornCarrier(OutcomeUnknown("time-out"), takes_silently=True)
    service = stage.service_with(carrier=carrier)
    send_due(service)
    assert stage.row(row_id).status == OutboundStatus.UNKNOWN
    stage.clock.forward(timedelta(minutes=1))
    send_due(service)
    row = stage.row(row_id)
    assert (len(carrier.taken), row.carrier_sid, row.status) == (1, "SM0", OutboundStatus.SENT)


def test_a_text_that_never_reached_the_carrier_is_sent_again(
    stage: Stage, write: Callable[..., int]
) -> None:
    write()
    carrier = StubbornCarrier(OutcomeUnknown("time-out"))
    service = stage.service_with(carrier=carrier)
    send_due(service)
    stage.clock.forward(timedelta(minutes=1))
    send_due(service)
    assert len(carrier.taken) == 1


def test_what_cannot_even_be_looked_up_is_not_sent_again(
    stage: Stage, write: Callable[..., int]
) -> None:
    class Mute(StubbornCarrier):
        def find(self, to: str, body: str, *, since: datetime) -> list[Accepted]:
            raise CarrierError("busy", action=Action.RETRY, code=20429)

    row_id = write()
    carrier = Mute(OutcomeUnknown("time-out"), takes_silently=True)
    service = stage.service_with(carrier=carrier)
    for _ in range(3):
        send_due(service)
        stage.clock.forward(timedelta(hours=1))
    assert (len(carrier.taken), stage.row(row_id).status) == (1, OutboundStatus.UNKNOWN)


def test_what_a_killed_worker_had_claimed_is_looked_up_and_finished(
    stage: Stage, write: Callable[..., int]
) -> None:
    class Killed(BaseException):
        pass

    class Killer(StubbornCarrier):
        def send(self, to: str, body: str, **_: object) -> Accepted:
            self.taken.append((to, body))
            raise Killed

    write()
    killer = Killer()
    with pytest.raises(Killed):
        send_due(stage.service_with(carrier=killer))
    survivor = StubbornCarrier()
    survivor.taken = killer.taken
    assert send_due(stage.service_with(carrier=survivor)) == 0
    stage.clock.forward(CLAIMED_FOR + timedelta(seconds=1))
    assert send_due(stage.service_with(carrier=survivor)) == 1
    assert len(survivor.taken) == 1


def test_after_many_tries_a_text_is_given_up(stage: Stage, write: Callable[..., int]) -> None:
    row_id = write()
    busy = CarrierError("busy", action=Action.RETRY, code=20429)
    service = stage.service_with(carrier=StubbornCarrier(*[busy] * 50))
    for _ in range(ATTEMPTS):
        send_due(service)
        stage.clock.forward(timedelta(days=1))
    row = stage.row(row_id)
    assert (row.status, row.attempts, row.error_code) == (OutboundStatus.FAILED, ATTEMPTS, 20429)


def test_our_own_wrong_settings_lose_nothing(stage: Stage, write: Callable[..., int]) -> None:
    row_id = write()
    wrong = CarrierError("wrong token", action=Action.WAIT_FOR_OPERATOR, code=20003)
    service = stage.service_with(carrier=StubbornCarrier(*[wrong] * 30))
    for _ in range(30):
        send_due(service)
        stage.clock.forward(timedelta(hours=1))
    assert stage.row(row_id).status == OutboundStatus.WAITING
    send_due(service)
    assert stage.row(row_id).status == OutboundStatus.QUEUED


def test_a_number_that_takes_no_texts_is_called_from_then_on(
    stage: Stage, write: Callable[..., int]
) -> None:
    landline = "+33939001122"
    row_id = write(to=landline)
    stage.settle()
    assert stage.row(row_id).error_code == 21614
    assert stage.row(write(to=landline)).channel == "voice"


def test_a_stop_that_only_the_carrier_knows_of_is_learnt(
    stage: Stage, write: Callable[..., int]
) -> None:
    stage.carrier.store.opt_out(ALI, stage.carrier.numbers[0])
    row_id = write()
    stage.settle()
    row = stage.row(row_id)
    assert (row.status, row.error_code) == (OutboundStatus.FAILED, 21610)
    assert not row.person.is_reachable


def test_whoever_said_stop_gets_nothing_that_still_waited(
    stage: Stage, write: Callable[..., int]
) -> None:
    stage.text("Ali", "bonjour")
    row_id = write("une alerte", purpose=Purpose.ALERT)
    stage.text("Ali", "arrêt")
    assert stage.row(row_id).status == OutboundStatus.CANCELLED


@pytest.mark.parametrize(
    ("told", "believed"),
    [
        (["sent", "delivered"], "delivered"),
        (["delivered", "sent"], "delivered"),
        (["delivered", "delivered", "sent"], "delivered"),
        (["delivered", "undelivered"], "delivered"),
        (["undelivered", "delivered"], "undelivered"),
        (["sent", "queued"], "sent"),
    ],
)
def test_receipts_only_move_a_text_forward(
    stage: Stage, write: Callable[..., int], told: list[str], believed: str
) -> None:
    row_id = write()
    send_due(stage.service)
    sid = stage.row(row_id).carrier_sid or ""
    for status in told:
        note_receipt(stage.service, sid=sid, status=OutboundStatus(status))
    assert stage.row(row_id).status == believed


def test_a_receipt_quicker_than_the_answer_is_believed(
    stage: Stage, write: Callable[..., int]
) -> None:
    row_id = write()
    note_receipt(stage.service, sid="SMquick", status=OutboundStatus.SENT, reference=row_id)
    row = stage.row(row_id)
    assert (row.carrier_sid, row.status) == ("SMquick", OutboundStatus.SENT)


def test_a_receipt_cannot_take_over_a_text_that_has_its_id(
    stage: Stage, write: Callable[..., int]
) -> None:
    row_id = write()
    send_due(stage.service)
    note_receipt(stage.service, sid="SMother", status=OutboundStatus.FAILED, reference=row_id)
    assert stage.row(row_id).status == OutboundStatus.QUEUED


def test_an_alert_that_waits_is_not_sent_to_somebody_who_paused(
    stage: Stage, write: Callable[..., int]
) -> None:
    stage.text("Ali", "bonjour")
    row_id = write("une alerte", purpose=Purpose.ALERT)
    stage.text("Ali", "pause")
    assert stage.row(row_id).status == OutboundStatus.CANCELLED


def test_late_doubled_and_reversed_receipts_end_well(
    stage: Stage, write: Callable[..., int]
) -> None:
    stage.carrier.set_faults(Faults(callbacks_twice=1, callbacks_reversed=1, webhooks_twice=1))
    row_id = write()
    stage.settle()
    assert stage.row(row_id).status == OutboundStatus.DELIVERED


def test_an_unreachable_handset_is_noted_with_its_code(
    stage: Stage, write: Callable[..., int]
) -> None:
    stage.carrier.set_faults(Faults(unreachable=1))
    row_id = write()
    stage.settle()
    row = stage.row(row_id)
    assert (row.status, row.error_code) == (OutboundStatus.UNDELIVERED, 30003)


def test_every_code_has_one_meaning_and_an_unknown_one_is_tried_once_more() -> None:
    assert refusal("", 21610).action is Action.OPT_OUT
    unknown = refusal("", 99999)
    assert unknown.action is Action.RETRY
    assert unknown.patience is not None
    assert unknown.patience.tries == 2
    assert refusal("", None).patience is None
    assert len(ACTIONS) == 60


def test_a_conversation_survives_a_carrier_that_fails_at_random(stage: Stage) -> None:
    stage.carrier.set_faults(Faults(too_many=0.2, broken=0.1, answer_lost=0.2, webhooks_twice=0.5))
    for body in ("besoin de courses a ermont, ali", "oui", "mes annonces"):
        stage.text("Ali", body)
        for _ in range(23):
            stage.pass_time(timedelta(hours=1))
    received = stage.carrier.received(ALI)
    answers = [text.split(".")[0] for text in received if not text.startswith("Annonce 1001:")]
    assert answers == [
        "Vous demandez: FAIRE LES COURSES à Ermont (95), prénom Ali",
        "C'est publié, annonce 1001",
        "Vos annonces: 1001 besoin: faire les courses à Ermont (95), Ali",
    ]
    with stage.service.database.reading() as session:
        assert set(session.scalars(select(OutboundMessage.status))) == {"delivered"}


def test_a_sender_keeps_its_pace_and_answers_go_first(
    stage: Stage, write: Callable[..., int]
) -> None:
    settings = stage.service.settings.model_copy(update={"sender_segments_per_second": 1.0})
    carrier = StubbornCarrier()
    service = stage.service_with(carrier=carrier, settings=settings)
    for number in range(5):
        write(f"alerte {number}", f"+3363998{100 + number:04}", Purpose.ALERT)
    write("réponse", CAST["Marie"])
    left = []
    for _ in range(8):
        send_due(service)
        left.append(len(carrier.taken))
        stage.clock.forward(timedelta(seconds=1))
    assert left == [1, 2, 3, 4, 5, 6, 6, 6]
    assert carrier.taken[0][1] == "réponse"


def test_a_long_message_leaves_too_and_the_next_one_waits_for_it(
    stage: Stage, write: Callable[..., int]
) -> None:
    settings = stage.service.settings.model_copy(update={"sender_segments_per_second": 1.0})
    carrier = StubbornCarrier()
    service = stage.service_with(carrier=carrier, settings=settings)
    write("a" * 400)
    write("b", CAST["Marie"])
    for expected in (1, 1, 1, 2):
        send_due(service)
        assert len(carrier.taken) == expected
        stage.clock.forward(timedelta(seconds=1))


def test_a_worker_that_is_slow_gives_back_what_it_claimed(
    stage: Stage, write: Callable[..., int]
) -> None:
    class Slow(StubbornCarrier):
        def send(self, to: str, body: str, **_: object) -> Accepted:
            stage.clock.forward(timedelta(seconds=40))
            return super().send(to, body)

    ids = [write(f"numéro {number}", f"+3363998{number:04}") for number in range(3)]
    slow = Slow()
    send_due(stage.service_with(carrier=slow))
    assert len(slow.taken) == 1
    statuses = [stage.row(row_id).status for row_id in ids]
    assert statuses == ["queued", "waiting", "waiting"]


def test_whoever_lost_a_claim_does_not_write_over_the_one_who_has_it(
    stage: Stage, write: Callable[..., int]
) -> None:
    row_id = write()
    other = StubbornCarrier()

    class Overtaken(StubbornCarrier):
        def send(self, to: str, body: str, **_: object) -> Accepted:
            stage.clock.forward(CLAIMED_FOR + timedelta(seconds=1))
            send_due(stage.service_with(carrier=other))
            raise CarrierError("busy", action=Action.GIVE_UP, code=21617)

    send_due(stage.service_with(carrier=Overtaken()))
    assert stage.row(row_id).status == OutboundStatus.QUEUED
    assert len(other.taken) == 1


def test_a_sender_that_the_carrier_refuses_is_stopped_for_all(
    stage: Stage, write: Callable[..., int]
) -> None:
    write("un")
    write("deux", CAST["Marie"])
    wrong = CarrierError("wrong token", action=Action.STOP_SENDER, code=20003)
    service = stage.service_with(carrier=StubbornCarrier(wrong, wrong))
    send_due(service)
    write("trois", CAST["Paul"])
    assert send_due(service) == 0
    stage.clock.forward(OPERATOR_RETRY_AFTER + timedelta(seconds=1))
    while send_due(service):
        pass
    assert len(service.carrier.taken) == 3  # type: ignore[attr-defined]  # the stub's own


@pytest.mark.parametrize(
    "refused",
    [CarrierError("busy", action=Action.RETRY, code=20429), OutcomeUnknown("time-out")],
    ids=["refused", "in doubt"],
)
def test_what_was_settled_while_the_carrier_was_called_is_not_tried_again(
    stage: Stage, refused: CarrierError
) -> None:
    class Interrupted(StubbornCarrier):
        """While it is first asked to ask Marie, Ali closes the matter."""

        def send(self, to: str, body: str, **options: object) -> Accepted:
            if to == MARIE and "cherche" in body and refusals:
                receive(stage.service, InboundText("SMfait", ALI, "fait"))
                self.answers.append(refusals.pop())
            return super().send(to, body, **options)

    refusals = [refused]

    for name, body in (
        ("Marie", "offre courses ermont marie"),
        ("Marie", "oui"),
        ("Ali", "besoin de courses a ermont, ali"),
    ):
        stage.text(name, body)
    carrier = Interrupted()
    stage.service = stage.service_with(carrier=carrier)
    stage.text("Ali", "oui")
    stage.pass_time(timedelta(hours=3))
    assert refusals == []
    assert [body for to, body in carrier.taken if to == MARIE] == []


def test_a_wait_that_the_carrier_asks_for_is_kept(stage: Stage, write: Callable[..., int]) -> None:
    row_id = write()
    busy = CarrierError("busy", action=Action.RETRY, code=20429, retry_after=timedelta(minutes=20))
    send_due(stage.service_with(carrier=StubbornCarrier(busy)))
    assert stage.row(row_id).due_at >= stage.clock.now() + timedelta(minutes=20)


def test_what_could_not_be_delivered_is_tried_again_and_then_said_in_a_call(
    stage: Stage, write: Callable[..., int]
) -> None:
    stage.carrier.add_phone("Ali", ALI)
    stage.carrier.break_phone(ALI, 30003)
    write()
    for _ in range(4):
        stage.pass_time(timedelta(hours=13))
    with stage.service.database.reading() as session:
        rows = session.scalars(select(OutboundMessage).order_by(OutboundMessage.id)).all()
        person = rows[0].person
    assert [row.channel for row in rows] == ["sms", "sms", "sms", "voice"]
    assert {row.status for row in rows[:3]} == {"undelivered"}
    assert rows[3].attempts > 0
    assert person.takes_texts is False


def test_a_receipt_that_comes_twice_tries_again_once(
    stage: Stage, write: Callable[..., int]
) -> None:
    stage.carrier.add_phone("Ali", ALI)
    stage.carrier.break_phone(ALI, 30003)
    stage.carrier.set_faults(Faults(callbacks_twice=1, callbacks_reversed=1))
    write()
    stage.settle()
    with stage.service.database.reading() as session:
        assert len(session.scalars(select(OutboundMessage)).all()) == 2


def test_an_answer_that_can_never_arrive_is_noted_for_a_human(
    stage: Stage, write: Callable[..., int]
) -> None:
    refused = CarrierError("too long", action=Action.GIVE_UP, code=21617)
    write()
    send_due(stage.service_with(carrier=StubbornCarrier(refused)))
    with stage.service.database.reading() as session:
        assert session.scalars(select(CallbackRequest.reason)).all() == ["undelivered"]


def test_the_carrier_is_told_for_how_long_a_message_is_of_use(stage: Stage) -> None:
    told = []

    class Listening(StubbornCarrier):
        def send(self, to: str, body: str, **options: object) -> Accepted:
            told.append(options["valid_for"])
            return super().send(to, body)

    with stage.service.database.writing() as session:
        person = lock_person(session, ALI, now=stage.clock.now())
        for valid_until in (None, stage.clock.now() + timedelta(hours=2)):
            put_in_outbox(
                session,
                person,
                "bonjour",
                purpose=Purpose.NEWS,
                rules=stage.service.rules,
                now=stage.clock.now(),
                valid_until=valid_until,
            )
    service = stage.service_with(carrier=Listening())
    while send_due(service):
        pass
    assert told == [None, timedelta(hours=2)]


def test_at_night_only_what_somebody_waits_for_is_sent(stage: Stage) -> None:
    stage.clock.forward(timedelta(hours=13))
    occasion_ = occasion(stage.service, None, stage.clock.now())  # type: ignore[arg-type]
    with stage.service.database.writing() as session:
        occasion_.session = session
        for number, purpose in enumerate(Purpose):
            person = lock_person(session, f"+3363998{number:04}", now=stage.clock.now())
            occasion_.tell(person, "help.thanks", purpose=purpose)
    stage.settle()
    sent = {message.recipient[-1] for message in stage.carrier.messages}
    assert sent == {"0", "1"}
    stage.pass_time(timedelta(hours=12))
    assert len(stage.carrier.messages) == len(Purpose)


def test_a_receipt_quicker_than_a_lost_answer_settles_the_message(
    stage: Stage, write: Callable[..., int]
) -> None:
    row_id = write()

    class AnswerLost(StubbornCarrier):
        def send(self, to: str, body: str, **_: object) -> Accepted:
            self.taken.append((to, body))
            note_receipt(stage.service, sid="SM0", status=OutboundStatus.SENT, reference=row_id)
            raise OutcomeUnknown("time-out")

    carrier = AnswerLost()
    send_due(stage.service_with(carrier=carrier))
    assert stage.row(row_id).status == OutboundStatus.SENT
    stage.clock.forward(timedelta(hours=1))
    assert send_due(stage.service_with(carrier=carrier)) == 0
    assert len(carrier.taken) == 1


# ---- When the carrier took a text: nothing typed before that can answer it ----------------------


class Meanwhile:
    """The stage's own carrier; while it takes a question to Marie, Marie's OUI comes in.

    The OUI is the earlier one, or with `asked_first` the later one.
    """

    def __init__(self, stage: Stage, *, asked_first: bool) -> None:
        self.stage, self.asked_first = stage, asked_first
        self.carrier: Carrier = stage.service.carrier
        self.service = stage.service

    def __getattr__(self, name: str) -> object:
        return getattr(self.carrier, name)

    def send(self, to: str, body: str, *, reference: int, **options: object) -> Accepted:
        def take() -> Accepted:
            return self.carrier.send(to, body, reference=reference)

        if to != MARIE or "cherche" not in body:
            return take()
        self.stage.clock.forward(timedelta(seconds=2))
        if self.asked_first:
            accepted = take()
            # A receipt is how we know of it, before the call is answered.
            note_receipt(
                self.service, sid=accepted.sid, status=OutboundStatus.SENT, reference=reference
            )
        self.stage.clock.forward(timedelta(seconds=2))
        store(self.service, InboundText("SMhasty", MARIE, "oui"))
        self.stage.clock.forward(timedelta(seconds=2))
        return accepted if self.asked_first else take()


def _numbers_given(stage: Stage) -> int:
    with stage.service.database.reading() as session:
        return len(session.scalars(select(Disclosure)).all())


def _ask_marie(stage: Stage, *, asked_first: bool) -> list[str]:
    """Ali's need is published and Marie asked; returns what Marie then got."""
    for name, body in (
        ("Marie", "offre courses ermont marie"),
        ("Marie", "oui"),
        ("Ali", "besoin de courses a ermont, ali"),
    ):
        stage.text(name, body)
    stage.service = stage.service_with(carrier=Meanwhile(stage, asked_first=asked_first))
    return [body for name, body in stage.text("Ali", "oui") if name == "Marie"]


def test_an_oui_from_before_the_carrier_took_the_question_gives_no_number(stage: Stage) -> None:
    question, answer = _ask_marie(stage, asked_first=False)
    assert question.endswith("Annonce 1002")
    assert answer.startswith("Répondez OUI 1002 pour dire oui à Ali")
    assert _numbers_given(stage) == 0
    # Now that Marie was asked, her plain OUI counts.
    stage.text("Marie", "oui")
    assert _numbers_given(stage) == 1


def test_an_oui_that_is_quicker_than_the_answer_to_our_call_counts(stage: Stage) -> None:
    _, answer = _ask_marie(stage, asked_first=True)
    assert answer.startswith("Merci Marie!")
    assert _numbers_given(stage) == 1


def test_an_oui_from_between_two_tries_gives_no_number(stage: Stage) -> None:
    stage.text("Marie", "offre courses ermont marie")
    stage.text("Marie", "oui")
    stage.text("Ali", "besoin de courses a ermont, ali")
    # The first try comes to nothing, and we don't know that.
    stage.carrier.set_faults(Faults(broken=1))
    stage.text("Ali", "oui")
    typed_at = stage.clock.now() + timedelta(seconds=1)
    stage.carrier.set_faults(Faults())
    stage.pass_time(timedelta(minutes=5))
    assert stage.carrier.received(MARIE)[-1].endswith("Annonce 1002")
    store(stage.service, InboundText("SMhasty", MARIE, "oui", typed_at=typed_at))
    stage.settle()
    assert stage.carrier.received(MARIE)[-1].startswith("Répondez OUI 1002")
    assert _numbers_given(stage) == 0


def test_the_earliest_word_of_the_carriers_tells_when_it_took_a_text(
    stage: Stage, write: Callable[..., int]
) -> None:
    row_id, start = write(), stage.clock.now()

    class Slow(StubbornCarrier):
        def send(self, to: str, body: str, **_: object) -> Accepted:
            stage.clock.forward(timedelta(seconds=3))
            note_receipt(stage.service, sid="SM0", status=OutboundStatus.SENT, reference=row_id)
            stage.clock.forward(timedelta(seconds=3))
            return super().send(to, body)

    send_due(stage.service_with(carrier=Slow()))
    stage.clock.forward(timedelta(seconds=3))
    note_receipt(stage.service, sid="SM0", status=OutboundStatus.DELIVERED)
    row = stage.row(row_id)
    assert (row.tried_at, row.taken_at) == (start, start + timedelta(seconds=3))


@pytest.mark.parametrize(
    "refused",
    [
        CarrierError("too long", action=Action.GIVE_UP, code=21617),
        CarrierError("busy", action=Action.RETRY, code=20429),
        OutcomeUnknown("time-out"),
    ],
    ids=["given up", "tried again later", "in doubt"],
)
def test_what_the_carrier_refused_was_not_taken(
    stage: Stage, write: Callable[..., int], refused: CarrierError
) -> None:
    row_id = write()
    send_due(stage.service_with(carrier=StubbornCarrier(refused)))
    assert stage.row(row_id).taken_at is None


@pytest.mark.parametrize("fate", ["failed", "undelivered", "cancelled"])
def test_what_came_to_nothing_at_once_does_not_count_as_taken(
    stage: Stage, write: Callable[..., int], fate: str
) -> None:
    row_id = write()
    send_due(stage.service_with(carrier=StubbornCarrier(Accepted("SM0", OutboundStatus(fate)))))
    row = stage.row(row_id)
    assert (row.status, row.taken_at) == (fate, None)
