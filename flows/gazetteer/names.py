"""Every name of a place, found as it is written, by its beginning or by a rare word in it."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from flows.gazetteer.scores import (
    A_TOWN_WITH_QUARTERS,
    BEGINNING,
    EXACT,
    FIRST_WORDS,
    POINTS_FOR_TENFOLD,
    RUN_TOGETHER,
    SMALL_WORDS_APART,
    WORD_WITHIN,
)
from flows.gazetteer.spelling import normalise, normalise_lines, without_small_words
from models.geography.table import Table

# Beginnings that say nothing ("saint", "la") and words that are too frequent to find a place by.
MOST_BEGINNINGS: Final = 800
A_RARE_WORD: Final = 60


class Name(NamedTuple):
    """A name as it is looked up: who bears it, its kind, and how many people may mean it."""

    name: str
    kind: str
    population: int
    insee: tuple[str, ...]


class Found(NamedTuple):
    """A name that was found, by its number, and how much of the text it explains."""

    number: int
    score: float
    # How much population counts: less where the name is only similar.
    weight: float = POINTS_FOR_TENFOLD


class Names:
    """All names, each with a number: those of today in the order of the table, then the others."""

    def __init__(self, table: Table) -> None:
        self.all = [
            Name(
                place.name.replace(" Arrondissement", ""),
                "current",
                place.population,
                (place.insee,),
            )
            for place in table.places
        ]
        self.all += [
            Name(other.name, other.kind, other.population, other.insee) for other in table.names
        ]
        self.spelt = normalise_lines("\n".join([name.name for name in self.all])).split("\n")
        self.contents = [without_small_words(line) for line in self.spelt]
        self._exact = self._numbers_by(self.spelt)
        self._content = self._numbers_by(self.contents)
        self.together = self._numbers_by([line.replace(" ", "") for line in self.spelt])
        # An arrondissement is found by its number, and would only crowd the lists here.
        self._sorted = sorted(key for key in self._content if not key[-2:-1].isdigit())
        self._with_word: dict[str, list[int]] = defaultdict(list)
        for number, content in enumerate(self.contents):
            if " " in content:
                for word in content.split(" "):
                    if len(word) >= 4:
                        self._with_word[word].append(number)
        # Without the article it is found as well, where nothing else bears that name.
        for number, line in enumerate(self.spelt):
            first, _, rest = line.partition(" ")
            if rest and first in {"le", "la", "les", "l"} and rest not in self._exact:
                self._exact[rest] = self._content.get(rest, [number])
        # "Château-Chinon (Ville)": what tells two communes apart in brackets, nobody says.
        for number, name in enumerate(self.all):
            if "(" in name.name:
                said = normalise(name.name[: name.name.index("(")])
                self._exact.setdefault(said, []).append(number)
        self._openings = frozenset(
            " ".join(line.split(" ", 2)[:2]) for line in self._exact if " " in line
        )

    def _numbers_by(self, keys: list[str]) -> dict[str, list[int]]:
        """The numbers of names by something that is made of each, largest first."""
        found: dict[str, list[int]] = {}
        for number, key in enumerate(keys):
            found.setdefault(key, []).append(number)
        for numbers in found.values():
            if len(numbers) > 1:
                numbers.sort(
                    key=lambda number: (-self.all[number].population, self.all[number].insee)
                )
        return found

    def __contains__(self, normalised: object) -> bool:
        return normalised in self._exact

    def is_one(self, normalised: str) -> bool:
        """Whether some place is called so, give or take small words."""
        return normalised in self._exact or without_small_words(normalised) in self._content

    def begin_with(self, first: str, second: str) -> bool:
        """Whether some name of two words or more begins with these two."""
        beginning = f"{first} {second}"
        # "nd" is two words already: better to look once too often than to miss Notre-Dame.
        return beginning in self._openings or beginning.count(" ") > 1

    def called(self, normalised: str) -> list[Name]:
        """The names that are spelt exactly so, largest first; the article may be missing."""
        return [self.all[number] for number in self._exact.get(normalised, ())]

    def as_written(self, reading: str) -> list[Found]:
        """Names that are spelt so, with other spaces, or with other small words."""
        scores: dict[int, float] = {}
        for number in self._exact.get(reading, ()):
            scores[number] = EXACT
        for number in self.together.get(reading.replace(" ", ""), ()):
            scores.setdefault(number, RUN_TOGETHER)
        for number in self._content.get(without_small_words(reading), ()):
            scores.setdefault(number, SMALL_WORDS_APART)
        return [Found(number, score) for number, score in scores.items()]

    def beginning_with(self, reading: str, *, has_hint: bool) -> list[Found]:
        """Names that begin with the words said, or else with the letters if those are enough."""
        start = without_small_words(reading)
        if len(start) < 2:
            return []
        found = self._between(start + " ", start + "!", BEGINNING)
        if not found and len(start) >= (4 if has_hint else 6) and start not in self._content:
            found = self._between(start, start + "~", BEGINNING - 8)
        return found

    def _between(self, low: str, high: str, score: float) -> list[Found]:
        """Names from one key to another in the sorted list; more alike the more of them is said."""
        first, last = bisect_left(self._sorted, low), bisect_left(self._sorted, high)
        if last - first > MOST_BEGINNINGS:
            return []
        said = len(low.strip())
        return [
            Found(number, score - 5 + 10 * said / len(content))
            for content in self._sorted[first:last]
            for number in self._content[content]
        ]

    def with_words(self, readings: Iterable[str], *, has_hint: bool) -> Iterator[Found]:
        """Names that hold all the words said, if those are rare: "billancourt"."""
        for reading in readings:
            words = without_small_words(reading).split(" ")
            if min(map(len, words)) < 4:
                continue
            bearers = [self._with_word.get(word, ()) for word in words]
            if min(map(len, bearers)) > (MOST_BEGINNINGS if has_hint else A_RARE_WORD):
                continue
            for number in sorted(set(bearers[0]).intersection(*bearers[1:])):
                yield Found(number, WORD_WITHIN)

    def followed_by_more(self, readings: Iterable[str]) -> list[Found]:
        """A town and something after it that is in no list: a quarter, a station."""
        for reading in readings:
            words = reading.split(" ")
            for count in range(len(words) - 1, 0, -1):
                found = [
                    Found(number, FIRST_WORDS)
                    for number in self._exact.get(" ".join(words[:count]), ())
                    if self.all[number].population >= A_TOWN_WITH_QUARTERS
                ]
                if found:
                    return found
        return []
