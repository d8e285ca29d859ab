"""The command line: what it prints, and what it says when something is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from gateway.commands import main
from gateway.settings import DEMO_SECRET_KEY
from models.database import Database
from models.operator_work import request_callback
from models.person import lock_person
from models.recording import Recording, keep_recording
from models.secrets import Keyring
from models.task import Task
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


SOUND = b"RIFF, as it was said"


@pytest.fixture
def database(run, tmp_path: Path) -> Iterator[Database]:  # type: ignore[no-untyped-def]
    """Who waits: 1 Ali asked for his daughter's number, 2 Ali spoke, 3 somebody hidden spoke, 4
    somebody hidden keyed in a number. The second recording isn't fetched yet."""
    run("migrate")
    database = Database(f"sqlite:///{tmp_path}/var/own.db", Keyring([DEMO_SECRET_KEY]))
    with database.writing() as session:
        ali = lock_person(session, CAST["Ali"], now=START)
        request_callback(session, ali, "asked", now=START, number=CAST["Marie"])
        said = keep_recording(session, ali, carrier_sid="RE1", seconds=7, now=START)
        said.sound, said.fetched_at = SOUND, START
        keep_recording(session, None, carrier_sid="RE2", seconds=9, now=START)
        request_callback(session, None, "asked", now=START, number=CAST["Paul"])
    yield database
    database.close()


def test_callbacks_shows_what_was_recorded_and_where_to_call(run, database: Database) -> None:  # type: ignore[no-untyped-def]
    lines = [line.split("│")[1:-1] for line in run("callbacks").stdout.splitlines() if "│" in line]
    shown = [[cell.strip() for cell in cells][:5] for cells in lines]
    assert shown == [
        ["1", "06 39 98 00 02", "asked", "-", "-"],
        ["2", "06 39 98 00 01", "recorded", "-", "7 s"],
        ["3", "hidden", "recorded", "-", "9 s, not here yet"],
        ["4", "06 39 98 00 03", "asked", "-", "-"],
    ]


def test_a_recording_is_written_to_a_file_that_nobody_else_may_read(  # type: ignore[no-untyped-def]
    run, database: Database, tmp_path: Path
) -> None:
    result = run("callbacks", "--play", "2", "--to", "ali.wav")
    assert result.exit_code == 0
    assert (tmp_path / "ali.wav").read_bytes() == SOUND
    assert (tmp_path / "ali.wav").stat().st_mode & 0o077 == 0
    assert run("callbacks", "--play", "2", "--to", "-").stdout_bytes == SOUND


def test_a_file_that_is_there_already_is_not_written_over(  # type: ignore[no-untyped-def]
    run, database: Database, tmp_path: Path
) -> None:
    (tmp_path / "ali.wav").write_text("something else")
    result = run("callbacks", "--play", "2", "--to", "ali.wav")
    assert result.exit_code == 1
    assert "ali.wav is there already" in result.stderr
    assert (tmp_path / "ali.wav").read_text() == "something else"


@pytest.mark.parametrize(
    ("number", "target", "why"),
    [
        ("9", "a.wav", "no call under number 9"),
        ("1", "a.wav", "it has no recording"),
        ("3", "a.wav", "not here yet"),
        ("2", "nowhere/a.wav", "can't be written"),
    ],
)
def test_what_cannot_be_played_is_told_in_words(  # type: ignore[no-untyped-def]
    run, database: Database, tmp_path: Path, number: str, target: str, why: str
) -> None:
    result = run("callbacks", "--play", number, "--to", target)
    assert result.exit_code == 1
    assert why in result.stderr
    assert not list(tmp_path.glob("*.wav"))


@pytest.mark.parametrize(
    "words", [("--play", "2"), ("--to", "a.wav"), ("--play", "2", "--to", "a.wav", "--close", "2")]
)
def test_half_a_command_is_explained(run, database: Database, words: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    result = run("callbacks", *words)
    assert result.exit_code == 2
    assert "--play" in result.stderr


def test_a_recording_goes_with_the_call_that_was_made(run, database: Database) -> None:  # type: ignore[no-untyped-def]
    refused = run("callbacks", "--close", "2", given="n\n")
    assert "recording of 7 seconds is deleted" in refused.stdout
    assert refused.exit_code == 1
    assert len(run("callbacks").stdout.splitlines()) > 1
    assert "recording is deleted" in run("callbacks", "--close", "2", given="y\n").stdout
    assert run("callbacks", "--close", "3", "--yes").exit_code == 0
    with database.reading() as session:
        assert session.scalars(select(Recording)).all() == []
        # The worker has the carrier delete what it still keeps.
        assert "RE2" in session.scalars(select(Task.carrier_sid)).all()
    assert "its recording was deleted" in run("callbacks", "--play", "2", "--to", "a.wav").stderr
    assert "recorded" not in run("callbacks").stdout
