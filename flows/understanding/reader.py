"""Puts the parts together: reads one message and says what was understood."""

from __future__ import annotations

import re
from functools import cache

from flows.understanding.dangers import danger_in
from flows.understanding.english import english_in
from flows.understanding.intents import Cues, cues_in, intent_of
from flows.understanding.names import NameFinder, first_names
from flows.understanding.places import PlaceFinder, Spotted
from flows.understanding.refused import refused_in
from flows.understanding.replies import (
    AWAITING,
    agreement,
    condition_in,
    numbers_in,
    short_reply,
)
from flows.understanding.services import Services, services_in
from flows.understanding.spelling import common_words, french_words
from flows.understanding.understood import Understood
from flows.understanding.words import Reading, tables, word_list

_LISTED = ("need", "offer", "search")


@cache
def _names() -> NameFinder:
    return NameFinder(
        common_words(),
        frozenset(word_list("names_that_are_words")),
        frozenset(word_list("surnames_too")),
    )


@cache
def _places() -> PlaceFinder:
    return PlaceFinder(
        common_words(), frozenset(first_names()), tables().phrases.vocabulary, french_words()
    )


def understand(text: str, awaiting: str | None = None, *, near: str | None = None) -> Understood:
    """What one message means.

    `awaiting` says what the service asked last ("commune", "first_name", "confirmation", ...);
    `near` is the INSEE code of the person's earlier commune and decides between homonyms.
    """
    asked = AWAITING.get((awaiting or "").strip().lower())
    reading = Reading(text)
    if not reading.words:
        return Understood("help" if re.search(r"\?", reading.text) else "unclear")
    evidence: dict[str, tuple[str, ...]] = {}
    known = _typed_that_mean_something(reading)
    spotted = _places().find(reading.text, reading.typed, known, near, asked == "commune")
    if spotted.said:
        evidence["commune"] = (spotted.said,)
    found = _names().find(reading.typed, set(spotted.words), known, asked == "first_name")
    name = found.shown if found else None
    if found:
        evidence["name"] = (found.shown,)
    aside = reading.at(spotted.words | frozenset(range(found.start, found.end) if found else ()))
    refused = refused_in(reading.text)

    if danger := danger_in(reading):
        evidence["danger"] = danger[1]
        return Understood(
            "emergency",
            (),
            spotted.commune,
            spotted.communes,
            name,
            danger=danger[0],
            refused=refused,
            evidence=evidence,
        )
    if (english := english_in(reading)) is not None:
        return english
    cues = cues_in(reading)
    services = services_in(reading, aside)
    if services.slugs:
        evidence["categories"] = services.words
    intent = _intent(reading, cues, services, aside, asked)
    evidence |= {"intent": cues.words[intent]} if intent in cues.words else {}
    return _built(reading, intent, cues, services, spotted, name, asked, refused, evidence)


def _typed_that_mean_something(reading: Reading) -> frozenset[int]:
    """Places of typed words that the phrases or the table of spellings know."""
    phrases = tables().phrases
    known = set()
    spot = 0
    for token in reading.spelled:
        while spot < len(reading.typed) and reading.typed[spot].end <= token.end:
            typed = reading.typed[spot]
            if typed.start >= token.start and (
                phrases.knows(token.word) or token.word != typed.word
            ):
                known.add(spot)
            spot += 1
    return frozenset(known)


def _intent(
    reading: Reading, cues: Cues, services: Services, aside: frozenset[int], asked: str | None
) -> str:
    if (reply := short_reply(reading, aside, asked)) is not None:
        return reply.intent
    intent = intent_of(reading, cues, services)
    if intent in ("need", "offer") and asked not in ("proposal", "confirmation", "erase", "callback"):
        return intent
    answer = agreement(reading, cues.of("yes"), cues.of("no"))
    if intent is None and cues.of("choose") and numbers_in(reading) and len(reading.words) < 14:
        return "choose"
    if intent is None or (intent in ("need", "offer") and not services.slugs):
        return answer or intent or "unclear"
    return intent


def _built(
    reading: Reading,
    intent: str,
    cues: Cues,
    services: Services,
    spotted: Spotted,
    name: str | None,
    asked: str | None,
    refused: tuple[str, ...],
    evidence: dict[str, tuple[str, ...]],
) -> Understood:
    kind = intent if intent in ("need", "offer") else None
    numbers = numbers_in(reading) if intent not in ("need", "offer") else ()
    condition = condition_in(reading) if intent == "yes" else None
    return Understood(
        intent,
        services.slugs if intent in _LISTED or asked else (),
        spotted.commune,
        spotted.communes,
        name,
        numbers=numbers,
        kind=kind,
        condition=condition,
        refused=refused,
        evidence=evidence,
    )
