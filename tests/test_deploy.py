"""Holds deploy/ to the code: settings, commands, addresses, and what the runbook says."""

from __future__ import annotations

import ast
import configparser
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select, text

from gateway.app import create_app
from gateway.carriers import Action
from gateway.carriers.twilio import ACTIONS
from gateway.clock import MovableClock
from gateway.commands import main
from gateway.settings import Settings, SettingsError, read_settings
from gateway.simulator.carrier import SimulatedCarrier
from gateway.simulator.server import SimulatorServer
from models.database import Database
from models.person import Person
from tests.programs import LONGEST_WAIT_SECONDS, ROOT, environment, free_port, wait_for
from tests.stage import CAST, Stage

DEPLOY = ROOT / "deploy"
RUNBOOK = (DEPLOY / "runbook.md").read_text("utf-8")
UNITS = ("fil-solidaire-web.service", "fil-solidaire-worker.service")
ONLY_FOR_COMPOSE = {"POSTGRES_PASSWORD"}
# What an operator must fill in, and what differs from the defaults, which are the demo's.
SECRETS = {
    "SECRET_KEY": "a secret that is long enough for the checks",
    "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
    "TWILIO_AUTH_TOKEN": "new,old",
    "TWILIO_SMS_NUMBER": "+33939980000",
}
UNLIKE_THE_DEMO = {"DATABASE_URL", "PUBLIC_URL", "CARRIER", *SECRETS}


def _example() -> dict[str, str]:
    lines = (DEPLOY / "env.example").read_text("utf-8").splitlines()
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    assert len({name for name, _, _ in pairs}) == len(pairs)
    return {name: value for name, _, value in pairs}


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", RUNBOOK, re.MULTILINE | re.DOTALL)


# ---- Settings -----------------------------------------------------------------------------------


def test_the_example_has_every_setting_and_no_other() -> None:
    assert set(_example()) - ONLY_FOR_COMPOSE == {name.upper() for name in Settings.model_fields}


def test_the_example_shows_the_defaults_and_no_secrets() -> None:
    for name, value in _example().items():
        if name in SECRETS or name in ONLY_FOR_COMPOSE:
            assert value == "", name
        elif name not in UNLIKE_THE_DEMO:
            assert value == str(Settings.model_fields[name.lower()].default), name


def test_every_setting_of_the_example_is_explained() -> None:
    blocks = (DEPLOY / "env.example").read_text("utf-8").split("\n\n")
    silent = [block for block in blocks if "=" in block and not block.startswith("#")]
    assert silent == []


def test_the_example_filled_in_is_accepted_and_unfilled_is_not() -> None:
    values = {name.lower(): value for name, value in _example().items()}
    filled = values | {name.lower(): value for name, value in SECRETS.items()}
    assert read_settings(_env_file=None, **filled).auth_tokens == ["new", "old"]
    with pytest.raises(SettingsError, match=r"TWILIO_ACCOUNT_SID is missing.*SECRET_KEY"):
        read_settings(_env_file=None, **values)


# ---- Container, compose, proxy, units -----------------------------------------------------------


def test_the_image_runs_a_command_of_ours_as_nobody_special() -> None:
    image = (DEPLOY / "Containerfile").read_text("utf-8")
    assert set(re.findall(r"^FROM docker.io/library/(\S+)", image, re.MULTILINE)) == {
        "python:3.11-slim"
    }
    assert re.search(r"^USER [1-9]\d*$", image, re.MULTILINE)
    command = re.search(r'^CMD \["python", "-m", "gateway", "(\w+)"\]$', image, re.MULTILINE)
    assert command is not None
    assert command[1] in main.commands
    assert "/healthz" in image


def test_the_image_holds_all_that_runs_and_nothing_else() -> None:
    image = (DEPLOY / "Containerfile").read_text("utf-8")
    lines = re.findall(r"^COPY ((?!--from).+) \S+$", image, re.MULTILINE)
    copied = {name for line in lines for name in line.split()}
    fallback = {"deploy/fallback-voice.xml", "deploy/fallback-sms.xml"}
    assert copied == {"requirements.txt", "LICENSE", "gateway", "flows", "models", *fallback}
    assert all((ROOT / name).exists() for name in copied)
    sent = (DEPLOY / "Containerfile.dockerignore").read_text("utf-8").splitlines()
    assert {line[1:] for line in sent if line.startswith("!")} == copied


