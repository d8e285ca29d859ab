"""Loads the tables of words once and reads one message with them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from flows.gazetteer import gazetteer
from flows.understanding.names import first_names
from flows.understanding.phrases import Hit, Phrases
from flows.understanding.spelling import Spelling, french_words, respellings
from flows.understanding.spoken import HESITATIONS, as_typed, may_be_spoken
from flows.understanding.text import Token, clean, tokens_of

_HERE = Path(__file__).parent

WEIGHTS = {"strong": 3.0, "plain": 2.0, "weak": 1.0}
EXACT = frozenset({"stop", "start", "forget", "holidays"})
"""The commands whose few words are never a matter of degree."""
AGAIN = "again"
"""What is said to a voice: that it shall say it once more."""
_IN_EVERY_MESSAGE = EXACT | {AGAIN}
LOOKALIKE = "not"
"""Heads the phrases that hold the words of a service or an intent and mean something else."""
_A_TOWN = 2_000
_PHONE = re.compile(r"(?:\+33|0033|\b0)[\s.\-]?[1-9](?:[\s.\-]?\d{2}){4}")


@dataclass(frozen=True, slots=True)
class Tables:
    """All phrases, how words are spelled out, and which service wins over which."""

    phrases: Phrases
    spelling: Spelling
    priorities: dict[str, frozenset[str]]
    pairs: dict[str, int]


@cache
def tables() -> Tables:
    """The tables of the process, read at the first call."""
    services = _toml("words_fr.toml")
    intents = _toml("intents_fr.toml")
    lists: dict[str, list[str]] = {}
    for source in (services["lists"], intents["lists"]):
        lists.update({name: words.split() for name, words in source.items()})
    phrases = Phrases(lists, respellings(), french_words())
    for slug, kinds in services["services"].items():
        for strength, rows in kinds.items():
            sort = "lookalike" if strength == LOOKALIKE else "service"
            phrases.add((sort, slug), WEIGHTS.get(strength, 0.0), rows)
    phrases.add(("context",), 0.0, services["context"][LOOKALIKE])
    for slug, groups in services["pairs"].items():
        for number, rows in enumerate(groups):
            phrases.add(("pair", slug, str(number)), 0.0, rows)
    for heading, weights in intents["cues"].items():
        intent = heading.removesuffix("-not")
        for weight, rows in weights.items():
            sort = "lookalike" if heading != intent else "cue"
            phrases.add((sort, intent), float(weight), rows, later=intent not in _IN_EVERY_MESSAGE)
    for danger, rows in intents["dangers"].items():
        phrases.add(("danger", danger), 1.0, rows)
    priorities = {
        slug: frozenset(losers.split()) for slug, losers in services["priorities"].items()
    }
    names = frozenset(first_names())
    spelling = Spelling(phrases.knows, phrases.vocabulary, names, _is_town)
    pairs = {slug: len(groups) for slug, groups in services["pairs"].items()}
    return Tables(phrases, spelling, priorities, pairs)


def _is_town(word: str) -> bool:
    """Whether a word is the name of a place that enough people write about not to be a typo."""
    return any(name.population >= _A_TOWN for name in gazetteer().lookup_name(word))


def _is_postal_code(figures: str) -> bool:
    return bool(gazetteer().by_postal_code(figures))


def _may_be_spelt(letters: str) -> bool:
    """Whether somebody who says letters spells this: a first name, or a town."""
    return letters in first_names() or (len(letters) > 3 and _is_town(letters))


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((_HERE / name).read_text("utf-8"))


class Reading:
    """One message as read: the words as typed, the words spelled out, and the phrases found."""

    def __init__(self, text: str) -> None:
        self.text = clean(text)
        tokens = tokens_of(self.text)
        if may_be_spoken(tokens):
            self.text = as_typed(self.text, tokens, _is_postal_code, _may_be_spelt)
            tokens = tokens_of(self.text)
        self.typed: list[Token] = [token for token in tokens if token.word not in HESITATIONS]
        spelling, phrases = tables().spelling, tables().phrases
        spelled, respelt = spelling.by_table(self.typed)
        self.words: list[Token] = spelling.by_guess(spelled)
        self.meaningful = frozenset(phrases.known_among(self.typed) | respelt)
        """The places of typed words that the phrases or the table of spellings know."""
        self._has_all_cues = False
        self._by_sort: dict[str, list[Hit]] = {}
        self.lookalikes: dict[str, list[Hit]] = {}
        """By service or intent, where its words mean something else."""
        self._sort(phrases.find(self.words))

    def with_all_cues(self) -> Reading:
        """The same, when all the cues of intents have been looked for."""
        if not self._has_all_cues:
            self._has_all_cues = True
            self._sort(tables().phrases.find(self.words, later=True))
        return self

    def _sort(self, hits: list[Hit]) -> None:
        for hit in hits:
            if hit.group[0] == "lookalike":
                self.lookalikes.setdefault(hit.group[1], []).append(hit)
            else:
                self._by_sort.setdefault(hit.group[0], []).append(hit)

    def is_in_a_phone_number(self, token: Token) -> bool:
        """Whether a word is a part of "06 39 98 00 01"."""
        return any(start <= token.start < end for start, end in self._phone_numbers)

    @cached_property
    def _phone_numbers(self) -> list[tuple[int, int]]:
        return [match.span() for match in _PHONE.finditer(self.text)]

    @cached_property
    def plain(self) -> str:
        """The words spelled out, with single spaces."""
        return " ".join(token.word for token in self.words)

    def at(self, typed: frozenset[int]) -> frozenset[int]:
        """Positions of the spelled-out words that come from these typed words."""
        starts = {self.typed[spot].start for spot in typed}
        return frozenset(
            position for position, token in enumerate(self.words) if token.start in starts
        )

    def of(self, sort: str) -> list[Hit]:
        """The hits of one sort: "service", "cue", "danger", ..."""
        return self._by_sort.get(sort, [])

    def said(self, hit: Hit) -> str:
        """The words of a hit as they were typed."""
        return self.text[self.words[hit.start].start : self.words[hit.end - 1].end]


@cache
def word_list(name: str) -> tuple[str, ...]:
    """One of the lists of words_fr.toml."""
    return tuple(_toml("words_fr.toml")["lists"][name].split())
