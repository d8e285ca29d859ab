"""Finds the commune that somebody means by what they typed or said, and the communes around it.

People write "st ouen laumone", "vitry s/ seine 94", "lyon 3e", "95120", "ermond". The gazetteer
holds every commune and every further name in memory and answers in well under a millisecond,
without a database: an exact name first, then one without its small words, then the beginning of a
name, then one that sounds or looks like it.

How a place is understood, by example:

"saint denis 974"      a name and a hint: a département, in figures or in words, or a postal code
"paris XX"             a city in parts and the number of the part
"evry"                 a village of that name, and the former name of a town: both are candidates
"je suis a chatou"     words around the name are dropped, but only if nothing is called so
"""

from __future__ import annotations

import functools
import gc
import math
import re
import unicodedata
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from models.geography.table import (
    CITIES_IN_PARTS,
    DEPARTEMENTS,
    Place,
    Table,
    city_of,
    read_table,
)

# A homonym that many times larger than all others is what people mean; the confirmation that
# follows shows its département, so the few others can still correct it.
CLEARLY_LARGER: Final = 10
# ... unless the smaller one is a town in its own right, of which enough people will write.
A_TOWN: Final = 1_500
# A town that people name together with a quarter or a station of it.
A_TOWN_WITH_QUARTERS: Final = 5_000
# How much a tenfold population counts against likeness, in points of the score. With this unit
# "clearly larger" is one step, and so is a name that is less alike by twelve points.
POINTS_FOR_TENFOLD: Final = 12.0
CLEAR_LEAD: Final = POINTS_FOR_TENFOLD * math.log10(CLEARLY_LARGER)

# Scores of the ways in which a name can match.
EXACT: Final = 100.0
RUN_TOGETHER: Final = 99.0
SMALL_WORDS_APART: Final = 97.0
BEGINNING: Final = 85.0
FIRST_WORDS: Final = 77.0
WORD_WITHIN: Final = 75.0
# So like it that no slip of the finger has to be looked for.
SURELY_HEARD: Final = 88.0
PLAUSIBLE: Final = 72.0
SURE_ENOUGH: Final = 75.0
# Where a number says it all, nothing has to be weighed.
CERTAIN: Final = 200.0
# A name that is only similar needs people who may have meant it, too ("urgent" isn't Courgent).
LIKELY_ENOUGH: Final = 101.0
# Somebody named a département and the only match lies elsewhere: one of the two is wrong.
CONTRADICTED: Final = 30.0

# Behind by that much (a thousandfold population, say), nothing casts a doubt any more.
NO_DOUBT: Final = 3 * POINTS_FOR_TENFOLD
# How much a commune next to the one named before is ahead of a far one, and how fast that fades.
POINTS_FOR_NEAR: Final = 60.0
NEAR_KM: Final = 60.0

MOST_CANDIDATES: Final = 24
MOST_ASKED: Final = 6
# Beginnings that say nothing ("saint", "la") and words that are too frequent to find a place by.
MOST_BEGINNINGS: Final = 800
A_RARE_WORD: Final = 60

# An arrondissement and its city are the same place for a neighbour.
CITY_AND_PART_KM: Final = 1.0

EARTH_RADIUS_KM: Final = 6371.0088
CELL_DEGREES: Final = 0.1
MAX_TEXT: Final = 120


@dataclass(frozen=True, slots=True)
class Candidate:
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


class Name(NamedTuple):
    """A name as it is looked up: who bears it, its kind, and how many people may mean it."""

    name: str
    kind: str
    population: int
    insee: tuple[str, ...]


# Spelling

_LETTERS: Final = str.maketrans(
    {
        **{chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)},
        **dict(zip("àâäáãåÀÂÄÁÃÅ", "a" * 12, strict=True)),
        **dict(zip("éèêëÉÈÊËēĒ", "e" * 10, strict=True)),
        **dict(zip("îïíìÎÏÍÌ", "i" * 8, strict=True)),
        **dict(zip("ôöóòõÔÖÓÒÕøØō", "o" * 13, strict=True)),
        **dict(zip("ûüúùÛÜÚÙ", "u" * 8, strict=True)),
        **dict(zip("ÿŸýÝ", "y" * 4, strict=True)),
        **dict(zip("çÇñÑ", "ccnn", strict=True)),
        "œ": "oe",
        "Œ": "oe",
        "æ": "ae",
        "Æ": "ae",
        "ß": "ss",
        "&": " et ",
        **dict.fromkeys("-'’‘ʻʼ`´.,;:!?()[]{}\"«»_*#+=|\\~<>@…–—°\t\r", " "),
    }
)
_WORDS: Final = {
    "st": "saint",
    "ste": "sainte",
    "sts": "saints",
    "stes": "saintes",
    "snt": "saint",
    "snte": "sainte",
    "sint": "saint",
    "ss": "sous",
    "s/s": "sous",
    "s": "sur",
    "s/": "sur",
    "/s": "sur",
    "lez": "les",
    "nd": "notre dame",
    "mt": "mont",
    "mgne": "montagne",
    "gd": "grand",
    "gde": "grande",
    "vx": "vieux",
    "btx": "bretonneux",
    "chap": "chapelle",
    "chapl": "chapelle",
    "vill": "ville",
    "vlle": "ville",
    "villne": "villeneuve",
    "vlneuve": "villeneuve",
    "bg": "bourg",
    "fbg": "faubourg",
    "cht": "chateau",
}
_SMALL_WORDS: Final = frozenset(
    [
        "l",
        "le",
        "la",
        "les",
        "los",
        "lo",
        "d",
        "de",
        "du",
        "des",
        "sur",
        "sous",
        "en",
        "au",
        "aux",
        "a",
        "et",
        "devant",
        "lo",
        "las",
    ]
)


