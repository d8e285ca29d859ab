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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from flows.understanding.intents import Cues

TABLE = Path(__file__).with_name("intent_weights.tsv")
ASIDE = "<x>"
"""Stands for a word of the name or the place."""
_STRONGEST_CUE = 12.0
_EVIDENCE = 4


@dataclass(frozen=True, slots=True)
class Opinion:
    """The intent that is likeliest, how likely it is (0 to 1), and the words that say so."""

    intent: str
    share: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Weights:
    intents: tuple[str, ...]
    start: tuple[float, ...]
    """What speaks for each intent before anything is read."""
    by_feature: dict[str, tuple[tuple[int, float], ...]]


def features(
    words: Sequence[str], cues: Cues, service_count: int, is_question: bool
) -> Iterator[tuple[str, float]]:
    """What speaks for or against an intent, and how much of it there is.

    "mot" is a word, "mot autre" two neighbours, "mot _ autre" two with one between; "<need>" is the
    sum of the rules' cues for an intent.
    """
    framed = ("^", *words, "$")
    for word in words:
        yield word, 1.0
    for first, second in pairwise(framed):
        yield f"{first} {second}", 1.0
    for first, third in zip(framed, framed[2:], strict=False):
        yield f"{first} _ {third}", 1.0
    for intent, points in cues.points.items():
        yield f"<{intent}>", min(points, _STRONGEST_CUE) / (_STRONGEST_CUE / 2)
    if service_count:
        yield "<services>", float(min(service_count, 2))
    if is_question:
        yield "<question>", 1.0
    yield f"<length {min(6, len(words) // 4)}>", 1.0


def opinion(words: Sequence[str], cues: Cues, service_count: int, is_question: bool) -> Opinion:
    """What a message wants, by the weights of all that is in it."""
    weights = _weights()
    sums = list(weights.start)
    spoke = []
    for name, amount in features(words, cues, service_count, is_question):
        found = weights.by_feature.get(name)
        if found:
            spoke.append((name, found))
            for place, weight in found:
                sums[place] += weight * amount
    best = max(sums)
    place = sums.index(best)
    share = 1 / sum(math.exp(one - best) for one in sums)
    return Opinion(weights.intents[place], share, _loudest(spoke, place))


def _loudest(spoke: list[tuple[str, tuple[tuple[int, float], ...]]], place: int) -> tuple[str, ...]:
    """The words that spoke most for an intent, the loudest first."""
    loud = [
        (weight, name)
        for name, found in spoke
        for its_place, weight in found
        if its_place == place and weight > 0 and name[0] != "<"
    ]
    loud.sort(reverse=True)
    return tuple(name for _, name in loud[:_EVIDENCE])


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
    return _Weights(intents, tuple(float(weight) for _, weight in started), by_feature)
