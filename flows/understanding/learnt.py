"""What a message wants and which services it names, by weights learnt from annotated messages.

Rules are right about what is said in few words (STOP, OUI, "la 2") and about danger. Whole
sentences are a matter of degree: "je peux plus porter mes courses" and "je peux porter vos courses"
differ by two small words, and no list of phrases holds all the ways there are. So each word, its
stem, each pair of neighbours, what the word means and the services that the rules found speak for
or against each intent and each service, and the sums decide.

A word means what words mean that are used alike: those are one family ("robinet", "lavabo",
"mitigeur"), and a family has weights too, so that a word counts which nobody has written yet.

The weights lie in weights.npz; learn.py makes them and says where the families come from. The words
of the name and the place don't count: who writes, and from where, says nothing of what is wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import exp
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from flows.understanding.remembering import Remembered
from flows.understanding.stems import stem
from flows.understanding.word_sets import word_set

TABLE = Path(__file__).with_name("weights.npz")
EMERGENCY = "emergency"
NO_SERVICE = ""
"""Stands among the services for a message that names none."""
ASIDE = "<x>"
"""Stands for a word of the name or the place."""
NUMBER = "<0>"
"""Stands for any number."""
ONE = 256
"""The weights are whole numbers: this is 1."""

_FOUR_WORDS, _LONGEST = 4, 6
"""A message's length counts in steps of four words, up to six of them."""
_STEMMED, _BEGUN, _BEGINNING = 4, 6, 5
"""The letters from which on a word has a stem and a beginning, and the beginning's letters."""
_MOST_SERVICES = 3
_EVIDENCE = 4
# How likely a second service must be, beside the likeliest; and how likely, where the rules found
# both. Tried on four authors left out.
_ALSO = 0.4
_NAMED_TOO = 0.1
# Below this it is better asked: of the likeliest services less likely than that, a third are right.
_WORTH_NAMING = 0.3
_EMPTY_WORDS = word_set("learnt", "empty")

_Numbers: TypeAlias = "np.ndarray[Any, Any]"


class Seen(NamedTuple):
    """A message as the weights see it: its words, with ASIDE and NUMBER in the place of some."""

    words: Sequence[str]
    services: Sequence[str]
    """Slugs of the services that the rules found."""
    is_question: bool
    asked: str | None = None
    """What the service had asked, if anything."""


def forms_of(word: str) -> tuple[str, ...]:
    """A word as features: itself, its stem ("tond-") and its beginning ("tondr*")."""
    if len(word) < _STEMMED:
        return (word,)
    if len(word) < _BEGUN:
        return word, f"{stem(word)}-"
    return word, f"{stem(word)}-", f"{word[:_BEGINNING]}*"


def pairs_of(words: Sequence[str]) -> dict[str, None]:
    """Neighbours as features, each pair once; "^" and "$" stand at the ends."""
    return dict.fromkeys(map(" ".join, pairwise(("^", *words, "$"))))


def besides(seen: Seen) -> list[str]:
    """What else is known, as features: the rules' services, the length, a question.

    And what was asked, by itself and with each word: "non" to one question is no answer to another.
    """
    found = [f"<{slug}>" for slug in seen.services]
    found.append(f"<services {min(len(seen.services), _MOST_SERVICES)}>")
    found.append(f"<length {min(len(seen.words) // _FOUR_WORDS, _LONGEST)}>")
    if seen.is_question:
        found.append("<question>")
    if seen.asked:
        found.append(f"<asked {seen.asked}>")
        found += [f"{word} <asked {seen.asked}>" for word in dict.fromkeys(seen.words)]
    return found


def has_meaning(word: str) -> bool:
    """Whether a word counts by what it means: no article, no pronoun."""
    return word not in _EMPTY_WORDS


