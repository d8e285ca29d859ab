"""Whatever a carrier answers is either a message, a refusal, or nobody knows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gateway.carriers import Action, CarrierError, OutcomeUnknown
from gateway.carriers.twilio import TwilioCarrier


@pytest.fixture
def answering() -> Iterator[Callable[[int, str], TwilioCarrier]]:
    """A carrier whose server gives one fixed answer to everything."""
    servers = []

    def serve(status: int, body: str) -> TwilioCarrier:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
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
            status_url="http://127.0.0.1/status",
            api_url=f"http://127.0.0.1:{server.server_port}",
        )

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


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


def test_a_carrier_that_is_not_there_leaves_the_outcome_unknown() -> None:
    carrier = TwilioCarrier(
        account_sid="AC1",
        auth_token="token",
        sender="+33939980000",
        number="+33939980000",
        status_url="http://127.0.0.1/status",
        api_url="http://127.0.0.1:1",
    )
    with pytest.raises(OutcomeUnknown):
        carrier.send("+33639980001", "bonjour", reference=1)
