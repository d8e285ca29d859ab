"""When we are broken the caller hears a kind word, from documents that need nothing of ours."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import VoiceResponse

from gateway.app import create_app
from models.database import Database
from models.secrets import Keyring
from tests.stage import CAST, SECRET, Stage

DEPLOY = Path(__file__).parents[2] / "deploy"
DOCUMENTS = {"voice": VoiceResponse, "sms": MessagingResponse}
NOBODY_THERE = "http://127.0.0.1:1"


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_the_documents_say_only_what_the_carriers_library_can_say(kind: str) -> None:
    root = ElementTree.parse(DEPLOY / f"fallback-{kind}.xml").getroot()
    assert root.tag == "Response"
    for verb in root:
        method = getattr(DOCUMENTS[kind], _snake(verb.tag))
        known = set(inspect.signature(method).parameters)
        assert {_snake(name) for name in verb.keys()} <= known, verb.tag  # noqa: SIM118
        assert not len(verb)


def test_everything_is_said_in_a_voice_of_its_language() -> None:
    root = ElementTree.parse(DEPLOY / "fallback-voice.xml").getroot()
    voices = {(say.get("voice"), say.get("language")) for say in root.iter("Say")}
    assert voices == {("Polly.Lea-Neural", "fr-FR"), ("Polly.Amy-Neural", "en-GB")}
    assert root[-1].tag == "Hangup"


def test_a_texter_gets_nothing_for_the_text_is_found_later() -> None:
    assert not len(ElementTree.parse(DEPLOY / "fallback-sms.xml").getroot())


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("kind", DOCUMENTS)
def test_they_are_served_unsigned_and_without_a_database(
    stage: Stage, kind: str, method: str
) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/nothing", Keyring([SECRET]))
    client = create_app(replace(stage.service, database=away)).test_client()
    answer = client.open(f"/twilio/fallback/{kind}?ErrorCode=11200", method=method)
    assert answer.status_code == 200
    assert answer.content_type == "text/xml; charset=utf-8"
    assert answer.data == (DEPLOY / f"fallback-{kind}.xml").read_bytes()
    away.close()


def test_whoever_calls_while_we_are_broken_hears_an_apology(stage: Stage) -> None:
    stage.carrier.public_url = NOBODY_THERE
    call = stage.carrier.call(CAST["Jeanne"])
    heard = " ".join(map(str, call.everything))
    assert "Nous sommes désolés" in heard
    assert "Rappelez un peu plus tard" in heard
    assert all(number in heard for number in ("15", "17", "18", "112"))
    assert call.is_over


def test_the_apology_is_heard_after_a_token_was_changed_wrongly(stage: Stage) -> None:
    stage.carrier.auth_token = "the token of another account"  # noqa: S105
    assert "désolés" in " ".join(map(str, stage.carrier.call(CAST["Jeanne"]).everything))
