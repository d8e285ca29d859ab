"""A small language for phrases, so that what people say can stand in tables.

    besoin de           these words, one after the other (a plural is the same word)
    tond*               any word that begins like this
    <someone>           any word of the list of that name
    (mon|ma|mes)        one of these
    [pas|plus]          one of these or nothing
    ..                  up to three words between
    ...                 up to eight words between
    _                   any word
    ^  $                beginning, end of the message

A phrase never crosses the end of a sentence. All phrases of all tables are looked for in one pass:
each word of the message carries its keys (itself, its prefixes, its lists), and only phrases
that begin with one of them are tried.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from flows.understanding.text import Token

_SAFE_BEGINNING = 5
ANYTHING = "_"
_ENDINGS = ("es", "s", "x", "e")
_PART = re.compile(r"\([^)]*\)|\[[^\]]*\]|\S+")


class Hit(NamedTuple):
    """A phrase found: whose it is (`group`), how much it says, and from which word to which."""

    group: str
    weight: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Element:
    keys: frozenset[str]
    gap: int = 0


@dataclass(frozen=True, slots=True)
class _Phrase:
    group: str
    weight: float
    elements: tuple[_Element, ...]
    from_start: bool
    to_end: bool


class _Opening:
    """The phrases that begin with one key, by what comes next."""

    def __init__(self) -> None:
        self.alone: list[_Phrase] = []
        self.with_gap: list[_Phrase] = []
        self.by_second: dict[str, list[_Phrase]] = defaultdict(list)
        self.seconds: set[str] = set()

    def add(self, phrase: _Phrase) -> None:
        if len(phrase.elements) == 1:
            self.alone.append(phrase)
        elif phrase.elements[1].gap:
            self.with_gap.append(phrase)
        else:
            for key in phrase.elements[1].keys:
                self.by_second[key].append(phrase)
                self.seconds.add(key)


class Phrases:
    """All phrases of all tables."""

    def __init__(
        self,
        lists: Mapping[str, Iterable[str]],
        respell: Mapping[str, str],
        dictionary: frozenset[str],
    ) -> None:
        self._dictionary = dictionary
        self._respell = respell
        self._lists_of: dict[str, set[str]] = defaultdict(set)
        self._prefixes: dict[str, str] = {}
        self._literals: set[str] = set()
        self._by_first: dict[str, _Opening] = defaultdict(_Opening)
        for name, words in lists.items():
            for word in words:
                spelled = respell.get(word, word)
                self._learn(spelled)
                self._lists_of[spelled].add(f"<{name}>")
        self.keys = lru_cache(maxsize=32768)(self._keys)

    def add(self, group: str, weight: float, phrases: Iterable[str]) -> None:
        for phrase in phrases:
            self._add(group, weight, phrase)

    @property
    def vocabulary(self) -> frozenset[str]:
        """Every word that some phrase or list names, and the longer beginnings of words."""
        beginnings = (prefix for prefix in self._prefixes if len(prefix) >= _SAFE_BEGINNING)
        return frozenset((*self._literals, *beginnings))

    def prefixes(self) -> frozenset[str]:
        return frozenset(self._prefixes)

    def knows(self, word: str) -> bool:
        """Whether any phrase could make something of this word."""
        return word in self._literals or len(self.keys(word)) > 2

    def find(self, tokens: Sequence[Token]) -> list[Hit]:
        """Every place where a phrase stands in these words."""
        keys = [self.keys(token.word) for token in tokens]
        everything = frozenset().union(*keys)
        count = len(tokens)
        hits: list[Hit] = []
        for start, first_keys in enumerate(keys):
            next_keys = keys[start + 1] if start + 1 < count else frozenset()
            for key in first_keys:
                opening = self._by_first.get(key)
                if opening is None:
                    continue
                candidates = list(opening.alone)
                candidates += [
                    phrase
                    for phrase in opening.with_gap
                    if not phrase.elements[-1].keys.isdisjoint(everything)
                ]
                for second in next_keys & opening.seconds:
                    candidates += opening.by_second[second]
                for phrase in candidates:
                    if phrase.from_start and start:
                        continue
                    end = self._match(phrase.elements, 1, tokens, keys, start + 1)
                    if end and (not phrase.to_end or end == count):
                        hits.append(Hit(phrase.group, phrase.weight, start, end))
        return hits

    def _match(
        self,
        elements: tuple[_Element, ...],
        at: int,
        tokens: Sequence[Token],
        keys: Sequence[frozenset[str]],
        position: int,
    ) -> int:
        """The position after the rest of a phrase, 0 if the rest doesn't stand here."""
        sentence = tokens[position - 1].sentence
        count = len(tokens)
        while at < len(elements):
            element = elements[at]
            if element.gap:
                last = min(position + element.gap, count - 1)
                for later in range(position, last + 1):
                    if tokens[later].sentence != sentence:
                        break
                    if end := self._match_one(elements, at + 1, tokens, keys, later):
                        return end
                return 0
            if (
                position >= count
                or tokens[position].sentence != sentence
                or element.keys.isdisjoint(keys[position])
            ):
                return 0
            position += 1
            at += 1
        return position

    def _match_one(
        self,
        elements: tuple[_Element, ...],
        at: int,
        tokens: Sequence[Token],
        keys: Sequence[frozenset[str]],
        position: int,
    ) -> int:
        if (
            position >= len(tokens)
            or tokens[position].sentence != tokens[position - 1].sentence
            or elements[at].keys.isdisjoint(keys[position])
        ):
            return 0
        return self._match(elements, at + 1, tokens, keys, position + 1)

    def _add(self, group: str, weight: float, phrase: str) -> None:
        parts = _PART.findall(phrase)
        from_start, to_end = parts[:1] == ["^"], parts[-1:] == ["$"]
        choices = [self._variants(part) for part in parts if part not in ("^", "$")]
        for chosen in itertools.product(*choices):
            elements = tuple(element for variant in chosen for element in variant)
            if not elements or elements[0].gap or elements[-1].gap:
                raise ValueError(f"a phrase begins and ends with a word: {phrase!r}")
            found = _Phrase(group, weight, elements, from_start, to_end)
            for key in elements[0].keys:
                self._by_first[key].add(found)

    def _variants(self, part: str) -> list[tuple[_Element, ...]]:
        """The ways in which one part of a phrase can be said."""
        if part in ("..", "..."):
            return [(_Element(frozenset(), gap=3 if part == ".." else 8),)]
        ways = [
            " ".join(self._respell.get(word, word) for word in way.split())
            for way in part.strip("()[]").split("|")
        ]
        single = frozenset(way for way in ways if " " not in way.strip())
        variants: list[tuple[_Element, ...]] = []
        if single:
            variants.append((_Element(single),))
        variants += [
            tuple(_Element(frozenset([word])) for word in way.split()) for way in ways if " " in way
        ]
        for variant in variants:
            for element in variant:
                for word in element.keys:
                    self._learn(word)
        if part.startswith("["):
            variants.append(())
        return variants

    def _learn(self, word: str) -> None:
        if word.startswith("<"):
            return
        if word.endswith("*"):
            self._prefixes[word[:-1]] = word
        else:
            self._literals.add(word)

    def _keys(self, word: str) -> frozenset[str]:
        found = {word, ANYTHING}
        for ending in _ENDINGS:
            if len(word) > len(ending) + 2 and word.endswith(ending):
                shorter = word[: -len(ending)]
                if len(shorter) > 3 and shorter in self._literals:
                    found.add(shorter)
        # "rang*" is not in "rangueil": a short beginning counts only in words that exist.
        shortest = 2 if word in self._dictionary or len(word) < 4 else _SAFE_BEGINNING
        for length in range(shortest, len(word) + 1):
            if prefix := self._prefixes.get(word[:length]):
                found.add(prefix)
        for key in list(found):
            found |= self._lists_of.get(key, set())
        return frozenset(found)