def normalise(text: str) -> str:
    """A place in lower-case words without accents: "St-Ouen l'Aumône" → "saint ouen l aumone".

    St, Ste and s/ are written out, apostrophes and hyphens are spaces. The same for names and for
    texts.
    """
    return _normalise_lines(text.replace("\n", " "))


def _normalise_lines(lines: str) -> str:
    """`normalise`, for many names at a time, one a line."""
    folded = lines.translate(_LETTERS)
    if not folded.isascii():
        folded = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode().lower()
    folded = re.sub(r"\bs ?/ ?s\b", "sous", folded) if "/" in folded else folded
    folded = re.sub(r"\bs ?/ ?", "sur ", folded) if "/" in folded else folded
    return "\n".join(
        " ".join([_WORDS.get(word, word) for word in line.replace("/", " ").split()])
        for line in folded.split("\n")
    )


# What sounds alike is written alike. Capitals stand for sounds that are settled. Plain replacements
# in this order, because the whole list of names goes through them at each start.
_SOUNDS: Final = (
    *((one + "h", one) for one in "ltrdgbn"),
    ("ph", "f"), ("sch", "X"), ("sh", "X"), ("ch", "X"), ("h", ""),
    ("y", "i"), ("w", "v"), ("qu", "k"), ("q", "k"), ("ck", "k"),
    ("sce", "se"), ("sci", "si"), ("ce", "se"), ("ci", "si"), ("c", "k"),
    ("gue", "Ge"), ("gui", "Gi"), ("ge", "je"), ("gi", "ji"), ("G", "g"), ("z", "s"),
    ("ll", "l"), ("tt", "t"), ("ss", "s"), ("nn", "n"), ("mm", "m"), ("rr", "r"), ("pp", "p"),
    ("ff", "f"), ("dd", "d"), ("bb", "b"), ("kk", "k"), ("gg", "g"),
    ("eau", "o"), ("au", "o"), ("oeu", "e"), ("eu", "e"), ("oe", "e"), ("ou", "u"),
    # A nasal vowel is one only before a consonant.
    *(("n" + vowel, "N" + vowel) for vowel in "aeiou"),
    *(("m" + vowel, "M" + vowel) for vowel in "aeiou"),
    ("ain", "W"), ("ein", "W"), ("aim", "W"), ("in", "W"), ("im", "W"),
    ("an", "A"), ("en", "A"), ("am", "A"), ("em", "A"), ("on", "O"), ("om", "O"), ("un", "W"),
    ("N", "n"), ("M", "m"),
    ("ai", "e"), ("ei", "e"), ("ae", "e"), ("x", "s"),
)  # fmt: skip
_SILENT_ENDS: Final = ("es", "ts", "ds", "ps", "s", "t", "d", "p", "e", "t", "d")


def _sounds_of(lines: str) -> str:
    """How normalised names sound, one a line, words still apart."""
    # Every word gets a space behind it, so that its end can be seen.
    heard = lines.replace("\n", " \n") + " "
    for spelt, sound in _SOUNDS:
        heard = heard.replace(spelt, sound)
    for end in _SILENT_ENDS:
        heard = heard.replace(end + " ", " ")
    return heard


def _content_of(normalised: str) -> str:
    """A normalised name without its small words: articles and prepositions come and go."""
    return (
        " ".join([word for word in normalised.split(" ") if word not in _SMALL_WORDS]) or normalised
    )


# Hints that stand beside a name

