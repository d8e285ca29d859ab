"""Acts out every page of tests/transcripts/ and compares what people got, line by line.

What people do is replayed; the lines "… gets: …" are written anew where they fall. A difference is
a failure, shown as a diff of two pages; `pytest --accept` writes the new page, to be read and
committed. An unknown line fails.

    Marie offers courses in Ermont          Marie posted this before; nothing of it is shown
    Ali has the number +33639980077         instead of the cast's
    Ali texts: bonjour                      \\n stands for a new line
    Ali sends a picture
    Ali gets:  Bonjour! ...
    2 hours pass                            also minutes, days
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.simulator.store import Media
from tests.stage import Stage

PAGES = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))
GETS = re.compile(r"(?P<who>.+?) gets:(?P<what>.*)")
Got = list[tuple[str, str]]


def _texts(stage: Stage, who: str, what: str) -> Got:
    return stage.text(who, what.replace("\\n", "\n"))


def _sends_picture(stage: Stage, who: str) -> Got:
    stage.carrier.text(
        stage.numbers[who], "", media=[Media("https://example.org/1.jpg", "image/jpeg")]
    )
    return stage.settle()


def _posts(stage: Stage, who: str, does: str, service: str, place: str) -> Got:
    word = "OFFRE" if does == "offers" else "BESOIN"
    stage.text(who, f"{word} {service} {place} {who}")
    got = stage.text(who, "oui")
    assert any("annonce" in text for _, text in got), f"not posted: {got}"
    return []


def _has_number(stage: Stage, who: str, number: str) -> Got:
    stage.numbers[who] = number
    return []


def _passes(stage: Stage, count: str, unit: str) -> Got:
    return stage.pass_time(timedelta(**{f"{unit.removesuffix('s')}s": int(count)}))


LINES: tuple[tuple[str, Callable[..., Got]], ...] = (
    (r"(?P<who>.+?) texts: ?(?P<what>.*)", _texts),
    (r"(?P<who>.+?) sends a picture", _sends_picture),
    (r"(?P<who>.+?) (?P<does>offers|needs) (?P<service>.+?) in (?P<place>.+)", _posts),
    (r"(?P<who>.+?) has the number (?P<number>\S+)", _has_number),
    (r"(?P<count>\d+) (?P<unit>minutes?|hours?|days?) pass(es)?", _passes),
)


def act_out(stage: Stage, page: str) -> str:
    """Replay a page; returns it with what people got now. ValueError for an unknown line."""
    lines = []
    for number, line in enumerate(page.splitlines(), start=1):
        if GETS.fullmatch(line):
            continue
        lines.append(line)
        if not line.strip() or line.startswith("#"):
            continue
        for pattern, act in LINES:
            if match := re.fullmatch(pattern, line):
                got = act(stage, **match.groupdict())
                break
        else:
            raise ValueError(f"line {number} is no line of a transcript: {line}")
        lines += [f"{who} gets:  {text}".replace("\n", "\\n") for who, text in got]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_people_get_what_the_transcript_says(
    stage: Stage, page: Path, request: pytest.FixtureRequest
) -> None:
    expected = page.read_text("utf-8")
    actual = act_out(stage, expected)
    if request.config.getoption("--accept"):
        page.write_text(actual, "utf-8")
        return
    difference = difflib.unified_diff(
        expected.splitlines(), actual.splitlines(), "expected", "actual", lineterm=""
    )
    assert actual == expected, "\n" + "\n".join(difference)


def test_an_unknown_line_is_refused(stage: Stage) -> None:
    with pytest.raises(ValueError, match="line 2 is no line"):
        act_out(stage, "# A page.\nAli sings: la la la\n")


def test_there_are_transcripts() -> None:
    assert len(PAGES) >= 25
