"""Whatever arrives is stored and answered once, in order, or met with a meant silence."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from flows import sms
from flows.turn import Turn
from gateway.carriers import InboundText
from gateway.inbound import THIRD_TRY_AFTER, store
from gateway.worker import work_once
from models.database import empty_all_tables
from models.messages import InboundMessage, OutboundMessage
from models.operator_work import CallbackRequest
from models.person import Person
from tests.stage import CAST, Stage, receive

ALI = CAST["Ali"]


def _receive(stage: Stage, sid: str, body: str, sender: str = ALI, **more: object) -> list[str]:
    """Take one text in; returns the answers that it put into the outbox."""
    before = set(_outbox_ids(stage))
    receive(stage.service, InboundText(sid, sender, body, **more))  # type: ignore[arg-type]
    with stage.service.database.reading() as session:
        rows = session.scalars(select(OutboundMessage).order_by(OutboundMessage.id)).all()
    return [row.body or "" for row in rows if row.id not in before]


def _outbox_ids(stage: Stage) -> list[int]:
    with stage.service.database.reading() as session:
        return list(session.scalars(select(OutboundMessage.id)))


def _inbound(stage: Stage) -> list[InboundMessage]:
    with stage.service.database.reading() as session:
        return list(session.scalars(select(InboundMessage).order_by(InboundMessage.id)))


@pytest.mark.parametrize(
    "sender",
    ["36105", "LaPoste", "whatsapp:+33639980001", "sip:ali@example.org", "+33 6 39 98 00 01",
     "0639980001", "+3", "+" + "9" * 40, "\x00", "+33939980000", "+331"],
)  # fmt: skip
def test_machines_and_our_own_number_are_stored_and_never_answered(
    stage: Stage, sender: str
) -> None:
    assert _receive(stage, "SM1", "Votre colis est en route", sender) == []
    assert [row.outcome for row in _inbound(stage)] == ["ignored"]


@pytest.mark.parametrize(
    "sender",
    ["+266696687", "+86282452253", "+8656696", "+2562533", "+7378742833", "+7378742883",
     "anonymous", "Restricted", "", "unknown"],
)  # fmt: skip
def test_withheld_senders_are_never_one_shared_person(stage: Stage, sender: str) -> None:
    assert _receive(stage, "SM1", "bonjour", sender) == []
    with stage.service.database.reading() as session:
        assert session.scalar(select(Person.id)) is None


@pytest.mark.parametrize(
    "sender",
    ["+590690123456", "+594694123456", "+596696123456", "+262692123456", "+262639123456",
     "+508551234", "+687751234", "+68987123456", "+681821234"],
)  # fmt: skip
def test_every_overseas_territory_is_answered(stage: Stage, sender: str) -> None:
    assert len(_receive(stage, "SM1", "bonjour", sender)) == 1


@pytest.mark.parametrize(
    "body",
    ["", "   ", "\n\n", "😀😀", "\x00\x01\x02", "a" * 1600, "é" * 1600, "\ud800", "<script>",
     "{name}", "%s %d", "'; DROP TABLE person; --", "\u202eoui", "٣", "١٢", "1" * 500,
     "𝟏", "STOP?" * 300],
)  # fmt: skip
def test_a_person_gets_one_answer_whatever_the_text(stage: Stage, body: str) -> None:
    answers = _receive(stage, "SM1", body)
    assert len(answers) == 1
    assert answers[0].strip()


def test_a_text_that_comes_twice_at_once_is_answered_once(stage: Stage) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: _receive(stage, "SM1", "bonjour"), range(8)))
    assert len(_inbound(stage)) == 1
    assert len(_outbox_ids(stage)) == 1


def test_two_texts_at_the_same_instant_are_both_answered_one_after_the_other(
    stage: Stage,
) -> None:
    texts = [InboundText(f"SM{n}", ALI, f"besoin courses Ermont Ali{n}") for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda text: receive(stage.service, text), texts))
    assert [row.outcome for row in _inbound(stage)] == ["answered"] * 6
    with stage.service.database.reading() as session:
        answered = session.scalars(
            select(OutboundMessage.inbound_id).order_by(OutboundMessage.id)
        ).all()
    assert answered == sorted(answered)
    assert len(answered) == 6


def test_many_people_at_once_all_get_their_answer(stage: Stage) -> None:
    texts = [
        InboundText(f"SM{n}", f"+3363998{n:04}", "besoin courses Ermont, Ali") for n in range(20)
    ]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: receive(stage.service, text), texts))
    assert len(_outbox_ids(stage)) == 20


def test_a_text_is_stored_by_the_webhook_and_answered_by_the_worker(stage: Stage) -> None:
    store(stage.service, InboundText("SM1", ALI, "bonjour"))
    assert _outbox_ids(stage) == []
    work_once(stage.service)
    assert len(_outbox_ids(stage)) == 1


def test_when_our_code_breaks_the_person_is_told_and_a_human_calls(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(_turn: Turn, **_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(sms, "answer", break_down)
    assert _receive(stage, "SM1", "bonjour") == []
    for _ in range(5):
        stage.clock.forward(THIRD_TRY_AFTER)
        stage.settle()
    (inbound,) = _inbound(stage)
    assert (inbound.outcome, inbound.attempts) == ("failed", 3)
    assert stage.carrier.received(ALI)[0].startswith("Désolé")
    with stage.service.database.reading() as session:
        assert session.scalar(select(CallbackRequest.reason)) == "trouble"


def test_a_turn_that_breaks_leaves_nothing_half_done(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = Turn.finish

    def break_after_writing(turn: Turn) -> None:
        finish(turn)
        raise ZeroDivisionError

    monkeypatch.setattr(Turn, "finish", break_after_writing)
    _receive(stage, "SM1", "bonjour")
    assert _outbox_ids(stage) == []
    monkeypatch.setattr(Turn, "finish", finish)
    stage.clock.forward(THIRD_TRY_AFTER + timedelta(seconds=1))
    stage.settle()
    assert len(_outbox_ids(stage)) == 1


def test_a_text_that_nothing_can_understand_keeps_nobody_else_waiting(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(text: str, *_: object, **__: object) -> None:
        raise ZeroDivisionError(text)

    monkeypatch.setattr("flows.sms.understand", break_down)
    _receive(stage, "SM1", "bonjour")
    _receive(stage, "SM2", "bonjour", CAST["Marie"])
    for _ in range(4):
        stage.clock.forward(THIRD_TRY_AFTER + timedelta(seconds=1))
        stage.settle()
    assert stage.carrier.received(ALI)[0].startswith("Désolé")
    assert stage.carrier.received(CAST["Marie"])[0].startswith("Désolé")


def test_a_text_that_comes_behind_effacer_tout_is_answered(stage: Stage) -> None:
    _receive(stage, "SM1", "effacer tout")
    store(stage.service, InboundText("SM2", ALI, "oui"))
    store(stage.service, InboundText("SM3", ALI, "besoin de courses a ermont, ali"))
    stage.clock.forward(THIRD_TRY_AFTER + timedelta(seconds=1))
    stage.settle()
    received = stage.carrier.received(ALI)
    assert received[-2].startswith("Tout est effacé")
    assert received[-1].startswith("Vous demandez: FAIRE LES COURSES")


def test_nothing_of_whoever_erased_everything_is_left(stage: Stage) -> None:
    for name, texts in (
        ("Marie", ["offre courses ermont marie", "oui"]),
        ("Ali", ["besoin de courses a ermont ali", "oui", "1"]),
        ("Marie", ["oui", "effacer tout", "oui"]),
    ):
        for body in texts:
            stage.text(name, body)
    stage.settle()
    with stage.service.database.reading() as session:
        assert len(session.scalars(select(Person)).all()) == 1
        kept = session.scalars(select(OutboundMessage.body)).all()
        inbound = session.scalars(select(InboundMessage)).all()
    assert [row.body for row in inbound if row.body] == [
        "besoin de courses a ermont ali",
        "oui",
        "1",
    ]
    # That a text came is remembered, so that it is known if it comes again.
    emptied = {(row.person_id, row.sender, row.outcome) for row in inbound if row.body is None}
    assert emptied == {(None, None, "erased")}
    assert not any("06 39 98 00 02" in (body or "") for body in kept)


def test_the_carrier_is_asked_to_empty_what_it_holds_of_whoever_erased_everything(
    stage: Stage,
) -> None:
    for name, body in (
        ("Marie", "offre courses ermont marie"),
        ("Marie", "oui"),
        ("Ali", "besoin de courses a ermont ali"),
        ("Ali", "oui"),
        ("Marie", "oui"),
        ("Marie", "effacer tout"),
        ("Marie", "oui"),
    ):
        stage.text(name, body)
    stage.pass_time(timedelta(minutes=10))
    on_record = stage.carrier.messages
    marie = CAST["Marie"]
    assert {m.body for m in on_record if marie in (m.sender, m.recipient)} == {""}
    assert not any("06 39 98 00 02" in message.body for message in on_record)


def test_a_text_of_whoever_erased_everything_is_not_answered_anew(stage: Stage) -> None:
    for body in ("bonjour", "effacer tout", "oui"):
        stage.text("Ali", body)
    for row in _inbound(stage):
        assert not store(stage.service, InboundText(row.carrier_sid, ALI, "bonjour"))
    with stage.service.database.reading() as session:
        assert session.scalar(select(Person.id)) is None


def test_a_foreigner_in_danger_gets_the_emergency_numbers(stage: Stage) -> None:
    german = "+4915112345678"
    _receive(stage, "SM1", "bonjour", german)
    assert "112" in _receive(stage, "SM2", "au secours mon mari ne respire plus", german)[0]


def test_somebody_blocked_in_danger_gets_the_emergency_numbers(stage: Stage) -> None:
    _receive(stage, "SM1", "bonjour")
    with stage.service.database.writing() as session:
        session.scalars(select(Person)).one().blocked_at = stage.clock.now()
    assert "112" in _receive(stage, "SM2", "au secours mon mari ne respire plus")[0]


def test_a_blocked_number_is_met_with_silence(stage: Stage) -> None:
    _receive(stage, "SM1", "bonjour")
    with stage.service.database.writing() as session:
        person = session.scalars(select(Person)).one()
        person.blocked_at = stage.clock.now()
    assert _receive(stage, "SM2", "besoin courses Ermont Ali") == []


def test_more_than_a_days_messages_are_told_once_then_read_no_more(stage: Stage) -> None:
    limit = stage.service.rules.messages_per_day
    answers = [_receive(stage, f"SM{n}", f"AIDE {n}") for n in range(limit + 3)]
    assert all(answers[:limit])
    assert "demain" in answers[limit][0]
    assert answers[limit + 1 :] == [[], []]
    stage.clock.forward(timedelta(days=1, seconds=1))
    assert _receive(stage, "SMnext", "AIDE")


@pytest.mark.parametrize(
    ("kind", "still_reachable"), [("STOP", False), ("START", True), ("HELP", True)]
)
def test_what_the_carrier_has_answered_itself_is_followed_but_not_answered_again(
    stage: Stage, kind: str, *, still_reachable: bool
) -> None:
    _receive(stage, "SM1", "bonjour")
    assert _receive(stage, "SM2", kind, opt_out_type=kind) == []
    with stage.service.database.reading() as session:
        assert session.scalars(select(Person)).one().is_reachable is still_reachable


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.text(max_size=200) | st.sampled_from(
    ["oui", "non", "1", "2", "besoin courses Ermont", "offre jardinage", "liste", "suite", "fait",
     "supprimer 1001", "effacer tout", "mes annonces", "mes donnees", "Ali", "95120", "pause",
     "je m'appelle Zoé", "non à Eaubonne", "publier", "AIDE", "oui 1001", "oui mais jeudi"]
), max_size=8))  # fmt: skip
def test_no_conversation_breaks_and_none_ends_in_silence(stage: Stage, texts: list[str]) -> None:
    with stage.service.database.writing() as session:
        empty_all_tables(session)
    silent_from_here = False
    for number, body in enumerate(texts):
        answers = _receive(stage, f"SM{number}", body)
        inbound = _inbound(stage)[-1]
        assert inbound.attempts == 0
        with stage.service.database.reading() as session:
            silent_from_here = session.scalars(select(Person)).one().opted_out_at is not None
        repeated = inbound.outcome == "ignored"
        assert (answers and answers[-1].strip()) or silent_from_here or repeated
