"""Searches all that is known of communes: what a text may mean, how sure that is, what is near."""

from __future__ import annotations

import functools
import math
import re
from array import array
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from flows.gazetteer.distances import Distances
from flows.gazetteer.hints import Asked, Hints
from flows.gazetteer.likeness import Likeness
from flows.gazetteer.names import Found, Name, Names
from flows.gazetteer.postal_codes import PostalCodes
from flows.gazetteer.scores import (
    A_TOWN,
    CERTAIN,
    CLEAR_LEAD,
    CLEARLY_LARGER,
    CONTRADICTED,
    EXACT,
    LIKELY_ENOUGH,
    NEAR_KM,
    NO_DOUBT,
    PLAUSIBLE,
    POINTS_FOR_NEAR,
    POINTS_FOR_TENFOLD,
    SMALL_WORDS_APART,
    SURE_ENOUGH,
)
from models.geography.table import CITIES_IN_PARTS, Place, Table, city_of

MOST_CANDIDATES: Final = 24
MOST_ASKED: Final = 6
MAX_TEXT: Final = 120

# The collectivities that used to be communes of the Guadeloupe.
_ALSO_CALLED: Final = {"977": "971", "978": "971"}


class Candidate(NamedTuple):
    """A place that may be meant: `score` up to 100, and the name that matched.

    `kind` is that of the name ("current", "former", "nickname", …, or "postal code"); `population`
    is how many people may mean the place by it.
    """

    place: Place
    score: float
    matched: str
    kind: str = "current"
    population: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether the name is that of the whole commune, today or until it was renamed."""
        return self.population == self.place.population


class Match(NamedTuple):
    """A place by its number, found by one of its names."""

    place: int
    score: float
    # How much population counts: less where the name is only similar.
    weight: float
    # The number of the name.
    name: int


class Gazetteer:
    """Every commune in memory. What is found never changes, so threads can share one."""

    def __init__(self, table: Table) -> None:
        self.version = table.version
        self.places = table.places
        self._index = {place.insee: number for number, place in enumerate(table.places)}
        self._names = Names(table)
        # Of each name who bears it, by number, and how much its population counts: there are two
        # hundred names like "saint jean", and of most nothing else is ever looked at.
        self._bearing = [
            tuple(self._index[code] for code in name.insee) for name in self._names.all
        ]
        self._renown = array("d", (math.log10(name.population + 30) for name in self._names.all))
        self._postal_codes = PostalCodes(table.places)
        self._distances = Distances(table, self._index)
        self._hints = Hints(self._names, self._postal_codes, table.places)

    @functools.cached_property
    def _likeness(self) -> Likeness:
        # Made when somebody first misspells a name, a few tenths of a second: not all processes
        # need it, and none should start the slower for it.
        return Likeness(self._names)

    def warm_up(self) -> None:
        """Make now what the first misspelt name would have to wait for."""
        _ = self._likeness

    # One commune

    def __getitem__(self, insee: str) -> Place:
        return self.places[self._index[insee]]

    def get(self, insee: str) -> Place | None:
        """The place of an INSEE code, or None."""
        number = self._index.get(insee)
        return None if number is None else self.places[number]

    def __contains__(self, insee: object) -> bool:
        return insee in self._index

    def __len__(self) -> int:
        return len(self.places)

    def by_postal_code(self, code: str) -> list[Place]:
        """The communes of a postal code, largest first.

        The code of an arrondissement gives that arrondissement, "75000" the whole city. A CEDEX
        code is a post office's own: its first three figures lead to the town that it belongs to.
        """
        code = re.sub(r"\D", "", code)
        numbers = self._postal_codes.numbers_served_by(code)
        return [self.places[number] for number in numbers] if len(code) == 5 else []

    def lookup_name(self, normalised: str) -> tuple[Name, ...]:
        """Who bears exactly this name (see `normalise`): current, former, delegated, nickname…

        Largest first; the article may be missing ("mans"); an arrondissement is "paris 13e".
        """
        return tuple(self._names.called(normalised))

    def names_begin_with(self, first: str, second: str) -> bool:
        """Whether some name of two words or more begins with these two (see `normalise`).

        Two words of a sentence hardly ever do, so that longer stretches need no look-up.
        """
        return self._names.begin_with(first, second)

    def is_run_together(self, letters: str) -> bool:
        """Whether some name of two words or more is spelt so when its spaces are left out."""
        return letters not in self._names and letters in self._names.together

    def distance_km(self, a: str, b: str) -> float:
        """As the crow flies, from mairie to mairie; an arrondissement is at home in its city."""
        return self._distances.distance_km(a, b)

    def neighbours(self, insee: str, radius_km: float) -> list[tuple[str, float]]:
        """Communes within a radius as (code, km), nearest first, itself first at 0.0.

        Never across the sea: another island, or another shore that is far by land, isn't near. The
        arrondissements of a city and the city itself are always near one another.
        """
        return list(self._neighbours(insee, radius_km))

    @functools.lru_cache(maxsize=4096)  # noqa: B019 (one gazetteer lives as long as the process)
    def _neighbours(self, insee: str, radius_km: float) -> tuple[tuple[str, float], ...]:
        return tuple(self._distances.neighbours(insee, radius_km))

    # Searching

    def search(self, text: str, *, near: str | None = None, limit: int = 6) -> list[Candidate]:
        """The places that a text may mean, best first; empty if nothing is plausible.

        The text is only a place, not a whole message. `near` is the INSEE code of a commune that
        the person named before: among homonyms the nearest comes first.
        """
        return [candidate for candidate, _ in self._ranked(text, near)[:limit]]

    def resolve(self, text: str, *, near: str | None = None) -> Place | list[Place] | None:
        """The place if it is clear, those to ask about (at most six) if not, None without any."""
        ranked = self._ranked(text, near)
        if not ranked:
            return None
        if self._is_clear(ranked):
            return ranked[0][0].place
        return [candidate.place for candidate, _ in ranked[:MOST_ASKED]]

    def departements_in(self, text: str) -> frozenset[str]:
        """The départements that a text names, in words or figures, even without a commune."""
        return self._hints.read(text).departements

    def _is_clear(self, ranked: tuple[tuple[Candidate, float], ...]) -> bool:
        (best, lead), *others = ranked
        if best.kind == "postal code" and others:
            return False
        if best.score < SURE_ENOUGH or lead < LIKELY_ENOUGH:
            return False
        is_written = best.score >= SMALL_WORDS_APART
        for other, rank in others:
            if lead - rank >= NO_DOUBT:
                break
            is_as_good = other.score >= best.score
            if is_as_good and other.kind == "current" != best.kind:
                # Somebody from the village bears the name that was written; the town's is another.
                return False
            if is_written and is_as_good and other.is_whole and other.population >= A_TOWN:
                return False
            if other.score >= best.score + POINTS_FOR_TENFOLD:
                return False
            is_larger = best.population >= CLEARLY_LARGER * other.population
            if lead - rank < CLEAR_LEAD and not (is_larger and other.score <= best.score):
                return False
        return True

    @functools.lru_cache(maxsize=4096)  # noqa: B019 (one gazetteer lives as long as the process)
    def _ranked(self, text: str, near: str | None) -> tuple[tuple[Candidate, float], ...]:
        """Candidates with what they are ordered by: likeness, people, and nearness if known."""
        asked = self._hints.read(text[:MAX_TEXT])
        if asked.part is not None and asked.city is not None:
            return self._part_of_city(asked)
        matches = self._by_name(asked) if asked.names else []
        if not matches:
            return self._only_postal_code(asked)
        if near not in self._index:
            near = None
        best: dict[int, tuple[float, Match]] = {}
        for match in matches:
            rank = match.score + match.weight * self._renown[match.name]
            if near is not None:
                away = self._distances.distance_km(near, self.places[match.place].insee)
                rank += POINTS_FOR_NEAR * math.exp(-away / NEAR_KM)
            if match.place not in best or best[match.place][0] < rank:
                best[match.place] = (rank, match)
        ordered = sorted(best.values(), key=lambda found: (-found[0], found[1].place))
        return tuple(
            (
                Candidate(
                    self.places[match.place],
                    round(match.score, 1),
                    name.name,
                    name.kind,
                    name.population,
                ),
                rank,
            )
            for rank, match in ordered[:MOST_CANDIDATES]
            for name in (self._names.all[match.name],)
        )

    def _part_of_city(self, asked: Asked) -> tuple[tuple[Candidate, float], ...]:
        """An arrondissement; "marseille 13" may as well be the city with its département."""
        city = self[asked.city or ""]
        start = CITIES_IN_PARTS[city.insee]
        number = str(asked.part).zfill(5 - len(start))
        part = self[start + number]
        found = [(Candidate(part, EXACT, part.name, population=part.population), CERTAIN)]
        if asked.part_may_be_departement:
            whole = Candidate(city, EXACT - 1, city.name, population=city.population)
            found.insert(0, (whole, CERTAIN))
        return tuple(found)

    def _only_postal_code(self, asked: Asked) -> tuple[tuple[Candidate, float], ...]:
        code = asked.postal_code
        if code is None:
            return ()
        # A code that is in no list may be a CEDEX, or a slip of the finger: worth a question.
        score = EXACT if code in self._postal_codes or asked.is_cedex else PLAUSIBLE
        return tuple(
            (Candidate(place, score, code, "postal code", place.population), score + 100)
            for place in self.by_postal_code(code)
        )

    def _by_name(self, asked: Asked) -> list[Match]:
        """Matches of the first way that gives any where the hints allow it."""
        has_hint = bool(asked.departements or asked.postal_code)
        elsewhere: list[Match] | None = None
        for way in self._ways(asked.names, has_hint):
            found = self._bearers(way)
            if not has_hint:
                if found:
                    return found
                continue
            allowed = self._allowed(found, asked)
            if allowed:
                return allowed
            if elsewhere is None:
                # Only a whole name is worth doubting the hint for: that of the first way.
                elsewhere = [match._replace(score=match.score - CONTRADICTED) for match in found]
        # The code is known and the words lead nowhere near: the code is what was meant.
        return [] if asked.postal_code in self._postal_codes else elsewhere or []

    def _ways(self, readings: tuple[str, ...], has_hint: bool) -> Iterator[Iterable[Found]]:
        """The ways to find a name, the surest first: the next is for where one leads nowhere."""
        yield self._called(readings, has_hint)
        yield self._names.with_words(readings, has_hint=has_hint)
        yield self._names.followed_by_more(readings)

    def _called(self, readings: tuple[str, ...], has_hint: bool) -> Iterator[Found]:
        """Names as written, of the first reading that is one; and longer names that begin so."""
        for reading in readings:
            found = self._names.as_written(reading)
            if found:
                yield from found
                break
        else:
            # A name that only begins so is no better than one with a slip: "chartre".
            yield from self._likeness.like(readings, has_hint=has_hint)
        for reading in readings:
            yield from self._names.beginning_with(reading, has_hint=has_hint)

    def _bearers(self, found: Iterable[Found]) -> list[Match]:
        """The places that bear the names found; a name may have several."""
        return [
            Match(place, score, weight, number)
            for number, score, weight in found
            for place in self._bearing[number]
        ]

    def _allowed(self, found: list[Match], asked: Asked) -> list[Match]:
        """The matches in the postal code named, or else in a département named."""
        with_code = set(self._postal_codes.numbers_of(asked.postal_code or ""))
        if with_code:
            exact = [match for match in found if match.place in with_code]
            for match in found:
                # "paris 75013" is the arrondissement.
                city = self.places[match.place].insee
                if city in CITIES_IN_PARTS:
                    exact += [
                        match._replace(place=part)
                        for part in sorted(with_code)
                        if city_of(self.places[part].insee) == city
                    ]
            if exact:
                return exact
        return [
            match
            for match in found
            for departement in (self.places[match.place].departement,)
            if departement in asked.departements
            or _ALSO_CALLED.get(departement) in asked.departements
        ]
