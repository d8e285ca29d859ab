"""The command line: what it prints, and what it says when something is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.commands import main
from gateway.settings import DEMO_SECRET_KEY
from models.database import Database
from models.operator_work import request_callback
from models.person import lock_person
from models.secrets import Keyring
from tests.stage import CAST, START


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Run a command in an empty folder with an empty database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/var/own.db")

    def command(*words: str, given: str = "") -> Result:
        return CliRunner().invoke(main, list(words), input=given)

    return command


def _lines(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_understand_reads_a_message_a_line_and_writes_what_it_means(run) -> None:  # type: ignore[no-untyped-def]
    given = '{"text": "besoin de courses a ermont, jeanne", "id": 7}\n\n{"text": "oui"}\n'
    result = run("understand", given=given)
    first, second = _lines(result)
    assert result.exit_code == 0
    assert first["id"] == 7
    assert first["text"] == "besoin de courses a ermont, jeanne"
    assert (first["intent"], first["categories"], first["commune"], first["name"]) == (
        "need", ["courses"], "95219", "Jeanne",
    )  # fmt: skip
    assert second["intent"] == "yes"
    assert second["commune"] is None


def test_understand_takes_what_was_asked_into_account(run) -> None:  # type: ignore[no-untyped-def]
    result = run("understand", given='{"text": "marie", "awaiting": "first_name"}\n')
    assert _lines(result)[0]["name"] == "Marie"


def test_understand_explains_itself_if_asked(run) -> None:  # type: ignore[no-untyped-def]
    result = run("understand", "--explain", given='{"text": "besoin de courses"}\n')
    assert _lines(result)[0]["evidence"]


@pytest.mark.parametrize("line", ["nonsense", "[1]", '{"texte": "a"}', '{"text": 3}', "\xff"])
def test_understand_names_the_line_that_is_wrong(run, line: str) -> None:  # type: ignore[no-untyped-def]
    result = run("understand", given='{"text": "oui"}\n' + line + "\n")
    assert result.exit_code == 1
    assert "line 2" in result.stderr


def test_migrate_makes_an_empty_database_ready_and_doctor_says_so(run) -> None:  # type: ignore[no-untyped-def]
    assert run("doctor").exit_code == 1
    assert run("migrate").exit_code == 0
    result = run("doctor")
    assert result.exit_code == 0, result.stdout
    assert run("migrate").exit_code == 0


def test_wrong_settings_are_told_in_words(run, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("CARRIER", "twilio")
    result = run("worker")
    assert result.exit_code == 1
    assert "TWILIO_AUTH_TOKEN is missing" in result.stderr
    assert "Traceback" not in result.stderr


def test_callbacks_lists_who_waits_and_closes_what_is_done(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    run("migrate")
    assert "Nobody waits" in run("callbacks").stdout
    database = Database(f"sqlite:///{tmp_path}/var/own.db", Keyring([DEMO_SECRET_KEY]))
    with database.writing() as session:
        person = lock_person(session, CAST["Ali"], now=START)
        request_callback(session, person, "asked", now=START)
    database.close()
    shown = run("callbacks").stdout
    assert "06 39 98 00 01" in shown
    assert "asked" in shown
    assert run("callbacks", "--close", "1").exit_code == 0
    assert run("callbacks", "--close", "1").exit_code == 1
    assert "Nobody waits" in run("callbacks").stdout
