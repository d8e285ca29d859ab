"""Calls and recordings over the carrier's REST API, asked through twilio-python."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from gateway.clock import StoppedClock
from gateway.simulator.carrier import SimulatedCarrier
from gateway.simulator.server import SimulatorServer
from tests.gateway.calling import ACCOUNT, JEANNE, MARIE, SERVICE, TOKEN, Voice, served


@pytest.fixture
def voice() -> Iterator[Voice]:
    with served() as voice:
        voice.documents["/twilio/voice/news"] = "<Say>Bonjour</Say><Gather/>"
        yield voice


@pytest.fixture
def server(voice: Voice) -> Iterator[SimulatorServer]:
    server = SimulatorServer(
        SimulatedCarrier(
            account_sid=ACCOUNT,
            auth_token=TOKEN,
            numbers=[SERVICE],
            public_url=voice.url,
            clock=StoppedClock(datetime(2026, 3, 2, 12, 0, tzinfo=UTC)),
            rng=Random(1),
            closed_countries=["+594"],
        )
    )
    yield server
    server.stop()


@pytest.fixture
def carrier(server: SimulatorServer) -> SimulatedCarrier:
    return server.carrier


class ToTheSimulator(TwilioHttpClient):  # type: ignore[misc]
    def __init__(self, url: str) -> None:
        super().__init__(pool_connections=False, timeout=10)
        self.url = url

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        return super().request(
            method, url.replace("https://api.twilio.com", self.url), *args, **kwargs
        )


@pytest.fixture
def client(server: SimulatorServer) -> Client:
    return Client(ACCOUNT, TOKEN, http_client=ToTheSimulator(server.url))


def place(client: Client, voice: Voice, **options: Any) -> Any:
    return client.calls.create(
        **{"to": JEANNE, "from_": SERVICE, "url": f"{voice.url}/twilio/voice/news"} | options
    )


def test_a_call_rings_is_answered_and_walked(
    client: Client, voice: Voice, carrier: SimulatedCarrier
) -> None:
    call = place(
        client,
        voice,
        status_callback=f"{voice.url}/twilio/voice/status",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
    )
    assert (call.direction, call._from, call.to) == ("outbound-api", SERVICE, JEANNE)
    (jeanne,) = carrier.ringing(JEANNE)
    jeanne.answer()
    assert jeanne.heard == ["Bonjour"]
    (form,) = voice.forms("/twilio/voice/news")
    assert (form["CallSid"], form["CallStatus"]) == (call.sid, "in-progress")
    assert (form["Direction"], form["From"], form["To"]) == ("outbound-api", SERVICE, JEANNE)
    assert client.calls(call.sid).fetch().status == "in-progress"
    jeanne.stay_silent(timedelta(seconds=4))
    jeanne.hang_up()
    fetched = client.calls(call.sid).fetch()
    assert (fetched.status, fetched.duration) == ("completed", "4")
    forms = voice.forms("/twilio/voice/status")
    assert [form["CallStatus"] for form in forms] == [
        "initiated",
        "ringing",
        "in-progress",
        "completed",
    ]
    assert [form["SequenceNumber"] for form in forms] == ["0", "1", "2", "3"]
    assert forms[-1]["CallDuration"] == "4"


@pytest.mark.parametrize(("do", "status"), [("decline", "busy"), ("let_ring", "no-answer")])
def test_a_call_that_is_not_answered_is_told(
    client: Client, voice: Voice, carrier: SimulatedCarrier, do: str, status: str
) -> None:
    call = place(client, voice, timeout=25, status_callback=f"{voice.url}/twilio/voice/status")
    began = carrier.now()
    getattr(carrier.ringing(JEANNE)[0], do)()
    assert client.calls(call.sid).fetch().status == status
    assert [form["CallStatus"] for form in voice.forms("/twilio/voice/status")] == [status]
    assert voice.forms("/twilio/voice/news") == []
    if do == "let_ring":
        assert carrier.now() - began == timedelta(seconds=25)


@pytest.mark.parametrize(
    ("detection", "do", "answered_by"),
    [
        ("Enable", "answer", "human"),
        ("Enable", "answering_machine", "machine_start"),
        ("DetectMessageEnd", "answering_machine", "machine_end_beep"),
    ],
)
def test_an_answering_machine_is_detected_where_that_was_asked(
    client: Client,
    voice: Voice,
    carrier: SimulatedCarrier,
    detection: str,
    do: str,
    answered_by: str,
) -> None:
    place(client, voice, machine_detection=detection)
    getattr(carrier.ringing(JEANNE)[0], do)()
    assert voice.forms("/twilio/voice/news")[0]["AnsweredBy"] == answered_by


def test_a_call_may_bring_its_document(client: Client, carrier: SimulatedCarrier) -> None:
    client.calls.create(to=JEANNE, from_=SERVICE, twiml="<Response><Say>Oui</Say></Response>")
    (jeanne,) = carrier.ringing(JEANNE)
    jeanne.answer()
    assert jeanne.heard == ["Oui"]


def test_a_call_is_led_elsewhere_and_ended(
    client: Client, voice: Voice, carrier: SimulatedCarrier
) -> None:
    call = place(client, voice)
    with refused(21220):
        client.calls(call.sid).update(twiml="<Response/>")
    (jeanne,) = carrier.ringing(JEANNE)
    jeanne.answer()
    client.calls(call.sid).update(twiml="<Response><Say>Ailleurs</Say><Gather/></Response>")
    assert jeanne.heard == ["Bonjour", "Ailleurs"]
    assert client.calls(call.sid).update(status="completed").status == "completed"
    assert jeanne.is_over
    with refused(21220):
        client.calls(call.sid).update(status="completed")


def test_a_call_that_still_rings_can_be_canceled(
    client: Client, voice: Voice, carrier: SimulatedCarrier
) -> None:
    call = place(client, voice)
    assert client.calls(call.sid).update(status="canceled").status == "canceled"
    assert carrier.ringing(JEANNE) == []


@contextmanager
def refused(code: int) -> Iterator[None]:
    """Expects the carrier's refusal with one code."""
    with pytest.raises(TwilioRestException) as error:
        yield
    assert error.value.code == code


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"to": "+3312"}, 21211),
        ({"to": SERVICE}, 21266),
        ({"to": "+594694000000"}, 21215),
        ({"from_": MARIE}, 21210),
        ({"url": "ftp://x"}, 21205),
        ({"twiml": "<Response/>"}, 21205),
        ({"timeout": 601}, 20001),
        ({"method": "GET"}, 20501),
        ({"record": True}, 20501),
        ({"async_amd": "true"}, 20501),
        ({"status_callback": "no-address"}, 21609),
        ({"status_callback_event": ["queued"]}, 20001),
    ],
)
def test_what_the_carrier_refuses(
    client: Client, voice: Voice, options: dict[str, Any], code: int
) -> None:
    with refused(code):
        place(client, voice, **options)


def test_a_recording_is_fetched_with_the_accounts_password_and_deleted(
    client: Client, voice: Voice, carrier: SimulatedCarrier
) -> None:
    voice.documents["/twilio/voice"] = '<Record action="/twilio/voice/recorded"/>'
    voice.documents["/twilio/voice/recorded"] = "<Hangup/>"
    call = carrier.call(JEANNE)
    call.say("Rappelez-moi")
    call.stay_silent()
    (form,) = voice.forms("/twilio/voice/recorded")
    url = form["RecordingUrl"] + ".wav"
    assert requests.get(url, timeout=5).status_code == 401
    answer = requests.get(url, auth=(ACCOUNT, TOKEN), timeout=5)
    with wave.open(io.BytesIO(answer.content)) as sound:
        assert sound.getnframes() > 0
    assert client.recordings(form["RecordingSid"]).fetch().duration == form["RecordingDuration"]
    assert client.recordings(form["RecordingSid"]).delete()
    assert requests.get(url, auth=(ACCOUNT, TOKEN), timeout=5).status_code == 404
    assert carrier.recordings == {}
