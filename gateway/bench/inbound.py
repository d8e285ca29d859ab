"""How many texts a second the webhook takes, and how many turns one worker.

Real gunicorn with the service's own settings, asked by several clients at once, each text signed,
from another number and with an id of its own. Beside it, in the same way, the least that anybody
could do: a handler that checks the signature and inserts one row.
"""

from __future__ import annotations

import functools
import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, repeat
from random import Random
from typing import Final
from urllib.parse import urlencode

from flask import Flask, Response, abort, request
from rich.table import Table
from sqlalchemy import select, text
from twilio.request_validator import RequestValidator

from gateway.bench.databases import NO_POSTGRESQL, postgres_url, prepared, sqlite_url
from gateway.bench.figures import milliseconds, percentile, timed
from gateway.bench.people import FIRST_NAMES, Assumptions, first_message
from gateway.bench.processes import ONLY_TROUBLE, free_port, running
from gateway.bench.run import Options
from gateway.carriers import InboundText
from gateway.inbound import store, take_turns
from gateway.logs import set_up_logs
from gateway.serve import WebServer
from gateway.service import open_service
from gateway.settings import Settings
from gateway.signature import is_genuine
from gateway.warm_up import warm_up
from models.database import Database, empty_all_tables
from models.geography.table import read_places
from models.listing import Kind
from models.person import Person
from models.secrets import Keyring

CLIENTS: Final = 8
SECONDS: Final = 6.0
# For so long the server finds its pace, and isn't measured.
WARM_UP_SECONDS: Final = 2.0
STARTS_WITHIN_SECONDS: Final = 30.0
# The numbers kept for fiction are ten thousand.
PEOPLE: Final = 10_000
TURNS: Final = 400
PATH: Final = "/twilio/sms"


def measure(options: Options) -> Iterator[Table | str]:
    texts = Table("texts that come in", "a second", "median", "95 %", "99 %")
    texts.title = f"{CLIENTS} clients, {options.settings.web_processes} processes of gunicorn"
    turns = Table("turns of one worker", "a second", "median", "95 %")
    with sqlite_url() as url:
        _measure_database("SQLite", url, options.settings, texts, turns)
    with postgres_url(options.settings.database_url) as address:
        if address is not None:
            _measure_database("PostgreSQL", address, options.settings, texts, turns)
    yield texts
    yield turns
    if address is None:
        yield NO_POSTGRESQL


def _measure_database(name: str, url: str, settings: Settings, texts: Table, turns: Table) -> None:
    port = free_port()
    used = settings.model_copy(
        update={"database_url": url, "port": port, "public_url": f"http://127.0.0.1:{port}"}
    )
    with prepared(url, settings.secrets) as database:
        for what, serve in (("service", serve_service), ("bare handler", serve_bare_handler)):
            _make_ready(database)
            with running(serve, used):
                _wait_for_server(used)
                texts.add_row(f"{what}, {name}", *_ask(used))
        turns.add_row(name, *_take_turns(used))


# ---- The servers --------------------------------------------------------------------------------


def serve_service(settings: Settings) -> None:
    set_up_logs(level=ONLY_TROUBLE)
    _QuietServer(settings, with_worker=False, clock=None).run()


def serve_bare_handler(settings: Settings) -> None:
    _BareServer(settings, with_worker=False, clock=None).run()


class _QuietServer(WebServer):
    """The service's own server; only its starting and stopping isn't told."""

    def load_config(self) -> None:
        super().load_config()
        self.cfg.set("loglevel", "warning")


class _BareServer(_QuietServer):
    """The same gunicorn around the least that could be done with a text."""

    def load(self) -> Flask:
        app = Flask(__name__)
        database = Database(self._settings.database_url, Keyring(self._settings.secrets))
        insert = text("INSERT INTO bare (sid, sender, body) VALUES (:sid, :sender, :body)")

        @app.get("/healthz")
        def lives() -> str:
            return "ok"

        @app.post(PATH)
        def take() -> Response:
            settings = self._settings
            if not is_genuine(public_url=settings.public_url, auth_tokens=settings.auth_tokens):
                abort(403)
            form = request.form
            row = {"sid": form["MessageSid"], "sender": form["From"], "body": form["Body"]}
            with database.engine.begin() as connection:
                connection.execute(insert, row)
            return Response("<Response/>", content_type="text/xml")

        return app


