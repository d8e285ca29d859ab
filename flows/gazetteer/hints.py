"""Takes the hints that stand beside a name: a département, an arrondissement, a postal code.

"ermont 95"                        a département in figures, "val d'oise" in words, "idf" several
"95120", "44042 nantes cedex 1"    a postal code
"paris XX", "lyon troisieme"       a city in parts and the number of the part
"je suis a chatou"                 what people write around a name, dropped where no name has it
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

from flows.gazetteer.names import Names
from flows.gazetteer.postal_codes import PostalCodes
from flows.gazetteer.spelling import SMALL_WORDS, normalise
from models.geography.table import DEPARTEMENTS, Place

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
_ORDINAL: Final = re.compile(r"\d{1,2}(?:er?|[a-z]*eme)")
_MARSEILLE_13: Final = re.compile(r"\bmarseille (?:le )?13$")
_BRACKETED: Final = re.compile(r"\(\s*(\d{2,3}|2[abAB])\s*\)")
_CEDEX: Final = re.compile(r"\bcedex(?: \d{1,2})?\b")
_TWO_AND_THREE_FIGURES: Final = re.compile(r"\b(\d{2}) (\d{3})\b")
_FIVE_FIGURES: Final = re.compile(r"\b\d{5}\b")
_FIGURE: Final = re.compile(r"\d")
_ABOUT_PARTS: Final = frozenset(
    ("arrondissement", "arrondissements", "arr", "ar", "arrt", "arrond", "ard", "ardt", "arrdt")
)
_NO_PARTS_OF_NAMES: Final = (_ABOUT_PARTS | {"cedex"}) - {"ar"}

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


class Asked(NamedTuple):
    """What a text says of a place: possible names (best reading first), and hints."""

    names: tuple[str, ...]
    departements: frozenset[str]
    postal_code: str | None
    is_cedex: bool
    city: str | None
    part: int | None
    part_may_be_departement: bool


class _Phrase(NamedTuple):
    """A way to say one département or several, in words."""

    words: str
    departements: tuple[str, ...]


class Hints:
    """Reads what stands beside a name; knows all names, to leave alone what is part of one."""

    def __init__(self, names: Names, postal_codes: PostalCodes, places: Iterable[Place]) -> None:
        self._names = names
        self._postal_codes = postal_codes
        self._departements = frozenset(place.departement for place in places)
        # Ways to say a département by their last and by their first word, the longest first.
        self._endings: dict[str, list[_Phrase]] = defaultdict(list)
        self._openings: dict[str, list[_Phrase]] = defaultdict(list)
        said = {normalise(name): code for code, name in DEPARTEMENTS.items()} | _TERRITORIES
        for phrase, codes in sorted(said.items(), key=lambda entry: -len(entry[0])):
            words = phrase.split(" ")
            entry = _Phrase(phrase, tuple(codes.split()))
            self._endings[words[-1]].append(entry)
            self._openings[words[0]].append(entry)

    def read(self, text: str) -> Asked:
        """Takes the hints out of a text and leaves the possible names."""
        departements: set[str] = set()
        for bracketed in _BRACKETED.findall(text):
            departements |= self._departements_of_figure(bracketed.lower())
        words = normalise(_BRACKETED.sub(" ", text))
        is_cedex = "cedex" in words.split()
        postal_code = None
        if _FIGURE.search(words):
            words = _TWO_AND_THREE_FIGURES.sub(r"\1\2", _CEDEX.sub(" ", words))
            for code in _FIVE_FIGURES.findall(words):
                postal_code = code
                departements.add(self._postal_codes.departement_of(code))
            words = _FIVE_FIGURES.sub(" ", words)
        city, part = (None, None) if postal_code else _part_in(words)
        part_may_be_departement = bool(_MARSEILLE_13.search(words))
        kept = []
        for word in words.split():
            if word[0].isdigit():
                departements |= self._departements_of_figure(word)
            elif word not in _NO_PARTS_OF_NAMES:
                kept.append(word)
        names, named = self._without_departement(" ".join(kept))
        if named and not departements:
            departements |= named
        elif named and departements & named:
            departements &= named
        return Asked(
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
        is_a_name = self._names.is_one(words)
        for phrase, codes in self._endings.get(words.split(" ")[-1], ()):
            if words == phrase:
                # A territory alone is no commune, but some communes are called like one.
                if not is_a_name:
                    readings, named = [], set(codes)
                break
            # "champini sur marne": the river is a part of the name, spelt as it may be.
            if words.endswith(" " + phrase) and not is_a_name and f" sur {phrase}" not in words:
                rest = _ENDINGS.sub("", words[: -len(phrase)].strip())
                readings.insert(0, rest)
                named = set(codes)
                break
        else:
            for phrase, codes in self._openings.get(words.split(" ")[0], ()):
                if words.startswith(phrase + " ") and not is_a_name:
                    readings.append(words[len(phrase) :].strip())
                    named = set(codes)
                    break
        for reading in list(readings):
            if reading not in self._names:
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


def _part_in(words: str) -> tuple[str | None, int | None]:
    """Paris, Lyon or Marseille with the number of an arrondissement, wherever the two stand."""
    tokens = [
        word for word in words.split() if word not in _ABOUT_PARTS and word not in SMALL_WORDS
    ]
    for at, word in enumerate(tokens):
        city = _CITIES.get(word)
        beside = [tokens[spot] for spot in (at + 1, at - 1) if 0 <= spot < len(tokens)]
        if city is None and beside and _ORDINAL.fullmatch(beside[0]):
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
