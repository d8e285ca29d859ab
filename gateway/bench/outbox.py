"""How many texts leave in a second, with one worker and with several.

The carrier is a small HTTP server that takes its time to answer each text, as a real one does, and
knows nothing else.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Final

from rich.table import Table

from flows.outgoing import put_in_outbox
from gateway.bench.databases import NO_POSTGRESQL, postgres_url, prepared, sqlite_url
from gateway.bench.processes import running_workers
from gateway.bench.run import Options
from gateway.clock import SystemClock
from gateway.settings import Settings
from models.database import Database, empty_all_tables
from models.messages import Purpose
from models.person import lock_person

WORKERS: Final = (1, 2, 4)
CARRIER_ANSWERS_AFTER: Final = 0.02
SECONDS: Final = 6.0
# More than leave in that time.
WAITING, PEOPLE = 3000, 1000
TEXT: Final = "C'est publié, annonce 4821. Nous vous écrivons avant 13h."


def measure(options: Options) -> Iterator[Table | str]:
    table = Table("database", *(f"{n} worker{'s' if n > 1 else ''}" for n in WORKERS))
    table.title = f"Texts a second; the carrier answers after {CARRIER_ANSWERS_AFTER * 1000:.0f} ms"
    with sqlite_url() as url:
        table.add_row("SQLite", *_rates(url, options.settings))
    with postgres_url(options.settings.database_url) as address:
        if address is not None:
            table.add_row("PostgreSQL", *_rates(address, options.settings))
    yield table
    if address is None:
        yield NO_POSTGRESQL


def _rates(url: str, settings: Settings) -> Iterator[str]:
    with _slow_carrier() as carrier, prepared(url, settings.secrets) as database:
        used = settings.model_copy(
            update={
                "database_url": url,
                "twilio_api_url": carrier.url,
                # The pace of a sender is another matter.
                "sender_segments_per_second": 100_000.0,
            }
        )
        for workers in WORKERS:
            _fill_outbox(database, used)
            with running_workers(workers, used):
                yield f"{carrier.texts_a_second():.0f}"


def _fill_outbox(database: Database, settings: Settings) -> None:
    now = SystemClock().now()
    with database.writing() as session:
        empty_all_tables(session)
        people = [lock_person(session, f"+3363998{number:04}", now=now) for number in range(PEOPLE)]
        for number in range(WAITING):
            put_in_outbox(
                session,
                people[number % PEOPLE],
                TEXT,
                purpose=Purpose.ANSWER,
                rules=settings.rules,
                now=now,
            )


class _SlowCarrier(ThreadingHTTPServer):
    """Takes every text, a little later, and counts."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _TakesTexts)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.taken = count()
        self.last = 0
        self.somebody_wrote = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """A worker that is ended leaves its line open: no news."""

    def texts_a_second(self) -> float:
        """Counted from the first text on, once the workers have found their pace."""
        self.somebody_wrote.clear()
        self.somebody_wrote.wait(timeout=60)
        time.sleep(1)
        before, start = self.last, time.perf_counter()
        time.sleep(SECONDS)
        return (self.last - before) / (time.perf_counter() - start)


class _TakesTexts(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body would otherwise wait for one another.
    disable_nagle_algorithm = True
    server: _SlowCarrier

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(CARRIER_ANSWERS_AFTER)
        self.server.last = next(self.server.taken)
        self.server.somebody_wrote.set()
        self._answer(201, {"sid": f"SM{self.server.last:032}", "status": "queued"})

    def do_GET(self) -> None:
        """What has reached our number, or left it: nothing that anybody asks for here."""
        self._answer(200, {"messages": [], "page_size": 50, "next_page_uri": None})

    def _answer(self, status: int, said: dict[str, object]) -> None:
        answer = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def _slow_carrier() -> Iterator[_SlowCarrier]:
    carrier = _SlowCarrier()
    thread = threading.Thread(target=carrier.serve_forever, daemon=True)
    thread.start()
    yield carrier
    carrier.shutdown()
    carrier.server_close()