_NUMERALS: Final = "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx"
_ROMAN: Final = {numeral: number for number, numeral in enumerate(_NUMERALS.split(), start=1)}
_ORDINALS: Final = {
    word: number
    for number, words in enumerate(
        (
            "premier un",
            "deuxieme second deux",
            "troisieme trois",
            "quatrieme quatre",
            "cinquieme cinq",
            "sixieme six",
            "septieme sept",
            "huitieme huit",
            "neuvieme neuf",
            "dixieme dix",
            "onzieme onze",
            "douzieme douze",
            "treizieme treize",
            "quatorzieme quatorze",
            "quinzieme quinze",
            "seizieme seize",
            "dix-septieme dixseptieme",
            "dix-huitieme dixhuitieme",
            "dix-neuvieme dixneuvieme",
            "vingtieme vingt",
        ),
        start=1,
    )
    for word in words.split()
}
_CITIES: Final = {"paris": "75056", "lyon": "69123", "marseille": "13055"}
_PARTS: Final = {"75056": 20, "69123": 9, "13055": 16}
_NUMBERED: Final = re.compile(r"0?(\d{1,2})(?:er|ere|e|eme|em|ieme|iem|me|nd|nde|d|de|o)?")
_ABOUT_PARTS: Final = frozenset(
    ("arrondissement", "arrondissements", "arr", "ar", "arrt", "arrond", "ard", "ardt", "arrdt")
)

# Départements by name are those of the table; these are the further ways to say one, or several.
_TERRITORIES: Final = {
    "gwada": "971",
    "gwadloup": "971",
    "gwadeloupe": "971",
    "guada": "971",
    "guadeloup": "971",
    "matinik": "972",
    "madinina": "972",
    "martinik": "972",
    "guyane francaise": "973",
    "lagwiyann": "973",
    "guiane": "973",
    "reunion": "974",
    "la reunion": "974",
    "ile de la reunion": "974",
    "run": "974",
    "la renyon": "974",
    "larenyon": "974",
    "mayote": "976",
    "maore": "976",
    "saint pierre et miquelon": "975",
    "wallis et futuna": "986",
    "polynesie": "987",
    "polynesie francaise": "987",
    "tahiti": "987",
    "nouvelle caledonie": "988",
    "caledonie": "988",
    "nc": "988",
    "corse": "2A 2B",
    "ile de france": "75 77 78 91 92 93 94 95",
    "idf": "75 77 78 91 92 93 94 95",
    "region parisienne": "75 77 78 91 92 93 94 95",
    "bretagne": "22 29 35 56",
    "normandie": "14 27 50 61 76",
    "alsace": "67 68",
    "lorraine": "54 55 57 88",
    "pays basque": "64",
    "bearn": "64",
    "cote d azur": "06 83",
    "auvergne": "03 15 43 63",
    "limousin": "19 23 87",
    "picardie": "02 60 80",
    "champagne ardenne": "08 10 51 52",
    "bourgogne": "21 58 71 89",
    "franche comte": "25 39 70 90",
    "poitou": "79 86",
    "aquitaine": "24 33 40 47 64",
    "languedoc": "11 30 34 48 66",
    "roussillon": "66",
    "provence": "04 06 13 83 84",
    "neuf trois": "93",
    "neuf deux": "92",
    "neuf quatre": "94",
    "neuf cinq": "95",
    "neuf un": "91",
}
# The collectivities that used to be communes of the Guadeloupe.
_ALSO_CALLED: Final = {"977": "971", "978": "971"}

_FILLERS: Final = re.compile(
    r"^(?:(?:bonjour|bonsoir|salut|slt|bjr|coucou|alors|euh|ben|oui|non|pardon|desole|plutot|"
    r"en fait|"
    r"je suis|je sui|jsuis|chui|j habite|jhabite|jabite|j abite|j habit|habite|habitant|on est|"
    r"nous sommes|nous habitons|on habite|je vis|c est|cest|ce est|ces|moi|chez moi|il habite|"
    r"elle habite|mon village|ma ville|ma commune|ville de|commune de|village de|mairie de|"
    r"la ville de|la commune de|le village de|secteur|vers|vers chez|pres de|pres d|proche de|"
    r"proche|a cote de|a cote d|cote|autour de|aux alentours de|dans le|dans la|dans les|dans l|"
    r"dans|sur|a|au|aux|en|de|du|d|region de|quartier|est|suis|voici|commune|ville|village)\b ?)+"
)
_ENDINGS: Final = re.compile(
    r"(?: ?\b(?:merci|svp|stp|s il vous plait|sil vous plait|centre|centre ville|ville|"
    r"et alentours|et environs|alentours|environs|france|bourg|dans le|dans la|dans l|dans les|"
    r"dans|departement|dept|dep|dpt|du|de|de la|de l|en|le|la|les|code postal|cp|au|aux|a|chez|"
    r"voila))+$"
)


class _Match(NamedTuple):
    """A place by its number, found by one of its names."""

    place: int
    score: float
    # How much population counts: less where the name is only similar.
    weight: float
    name: Name


