"""What the pages of calls don't show: the operator's line, languages, who is asked what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from flows.rules import Rules
from flows.voice import keypad
from gateway.simulator.telephone import Call
from models.database import Database
from models.operator_work import CallbackRequest
from models.person import Person
from models.recording import Recording
from tests.stage import CAST, Stage

OPERATOR = "+33199000099"


@pytest.fixture
def stage(database: Database) -> Stage:
    return Stage(database, rules=replace(Rules(), operator_phone=OPERATOR))


@pytest.fixture(autouse=True)
def _closed(stage: Stage) -> object:
    yield
    stage.close()


def _call(stage: Stage, name: str = "Jeanne") -> Call:
    return stage.carrier.call(CAST[name])


def test_zero_rings_the_operator_who_takes_the_call_with_a_key(stage: Stage) -> None:
    call = _call(stage)
    call.press("0")
    (ringing,) = stage.carrier.ringing(OPERATOR)
    ringing.answer()
    assert "Fil Solidaire" in " ".join(ringing.heard)
    ringing.press("1")
    assert call.is_bridged
    assert ringing.shown == Rules().voice_number
    ringing.hang_up()
    assert "Au revoir" in " ".join(call.heard)
    assert call.is_over


def test_where_the_operator_is_not_there_a_recording_is_made(stage: Stage) -> None:
    call = _call(stage)
    call.press("0")
    (ringing,) = stage.carrier.ringing(OPERATOR)
    ringing.answering_machine()
    while not ringing.is_over:
        ringing.stay_silent()
    call.say("Je suis Jeanne, rappelez-moi")
    call.press("#")
    assert call.is_over
    stage.settle()
    with stage.service.database.reading() as session:
        assert session.scalars(select(CallbackRequest.reason)).all() == ["recorded"]
        assert session.scalars(select(Recording.fetched_at)).one() is not None


def test_outside_opening_hours_nobody_is_rung(stage: Stage) -> None:
    stage.clock.forward(timedelta(hours=12))
    call = _call(stage)
    call.press("0")
    assert stage.carrier.ringing(OPERATOR) == []
    assert "bip" in " ".join(call.heard)


def test_english_is_spoken_to_whoever_asks_for_it_and_remembered(stage: Stage) -> None:
    call = _call(stage)
    call.say("english please")
    assert "press 1" in " ".join(call.heard)
    call.hang_up()
    assert "press 1" in " ".join(_call(stage).heard)


def test_a_blocked_number_may_leave_a_message_and_nothing_else(stage: Stage) -> None:
    _call(stage).hang_up()
    with stage.service.database.writing() as session:
        session.scalars(select(Person)).one().blocked_at = stage.clock.now()
    call = _call(stage)
    assert "bip" in " ".join(call.heard)
    call.stay_silent()
    assert call.is_over


def test_slow_speech_is_remembered(stage: Stage) -> None:
    call = _call(stage)
    call.press("*")
    call.hang_up()
    assert all("prosody" in one.markup for one in _call(stage).everything if one.kind == "say")


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("J, E, A, N, N, E", "Jeanne"),
        ("J comme Jacques, O comme Oscar, E comme Emile", "Joe"),
        ("Jeanne", None),
        ("a b", None),
    ],
)
def test_a_name_may_be_spelt(said: str, name: str | None) -> None:
    assert keypad.spelt(said) == name


@pytest.mark.parametrize(
    ("keyed", "number"),
    [
        ("0639980001", "+33639980001"),
        ("06 39 98 00 01", "+33639980001"),
        ("0899123456", None),
        ("112", None),
        ("0015551234567", None),
        ("zéro six", None),
    ],
)
def test_only_ordinary_french_numbers_are_called(keyed: str, number: str | None) -> None:
    assert keypad.telephone_number(keyed, country_codes=Rules().country_codes) == number


def test_letters_find_a_commune_with_or_without_its_article(stage: Stage) -> None:
    places = [stage.service.gazetteer[insee] for insee in ("72181", "95219", "93045")]
    assert [place.name for place in keypad.beginning_with("6267", places)] == ["Le Mans"]
    assert [place.name for place in keypad.beginning_with("536267", places)] == ["Le Mans"]
    assert [place.name for place in keypad.beginning_with("37", places)] == ["Ermont"]
