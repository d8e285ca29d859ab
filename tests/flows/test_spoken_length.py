"""No prompt takes longer than twelve seconds, with long names in it; it is spoken to know.

Where a neighbour's listing is read out, a long first name, a long commune and the longest service
hardly ever meet: with names that are long but usual it keeps to twelve seconds, and with the
longest of everything at once to a few more.

espeak-ng speaks here at its usual speed, about as fast as the carrier's voices.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import wave
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from flows.gazetteer import gazetteer
from flows.voice.menu import CHOICES_AT_ONCE, QUESTIONS
from flows.wording import SpokenWording, languages, spoken
from gateway.voice_document import spoken as for_the_ear
from models.categories import CATEGORIES
from models.geography.table import Place

LONGEST_SECONDS = 12
# A listing with the longest of everything, and the choices after it.
LONGEST_LISTING_SECONDS = 16
USUAL = {"first_name": "Christophe", "place": "Argenteuil"}
LONG_FIRST_NAME = "Marie-Christine-Françoise"
# The few communes whose names are longer still may take a breath more.
USUAL_COMMUNES = 0.999
VOICES = {"fr": "fr", "en": "en-gb"}
# What fills the blank of a question whose whole text is an item that is read out.
READ_OUT = {
    "match": ("line.need", "line.offer"),
    "question": ("line.need+line.consent", "line.offer+line.consent", "line.condition"),
    "answered": ("line.answered_need", "line.answered_offer"),
    "own": ("line.own_need", "line.own_offer"),
    "ours": ("promise.widen", "expiry.keep_need", "expiry.keep_offer"),
}
WITH_NAMES = (*READ_OUT, "place", "asked_to_talk")
TEXTS_OF = {
    "group": ("question.group_need", "question.group_offer", "question.group_search"),
    "confirmation": ("question.confirmation_need", "question.confirmation_offer"),
}

pytestmark = pytest.mark.skipif(
    shutil.which("espeak-ng") is None and not os.environ.get("CI"),
    reason="espeak-ng, which speaks the texts to measure them, isn't installed",
)


@pytest.fixture(params=languages())
def language(request: pytest.FixtureRequest) -> SpokenWording:
    return spoken(request.param)


def test_no_question_with_its_choices_is_too_long(language: SpokenWording) -> None:
    blanks = _longest(language)
    usual = {**blanks, **USUAL, "at_place": language.at_place(_place(USUAL["place"]))}
    usual["services"] = language.service("courses")
    prompts = [
        text
        for name in [*QUESTIONS, "asked_to_talk"]
        for text in _prompts(language, name, usual if name in WITH_NAMES else blanks)
    ]
    assert _too_long({text: text for text in prompts}, language.language) == {}


def test_the_longest_names_all_at_once_are_still_bearable(language: SpokenWording) -> None:
    blanks = _longest(language)
    prompts = [text for name in WITH_NAMES for text in _prompts(language, name, blanks)]
    too_long = _too_long(
        {text: text for text in prompts}, language.language, LONGEST_LISTING_SECONDS
    )
    assert too_long == {}


def test_nothing_else_that_is_said_is_too_long(language: SpokenWording) -> None:
    blanks = _longest(language)
    texts = {
        name: text.format_map(blanks)
        for name, text in language.texts.items()
        if not name.startswith(("question.", "choice."))
    }
    assert _too_long(texts, language.language) == {}


# ---- What is said -------------------------------------------------------------------------------


def _longest(words: SpokenWording) -> dict[str, str]:
    """A real and long value for every blank."""
    names = sorted((place.spoken_name for place in gazetteer().places), key=len)
    place = names[int(len(names) * USUAL_COMMUNES)]
    given = words.say("line.given", first_name="Marie-Christine", date="24 novembre")
    return {
        "association": "Fil Solidaire",
        "first_name": LONG_FIRST_NAME,
        "own_name": "Jeanne",
        "place": place,
        "at_place": words.at_place(_place(place)),
        "service": max((words.service(slug) for slug in CATEGORIES), key=len),
        "services": max((words.service(slug) for slug in CATEGORIES), key=len),
        "distance": words.distance(10),
        "condition": "seulement le jeudi après-midi vers seize heures",
        "phone": "06 39 98 00 02",
        "voice_number": "09 39 98 00 00",
        "lines": " ".join([given] * 3),
        "day": f"{words._words['tomorrow']} ",
        "clock": words._words["clock"].format(hour=10, minute=30),
        "date": "24 novembre",
        "km": "30",
        "count": "10",
        "number": "1001",
        "listings": "10",
        "messages": "100",
        "label": words.say("choice.connect"),
        "key": "1",
    }


def _place(name: str) -> Place:
    return next(place for place in gazetteer().places if place.spoken_name == name)


def _prompts(words: SpokenWording, name: str, blanks: dict[str, str]) -> Iterator[str]:
    """A question with the rows that are read out at once, in each of its forms."""
    rows = " ".join(_row(words, label, key, blanks) for key, label in _labels(name))
    for text in TEXTS_OF.get(name, (f"question.{name}",)):
        for line in READ_OUT.get(name, ("line.need",)):
            # Only where listings are read out is it said how far away they are.
            far = blanks["distance"] if name == "match" else ""
            said = " ".join(
                words.texts[one].format_map({**blanks, "distance": far}) for one in line.split("+")
            )
            yield f"{words.texts[text].format_map({**blanks, 'line': said})} {rows}"


def _row(words: SpokenWording, label: str, key: str, blanks: dict[str, str]) -> str:
    said = words.texts[f"choice.{label}"].format_map(blanks)
    return words.say("choice.row", label=said, key=key)


def _labels(name: str) -> list[tuple[str, str]]:
    """The keys and the names of the rows of a question; the longest page of them."""
    if name == "asked_to_talk":
        return [("1", "say_yes"), ("2", "hear_again"), ("3", "say_no")]
    if name == "group":
        return [("1", "group_1"), ("2", "group_2"), ("3", "group_3"), ("4", "more")]
    if name == "service":
        # One long service among three shorter ones; no group holds the longest twice.
        return [("1", "service"), ("2", "group_1"), ("3", "group_3"), ("4", "more")]
    if name == "place":
        return [("1", "place"), ("2", "place"), ("3", "place"), ("4", "more")]
    rows = QUESTIONS[name].rows
    assert not callable(rows)
    # Of two rows that are never there at once the later one.
    by_key = {row.key: row.name for row in rows}
    assert len(by_key) <= CHOICES_AT_ONCE
    return list(by_key.items())


# ---- How long it takes --------------------------------------------------------------------------


def seconds_of(text: str, language: str) -> float:
    """How long it takes to say a text, its numbers as the carrier is given them."""
    with TemporaryDirectory() as folder:
        sound = Path(folder) / "said.wav"
        subprocess.run(
            ["espeak-ng", "-v", VOICES[language], "-w", str(sound), for_the_ear(text, language)],
            check=True,
            timeout=20,
        )
        with wave.open(str(sound)) as said:
            return said.getnframes() / said.getframerate()


def _too_long(
    texts: dict[str, str], language: str, most: float = LONGEST_SECONDS
) -> dict[str, float]:
    different = sorted(set(texts.values()))
    with ThreadPoolExecutor(max_workers=2) as at_once:
        lengths = dict(
            zip(
                different,
                at_once.map(lambda text: seconds_of(text, language), different),
                strict=True,
            )
        )
    return {name: round(lengths[text], 1) for name, text in texts.items() if lengths[text] >= most}
