"""The stage on which conversations are acted out: the real service, a simulated carrier, one clock.

Texts and calls travel over real HTTP in both directions. Time stands still unless it is moved; the
worker runs until nothing is left, so that cause and consequence stand together.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from random import Random

from flask import Response
from sqlalchemy import func, select
from werkzeug.serving import make_server

from flows.gazetteer import gazetteer
from flows.rules import Rules
from gateway.app import create_app
from gateway.carriers import InboundText
from gateway.carriers.twilio import TwilioCarrier
from gateway.clock import StoppedClock
from gateway.inbound import answer_waiting, store
from gateway.service import Service
from gateway.settings import DEMO_ACCOUNT_SID, DEMO_AUTH_TOKEN, DEMO_NUMBER, read_settings
from gateway.simulator.carrier import SimulatedCarrier
from gateway.simulator.server import QuietRequestHandler, SimulatorServer
from gateway.worker import work_once
from models.database import Database
from models.messages import OutboundMessage
from models.task import Task
from tests.stage_calls import Seen, Telephones, as_lines
from tests.twiml_signatures import check

SECRET = "a secret of the tests that is long enough"  # noqa: S105
# A Tuesday, ten o'clock in Paris.
START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
# More rounds than any cause has consequences.
ROUNDS = 100

# Numbers that France keeps for fiction: 01 99 00 xx xx and 06 39 98 xx xx.
CAST = {
    "Jeanne": "+33199000001",
    "Ali": "+33639980001",
    "Marie": "+33639980002",
    "Paul": "+33639980003",
    "Théo": "+33639980004",
    "Mme Roy": "+33639980005",
    "Nadia": "+33639980006",
}


class Stage:
    """People with phones, the service, and what each of them got."""

    def __init__(self, database: Database, *, rules: Rules | None = None) -> None:
        self.clock = StoppedClock(START)
        self.numbers = dict(CAST)
        carrier = SimulatedCarrier(
            account_sid=DEMO_ACCOUNT_SID,
            auth_token=DEMO_AUTH_TOKEN,
            numbers=[DEMO_NUMBER],
            public_url="",
            clock=self.clock,
            rng=Random(1),
        )
        self.simulator = SimulatorServer(carrier)
        self.carrier = carrier
        # The port is known once the server listens, and the address is part of what is signed.
        self._web = make_server(
            "127.0.0.1", 0, _not_yet, threaded=True, request_handler=QuietRequestHandler
        )
        self.url = f"http://127.0.0.1:{self._web.server_port}"
        carrier.public_url = self.url
        carrier.voice_fallback_url = f"{self.url}/twilio/fallback/voice"
        settings = read_settings(
            _env_file=None,
            public_url=self.url,
            twilio_api_url=self.simulator.url,
            # Time stands still here, and a sender's pace with it.
            sender_segments_per_second=1_000_000,
        )
        self.service = Service(
            settings=settings,
            rules=rules or settings.rules,
            database=database,
            clock=self.clock,
            carrier=TwilioCarrier(
                account_sid=DEMO_ACCOUNT_SID,
                auth_token=DEMO_AUTH_TOKEN,
                sender=DEMO_NUMBER,
                number=DEMO_NUMBER,
                voice_number=DEMO_NUMBER,
                status_url=f"{self.url}/twilio/sms/status",
                api_url=self.simulator.url,
            ),
            gazetteer=gazetteer(),
        )
        app = create_app(self.service)
        app.after_request(_only_what_twilio_knows)
        self._web.app = app
        self._thread = threading.Thread(target=self._web.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.telephones = Telephones(carrier, self.numbers, self._pass_until)
        self._shown = 0
        self._seen: list[Seen] = []

    def close(self) -> None:
        self._web.shutdown()
        self._thread.join()
        self._web.server_close()
        self.simulator.stop()

    def service_with(self, **other: object) -> Service:
        """The same service with something else in it: a carrier that refuses, other settings."""
        return Service(**{**vars(self.service), **other})

    def row(self, row_id: int) -> OutboundMessage:
        """A row of the outbox as it is now."""
        with self.service.database.reading() as session:
            return session.get_one(OutboundMessage, row_id)

    def text(self, name: str, body: str) -> list[tuple[str, str]]:
        """Somebody texts the service. Returns who got what because of it."""
        status = self.carrier.text(self.numbers[name], body)
        assert status == 200, f"the webhook answered {status}"
        return self.settle()

    def pass_time(self, span: timedelta) -> list[tuple[str, str]]:
        """Time goes by, and what is due meanwhile is done at its time. Returns who got what."""
        return self._pass_until(self.clock.now() + span)

    def _pass_until(self, end: datetime) -> list[tuple[str, str]]:
        got = []
        while (due := self._next_due()) is not None and due <= end:
            self.clock.forward(due - self.clock.now())
            got += self.settle()
        self.clock.forward(end - self.clock.now())
        return got + self.settle()

    def _next_due(self) -> datetime | None:
        """The next moment at which the service, or a phone that rings, does something by itself."""
        now = self.clock.now()
        with self.service.database.reading() as session:
            moments = [
                session.scalar(select(func.min(column)).where(column > now))
                for column in (Task.due_at, OutboundMessage.due_at)
            ]
        moments.append(self.telephones.next_due_at())
        return min((moment for moment in moments if moment is not None), default=None)

    def settle(self) -> list[tuple[str, str]]:
        """Let the worker and the carrier do all that is due. Returns who got what meanwhile."""
        for _ in range(ROUNDS):
            busy = work_once(self.service) + self.simulator.pump()
            self._seen += self.telephones.news()
            if not busy:
                break
        else:
            raise AssertionError(f"still busy after {ROUNDS} rounds")
        with self.service.database.reading() as session:
            broken = session.scalars(select(Task.kind).where(Task.attempts > 0)).all()
        assert not broken, f"these tasks broke: {broken}"
        names = {number: name for name, number in self.numbers.items()}
        arrived = sorted(
            (
                message
                for message in self.carrier.messages
                if message.direction != "inbound" and message.delivered_at is not None
            ),
            key=lambda message: (message.delivered_at, message.id),
        )
        new, self._shown = arrived[self._shown :], len(arrived)
        got = [(names.get(message.recipient, message.recipient), message.text) for message in new]
        self._seen += [(f"{name} gets", text) for name, text in got]
        return got

    def seen(self) -> list[str]:
        """What happened since this was asked last, as the lines of a transcript."""
        seen, self._seen = self._seen, []
        return as_lines(seen)


def receive(service: Service, text: InboundText) -> None:
    """Take a text in, and the turns of all who wait."""
    store(service, text)
    while answer_waiting(service):
        pass


def _only_what_twilio_knows(response: Response) -> Response:
    """Every document that a test is answered with is held to Twilio's own library."""
    if response.mimetype == "text/xml":
        check(response.get_data(as_text=True))
    return response


def _not_yet(_environ: object, _start: object) -> list[bytes]:
    raise AssertionError("the service isn't set up yet")