class _Similar:
    """Finds the strings within one or two changes of another (Levenshtein's, and swaps).

    Two strings that differ by at most two changes have one of three pieces in common, hardly
    shifted (Li, Deng, Wang and Feng, "Pass-Join", 2011): only those are compared.
    """

    def __init__(self, strings: Iterable[str]) -> None:
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for string in strings:
            self._by_length[len(string)].append(string)
        self._pieces: dict[int, dict[tuple[int, str], list[str]]] = {}

    def within(self, wanted: str, most: int) -> list[tuple[str, int]]:
        """The strings at most so many changes (one or two) away, with the number of changes."""
        candidates: set[str] = set()
        for length in range(max(3, len(wanted) - most), len(wanted) + most + 1):
            longer = len(wanted) - length
            pieces = self._pieces_of(length)
            for index, (start, size) in enumerate(_thirds(length)):
                earliest = start + max(-index, longer - (2 - index))
                latest = start + min(index, longer + (2 - index))
                for at in range(max(0, earliest), latest + 1):
                    candidates.update(pieces.get((start, wanted[at : at + size]), ()))
        if len(wanted) < 3 and wanted in self._by_length.get(len(wanted), ()):
            # Too short for three pieces.
            candidates.add(wanted)
        return [
            (string, changes)
            for string, changes, _ in process.extract(
                wanted,
                candidates,
                scorer=OSA.distance,
                processor=None,
                score_cutoff=most,
                limit=None,
            )
        ]

    def _pieces_of(self, length: int) -> dict[tuple[int, str], list[str]]:
        """Strings of one length by their thirds; made when first needed, a few milliseconds."""
        pieces = self._pieces.get(length)
        if pieces is None:
            pieces = {}
            for string in self._by_length.get(length, []):
                for start, size in _thirds(length):
                    pieces.setdefault((start, string[start : start + size]), []).append(string)
            self._pieces[length] = pieces
        return pieces


class _Asked(NamedTuple):
    """What a text says of a place: possible names (best reading first), and hints."""

    names: tuple[str, ...]
    departements: frozenset[str]
    postal_code: str | None
    is_cedex: bool
    city: str | None
    part: int | None
    part_may_be_departement: bool


