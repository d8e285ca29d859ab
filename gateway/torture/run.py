"""One run: processes up, people texting, everything going wrong, rest, and what is true then."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

import click
import requests
from rich.console import Console
from rich.table import Table

from gateway.local_postgres import find_binaries, postgres_server
from gateway.prepare import prepare
from gateway.settings import DEMO_NUMBER
from gateway.simulator.carrier import Pace, SimulatedCarrier
from gateway.simulator.server import SimulatorServer
from gateway.torture.checks import Finding, judge
from gateway.torture.clock import SharedClock
from gateway.torture.crowd import Crowd
from gateway.torture.drain import NotAtRest, drain, release_what_the_dead_hold
from gateway.torture.evidence import gather
from gateway.torture.people import invite
from gateway.torture.processes import Child, free_port, stop_all
from gateway.torture.trouble import Trouble
from models.database import Database
from models.secrets import Keyring

KINDS = ("sqlite", "postgresql")
WORKERS = 3
ACCOUNT_SID = "AC" + "7" * 32
# They open nothing: everything here lives for a minute, on this machine.
AUTH_TOKEN = "a token of the torture that opens nothing"  # noqa: S105
SECRET = "a secret of the torture that protects nobody"  # noqa: S105
PUMP_EVERY_SECONDS = 0.05
UP_WITHIN_SECONDS = 60.0
AT_REST_WITHIN_SECONDS = 240.0
# A request that a killed worker has left at the carrier is carried out within this.
LEFT_REQUESTS_END_WITHIN_SECONDS = 2.0
EXAMPLES_SHOWN = 5


@dataclass(frozen=True)
class Plan:
    """How long, with how many people, by which chance."""

    seconds: float = 40.0
    people: int = 200
    seed: int = 1


@dataclass(frozen=True)
class Outcome:
    """What was found; `counted` says how much went on, `logged` which troubles the logs tell."""

    findings: list[Finding]
    counted: Counter[str]
    logged: Counter[str]

    @property
    def is_good(self) -> bool:
        return all(finding.holds for finding in self.findings)


def run_torture(kinds: tuple[str, ...], plan: Plan, console: Console) -> bool:
    """Run on each kind of database and print what was found. Returns whether all is well."""
    all_is_well = True
    for kind in kinds:
        folder = Path(tempfile.mkdtemp(prefix="fil-torture-"))
        with fresh_database(kind, folder) as url:
            console.print(f"[bold]{kind}[/]: {plan.people} people, {plan.seconds:.0f} s of trouble")
            outcome = torture(url, folder, plan)
        show(outcome, kind, console)
        if outcome.is_good:
            shutil.rmtree(folder)
        else:
            console.print(f"What the phones show and the processes logged is in {folder}")
        all_is_well = all_is_well and outcome.is_good
    return all_is_well


@contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty database, which is gone after the block."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'torture.db'}"
        return
    binaries = find_binaries()
    if binaries is None:
        raise click.ClickException("PostgreSQL's programs were not found; try --database sqlite")
    with postgres_server(binaries) as url:
        yield url


def torture(url: str, folder: Path, plan: Plan) -> Outcome:
    """Torture the service on the empty database at `url`; logs and the clock are in `folder`."""
    rng = Random(plan.seed)
    clock_file = folder / "clock"
    clock = SharedClock(clock_file)
    neighbours = invite(plan.people, plan.seed)
    port = free_port()
    with ExitStack() as stack:
        database = Database(url, Keyring([SECRET]))
        stack.callback(database.close)
        prepare(database)
        carrier = SimulatedCarrier(
            account_sid=ACCOUNT_SID,
            auth_token=AUTH_TOKEN,
            numbers=[DEMO_NUMBER],
            public_url=f"http://127.0.0.1:{port}",
            clock=clock,
            rng=Random(plan.seed),
            pace=Pace(),
        )
        server = SimulatorServer(carrier, pump_every=PUMP_EVERY_SECONDS)
        stack.callback(server.stop)
        settings = _settings(url, port, server.url)
        commands = {"web": "serve"} | {f"worker-{n}": "worker" for n in range(1, WORKERS + 1)}
        children = [
            Child(command, name=name, settings=settings, clock=clock_file, folder=folder)
            for name, command in commands.items()
        ]
        stack.callback(stop_all, children)
        _start(children, carrier)

        crowd = Crowd(neighbours, carrier)
        trouble = Trouble(
            carrier=carrier, web=children[0], workers=children[1:], database=database, rng=rng
        )
        crowd.begin(plan.seconds)
        stack.callback(crowd.end)
        trouble.go_on_for(plan.seconds)

        # Fresh processes, of which none will die any more.
        stop_all(children)
        time.sleep(LEFT_REQUESTS_END_WITHIN_SECONDS)
        release_what_the_dead_hold(database, clock)
        _start(children, carrier)
        restless = _drain(database, carrier, crowd, clock)
        stop_all(children)

        _write_down_what_the_phones_show(carrier, folder)
        with database.reading() as session:
            evidence = gather(session, carrier, crowd.neighbours, now=clock.now())
            findings = [*restless, *judge(evidence)]
        # Each was started once for the trouble and once for the rest.
        trouble.counted["processes started again"] = sum(child.starts - 2 for child in children)
        return Outcome(findings, trouble.counted, _troubles_in(folder))


def _settings(url: str, port: int, carrier_url: str) -> dict[str, str]:
    """The environment of every process of the service."""
    return {
        "DATABASE_URL": url,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "SECRET_KEY": SECRET,
        "CARRIER": "twilio",
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_SMS_NUMBER": DEMO_NUMBER,
        "TWILIO_API_URL": carrier_url,
        "WEB_PROCESSES": "2",
        "WEB_THREADS": "4",
        # Everything at any hour, at once, and as often as people like.
        "POSTS_PER_DAY": "1000",
        "MESSAGES_PER_DAY": "10000",
        "ALERTS_PER_DAY": "1000",
        "QUIET_FROM": "12:00",
        "QUIET_UNTIL": "12:00",
        "WAVES": "3",
        "WAVE_MINUTES": "0.1",
        "SENDER_SEGMENTS_PER_SECOND": "1000",
    }


def _start(children: Sequence[Child], carrier: SimulatedCarrier) -> None:
    """Start the processes and wait until the web answers."""
    for child in children:
        child.start()
    until = time.monotonic() + UP_WITHIN_SECONDS
    with requests.Session() as session:
        # A proxy of this machine has nothing to do with it.
        session.trust_env = False
        while time.monotonic() < until:
            with suppress(requests.RequestException):
                if session.get(f"{carrier.public_url}/healthz", timeout=1).ok:
                    return
            time.sleep(0.1)
    raise RuntimeError(
        f"the web did not come up within {UP_WITHIN_SECONDS:.0f} seconds: see {children[0].log}"
    )


def _drain(
    database: Database, carrier: SimulatedCarrier, crowd: Crowd, clock: SharedClock
) -> list[Finding]:
    """Let everything come to rest; that it did is the first finding."""
    wrong = []
    try:
        drain(database, carrier, crowd, clock, at_most_seconds=AT_REST_WITHIN_SECONDS)
    except NotAtRest as error:
        wrong.append(str(error))
    return [Finding("everything comes to rest", 1, wrong)]


def _write_down_what_the_phones_show(carrier: SimulatedCarrier, folder: Path) -> None:
    """Everything that was texted, a line each: for whoever looks for the cause of a finding."""
    lines = []
    for message in carrier.messages:
        typed = message.direction == "inbound"
        who, arrow = (message.sender, ">") if typed else (message.recipient, "<")
        at, fate = f"{message.created_at:%H:%M:%S.%f}", f"{message.sid} {message.status}"
        lines.append(f"{who} {at} {arrow} {message.text} [{fate}]\n")
    (folder / "phones.txt").write_text("".join(lines), "utf-8")


def _troubles_in(folder: Path) -> Counter[str]:
    """What the processes logged as wrong, and how often."""
    troubles = Counter[str]()
    for log in folder.glob("*.log"):
        for line in log.read_text("utf-8", "replace").splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and event.get("level") in ("warning", "error", "critical"):
                troubles[f"{event['event']} ({event['level']})"] += 1
    return troubles


def show(outcome: Outcome, kind: str, console: Console) -> None:
    """Print the table, and some of what is wrong."""
    table = Table(
        "claim", "held against", "wrong", "", title=f"Nothing lost, nothing twice: {kind}"
    )
    for finding in outcome.findings:
        mark = "[green]ok[/]" if finding.holds else "[red]NO[/]"
        claim = f"{finding.claim} [dim]({finding.note})[/]" if finding.note else finding.claim
        table.add_row(claim, str(finding.looked_at), str(len(finding.wrong)), mark)
    console.print(table)
    for what, counts in (("trouble made", outcome.counted), ("logged", outcome.logged)):
        told = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
        console.print(f"{what}: {told or 'nothing'}", style="dim", highlight=False)
    for finding in outcome.findings:
        for example in finding.wrong[:EXAMPLES_SHOWN]:
            console.print(f"[red]{finding.claim}, but[/] {example}", highlight=False)