def test_the_image_looks_after_its_health_with_a_line_that_is_python() -> None:
    image = (DEPLOY / "Containerfile").read_text("utf-8")
    check = re.search(r'CMD \["python", "-c", "(import .*)"\]', image)
    assert check is not None
    ast.parse(check[1])


def test_compose_opens_the_ports_of_the_proxy_and_no_other() -> None:
    compose = (DEPLOY / "compose.yaml").read_text("utf-8")
    assert re.findall(r"^ *ports: (.*)$", compose, re.MULTILINE) == ['["80:80", "443:443"]']
    proxy = compose.partition("\n  caddy:\n")[2].partition("\nnetworks:")[0]
    assert "ports:" in proxy
    assert "internal: true" in compose
    assert "network_mode" not in compose


def test_compose_runs_commands_of_ours_and_keeps_secrets_elsewhere() -> None:
    compose = (DEPLOY / "compose.yaml").read_text("utf-8")
    commands = re.findall(r'command: \["python", "-m", "gateway", "(\w+)"\]', compose)
    assert commands == ["migrate", "serve", "worker"]
    assert set(commands) <= set(main.commands)
    assert "env_file: .env" in compose
    assert "postgres:15" in compose
    blanks = set(re.findall(r"\$\{(\w+):\?", compose))
    assert blanks == {"POSTGRES_PASSWORD", "PUBLIC_URL"}
    assert blanks <= set(_example())


def test_the_proxy_lets_through_what_the_carrier_calls(stage: Stage) -> None:
    proxy = (DEPLOY / "Caddyfile").read_text("utf-8")
    known = re.search(r"@known path (.+)", proxy)
    assert known is not None
    assert known[1].split() == ["/twilio/*", "/healthz"]
    rules = {rule.rule for rule in create_app(stage.service).url_map.iter_rules()}
    outside = {rule for rule in rules if rule.startswith("/twilio/") or rule == "/healthz"}
    assert {"/twilio/sms", "/twilio/sms/status", "/healthz"} <= outside
    assert "rewrite" not in proxy
    assert "strip" not in proxy


def _unit(name: str) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / name, "utf-8")
    return unit


