"""Acts out every page of tests/transcripts/ and compares what came of it, line by line.

What people do is replayed; what they get and hear is written anew where it falls. A difference is a
failure, shown as a diff of two pages; `pytest --accept` writes the new page, to be read and
committed. An unknown line fails.

    Marie offers courses in Ermont          Marie posted this before; nothing of it is shown
    Ali has the number +33639980077         instead of the cast's
    Ali texts: bonjour                      \\n stands for a new line
    Ali sends a picture
    Ali gets:  Bonjour! ...
    2 hours pass                            also minutes, days; a phone that rings rings out

    Ali calls
    Ali calls from a hidden number
    Ali calls showing +493012345678         what the network shows instead of Ali's number
    Ali hears:  Bonjour, ...                by one phone, up to whatever else happens
    Ali presses 95120#
    Ali says: des courses                   to the service, or to whom Ali is connected with
    Ali stays silent                        until the service stops waiting
    Ali hangs up
    Ali's call ends                         by the service or the other side

    Marie's phone rings
    Marie answers
    Marie does not answer                   until it has rung out
    Marie is busy                           Marie declines
    Marie's machine answers                 what is said to it stands as: Marie's machine hears
    Ali and Marie are connected
    Marie's phone stops ringing             Ali gave up, or time has passed
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.simulator.calls import WITHHELD
from gateway.simulator.store import Media
from tests.gateway.calling import Voice, served
from tests.stage import Stage

PAGES = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))
WHO = r"(?P<who>[^#:]+?)"
# What comes of it: dropped, and written anew.
OBSERVED = re.compile(
    rf"{WHO} ((gets|hears):.*|and [^#:]+ are connected)|{WHO.replace('who', 'whose')}'s "
    r"(phone (rings|stops ringing)|call ends)"
)


def _texts(stage: Stage, who: str, what: str) -> None:
    stage.text(who, what.replace("\\n", "\n"))


def _sends_picture(stage: Stage, who: str) -> None:
    stage.carrier.text(
        stage.numbers[who], "", media=[Media("https://example.org/1.jpg", "image/jpeg")]
    )
    stage.settle()


def _posts(stage: Stage, who: str, does: str, service: str, place: str) -> None:
    word = "OFFRE" if does == "offers" else "BESOIN"
    stage.text(who, f"{word} {service} {place} {who}")
    got = stage.text(who, "oui")
    assert any("annonce" in text for _, text in got), f"not posted: {got}"
    stage.seen()


def _has_number(stage: Stage, who: str, number: str) -> None:
    stage.numbers[who] = number


def _passes(stage: Stage, count: str, unit: str) -> None:
    stage.pass_time(timedelta(**{f"{unit.removesuffix('s')}s": int(count)}))


def _calls(stage: Stage, who: str, shown: str | None = None) -> None:
    stage.telephones.call(who, shown or "")


def _calls_hidden(stage: Stage, who: str) -> None:
    stage.telephones.call(who, WITHHELD[0])


def _presses(stage: Stage, who: str, keys: str) -> None:
    stage.telephones.press(who, keys)


def _says(stage: Stage, who: str, what: str) -> None:
    stage.telephones.say(who, what)


def _stays_silent(stage: Stage, who: str) -> None:
    stage.telephones.stay_silent(who)


def _hangs_up(stage: Stage, who: str) -> None:
    stage.telephones.hang_up(who)


def _machine_answers(stage: Stage, who: str) -> None:
    stage.telephones.answer(who, by_machine=True)


def _answers(stage: Stage, who: str) -> None:
    stage.telephones.answer(who)


def _does_not_answer(stage: Stage, who: str) -> None:
    stage.telephones.let_ring(who)


def _is_busy(stage: Stage, who: str) -> None:
    stage.telephones.decline(who)


LINES: tuple[tuple[str, Callable[..., None]], ...] = (
    (rf"{WHO} texts: ?(?P<what>.*)", _texts),
    (rf"{WHO} sends a picture", _sends_picture),
    (rf"{WHO} (?P<does>offers|needs) (?P<service>.+?) in (?P<place>.+)", _posts),
    (rf"{WHO} has the number (?P<number>\S+)", _has_number),
    (r"(?P<count>\d+) (?P<unit>seconds?|minutes?|hours?|days?) pass(es)?", _passes),
    (rf"{WHO} calls( (from|showing) (?P<shown>\+?\d+))?", _calls),
    (rf"{WHO} calls from a hidden number", _calls_hidden),
    (rf"{WHO} presses (?P<keys>[0-9*#]+)", _presses),
    (rf"{WHO} says: (?P<what>.+)", _says),
    (rf"{WHO} stays silent", _stays_silent),
    (rf"{WHO} hangs up", _hangs_up),
    (rf"{WHO}'s machine answers", _machine_answers),
    (rf"{WHO} answers", _answers),
    (rf"{WHO} does not answer", _does_not_answer),
    (rf"{WHO} is busy", _is_busy),
)


def act_out(stage: Stage, page: str) -> str:
    """Replay a page; returns it with what comes of it now. ValueError for an unknown line."""
    lines = []
    for number, line in enumerate(page.splitlines(), start=1):
        if OBSERVED.fullmatch(line):
            continue
        lines.append(line)
        if not line.strip() or line.startswith("#"):
            continue
        for pattern, act in LINES:
            if match := re.fullmatch(pattern, line):
                act(stage, **match.groupdict())
                break
        else:
            raise ValueError(f"line {number} is no line of a transcript: {line}")
        lines += stage.seen()
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


@pytest.mark.parametrize(
    "line",
    ["Ali's call ends tomorrow", "Ali presses A", "Ali calls from home", "Ali says:", "Ali rings"],
)
def test_a_line_that_only_looks_like_one_of_a_call_is_refused(stage: Stage, line: str) -> None:
    with pytest.raises(ValueError, match="line 1 is no line"):
        act_out(stage, line)


@pytest.fixture
def voice(stage: Stage) -> Iterator[Voice]:
    """Documents in the place of the service, so that nothing here depends on its menu."""
    with served() as voice:
        voice.token = stage.carrier.auth_token
        stage.carrier.public_url = voice.url
        yield voice


def _say(text: str) -> str:
    return f"<Say>{text}</Say>"


def _menu(voice: Voice) -> None:
    """1 asks for words, 2 calls Marie, who is asked whether she wants to take the call."""
    ask = '<Gather input="dtmf speech" action="/{}" timeout="5" numDigits="1">{}</Gather>{}'
    voice.documents |= {
        "/twilio/voice": ask.format("menu", _say("Tapez 2.") + _say("Ou parlez."), _say("Adieu.")),
        "/menu": _say("Un instant.")
        + '<Pause length="2"/>'
        + _say("Voilà.")
        + '<Dial action="/after" timeout="20"><Number url="/whisper">+33639980002</Number></Dial>',
        "/whisper": ask.format("taken", _say("Tapez 1 pour parler."), "<Hangup/>"),
        "/taken": "",
        "/after": _say("C'est fini."),
    }


CALLED = """\
Ali calls
Ali hears:  Tapez 2. Ou parlez.
Ali presses 2
Ali hears:  Un instant. Voilà.
Marie's phone rings
"""
ENDED = """\
Ali hears:  C'est fini.
Ali's call ends
"""


@pytest.mark.parametrize(
    "page",
    [
        pytest.param("Ali calls\nAli hears:  Tapez 2. Ou parlez.\nAli hangs up\n", id="hangs up"),
        pytest.param(
            "Ali calls from a hidden number\nAli hears:  Tapez 2. Ou parlez.\n"
            "Ali stays silent\nAli hears:  Adieu.\nAli's call ends\n",
            id="silence",
        ),
        pytest.param(
            CALLED
            + """\
