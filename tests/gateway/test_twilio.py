"""Whatever a carrier answers is either a message, a refusal, or nobody knows."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gateway.carriers import Action, Carrier, CarrierError, OutcomeUnknown
from gateway.carriers.twilio import LARGEST_RECORDING_BYTES, TOO_MANY, TwilioCarrier
from gateway.settings import DEMO_NUMBER
from tests.stage import CAST, Stage

SIGNED_IN = b64encode(b"AC1:token").decode()


@pytest.fixture
def answering() -> Iterator[Callable[[int, str], TwilioCarrier]]:
    """A carrier whose server gives one fixed answer to everything."""
    servers = []

    def serve(status: int, body: str) -> TwilioCarrier:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self._answer(status)

            def do_GET(self) -> None:
                # What was said is for whoever signs in, and for nobody else.
                is_us = self.headers["Authorization"] == f"Basic {SIGNED_IN}"
                is_sound = self.path == "/2010-04-01/Accounts/AC1/Recordings/RE1.wav"
                self._answer(status if is_us and is_sound else 401)

            def _answer(self, status: int) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, format: str, *args: object) -> None:
                del format, args

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return TwilioCarrier(
            account_sid="AC1",
            auth_token="token",
            sender="+33939980000",
            number="+33939980000",
            voice_number="+33939980000",
            status_url="http://127.0.0.1/status",
            api_url=f"http://127.0.0.1:{server.server_port}",
        )

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def _call(carrier: Carrier, to: str = "+33639980001") -> str:
    address = "https://fil.example.org/twilio/voice"
    return carrier.call(
        to, url=f"{address}/placed/1", status_url=f"{address}/status/1", ring_seconds=40
    )


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (201, "<html>a proxy says hello</html>"),
        (201, "null"),
        (201, ""),
        (201, "[]"),
        (500, "{}"),
        (503, "<html></html>"),
    ],
)
def test_an_answer_that_says_nothing_leaves_the_outcome_unknown(
    answering: Callable[[int, str], TwilioCarrier], status: int, body: str
) -> None:
    with pytest.raises(OutcomeUnknown):
        answering(status, body).send("+33639980001", "bonjour", reference=1)
    with pytest.raises(OutcomeUnknown):
        _call(answering(status, body))


@pytest.mark.parametrize(
    ("status", "body", "action"),
    [
        (400, '{"code": 21610, "message": "stop", "status": 400}', Action.OPT_OUT),
        (400, '{"code": 21614, "message": "landline", "status": 400}', Action.USE_VOICE),
        (401, '{"code": 20003, "message": "no", "status": 401}', Action.STOP_SENDER),
        (429, '{"code": 20429, "message": "busy", "status": 429}', Action.RETRY),
        (400, '{"code": 99999, "message": "new", "status": 400}', Action.RETRY),
    ],
)
def test_a_refusal_says_what_to_do(
    answering: Callable[[int, str], TwilioCarrier], status: int, body: str, action: Action
) -> None:
    with pytest.raises(CarrierError) as refused:
        answering(status, body).send("+33639980001", "bonjour", reference=1)
    assert refused.value.action is action
    assert not isinstance(refused.value, OutcomeUnknown)


@pytest.mark.parametrize(
    ("code", "action"),
    [
        (21215, Action.WAIT_FOR_OPERATOR),
        (21210, Action.WAIT_FOR_OPERATOR),
        (21211, Action.GIVE_UP),
        (21216, Action.GIVE_UP),
        (20003, Action.STOP_SENDER),
        (20429, Action.RETRY),
    ],
)
def test_a_call_that_is_refused_says_what_to_do(
    answering: Callable[[int, str], TwilioCarrier], code: int, action: Action
) -> None:
    with pytest.raises(CarrierError) as refused:
        _call(answering(400, f'{{"code": {code}, "message": "no", "status": 400}}'))
    assert refused.value.action is action
    assert not isinstance(refused.value, OutcomeUnknown)


def test_a_call_has_an_id(answering: Callable[[int, str], TwilioCarrier]) -> None:
    assert _call(answering(201, '{"sid": "CA1", "status": "queued"}')) == "CA1"


def test_the_telephone_of_whoever_is_called_rings(stage: Stage) -> None:
    sid = _call(stage.service.carrier, CAST["Jeanne"])
    (call,) = stage.carrier.ringing(CAST["Jeanne"])
    assert (call.leg.sid, call.shown, call.leg.ring_seconds) == (sid, DEMO_NUMBER, 40)


def test_a_carrier_that_is_not_there_leaves_the_outcome_unknown() -> None:
    carrier = TwilioCarrier(
        account_sid="AC1",
        auth_token="token",
        sender="+33939980000",
        number="+33939980000",
        voice_number="+33939980000",
        status_url="http://127.0.0.1/status",
        api_url="http://127.0.0.1:1",
    )
    with pytest.raises(OutcomeUnknown):
        carrier.send("+33639980001", "bonjour", reference=1)
    with pytest.raises(OutcomeUnknown):
        _call(carrier)


def test_a_recording_is_fetched_by_whoever_signs_in(
    answering: Callable[[int, str], TwilioCarrier],
) -> None:
    assert answering(200, "RIFF and what was said").recording("RE1") == b"RIFF and what was said"


def test_a_recording_that_is_not_there_yet_is_none(
    answering: Callable[[int, str], TwilioCarrier],
) -> None:
    assert answering(404, "").recording("RE1") is None


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, "<html>a proxy says hello</html>"), (200, ""), (204, ""), (403, "RIFF"), (500, "RIFF")],
)
def test_what_is_no_sound_is_never_taken_for_one(
    answering: Callable[[int, str], TwilioCarrier], status: int, body: str
) -> None:
    with pytest.raises(CarrierError):
        answering(status, body).recording("RE1")


def test_a_recording_without_end_is_not_read_to_its_end(
    answering: Callable[[int, str], TwilioCarrier],
) -> None:
    with pytest.raises(CarrierError, match="more than") as refused:
        answering(200, "RIFF" + "a" * LARGEST_RECORDING_BYTES).recording("RE1")
    assert refused.value.action is Action.GIVE_UP


def test_a_carrier_that_is_busy_says_when_to_fetch_a_recording(
    answering: Callable[[int, str], TwilioCarrier],
) -> None:
    with pytest.raises(CarrierError) as refused:
        answering(429, "").recording("RE1")
    assert refused.value.code == TOO_MANY
