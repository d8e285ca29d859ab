"""What a message wants and which services it names, by weights learnt from annotated messages.

Rules are right about what is said in few words (STOP, OUI, "la 2") and about danger. Whole
sentences are a matter of degree: "je peux plus porter mes courses" and "je peux porter vos courses"
differ by two small words, and no list of phrases holds all the ways there are. So each word, its
stem, each pair of neighbours, what the word means and what the rules found speak for or against
each intent and each service, and the sums decide.

A word means what words mean that are used alike: those are one family ("robinet", "lavabo",
"mitigeur"), and a family has weights too, so that a word counts which nobody has written yet.

The weights lie in weights.npz; learn.py makes them and says where the families come from. The words
of the name and the place don't count: who writes, and from where, says nothing of what is wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from flows.understanding.intents import Cues
from flows.understanding.phrases import Hit
from flows.understanding.remembering import Remembered
from flows.understanding.services import Services
from flows.understanding.stems import stem
from flows.understanding.word_sets import word_set

TABLE = Path(__file__).with_name("weights.npz")
EMERGENCY = "emergency"
NO_SERVICE = ""
"""Stands among the services for a message that names none."""
ASIDE = "<x>"
"""Stands for a word of the name or the place."""
ONE = 256
"""The weights are whole numbers: this is 1."""

_CUE_STEPS = (0, 2, 4, 6, 9)
"""Points of a cue above which it says more."""
_FOUR_WORDS, _LONGEST = 4, 6
"""A message's length counts in steps of four words, up to six of them."""
_STEMMED, _BEGUN, _BEGINNING = 4, 6, 5
"""The letters from which on a word has a stem and a beginning, and the beginning's letters."""
_EVIDENCE = 4
# How likely a second service must be, beside the likeliest; and how likely, where the rules found
# both. Tried on four authors left out.
_ALSO = 0.4
_NAMED_TOO = 0.1
_MOST_SERVICES = 3
_EMPTY_WORDS = word_set("learnt", "empty")

_Numbers: TypeAlias = "np.ndarray[Any, Any]"
_NOWHERE = -1


class Seen(NamedTuple):
    """A message as the weights see it: its words, ASIDE for those of the name and the place."""

    words: Sequence[str]
    cues: Cues
    services: Services
    hits: Sequence[Hit]
    """The phrases of services."""
    is_question: bool


def said(words: Sequence[str]) -> dict[str, int]:
    """What is said, as features, each with the place of its (last) word."""
    found: dict[str, int] = {}
    last = "^"
    for spot, word in enumerate(words):
        # A word that is said twice says no more than once.
        found.setdefault(word, spot)
        for form in _FORMS[word]:
            found.setdefault(form, spot)
        found.setdefault(f"{last} {word}", spot)
        last = word
    found[f"{last} $"] = len(words) - 1
    return found


def _forms_of(word: str) -> tuple[str, ...]:
    """The stem ("tond-") and the beginning ("tondr*") of a word."""
    if word == ASIDE or len(word) < _STEMMED:
        return ()
    stemmed = f"{stem(word)}-"
    return (stemmed, f"{word[:_BEGINNING]}*") if len(word) >= _BEGUN else (stemmed,)


_FORMS = Remembered(_forms_of)


def besides(seen: Seen) -> list[str]:
    """What else is known, as features: the rules' cues and services, the length, a question."""
    found = [
        f"<{intent} {step}>"
        for intent, points in seen.cues.points.items()
        for step in _CUE_STEPS
        if points > step
    ]
    found += [f"<{slug}>" for slug in seen.services.slugs]
    found += {f"<{hit.group[1]} {hit.weight:.0f}>" for hit in seen.hits}
    found.append(f"<services {min(len(seen.services.slugs), _MOST_SERVICES)}>")
    found.append(f"<length {min(len(seen.words) // _FOUR_WORDS, _LONGEST)}>")
    if seen.is_question:
        found.append("<question>")
    return found


def with_meaning(words: Sequence[str]) -> list[str]:
    """The words that count by what they mean, each once: no articles, no pronouns."""
    return [word for word in dict.fromkeys(words) if word not in _EMPTY_WORDS]