def test_the_units_run_web_and_worker_alike() -> None:
    web, worker = (dict(_unit(name)["Service"]) for name in UNITS)
    assert web.pop("ExecStart").endswith(".venv/bin/python -m gateway serve")
    assert worker.pop("ExecStart").endswith(".venv/bin/python -m gateway worker")
    assert int(web.pop("TimeoutStopSec")) < int(worker.pop("TimeoutStopSec"))
    assert web == worker
    assert web["Restart"] == "always"
    assert web["EnvironmentFile"] == "/etc/fil-solidaire/env"
    assert web["User"] != "root"
    assert web["NoNewPrivileges"] == "true"
    assert web["ProtectSystem"] == "strict"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for name in UNITS:
        unit = (DEPLOY / name).read_text("utf-8")
        # The service isn't installed on this machine: any program stands in for it.
        unit = unit.replace("/opt/fil-solidaire/.venv/bin/python", "/bin/true")
        (tmp_path / name).write_text(unit, "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / name) for name in UNITS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert [line for line in done.stderr.splitlines() if "fil-solidaire" in line] == []


# ---- Runbook ------------------------------------------------------------------------------------


def test_the_runbook_explains_every_event_in_the_logs() -> None:
    written = {
        node.args[0].value
        for path in (ROOT / "gateway").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "log"
        and isinstance(node.args[0], ast.Constant)
    }
    table = RUNBOOK.partition("| `event` |")[2].partition("\n\n")[0]
    explained = {
        event
        for line in table.splitlines()[2:]
        for event in re.findall(r"`([^`]+)`", line.split(" | ")[0])
    }
    assert explained == written


def test_the_runbook_says_of_every_code_what_the_service_does() -> None:
    table = RUNBOOK.partition("| what it does | codes |")[2].partition("\n\n")[0]
    lines = [line.split(" | ") for line in table.splitlines()[2:]]
    order = (
        Action.RETRY,
        Action.WAIT_FOR_OPERATOR,
        Action.STOP_SENDER,
        Action.USE_VOICE,
        Action.GIVE_UP,
        Action.OPT_OUT,
    )
    said = {
        int(code): action
        for action, cells in zip(order, lines, strict=True)
        for code in cells[1].split(", ")
    }
    assert said == ACTIONS


def test_the_runbook_speaks_of_files_and_services_that_exist() -> None:
    compose = (DEPLOY / "compose.yaml").read_text("utf-8")
    named = re.findall(
        r"docker compose (?:exec|stop|ps|logs)[^`\n]*? (web|worker|postgres)", RUNBOOK
    )
    assert set(named) == {"web", "worker", "postgres"}
    assert all(f"\n  {service}:\n" in compose for service in named)
    assert all(unit in RUNBOOK for unit in UNITS)


@pytest.mark.parametrize("block", _blocks("sh"), ids=lambda block: block.splitlines()[0][:40])
def test_the_shell_of_the_runbook_is_shell(block: str) -> None:
    done = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("prepared_database", ["postgresql"], indirect=True)
def test_postgresql_takes_the_statements_of_the_runbook(prepared_database: Database) -> None:
    in_blocks = [statement for block in _blocks("sql") for statement in block.split(";")]
    in_lines = re.findall(r"`((?:SELECT|UPDATE|DELETE) [^`]+);`", RUNBOOK)
    statements = [statement for statement in in_blocks + in_lines if statement.strip()]
    assert len(statements) > 6
    with prepared_database.reading() as session:
        for statement in statements:
            # Nothing is committed.
            session.execute(text(statement))


@pytest.fixture
def run_python_of_the_runbook(
    stage: Stage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[[str], str]:
    """Runs the program of the runbook in which a word stands, on the stage's own database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gateway.service.open_service", lambda _settings: stage.service)
    monkeypatch.setenv("NUMBER", CAST["Ali"])

    def run(which: str) -> str:
        programs = re.findall(r"<<'END'\n(.*?)\nEND\n", RUNBOOK, re.DOTALL)
        [program] = [part for part in programs if which in part]
        capsys.readouterr()
        exec(compile(program, "runbook.md", "exec"), {})
        return capsys.readouterr().out

    return run


def test_the_runbook_erases_somebody_with_all_that_is_kept(
    stage: Stage, run_python_of_the_runbook: Callable[[str], str]
) -> None:
    stage.text("Ali", "besoin de courses a ermont ali")
    stage.text("Ali", "oui")
    assert run_python_of_the_runbook("find_person") == "erased\n"
    with stage.service.database.reading() as session:
        assert session.scalars(select(Person)).all() == []
        for table in ("listing", "inbound_message", "outbound_message", "conversation"):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0  # noqa: S608
    assert run_python_of_the_runbook("find_person") == "nobody has this number\n"


# ---- All of it at once --------------------------------------------------------------------------


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    running: list[subprocess.Popen[bytes]] = []
    yield running
    for process in running:
        process.kill()
        process.wait()


def _is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_the_commands_that_are_deployed_answer_a_text(
    tmp_path: Path, processes: list[subprocess.Popen[bytes]]
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    carrier = SimulatedCarrier(
        account_sid=SECRETS["TWILIO_ACCOUNT_SID"],
        # While a token is being changed the carrier still signs with the old one.
        auth_token="old",
        numbers=[SECRETS["TWILIO_SMS_NUMBER"]],
        public_url=url,
        clock=MovableClock(),
        rng=Random(1),
    )
    simulator = SimulatorServer(carrier, pump_every=0.05)
    settings = {
        **environment(),
        **{name: value for name, value in _example().items() if value},
        **SECRETS,
        "TWILIO_AUTH_TOKEN": "old,new",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'fil.db'}",
        "PUBLIC_URL": url,
        "PORT": str(port),
        "TWILIO_API_URL": simulator.url,
    }

    def start(command: str) -> subprocess.Popen[bytes]:
        with (tmp_path / f"{command}.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "gateway", command],
                cwd=tmp_path,
                env=settings,
                stdout=log,
                stderr=log,
            )

    try:
        assert start("migrate").wait(LONGEST_WAIT_SECONDS) == 0
        processes += [start("serve"), start("worker")]
        wait_for(lambda: _is_healthy(url))
        assert carrier.text(CAST["Ali"], "besoin de courses a ermont ali") == 200

        def is_answered() -> bool:
            return any(
                message.recipient == CAST["Ali"] and message.delivered_at is not None
                for message in carrier.messages
            )

        wait_for(is_answered)
        answer = next(m.text for m in carrier.messages if m.recipient == CAST["Ali"])
        assert "FAIRE LES COURSES" in answer, (tmp_path / "serve.log").read_text("utf-8")
        for process in processes:
            process.send_signal(signal.SIGTERM)
        assert [process.wait(LONGEST_WAIT_SECONDS) for process in processes] == [0, 0]
    finally:
        simulator.stop()