class Gazetteer:
    """Every commune in memory. Nothing changes after loading, so threads can share one."""

    def __init__(self, table: Table) -> None:
        self.version = table.version
        self.places = table.places
        self._index = {place.insee: number for number, place in enumerate(table.places)}
        self._landmass = table.landmass
        self._apart = table.apart
        self._load_names(table)
        self._load_postal_codes()
        self._load_points()
        self._load_hints()

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
        numbers = self._postal.get(code) or self._postal.get(f"{code[:3]}00", [])
        return [self.places[number] for number in numbers] if len(code) == 5 else []

    def lookup_name(self, normalised: str) -> tuple[Name, ...]:
        """Who bears exactly this name (see `normalise`): current, former, delegated, nickname…

        Largest first; the article may be missing ("mans"); an arrondissement is "paris 13e".
        """
        return tuple(self._names[number] for number in self._exact.get(normalised, ()))

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
        return self._read(text).departements

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
        asked = self._read(text[:MAX_TEXT])
        if asked.part is not None and asked.city is not None:
            return self._part_of_city(asked)
        matches = self._by_name(asked) if asked.names else []
        if not matches:
            return self._only_postal_code(asked)
        best: dict[int, tuple[float, _Match]] = {}
        for match in matches:
            rank = match.score + match.weight * math.log10(match.name.population + 30)
            if near in self._index and near is not None:
                away = self.distance_km(near, self.places[match.place].insee)
                rank += POINTS_FOR_NEAR * math.exp(-away / NEAR_KM)
            if match.place not in best or best[match.place][0] < rank:
                best[match.place] = (rank, match)
        ordered = sorted(best.values(), key=lambda found: (-found[0], found[1].place))
        return tuple(
            (
                Candidate(
                    self.places[match.place],
                    round(match.score, 1),
                    match.name.name,
                    match.name.kind,
                    match.name.population,
                ),
                rank,
            )
            for rank, match in ordered[:MOST_CANDIDATES]
        )

    def _part_of_city(self, asked: _Asked) -> tuple[tuple[Candidate, float], ...]:
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

    def _only_postal_code(self, asked: _Asked) -> tuple[tuple[Candidate, float], ...]:
        code = asked.postal_code
        if code is None:
            return ()
        # A code that is in no list may be a CEDEX, or a slip of the finger: worth a question.
        score = EXACT if code in self._postal or asked.is_cedex else PLAUSIBLE
        return tuple(
            (Candidate(place, score, code, "postal code", place.population), score + 100)
            for place in self.by_postal_code(code)
        )

    def _by_name(self, asked: _Asked) -> list[_Match]:
        """Matches of the first way that gives any where the hints allow it."""
        has_hint = bool(asked.departements or asked.postal_code)
        elsewhere: list[_Match] = []
        for way in (self._called, self._with_word, self._first_words):
            found = list(way(asked.names, has_hint))
            if not has_hint:
                if found:
                    return found
                continue
            allowed = self._allowed(found, asked)
            if allowed:
                return allowed
            if way == self._called:
                elsewhere = [match._replace(score=match.score - CONTRADICTED) for match in found]
        # The code is known and the words lead nowhere near: the code is what was meant.
        return [] if asked.postal_code in self._postal else elsewhere

    def _matches(self, number: int, score: float, weight: float) -> Iterable[_Match]:
        name = self._names[number]
        for insee in name.insee:
            yield _Match(self._index[insee], score, weight, name)

    def _allowed(self, found: list[_Match], asked: _Asked) -> list[_Match]:
        """The matches in the postal code named, or else in a département named."""
        with_code = set(self._postal.get(asked.postal_code or "", []))
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

    def _called(self, readings: tuple[str, ...], has_hint: bool) -> Iterable[_Match]:
        """Names as written, of the first reading that is one; and longer names that begin so."""
        for reading in readings:
            found = self._named(reading)
            if found:
                for number, score in found.items():
                    yield from self._matches(number, score, POINTS_FOR_TENFOLD)
                break
        else:
            # A name that only begins so is no better than one with a slip: "chartre".
            yield from self._like(readings, has_hint)
        for reading in readings:
            for number, score in self._beginning_with(reading, has_hint):
                yield from self._matches(number, score, POINTS_FOR_TENFOLD)

    def _named(self, reading: str) -> dict[int, float]:
        scores: dict[int, float] = {}
        for number in self._exact.get(reading, ()):
            scores[number] = EXACT
        for number in self._together.get(reading.replace(" ", ""), ()):
            scores.setdefault(number, RUN_TOGETHER)
        for number in self._content.get(_content_of(reading), ()):
            scores.setdefault(number, SMALL_WORDS_APART)
        return scores

    def _beginning_with(self, reading: str, has_hint: bool) -> list[tuple[int, float]]:
        start = _content_of(reading)
        if len(start) < 2:
            return []
        matches = self._between(start + " ", start + "!")
        if not matches and len(start) >= (4 if has_hint else 6) and start not in self._content:
            matches = [(number, score - 8) for number, score in self._between(start, start + "~")]
        return matches

    def _between(self, low: str, high: str) -> list[tuple[int, float]]:
        """Names from one key to another in the sorted list; more alike the more of them is said."""
        first, last = bisect_left(self._sorted, low), bisect_left(self._sorted, high)
        if last - first > MOST_BEGINNINGS:
            return []
        said = len(low.strip())
        return [
            (number, BEGINNING - 5 + 10 * said / len(content))
            for content in self._sorted[first:last]
            for number in self._content[content]
        ]

    def _with_word(self, readings: tuple[str, ...], has_hint: bool) -> Iterable[_Match]:
        """Names that hold all the words said, if those are rare: "billancourt"."""
        for reading in readings:
            words = _content_of(reading).split(" ")
            if min(map(len, words)) < 4:
                continue
            bearers = [self._words.get(word, ()) for word in words]
            if min(map(len, bearers)) > (MOST_BEGINNINGS if has_hint else A_RARE_WORD):
                continue
            for number in sorted(set(bearers[0]).intersection(*bearers[1:])):
                yield from self._matches(number, WORD_WITHIN, POINTS_FOR_TENFOLD)

    def _first_words(self, readings: tuple[str, ...], has_hint: bool) -> Iterable[_Match]:
        """A town and something after it that is in no list: a quarter, a station."""
        del has_hint
        for reading in readings:
            words = reading.split(" ")
            for count in range(len(words) - 1, 0, -1):
                found = [
                    number
                    for number in self._exact.get(" ".join(words[:count]), ())
                    if self._names[number].population >= A_TOWN_WITH_QUARTERS
                ]
                if found:
                    for number in found:
                        yield from self._matches(number, FIRST_WORDS, POINTS_FOR_TENFOLD)
                    return

    def _like(self, readings: tuple[str, ...], has_hint: bool) -> Iterable[_Match]:
        """Names that sound or look like it, by the number of letters to change."""
        floor = PLAUSIBLE - 10 if has_hint else PLAUSIBLE
        best: dict[int, float] = {}
        for reading in dict.fromkeys(
            form for name in readings for form in (name, _content_of(name))
        ):
            together = reading.replace(" ", "")
            heard = _sounds_of(reading).replace(" ", "")
            if len(together) < 4 or len(heard) < 2:
                continue
            spaces = reading.count(" ")
            for sound, changes in self._sounds.within(heard, 1 if len(heard) < 5 else 2):
                counts = 50 if changes else 60
                sounds_alike = counts * (1 - changes / max(len(heard), len(sound)))
                # What the letters must reach for the whole to be plausible.
                needed = max(0.45, (floor - sounds_alike) / (100 - counts))
                if needed > 1:
                    continue
                for entry in self._heard[sound]:
                    number, form = divmod(entry, len(FORMS))
                    spelt = self._spelt[number]
                    shown = FORMS[form](spelt)
                    looks_alike = OSA.normalized_similarity(
                        together, shown.replace(" ", ""), score_cutoff=needed
                    )
                    if form != WHOLE and looks_alike < 1:
                        whole = OSA.normalized_similarity(
                            together, spelt.replace(" ", ""), score_cutoff=needed
                        )
                        looks_alike = max(looks_alike, whole)
                    # Words that only run together into the same sound are another name.
                    runs_together = shown.count(" ") != spaces
                    if looks_alike < needed or (
                        runs_together and looks_alike < (0.85 if changes else 0.6)
                    ):
                        continue
                    score = sounds_alike + (100 - counts) * looks_alike
                    if form == BEGINNING_ONLY:
                        score *= BEGINNING / 100
                    if score >= floor and score > best.get(number, 0.0):
                        best[number] = score
            if max(best.values(), default=0.0) < SURELY_HEARD:
                self._slips_of_the_finger(together, spaces, floor, best)
        for number, score in best.items():
            # The less alike, the less does a large town attract.
            yield from self._matches(number, score, POINTS_FOR_TENFOLD * (score - 60) / 40)

    def _slips_of_the_finger(
        self, together: str, spaces: int, floor: float, best: dict[int, float]
    ) -> None:
        """Adds names with one letter more, less, wrong or swapped (two in a long name)."""
        for letters, changes in self._letters.within(together, 1 if len(together) < 10 else 2):
            score = 100 * (1 - changes / max(len(together), len(letters)))
            if score >= floor:
                for number in self._together[letters]:
                    if abs(self._spelt[number].count(" ") - spaces) <= 1:
                        best[number] = max(score, best.get(number, 0.0))

    # Reading a text

    def _read(self, text: str) -> _Asked:
        """Takes the hints out of a text and leaves the possible names."""
        departements: set[str] = set()
        for bracketed in re.findall(r"\(\s*(\d{2,3}|2[abAB])\s*\)", text):
            departements |= self._departements_of_figure(bracketed.lower())
        words = normalise(re.sub(r"\(\s*(?:\d{2,3}|2[abAB])\s*\)", " ", text))
        is_cedex = bool(re.search(r"\bcedex\b", words))
        words = re.sub(r"\bcedex(?: \d{1,2})?\b", " ", words)
        words = re.sub(r"\b(\d{2}) (\d{3})\b", r"\1\2", words)
        postal_code = None
        for code in re.findall(r"\b\d{5}\b", words):
            postal_code = code
            departements.add(self._departement_of_postal_code(code))
        words = " ".join(re.sub(r"\b\d{5}\b", " ", words).split())
        city, part = (None, None) if postal_code else _part_in(words)
        part_may_be_departement = bool(re.search(r"\bmarseille (?:le )?13$", words))
        kept = []
        for word in words.split():
            if word[0].isdigit():
                departements |= self._departements_of_figure(word)
            elif word not in _ABOUT_PARTS or word == "ar":
                kept.append(word)
        names, named = self._without_departement(" ".join(kept))
        if named and not departements:
            departements |= named
        elif named and departements & named:
            departements &= named
        return _Asked(
            names,
            frozenset(departements),
            postal_code,
            is_cedex,
            city,
            part,
            part_may_be_departement,
        )

    def _without_departement(self, words: str) -> tuple[tuple[str, ...], set[str]]:
        """Readings of the words: whole, without a département's name, without fillers."""
        readings = [words]
        named: set[str] = set()
        is_a_name = words in self._exact or _content_of(words) in self._content
        for phrase, codes in self._phrases.get(words.split(" ")[-1], ()):
            if words == phrase:
                # A territory alone is no commune, but some communes are called like one.
                if not is_a_name:
                    readings, named = [], set(codes)
                break
            if words.endswith(" " + phrase) and not is_a_name:
                rest = _ENDINGS.sub("", words[: -len(phrase)].strip())
                readings.insert(0, rest)
                named = set(codes)
                break
        else:
            for phrase, codes in self._opening.get(words.split(" ")[0], ()):
                if words.startswith(phrase + " ") and not is_a_name:
                    readings.append(words[len(phrase) :].strip())
                    named = set(codes)
                    break
        for reading in list(readings):
            if reading not in self._exact:
                bare = _ENDINGS.sub("", _FILLERS.sub("", reading)).strip()
                readings.append(bare)
        return tuple(dict.fromkeys(reading for reading in readings if reading)), named

    def _departements_of_figure(self, word: str) -> set[str]:
        """What a figure beside a name says: "95", "2A", "9"; "20" is Corsica, "97" all overseas."""
        figure = word.upper()
        if figure in self._departements:
            return {figure}
        if figure == "20":
            return {"2A", "2B"}
        if figure in {"97", "98"}:
            return {code for code in self._departements if code.startswith(figure)}
        return {f"0{figure}"} if figure in set("123456789") else set()

    def _departement_of_postal_code(self, code: str) -> str:
        numbers = self._postal.get(code)
        if numbers:
            return self.places[numbers[0]].departement
        if code[:2] == "20":
            return "2A" if code[:3] in {"200", "201"} else "2B"
        return code[:3] if code[:2] in {"97", "98"} else code[:2]

    # Distance

    def distance_km(self, a: str, b: str) -> float:
        """As the crow flies, from mairie to mairie; an arrondissement is at home in its city."""
        if a == b:
            return 0.0
        one, other = self._index[a], self._index[b]
        x, y = 3 * one, 3 * other
        points = self._points
        chord = math.dist(points[x : x + 3], points[y : y + 3])
        km = 2 * EARTH_RADIUS_KM * math.asin(min(1.0, chord / 2))
        if city_of(a) == b or city_of(b) == a:
            return min(km, CITY_AND_PART_KM)
        return km

    def neighbours(self, insee: str, radius_km: float) -> list[tuple[str, float]]:
        """Communes within a radius as (code, km), nearest first, itself first at 0.0.

        Never across the sea: another island, or another shore that is far by land, isn't near. The
        arrondissements of a city and the city itself are always near one another.
        """
        return list(self._neighbours(insee, radius_km))

    @functools.lru_cache(maxsize=4096)  # noqa: B019 (one gazetteer lives as long as the process)
    def _neighbours(self, insee: str, radius_km: float) -> tuple[tuple[str, float], ...]:
        here = self._index[insee]
        place = self.places[here]
        apart = self._apart.get(here, frozenset())
        landmass = self._landmass[here]
        x, y, z = self._points[3 * here : 3 * here + 3]
        # Compare chords: no trigonometry for places that are too far.
        chord = 2 * math.sin(min(math.pi / 2, radius_km / EARTH_RADIUS_KM / 2))
        limit = chord * chord
        found: dict[str, float] = {}
        points, places, landmasses = self._points, self.places, self._landmass
        for number in self._cells_around(place.latitude, place.longitude, radius_km):
            at = 3 * number
            dx, dy, dz = points[at] - x, points[at + 1] - y, points[at + 2] - z
            square = dx * dx + dy * dy + dz * dz
            if square <= limit and landmasses[number] == landmass and number not in apart:
                found[places[number].insee] = 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(square) / 2)
        for other in self._city_and_parts(insee):
            found[other] = self.distance_km(insee, other)
        found[insee] = -1.0
        ordered = sorted(found.items(), key=lambda item: item[1])
        ordered[0] = (insee, 0.0)
        return tuple(ordered)

    def _city_and_parts(self, insee: str) -> list[str]:
        city = city_of(insee)
        if city is not None:
            return [city]
        if insee in CITIES_IN_PARTS:
            start = CITIES_IN_PARTS[insee]
            return [code for code in self._parts if code.startswith(start)]
        return []

    def _cells_around(self, latitude: float, longitude: float, radius_km: float) -> Iterable[int]:
        tall = radius_km / 111.0
        wide = tall / max(0.05, math.cos(math.radians(abs(latitude) + tall)))
        rows = range(_cell(latitude - tall), _cell(latitude + tall) + 1)
        columns = range(_cell(longitude - wide), _cell(longitude + wide) + 1)
        grid = self._grid
        for row in rows:
            for column in columns:
                yield from grid.get((row, column), ())

    # Loading

    def _load_names(self, table: Table) -> None:
        names: list[Name] = []
        for place in table.places:
            shown = place.name.replace(" Arrondissement", "")
            names.append(Name(shown, "current", place.population, (place.insee,)))
        names += [
            Name(other.name, other.kind, other.population, other.insee) for other in table.names
        ]
        self._names = names
        spelt = _normalise_lines("\n".join(name.name for name in names)).split("\n")
        self._spelt = spelt
        contents = [_content_of(line) for line in spelt]
        self._exact = _numbers_by(spelt)
        self._content = _numbers_by(contents)
        self._together = _numbers_by([line.replace(" ", "") for line in spelt])
        # An arrondissement is found by its number, and would only crowd the lists here.
        self._sorted = sorted(key for key in self._content if not key[-2:-1].isdigit())
        words: dict[str, list[int]] = defaultdict(list)
        for number, content in enumerate(contents):
            if " " in content:
                for word in content.split(" "):
                    if len(word) >= 4:
                        words[word].append(number)
        self._words = dict(words)
        by_size = lambda number: (-names[number].population, names[number].insee)  # noqa: E731
        for found in (self._exact, self._content, self._together):
            for numbers in found.values():
                if len(numbers) > 1:
                    numbers.sort(key=by_size)
        # Without the article it is found as well, where nothing else bears that name.
        for number, line in enumerate(spelt):
            first, _, rest = line.partition(" ")
            if rest and first in {"le", "la", "les", "l"} and rest not in self._exact:
                self._exact[rest] = self._content.get(rest, [number])
        self._load_sounds(contents)

    def _load_sounds(self, contents: list[str]) -> None:
        """Every name by how it sounds, whole and without small words; towns' beginnings too."""
        # An entry is the number of a name and that of the form which sounds so, in one.
        heard: dict[str, list[int]] = {}
        towns = [number for number, name in enumerate(self._names) if name.population >= A_TOWN]
        beginnings = [_beginning_of(contents[number]) for number in towns]
        blocks = (
            (WHOLE, range(len(contents)), _sounds_of("\n".join(self._spelt))),
            (WITHOUT_SMALL_WORDS, range(len(contents)), _sounds_of("\n".join(contents))),
            (BEGINNING_ONLY, towns, _sounds_of("\n".join(beginnings))),
        )
        for form, numbers, sounds in blocks:
            for number, sound in zip(numbers, sounds.replace(" ", "").split("\n"), strict=True):
                entries = heard.setdefault(sound, [])
                if not entries or entries[-1] // len(FORMS) != number:
                    entries.append(len(FORMS) * number + form)
        self._heard = heard
        self._sounds = _Similar(heard)
        self._letters = _Similar(key for key in self._together if not key[-2:-1].isdigit())

    def _load_postal_codes(self) -> None:
        postal: dict[str, list[int]] = defaultdict(list)
        for number, place in enumerate(self.places):
            if place.insee in CITIES_IN_PARTS:
                postal[f"{place.departement}000"].append(number)
                continue
            for code in place.postal_codes:
                postal[code].append(number)
        for numbers in postal.values():
            numbers.sort(key=lambda number: (-self.places[number].population, number))
        self._postal = dict(postal)

    def _load_points(self) -> None:
        points = array("d")
        grid: dict[tuple[int, int], list[int]] = defaultdict(list)
        for number, place in enumerate(self.places):
            north, east = math.radians(place.latitude), math.radians(place.longitude)
            ring = math.cos(north)
            points.extend((ring * math.cos(east), ring * math.sin(east), math.sin(north)))
            grid[(_cell(place.latitude), _cell(place.longitude))].append(number)
        self._points = points
        self._grid = dict(grid)
        self._parts = [place.insee for place in self.places if city_of(place.insee)]

    def _load_hints(self) -> None:
        self._departements = frozenset(place.departement for place in self.places)
        phrases: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
        opening: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
        said = {normalise(name): code for code, name in DEPARTEMENTS.items()} | _TERRITORIES
        for phrase, codes in said.items():
            entry = (phrase, tuple(codes.split()))
            phrases[phrase.split(" ")[-1]].append(entry)
            opening[phrase.split(" ")[0]].append(entry)
        for table in (phrases, opening):
            for entries in table.values():
                entries.sort(key=lambda entry: -len(entry[0]))
        self._phrases = dict(phrases)
        self._opening = dict(opening)