class Opinion:
    """What the weights say of one message."""

    __slots__ = (
        "_intents",
        "_words",
        "danger",
        "intent",
        "services",
        "sureness",
        "sureness_of_services",
    )

    def __init__(self, seen: Seen) -> None:
        weights = _weights()
        features, of_word = weights.features, weights.of_word
        self._words = seen.words
        rows: list[int] = []
        # A word that is said twice says no more than once.
        for word in dict.fromkeys(seen.words):
            rows += of_word[word]
        rows += [features[two] for two in pairs_of(seen.words) if two in features]
        rows += [features[name] for name in besides(seen) if name in features]
        table = weights.table.take(rows, axis=0)
        sums = (np.add.reduce(table, dtype=np.int32, initial=0) + weights.start).tolist()
        self._intents = weights.of_answers if seen.asked else weights.of_intents
        shares = _shares(sums[self._intents])
        self.sureness = max(shares)
        """How likely the likeliest intent is, from 0 to 1."""
        self.intent = weights.intents[shares.index(self.sureness)]
        """The likeliest intent."""
        self.danger = shares[weights.intents.index(EMERGENCY)]
        """And how likely it is that somebody is in danger."""
        shares = _shares(sums[weights.of_services])
        self.sureness_of_services = max(shares)
        """How likely the likeliest service is."""
        first = weights.services[shares.index(self.sureness_of_services)]
        named_too = seen.services if first in seen.services else ()
        told = {
            slug
            for slug, share in zip(weights.services, shares, strict=True)
            if share >= _ALSO or slug == first or (share >= _NAMED_TOO and slug in named_too)
        }
        is_named = self.sureness_of_services >= _WORTH_NAMING
        self.services = tuple(sorted(told - {NO_SERVICE})) if is_named else ()
        """That service and what is about as likely."""

    def reasons(self, intent: str) -> tuple[str, ...]:
        """The words and neighbours that spoke most for an intent, the loudest first."""
        return tuple(self._loudest(self._intents.start + _weights().intents.index(intent)))

    def word_for(self, slug: str) -> str | None:
        """The word that spoke most for a service."""
        weights = _weights()
        loud = self._loudest(weights.of_services.start + weights.services.index(slug))
        return next((said for said in loud if " " not in said), None)

    def _loudest(self, column: int) -> list[str]:
        weights = _weights()
        of_word, features = weights.of_word, weights.features
        sayings = [(word, row) for word in dict.fromkeys(self._words) for row in of_word[word]]
        sayings += [(two, features[two]) for two in pairs_of(self._words) if two in features]
        loudest = sorted(
            ((int(weights.table[row, column]), said) for said, row in sayings),
            key=lambda one: -one[0],
        )
        said = dict.fromkeys(said for weight, said in loudest[: 2 * _EVIDENCE] if weight > 0)
        return list(said)[:_EVIDENCE]


def _shares(sums: list[int]) -> list[float]:
    """How likely each is: the shares add up to 1."""
    most = max(sums)
    odds = [exp((one - most) / ONE) for one in sums]
    whole = sum(odds)
    return [one / whole for one in odds]


@dataclass(frozen=True, slots=True)
class _Weights:
    intents: tuple[str, ...]
    services: tuple[str, ...]
    features: dict[str, int]
    """The row of each feature."""
    of_word: Remembered[list[int]]
    """The rows of a word: its forms' and its family's."""
    table: _Numbers
    """A row for each feature and family; a column for each intent, for each service, and for each
    intent where something was asked."""
    of_intents: slice
    of_services: slice
    of_answers: slice
    start: _Numbers
    """What speaks for each column before anything is read."""


def often_typed() -> list[str]:
    """The words that most messages are made of, as they are typed but for capitals."""
    with np.load(TABLE) as file:
        return _lines(file["often_typed"])


def learnt_from() -> str:
    """The fingerprint of the messages that the weights are learnt from."""
    with np.load(TABLE) as file:
        return _lines(file["fingerprint"])[0]


_table = TABLE


def use(table: Path) -> None:
    """Weigh with another table from now on: for whoever learns, to try one out."""
    global _table
    _table = table
    _weights.cache_clear()


@cache
def _weights() -> _Weights:
    with np.load(_table) as file:
        names = _lines(file["features"])
        features = dict(zip(names, range(len(names)), strict=True))
        families = (file["family_of"].astype(np.int64) + len(names)).tolist()
        family_of = dict(zip(_lines(file["words"]), families, strict=True))

        def rows_of(word: str) -> list[int]:
            rows = [features[form] for form in forms_of(word) if form in features]
            return [*rows, family_of[word]] if word in family_of else rows

        intents, services = _lines(file["intents"]), _lines(file["services"])
        first, last = len(intents), len(intents) + len(services)
        return _Weights(
            tuple(intents),
            tuple(services),
            features,
            Remembered(rows_of),
            np.concatenate([file["feature_weights"], file["family_weights"]]),
            slice(0, first),
            slice(first, last),
            slice(last, last + len(intents)),
            file["start"].astype(np.int32),
        )


def as_lines(words: Sequence[str]) -> _Numbers:
    """Words as the file holds them."""
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)


def _lines(text: _Numbers) -> list[str]:
    return text.tobytes().decode().split("\n")