Marie answers
Marie hears:  Tapez 1 pour parler.
Marie presses 1
Ali and Marie are connected
Ali says: Bonjour Marie
Marie hears:  Bonjour Marie
Marie says: Bonjour
Ali hears:  Bonjour
Marie hangs up
"""
            + ENDED,
            id="connected",
        ),
        pytest.param(
            CALLED
            + """\
Marie answers
Marie hears:  Tapez 1 pour parler.
Marie stays silent
"""
            + "Marie's call ends\n"
            + ENDED,
            id="not taken",
        ),
        pytest.param(
            CALLED
            + """\
Marie's machine answers
Marie's machine hears:  Tapez 1 pour parler.
Ali hangs up
Marie's call ends
""",
            id="machine",
        ),
        pytest.param(CALLED + "Marie is busy\n" + ENDED, id="busy"),
        pytest.param(CALLED + "Marie does not answer\n" + ENDED, id="no answer"),
        pytest.param(CALLED + "Ali hangs up\nMarie's phone stops ringing\n", id="given up"),
        pytest.param(
            CALLED + "2 hours pass\nMarie's phone stops ringing\n" + ENDED,
            id="time passes",
        ),
    ],
)
def test_calls_are_acted_out_as_they_were_written(stage: Stage, voice: Voice, page: str) -> None:
    _menu(voice)
    assert act_out(stage, page) == page


def test_the_service_learns_which_number_is_shown(stage: Stage, voice: Voice) -> None:
    _menu(voice)
    act_out(stage, "Ali calls showing +493012345678\nAli hangs up\nAli calls from a hidden number")
    forms = voice.forms("/twilio/voice")
    assert [form["From"] for form in forms] == ["+493012345678", "anonymous"]


def test_the_worker_does_what_is_due_while_a_caller_is_silent(stage: Stage) -> None:
    act_out(stage, "Marie offers courses in Ermont\nAli needs courses in Ermont")
    waited = stage.clock.now()
    with served() as voice:
        voice.token = stage.carrier.auth_token
        stage.carrier.public_url = voice.url
        voice.documents["/twilio/voice"] = '<Gather timeout="86400"/>' + _say("Adieu.")
        lines = act_out(stage, "Jeanne calls\nJeanne stays silent").splitlines()
    assert stage.clock.now() - waited == timedelta(days=1)
    # Marie doesn't answer, which Ali is told long before Jeanne's silence is over.
    assert lines[:2] == ["Jeanne calls", "Jeanne stays silent"]
    assert any(line.startswith("Ali gets:  ") for line in lines[2:-2]), lines
    assert lines[-2:] == ["Jeanne hears:  Adieu.", "Jeanne's call ends"]


def test_the_service_itself_answers_a_call(stage: Stage) -> None:
    lines = act_out(stage, "Ali calls").splitlines()
    assert lines[1].startswith("Ali hears:  Bonjour")


def test_there_are_transcripts() -> None:
    assert len(PAGES) >= 25
