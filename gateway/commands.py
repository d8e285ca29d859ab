"""What an operator can do on the command line, one command a function.

Heavy parts are imported by the commands that need them, so that each starts quickly.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.bench import PARTS
from gateway.settings import Settings, SettingsError, keep_to_our_threads, read_settings

if TYPE_CHECKING:
    from gateway.service import Service


@click.group()
def main() -> None:
    """Fil Solidaire: a phone number for mutual aid between neighbours."""
    keep_to_our_threads()


def _settings() -> Settings:
    try:
        return read_settings()
    except SettingsError as error:
        raise click.ClickException(f"the settings need a look:\n{error}") from None


@contextmanager
def _service() -> Iterator[Service]:
    from gateway.logs import set_up_logs
    from gateway.prepare import NotPrepared
    from gateway.service import open_service

    set_up_logs()
    # Whoever runs a command from a program may give it a clock, as click's own object.
    service = open_service(_settings(), clock=click.get_current_context().obj)
    try:
        yield service
    except NotPrepared as error:
        raise click.ClickException(str(error)) from None
    finally:
        service.database.close()


@main.command()
@click.option("--fresh", is_flag=True, help="Forget what earlier demos left.")
@click.option("--port", default=8001, show_default=True, help="Where the phones are.")
def demo(fresh: bool, port: int) -> None:
    """Run everything on this machine: the service, a simulated carrier, phones in the browser."""
    from gateway.demo import run_demo

    run_demo(_settings(), fresh=fresh, port=port)


@main.command()
@click.option("--with-worker", is_flag=True, help="Also send, in the same processes.")
def serve(with_worker: bool) -> None:
    """Answer the carrier's webhooks, through gunicorn."""
    from gateway.prepare import require_prepared
    from gateway.serve import run_server

    with _service() as service:
        require_prepared(service.database)
        # Each process opens its own after it was forked.
        service.database.close()
        run_server(service.settings, with_worker=with_worker, clock=service.clock)


@main.command()
def worker() -> None:
    """Send what waits in the outbox, until told to stop. Any number of workers may run."""
    from gateway.prepare import require_prepared
    from gateway.stopping import until_signalled
    from gateway.worker import work

    with _service() as service:
        require_prepared(service.database)
        work(service, until_signalled())


@main.command()
def migrate() -> None:
    """Create or update the tables, and load the communes."""
    from gateway.prepare import prepare

    with _service() as service:
        prepare(service.database)


@main.command("rotate-keys")
def rotate_keys() -> None:
    """Seal everything with the first secret of SECRET_KEY, after a new one was put in front."""
    from models.rotation import rotate

    with _service() as service:
        count = rotate(service.database)
        click.echo(
            f"{count} rows now use the first secret. The others may be taken away, unless a STOP of"
            " somebody who erased everything must go on holding: only they still know it."
        )


@main.command()
def doctor() -> None:
    """Look at everything a running service needs, and say what is wrong."""
    from gateway.doctor import examine

    with _service() as service:
        if not examine(service):
            sys.exit(1)


@main.command()
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
@click.option(
    "--messages",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='Texts to understand: one a line, or (.jsonl) objects with "text".',
)
@click.option("--large", is_flag=True, help="Also match among 10 million listings: half an hour.")
@click.option("--price", default=0.07, show_default=True, help="What a segment costs, in euros.")
def bench(parts: tuple[str, ...], messages: Path | None, large: bool, price: float) -> None:
    """Measure how fast the service is, and what a day costs: some parts, or all of them."""
    from gateway.bench.run import Options, run

    run(parts or PARTS, Options(_settings(), messages=messages, large=large, price=price))


