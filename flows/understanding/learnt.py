"""What a message wants, by weights learnt from annotated messages.

Rules are right about what is said in few words (STOP, OUI, "la 2") and about danger. Whole
sentences are a matter of degree: "je peux plus porter mes courses" and "je peux porter vos courses"
differ by two small words, and no list of phrases holds all the ways there are. So each word, each
pair of neighbouring words and each cue of the rules speaks for or against an intent, and the sum
decides.

The weights stand in intent_weights.tsv, a feature a line; learn.py makes them. The words of the
name and the place don't count: who writes, and from where, says nothing of what is wanted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, TypeAlias

from flows.understanding.intents import Cues

TABLE = Path(__file__).with_name("intent_weights.tsv")
EMERGENCY = "emergency"
ASIDE = "<x>"
"""Stands for a word of the name or the place."""
_STRONGEST_CUE = 12.0
_EVIDENCE = 4


_Row: TypeAlias = tuple[tuple[int, float], ...]
"""What one feature says: the places of intents, and how much it speaks for each."""


class Opinion(NamedTuple):
    """The intent that is likeliest, and how likely it is that somebody is in danger (0 to 1)."""

    intent: str
    danger: float
    heard: Sequence[tuple[str, _Row]]
    """The words and neighbours that had a weight."""

    def reasons(self, intent: str) -> tuple[str, ...]:
        """The words that spoke most for an intent, the loudest first."""
        place = _weights().intents.index(intent)
        loud = [
            (weight, feature)
            for feature, row in self.heard
            for its_place, weight in row
            if its_place == place and weight > 0
        ]
        loud.sort(reverse=True)
        return tuple(feature for _, feature in loud[:_EVIDENCE])


class Seen(NamedTuple):
    """A message as the weights see it: its words, ASIDE for those of the name and the place."""

    words: Sequence[str]
    cues: Cues
    service_count: int
    is_question: bool


_Feature: TypeAlias = tuple[str, _Row]


class _Said:
    """The features that begin with one word: it alone, before another, one before another."""

    __slots__ = ("alone", "beside", "one_between")

    def __init__(self) -> None:
        self.alone: _Feature | None = None
        self.beside: dict[str, _Feature] = {}
        self.one_between: dict[str, _Feature] = {}


@dataclass(frozen=True, slots=True)
class _Weights:
    intents: tuple[str, ...]
    start: tuple[float, ...]
    """What speaks for each intent before anything is read."""
    by_feature: dict[str, _Row]
    by_word: dict[str, _Said]
    """The same, for what is said: by the first word that a feature is made of."""


def said(words: Sequence[str]) -> list[str]:
    """What is said, as features: "mot", "mot autre" (neighbours), "mot _ autre" (one between)."""
    framed = ("^", *words, "$")
    neighbours = [f"{first} {second}" for first, second in pairwise(framed)]
    around = [f"{first} _ {third}" for first, third in zip(framed, framed[2:], strict=False)]
    return [*words, *neighbours, *around]


def besides(seen: Seen) -> list[tuple[str, float]]:
    """What else is known, and how much of it there is: "<need>" for the rules' cues."""
    half = _STRONGEST_CUE / 2
    found = [
        (f"<{intent}>", min(points, _STRONGEST_CUE) / half)
        for intent, points in seen.cues.points.items()
    ]
    if seen.service_count:
        found.append(("<services>", float(min(seen.service_count, 2))))
    if seen.is_question:
        found.append(("<question>", 1.0))
    found.append((f"<length {min(6, len(seen.words) // 4)}>", 1.0))
    return found


def opinion(seen: Seen) -> Opinion:
    """What a message wants, by the weights of all that is in it."""
    weights = _weights()
    find = weights.by_feature.get
    sums = list(weights.start)
    # A word that is said twice says no more than once.
    heard = _heard(seen.words, weights.by_word)
    for _, row in heard:
        for place, weight in row:
            sums[place] += weight
    for feature, amount in besides(seen):
        for place, weight in find(feature, ()):
            sums[place] += weight * amount
    best = max(sums)
    shares = [math.exp(one - best) for one in sums]
    danger = shares[weights.intents.index(EMERGENCY)] / sum(shares)
    return Opinion(weights.intents[sums.index(best)], danger, heard)


def _heard(words: Sequence[str], by_word: dict[str, _Said]) -> list[_Feature]:
    """What of `said` has a weight, each once, found without making every feature of the message."""
    found: dict[str, _Feature] = {}
    last, before = _NOTHING, _NOTHING
    for word in ("^", *words, "$"):
        begun = by_word.get(word, _NOTHING)
        for feature in (begun.alone, last.beside.get(word), before.one_between.get(word)):
            if feature:
                found[feature[0]] = feature
        before, last = last, begun
    return list(found.values())


_NOTHING = _Said()


def _by_word(by_feature: dict[str, _Row]) -> dict[str, _Said]:
    found: dict[str, _Said] = {}
    for feature, row in by_feature.items():
        first, *others = feature.split(" ")
        of_word = found.setdefault(first, _Said())
        if not others:
            of_word.alone = feature, row
        elif len(others) == 1:
            of_word.beside[others[0]] = feature, row
        else:
            of_word.one_between[others[1]] = feature, row
    return found


def vocabulary() -> list[str]:
    """The single words that have a weight."""
    return [name for name in _weights().by_feature if " " not in name and name[0] not in "<^$"]


@cache
def _weights() -> _Weights:
    """The table: of which messages it is, the intents and their start, then a feature a line."""
    _, heading, *lines = TABLE.read_text("utf-8").splitlines()
    started = [cell.rsplit("=", 1) for cell in heading.split("\t")]
    intents = tuple(intent for intent, _ in started)
    places = {intent: place for place, intent in enumerate(intents)}
    by_feature = {}
    for line in lines:
        name, *cells = line.split("\t")
        pairs = [cell.rsplit("=", 1) for cell in cells]
        by_feature[name] = tuple((places[intent], float(weight)) for intent, weight in pairs)
    start = tuple(float(weight) for _, weight in started)
    return _Weights(intents, start, by_feature, _by_word(by_feature))