class Opinion:
    """What the weights say of one message."""

    __slots__ = ("_heard", "_rows", "intent", "danger", "services")  # noqa: RUF023

    def __init__(self, heard: list[tuple[str, int]], rows: list[int], named: Sequence[str]) -> None:
        weights = _weights()
        self._heard = heard
        self._rows = rows
        sums = weights.table.take(rows, axis=0).sum(axis=0, dtype=np.int64) + weights.start
        odds = sums / ONE
        of_intents = len(weights.intents)
        shares = _shares(odds[:of_intents])
        self.intent: str = weights.intents[int(shares.argmax())]
        """The likeliest intent."""
        self.danger = float(shares[weights.intents.index(EMERGENCY)])
        """How likely it is that somebody is in danger, from 0 to 1."""
        shares = _shares(odds[of_intents:])
        likely = dict(zip(weights.services, shares.tolist(), strict=True))
        first = max(likely, key=likely.__getitem__)
        told = {first} | {slug for slug, share in likely.items() if share >= _ALSO}
        if first in named:
            told |= {slug for slug in named if likely[slug] >= _NAMED_TOO}
        self.services = tuple(sorted(told - {NO_SERVICE}))
        """The likeliest service and what is about as likely."""

    def reasons(self, intent: str) -> tuple[str, ...]:
        """The words and neighbours that spoke most for an intent, the loudest first."""
        loud = self._loudest(_weights().intents.index(intent))
        shown = dict.fromkeys(name.rstrip("-*") for name, spot in loud if spot != _NOWHERE)
        return tuple(shown)[:_EVIDENCE]

    def place_of(self, slug: str) -> int | None:
        """The place of the word that spoke most for a service."""
        weights = _weights()
        loud = self._loudest(len(weights.intents) + weights.services.index(slug))
        return next((spot for _, spot in loud if spot != _NOWHERE), None)

    def _loudest(self, column: int) -> list[tuple[str, int]]:
        weights = _weights().table[self._rows, column]
        order = np.argsort(-weights, kind="stable")
        return [self._heard[spot] for spot in order if weights[spot] > 0]


def opinion(seen: Seen) -> Opinion:
    """What a message wants and which services it names, by the weights of all that is in it."""
    weights = _weights()
    features = weights.features
    heard, rows = [], []
    for name, spot in said(seen.words).items():
        if (row := features.get(name)) is not None:
            heard.append((name, spot))
            rows.append(row)
    for name in besides(seen):
        if (row := features.get(name)) is not None:
            heard.append((name, _NOWHERE))
            rows.append(row)
    for word in with_meaning(seen.words):
        if (row := weights.families.get(word)) is not None:
            heard.append((word, seen.words.index(word)))
            rows.append(row)
    return Opinion(heard, rows, seen.services.slugs)


def _shares(odds: _Numbers) -> _Numbers:
    """What is how likely: the parts add up to 1."""
    parts = np.exp(odds - odds.max())
    shares: _Numbers = parts / parts.sum()
    return shares


@dataclass(frozen=True, slots=True)
class _Weights:
    intents: tuple[str, ...]
    services: tuple[str, ...]
    features: dict[str, int]
    """The row of each feature."""
    families: dict[str, int]
    """The row of each word's family."""
    table: _Numbers
    """A row for each feature and family; a column for each intent, then for each service."""
    start: _Numbers
    """What speaks for each column before anything is read."""


def vocabulary() -> list[str]:
    """The single words that have a weight."""
    return [name for name in _weights().features if name.isalpha()]


def learnt_from() -> str:
    """The fingerprint of the messages that the weights are learnt from."""
    return _lines(np.load(TABLE)["fingerprint"])[0]


_table = TABLE


def use(table: Path) -> None:
    """Weigh with another table from now on: for whoever learns, to try one out."""
    global _table
    _table = table
    _weights.cache_clear()


@cache
def _weights() -> _Weights:
    with np.load(_table) as file:
        features = _lines(file["features"])
        first_family = len(features)
        families = (file["family_of"].astype(np.int64) + first_family).tolist()
        return _Weights(
            tuple(_lines(file["intents"])),
            tuple(_lines(file["services"])),
            dict(zip(features, range(first_family), strict=True)),
            dict(zip(_lines(file["words"]), families, strict=True)),
            np.concatenate([file["feature_weights"], file["family_weights"]]),
            file["start"],
        )


def as_lines(words: Sequence[str]) -> _Numbers:
    """Words as the file holds them."""
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)


def _lines(text: _Numbers) -> list[str]:
    return text.tobytes().decode().split("\n")
