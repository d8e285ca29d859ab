"""The demo: the service, its worker and a simulated carrier in one process, phones in the browser.

Nothing else is needed: no account, no server, no key. What was written stays for the next demo,
also after the process was killed; `--fresh` forgets it.
"""

from __future__ import annotations

import threading
from pathlib import Path
from random import Random

import click
from werkzeug.serving import make_server

from flows.day_time import next_day_time
from flows.occasion import HOME_ZONE
from gateway.app import create_app
from gateway.clock import MovableClock
from gateway.logs import set_up_logs
from gateway.prepare import prepare
from gateway.service import Service, open_service
from gateway.settings import Settings
from gateway.simulator.carrier import Pace, SimulatedCarrier
from gateway.simulator.cast import give_phones
from gateway.simulator.server import QuietRequestHandler, SimulatorServer
from gateway.stopping import until_signalled
from gateway.warm_up import warm_up
from gateway.worker import work
from models.database import empty_all_tables

PHONES = "phones.db"
# Both are already there when the first person looks: somebody has to offer something.
FIRST_OFFERS = (
    ("+33639980002", "Bonjour, je peux faire les courses à Ermont. Marie"),
    ("+33639980003", "je propose courses et jardinage a eaubonne, paul"),
)
PUMP_EVERY_SECONDS = 0.1
ANSWERED_WITHIN_SECONDS = 10.0
# A carrier that was made slow may keep many texts under way: the next demo finds out what became
# of them, as after a crash.
ENDS_WITHIN_SECONDS = 5.0


def run_demo(settings: Settings, *, fresh: bool, port: int) -> None:
    """Run until a signal comes; what is in hand is finished, if it takes no more than seconds."""
    set_up_logs()
    folder = Path("var")
    folder.mkdir(exist_ok=True)
    if settings.carrier != "simulator":
        raise click.ClickException("the demo runs with CARRIER=simulator only")
    clock = MovableClock()
    gateway_url = f"http://{settings.host}:{settings.port}"
    changes: dict[str, object] = {
        "public_url": gateway_url,
        "twilio_api_url": f"http://127.0.0.1:{port}",
    }
    if "sender_segments_per_second" not in settings.model_fields_set:
        # The simulated carrier takes whatever comes, and whoever looks on needn't wait.
        changes["sender_segments_per_second"] = 100.0
    settings = settings.model_copy(update=changes)
    service = open_service(settings, clock=clock)
    prepare(service.database)
    if fresh:
        (folder / PHONES).unlink(missing_ok=True)
        with service.database.writing() as session:
            empty_all_tables(session)
    carrier = SimulatedCarrier(
        account_sid=settings.account_sid,
        auth_token=settings.auth_tokens[0],
        numbers=[settings.sms_number],
        public_url=gateway_url,
        clock=clock,
        rng=Random(),
        database=folder / PHONES,
        pace=Pace(),
        voice_fallback_url=f"{gateway_url}/twilio/fallback/voice",
    )
    give_phones(carrier)
    # Up to here nothing is in hand, and a signal ends us as it ends any program.
    stopped = until_signalled(out_after=ENDS_WITHIN_SECONDS)
    # The service first: what the last demo left to be delivered is told to it at once.
    web = make_server(
        settings.host,
        settings.port,
        create_app(service),
        threaded=True,
        request_handler=QuietRequestHandler,
    )
    serving = threading.Thread(target=web.serve_forever, name="web", daemon=True)
    serving.start()
    simulator = SimulatorServer(carrier, port=port, pump_every=PUMP_EVERY_SECONDS)
    working = threading.Thread(target=work, args=(service, stopped), name="worker")
    working.start()
    try:
        _begin_by_day(service, carrier)
        if not carrier.messages:
            _post_first_offers(carrier, stopped)
        click.echo(
            f"\n  Fil Solidaire is ready. Open the phones: {simulator.url}\n  Stop it: Ctrl-C\n"
        )
        warm_up()
        stopped.wait()
    finally:
        stopped.set()
        # Whoever asks something of somebody ends first.
        working.join()
        simulator.stop()
        web.shutdown()
        serving.join()
        service.database.close()


def _begin_by_day(service: Service, carrier: SimulatedCarrier) -> None:
    """At night nobody is disturbed, and whoever looks at the demo would wait until morning."""
    now = service.clock.now()
    morning = next_day_time(now, HOME_ZONE, service.rules)
    if morning > now:
        carrier.forward(morning - now)
        click.echo("\n  It is night: the demo's clock is moved to the next morning.")


def _post_first_offers(carrier: SimulatedCarrier, stopped: threading.Event) -> None:
    """Let the volunteers post their offers as anybody would: a sentence, a look, and OUI."""
    for number, offer in FIRST_OFFERS:
        carrier.text(number, offer)
    for number, _ in FIRST_OFFERS:
        patience = ANSWERED_WITHIN_SECONDS
        while not carrier.received(number) and patience > 0:
            if stopped.wait(0.1):
                return
            patience -= 0.1
        carrier.text(number, "oui")
