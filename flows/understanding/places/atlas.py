"""What is known of words and places together: is it a word, is it a name, who lives there."""

from __future__ import annotations

from collections.abc import Sequence

from flows.gazetteer import Gazetteer, normalise
from flows.understanding.places.creole import SAID
from flows.understanding.remembering import Remembered
from flows.understanding.word_sets import word_set
from models.geography.table import DEPARTEMENTS

LIKE_ENOUGH = 80.0
SMALL = word_set("places", "small")
_ALSO_SAID = ("Réunion", "Corse", "Bretagne", "Normandie", "Alsace", "Calédonie")


class Atlas:
    """The gazetteer beside the words of the language.

    `common` are frequent words, `names` first names, `meaningful` what the phrases know,
    `dictionary` all words of the language.
    """

    def __init__(
        self,
        common: frozenset[str],
        names: frozenset[str],
        meaningful: frozenset[str],
        dictionary: frozenset[str],
        gazetteer: Gazetteer,
    ) -> None:
        self.gazetteer = gazetteer
        self.common = common
        self.names = names
        self.meaningful = meaningful
        self.dictionary = dictionary
        named = [normalise(name).split() for name in (*DEPARTEMENTS.values(), *SAID, *_ALSO_SAID)]
        self._territory_words = frozenset(
            word for words in named for word in words if word not in SMALL
        )
        self._end_territories = frozenset(words[-1] for words in named)
        self.names_begin_with = gazetteer.names_begin_with
        self.population = Remembered(self._population_of)
        self.departements_in = Remembered(self._departements_in)
        self.like = Remembered(self._most_like, most=8192)

    def _population_of(self, name: str) -> int:
        """How many people live where that is the name of; -1 if nowhere."""
        found = self.gazetteer.lookup_name(name)
        if name in self.common:
            # Localities such as "bois" are too many to be heard in common words.
            found = tuple(one for one in found if one.kind != "locality")
        return max((one.population for one in found), default=-1)

    def is_in(self, name: str, departement: str) -> bool:
        """Whether a place in that département bears the name."""
        return any(
            self.gazetteer[insee].departement == departement.upper()
            for one in self.gazetteer.lookup_name(name)
            for insee in one.insee
        )

    def are_neighbours(self, town: str, other: str) -> bool:
        """Whether a place of the other name lies in the département of the town."""
        largest = self.gazetteer[self.gazetteer.lookup_name(town)[0].insee[0]]
        return self.is_in(other, largest.departement)

    def may_name_departement(self, words: Sequence[str]) -> bool:
        """Whether any of these words is one that départements and regions are made of."""
        return not self._territory_words.isdisjoint(words)

    def _departements_in(self, words: str) -> tuple[str, ...]:
        last = words.rsplit(" ", 1)[-1]
        if last not in self._end_territories and not last[:1].isdigit():
            return ()
        return tuple(sorted(self.gazetteer.departements_in("zzz " + words)))

    def _most_like(self, text: str) -> tuple[float, int, str]:
        """The place most like a text: how like, how many people, and its name; "" if none is."""
        if len(text) < 4:
            return 0.0, 0, ""
        found = self.gazetteer.search(text, limit=3)
        if not found or found[0].score < LIKE_ENOUGH:
            return 0.0, 0, ""
        return found[0].score, found[0].population, found[0].matched