@main.command()
@click.option(
    "--database",
    type=click.Choice(["sqlite", "postgresql", "both"]),
    default="both",
    show_default=True,
)
@click.option("--seconds", default=40.0, show_default=True, help="How long everything goes wrong.")
@click.option("--people", default=200, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--seed", default=1, show_default=True, help="Of the people and of the trouble.")
def torture(database: str, seconds: float, people: int, seed: int) -> None:
    """Prove "nothing lost, nothing twice": the service on this machine, and all that goes wrong.

    Needs no settings and touches nothing of a running service.
    """
    import logging

    from rich.console import Console

    from gateway.logs import set_up_logs
    from gateway.torture.run import KINDS, Plan, run_torture

    # What the simulated carrier suffers here is on purpose.
    set_up_logs(level=logging.ERROR)
    kinds = KINDS if database == "both" else (database,)
    plan = Plan(seconds=seconds, people=people, seed=seed)
    if not run_torture(kinds, plan, Console()):
        sys.exit(1)


@main.command()
@click.option(
    "--play", "played", type=int, metavar="NO", help="Write this one's recording to --to."
)
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, writable=True, allow_dash=True, path_type=Path),
    help="A new WAV file; - for the standard output.",
)
@click.option("--close", "closed", type=int, metavar="NO", help="This one has been called.")
@click.option("--yes", is_flag=True, help="Close without asking whether its recording may go.")
def callbacks(played: int | None, target: Path | None, closed: int | None, yes: bool) -> None:
    """List the people who wait for a human's call, and the complaints; close what is done.

    A recording is deleted with the request that is closed.
    """
    from rich.console import Console

    from gateway.callbacks import show_waiting

    if played is not None and closed is not None:
        raise click.UsageError("--play and --close go one after the other")
    if (played is None) != (target is None):
        raise click.UsageError("--play and --to go together")
    with _service() as service:
        if played is not None and target is not None:
            _play(service, played, target)
        elif closed is not None:
            _close(service, closed, sure=yes)
        else:
            with service.database.reading() as session:
                show_waiting(session, Console())


def _play(service: Service, number: int, target: Path) -> None:
    from gateway.callbacks import NothingToPlay, sound_of_callback

    try:
        with service.database.reading() as session:
            sound = sound_of_callback(session, number)
    except NothingToPlay as error:
        raise click.ClickException(str(error)) from None
    if target == Path("-"):
        click.echo(sound, nl=False)
        return
    try:
        # Nobody else may listen, and what is there already stays.
        with open(target, "xb", opener=lambda name, how: os.open(name, how, 0o600)) as file:
            file.write(sound)
    except FileExistsError:
        raise click.ClickException(f"{target} is there already: choose another name") from None
    except OSError as error:
        raise click.ClickException(f"{target} can't be written: {error.strerror}") from None
    click.echo(f"{target} is written. Delete it once you have listened to it.")


def _close(service: Service, number: int, *, sure: bool) -> None:
    from gateway.callbacks import close_callback, waiting_recording

    # Nobody must wait for the database while somebody thinks about an answer.
    with service.database.reading() as session:
        recording = waiting_recording(session, number)
    if recording is not None and not sure:
        click.confirm(
            f"Its recording of {recording.seconds} seconds is deleted with it. Close it?",
            abort=True,
        )
    with service.database.writing() as session:
        if not close_callback(session, number, now=service.clock.now()):
            raise click.ClickException(f"no call is waiting under number {number}")
    click.echo("Closed." if recording is None else "Closed, and its recording is deleted.")


@main.command()
@click.option("--explain", is_flag=True, help="Add the words that led to each part.")
def understand(explain: bool) -> None:
    """Understand messages: one JSON object a line in, the same with what was understood out."""
    from flows.understanding import as_json
    from flows.understanding import understand as understand_text
    from gateway.warm_up import warm_up

    warm_up()
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if not line.strip():
            continue
        try:
            asked = json.loads(line)
            text, awaiting = asked["text"], asked.get("awaiting")
            if not isinstance(text, str) or not isinstance(awaiting, str | None):
                raise TypeError("text must be a string, awaiting a string or null")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise click.ClickException(
                f'line {number} is not an object like {{"text": "…"}}: {error}'
            ) from None
        answer = asked | as_json(understand_text(text, awaiting), explain=explain)
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        sys.stdout.flush()