def _part_in(words: str) -> tuple[str | None, int | None]:
    """Paris, Lyon or Marseille with the number of an arrondissement, wherever the two stand."""
    tokens = [
        word for word in words.split() if word not in _ABOUT_PARTS and word not in _SMALL_WORDS
    ]
    for at, word in enumerate(tokens):
        city = _CITIES.get(word)
        beside = [tokens[spot] for spot in (at + 1, at - 1) if 0 <= spot < len(tokens)]
        if city is None and beside and re.fullmatch(r"\d{1,2}(?:er?|[a-z]*eme)", beside[0]):
            city = next(
                (code for name, code in _CITIES.items() if OSA.distance(word, name) <= 1), None
            )
        if city is None:
            continue
        compound = " ".join(tokens[at + 1 : at + 3])
        for said in (compound.replace(" ", "-"), *beside):
            numbered = _NUMBERED.fullmatch(said)
            number = int(numbered[1]) if numbered else _ROMAN.get(said) or _ORDINALS.get(said) or 0
            if 1 <= number <= _PARTS[city]:
                return city, number
    return None, None


def _beginning_of(content: str) -> str:
    """The first word of a name without small words, or the first two where it is a saint's."""
    words = content.split(" ")
    size = 2 if words[0] in {"saint", "sainte", "saints", "saintes", "notre"} else 1
    return " ".join(words[:size])


# The forms of a name that are compared with what is only similar.
WHOLE: Final = 0
WITHOUT_SMALL_WORDS: Final = 1
BEGINNING_ONLY: Final = 2
FORMS: Final = (
    lambda spelt: spelt,
    _content_of,
    lambda spelt: _beginning_of(_content_of(spelt)),
)


@functools.cache
def _thirds(length: int) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Where three pieces of a string of that length start, and how long they are."""
    size, more = divmod(length, 3)
    second = size + (1 if more == 2 else 0)
    return ((0, size), (size, second), (size + second, length - size - second))


def _cell(degrees: float) -> int:
    return math.floor(degrees / CELL_DEGREES)


def _numbers_by(keys: list[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, key in enumerate(keys):
        found.setdefault(key, []).append(number)
    return found


@functools.cache
def gazetteer() -> Gazetteer:
    """The one gazetteer of the process, read at the first call."""
    # All that is made here stays: the collector would only walk over it again and again.
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        return Gazetteer(read_table())
    finally:
        gc.freeze()
        if was_collecting:
            gc.enable()
