"""The texts of every language: complete, consistent, GSM-7, and within their budget of segments."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flows.gazetteer import gazetteer
from flows.sms_text import gsm7, segments
from flows.wording import Wording, blanks_of, languages, spoken, wording
from models.categories import CATEGORIES

SOURCES = [path for folder in ("flows", "gateway") for path in Path(folder).rglob("*.py")]
# Words for which a carrier, by default, blocks or answers by itself (Twilio, single words).
TAKEN_BY_CARRIERS = {
    "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT",
    "START", "YES", "UNSTOP", "HELP", "INFO",
}  # fmt: skip
# Those two are meant: STOP and START are what the carrier and we both understand.
MEANT = {"STOP", "START"}
LONGEST_FIRST_NAME = "Marie-Christine-Françoise"


@pytest.fixture(params=languages())
def language(request: pytest.FixtureRequest) -> Wording:
    return wording(request.param)


def _longest(words: Wording) -> dict[str, str]:
    """A real and long value for every blank."""
    places = gazetteer().places
    longest = max(places, key=lambda place: len(gsm7(place.short_name)))
    middling = "Saint-Germain-en-Laye"
    services = max((words.service(slug) for slug in CATEGORIES), key=len)
    line = f"3 {LONGEST_FIRST_NAME}, {middling} (10 km)."
    return {
        "association": "Fil Solidaire",
        "at_place": words.at_place(longest),
        "place": gsm7(longest.short_name),
        "first_name": gsm7(LONGEST_FIRST_NAME),
        "own_name": gsm7(LONGEST_FIRST_NAME),
        "services": services,
        "lines": f"{line} {line} {line}",
        "numbers": words.numbers(3),
        "number": "123456",
        "index": "3",
        "distance": words.distance(10),
        "km": "10",
        "phone": "+262 692 00 00 00",
        "sms_number": "09 39 98 00 00",
        "voice_number": "09 39 98 00 00",
        "condition": "seulement le jeudi apres-midi vers 16h30",
        "count": "10",
        "word": "PUBLIER",
        "listings": "10",
        "messages": "100",
        "date": "24/11",
        "day": "mercredi ",
        "clock": "10h30",
    }


def test_every_language_has_the_same_texts_with_the_same_blanks(language: Wording) -> None:
    french = wording("fr")
    assert {name: blanks_of(text) for name, text in language.texts.items()} == {
        name: blanks_of(text) for name, text in french.texts.items()
    }


def test_every_language_names_every_service(language: Wording) -> None:
    assert all(language.service(slug) for slug in CATEGORIES)
    if language.language != "fr":
        assert set(language._names) == set(CATEGORIES)


def test_every_text_is_gsm_7_as_it_stands(language: Wording) -> None:
    assert [name for name, text in language.texts.items() if gsm7(text) != text] == []


def test_every_text_keeps_to_its_segments_with_the_longest_names(language: Wording) -> None:
    blanks = _longest(language)
    over = {}
    for name in language.texts:
        cost = segments(language.say(name, **blanks))
        budget = language.budgets.get(name, 1)
        if cost != budget:
            over[name] = cost
    assert over == {}, "cost in segments; write it more shortly, or give it a budget"


def test_every_question_has_its_again(language: Wording) -> None:
    asked = {
        "form.commune",
        "form.first_name",
        "form.kind",
        "form.details",
        "erase.erase",
        "form.categories_need",
        "form.categories_offer",
        "form.commune_choice",
        "list.search_commune",
        "callback.callback",
        "mine.which_done",
        "mine.which_delete",
    }
    assert {name for name in asked if f"{name}_again" not in language.texts} == set()


def test_nobody_is_asked_to_send_a_word_that_carriers_take_for_themselves(
    language: Wording,
) -> None:
    for name, text in language.texts.items():
        capitals = set(re.findall(r"\b[A-Z]{3,}\b", text))
        assert not capitals & (TAKEN_BY_CARRIERS - MEANT), name


def test_every_text_is_used_and_every_text_used_is_there() -> None:
    source = "\n".join(path.read_text("utf-8") for path in SOURCES)
    patterns = set(re.findall(r'"([a-z]+\.[a-z_{}.]+)"', source))
    sections = {name.split(".")[0] for name in wording("fr").texts}
    used = {pattern for pattern in patterns if pattern.split(".")[0] in sections}
    as_regex = [re.compile(re.sub(r"\{[^}]*\}", "[a-z_]*", pattern)) for pattern in used]
    unused = [
        name for name in wording("fr").texts if not any(one.fullmatch(name) for one in as_regex)
    ]
    missing = [
        pattern
        for pattern, one in zip(used, as_regex, strict=True)
        if not any(one.fullmatch(name) for name in [*wording("fr").texts, *spoken("fr").texts])
    ]
    assert unused == []
    assert missing == []


def test_places_are_contracted_as_french_does() -> None:
    french, places = wording("fr"), gazetteer()
    assert french.at_place(places["72181"]) == "au Mans (72)"
    assert french.at_place(places["93045"]) == "aux Lilas (93)"
    assert french.at_place(places["95219"]) == "à Ermont (95)"


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("ça être œuvre À l’île", "ca etre oeuvre A l'ile"),
        ("e\u0301", "é"),
        ("Łukasz Владимир", "Lukasz Vladimir"),
        ("😀 \x00\x1b\ud800", " "),
        ("a\r\nb", "a\nb"),
    ],
)
def test_whatever_people_type_becomes_gsm_7(typed: str, sent: str) -> None:
    assert gsm7(typed) == sent