def _make_ready(database: Database) -> None:
    with database.writing() as session:
        empty_all_tables(session)
        session.execute(text("DROP TABLE IF EXISTS bare"))
        session.execute(
            text("CREATE TABLE bare (sid VARCHAR PRIMARY KEY, sender VARCHAR, body VARCHAR)")
        )


def _wait_for_server(settings: Settings) -> None:
    given_up_at = time.monotonic() + STARTS_WITHIN_SECONDS
    while True:
        try:
            line = http.client.HTTPConnection("127.0.0.1", settings.port)
            line.request("GET", "/healthz")
            line.getresponse().read()
        except OSError:
            if time.monotonic() > given_up_at:
                raise
            time.sleep(0.1)
        else:
            line.close()
            return


# ---- The clients --------------------------------------------------------------------------------


def _ask(settings: Settings) -> Iterator[str]:
    """Texts a second, and what it takes from the first byte sent to the last one received."""
    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [
            pool.submit(_write_texts, settings, client, started) for client in range(CLIENTS)
        ]
        seconds = [each for client in clients for each in client.result()]
    yield f"{len(seconds) / SECONDS:.0f}"
    for percent in (50, 95, 99):
        yield milliseconds(percentile(seconds, percent))


def _write_texts(settings: Settings, client: int, started: float) -> list[float]:
    """One client writes one text after the other. Returns how long each took, in seconds."""
    line = http.client.HTTPConnection("127.0.0.1", settings.port)
    texts = _texts(Random(client))
    measured_from, until = started + WARM_UP_SECONDS, started + WARM_UP_SECONDS + SECONDS
    taken: list[float] = []
    for number in count(client, CLIENTS):
        body, headers = _signed(settings, number, next(texts))
        start = time.perf_counter()
        if start > until:
            return taken
        line.request("POST", PATH, body, headers)
        answer = line.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"a text was answered with {answer.status}")
        if start > measured_from:
            taken.append(time.perf_counter() - start)
    raise AssertionError("numbers never end")


def _signed(settings: Settings, number: int, words: str) -> tuple[bytes, dict[str, str]]:
    """A text as the carrier delivers it: the form and its headers."""
    form = {
        "MessageSid": f"SM{number:032}",
        "From": _phone(number),
        "To": settings.sms_number,
        "Body": words,
        "NumMedia": "0",
    }
    url = settings.public_url + PATH
    signature = RequestValidator(settings.auth_tokens[0]).compute_signature(url, form)
    return urlencode(form).encode(), {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": signature,
    }


def _phone(number: int) -> str:
    return f"+3363998{number % PEOPLE:04}"


def _texts(rng: Random) -> Iterator[str]:
    """What people write who begin: a need or an offer somewhere in France."""
    places, wish = read_places(), Assumptions()
    while True:
        kind = rng.choice(list(Kind))
        yield first_message(kind, rng.choice(places), rng.choice(FIRST_NAMES), rng, wish)


# ---- Turns --------------------------------------------------------------------------------------


def _take_turns(settings: Settings) -> Iterator[str]:
    """First messages, then the OUI after them, each understood, answered and committed."""
    service = open_service(settings)
    warm_up()
    with service.database.writing() as session:
        empty_all_tables(session)
    seconds = []
    for name, texts in (("first", _texts(Random(0))), ("second", repeat("oui"))):
        for number in range(TURNS // 2):
            store(service, InboundText(f"SM {name} {number}", _phone(number), next(texts)))
        with service.database.reading() as session:
            people = session.scalars(select(Person.id)).all()
        seconds += [timed(functools.partial(take_turns, service, person)) for person in people]
    service.database.close()
    yield f"{len(seconds) / sum(seconds):.0f}"
    for percent in (50, 95):
        yield milliseconds(percentile(seconds, percent))
