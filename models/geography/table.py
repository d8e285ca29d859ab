"""Reads the table of communes that ships with the project: no database, no network.

The file (`communes.tsv.xz`, see PROVENANCE.md) holds four parts, each opened by a line "%part":

places   one row a commune or arrondissement, in the order of the INSEE codes
names    one row a further name: delegated, associated and former communes, nicknames, localities
apart    pairs of communes on one landmass which only the sea joins by a short way
version  in the first line of the file: changes whenever anything in the file does
"""

from __future__ import annotations

import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TABLE: Final = Path(__file__).with_name("communes.tsv.xz")

# Kinds of names: one letter in the file.
KINDS: Final = {
    "d": "delegated",
    "a": "associated",
    "f": "former",
    "n": "nickname",
    "l": "locality",
}

# Insee's code of the overseas collectivities' official time zones (IANA names). Exceptions below.
TIME_ZONES: Final = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",
    "976": "Indian/Mayotte",
    "977": "America/St_Barthelemy",
    "978": "America/Marigot",
    "986": "Pacific/Wallis",
    "987": "Pacific/Tahiti",
    "988": "Pacific/Noumea",
}
# French Polynesia lives in three zones: the Marquesas are half an hour, the Gambier an hour ahead.
TIME_ZONE_EXCEPTIONS: Final = {
    "98718": "Pacific/Marquesas",
    "98719": "Pacific/Gambier",
    "98723": "Pacific/Marquesas",
    "98731": "Pacific/Marquesas",
    "98746": "Pacific/Marquesas",
    "98756": "Pacific/Marquesas",
    "98757": "Pacific/Marquesas",
}

# Names of the départements and overseas collectivities (official geographic code of 2026).
DEPARTEMENTS: Final = {
    "01": "Ain",
    "02": "Aisne",
    "03": "Allier",
    "04": "Alpes-de-Haute-Provence",
    "05": "Hautes-Alpes",
    "06": "Alpes-Maritimes",
    "07": "Ardèche",
    "08": "Ardennes",
    "09": "Ariège",
    "10": "Aube",
    "11": "Aude",
    "12": "Aveyron",
    "13": "Bouches-du-Rhône",
    "14": "Calvados",
    "15": "Cantal",
    "16": "Charente",
    "17": "Charente-Maritime",
    "18": "Cher",
    "19": "Corrèze",
    "21": "Côte-d'Or",
    "22": "Côtes-d'Armor",
    "23": "Creuse",
    "24": "Dordogne",
    "25": "Doubs",
    "26": "Drôme",
    "27": "Eure",
    "28": "Eure-et-Loir",
    "29": "Finistère",
    "2A": "Corse-du-Sud",
    "2B": "Haute-Corse",
    "30": "Gard",
    "31": "Haute-Garonne",
    "32": "Gers",
    "33": "Gironde",
    "34": "Hérault",
    "35": "Ille-et-Vilaine",
    "36": "Indre",
    "37": "Indre-et-Loire",
    "38": "Isère",
    "39": "Jura",
    "40": "Landes",
    "41": "Loir-et-Cher",
    "42": "Loire",
    "43": "Haute-Loire",
    "44": "Loire-Atlantique",
    "45": "Loiret",
    "46": "Lot",
    "47": "Lot-et-Garonne",
    "48": "Lozère",
    "49": "Maine-et-Loire",
    "50": "Manche",
    "51": "Marne",
    "52": "Haute-Marne",
    "53": "Mayenne",
    "54": "Meurthe-et-Moselle",
    "55": "Meuse",
    "56": "Morbihan",
    "57": "Moselle",
    "58": "Nièvre",
    "59": "Nord",
    "60": "Oise",
    "61": "Orne",
    "62": "Pas-de-Calais",
    "63": "Puy-de-Dôme",
    "64": "Pyrénées-Atlantiques",
    "65": "Hautes-Pyrénées",
    "66": "Pyrénées-Orientales",
    "67": "Bas-Rhin",
    "68": "Haut-Rhin",
    "69": "Rhône",
    "70": "Haute-Saône",
    "71": "Saône-et-Loire",
    "72": "Sarthe",
    "73": "Savoie",
    "74": "Haute-Savoie",
    "75": "Paris",
    "76": "Seine-Maritime",
    "77": "Seine-et-Marne",
    "78": "Yvelines",
    "79": "Deux-Sèvres",
    "80": "Somme",
    "81": "Tarn",
    "82": "Tarn-et-Garonne",
    "83": "Var",
    "84": "Vaucluse",
    "85": "Vendée",
    "86": "Vienne",
    "87": "Haute-Vienne",
    "88": "Vosges",
    "89": "Yonne",
    "90": "Territoire de Belfort",
    "91": "Essonne",
    "92": "Hauts-de-Seine",
    "93": "Seine-Saint-Denis",
    "94": "Val-de-Marne",
    "95": "Val-d'Oise",
    "971": "Guadeloupe",
    "972": "Martinique",
    "973": "Guyane",
    "974": "La Réunion",
    "975": "Saint-Pierre-et-Miquelon",
    "976": "Mayotte",
    "977": "Saint-Barthélemy",
    "978": "Saint-Martin",
    "986": "Wallis et Futuna",
    "987": "Polynésie française",
    "988": "Nouvelle-Calédonie",
}

# The three cities with arrondissements: INSEE code of the whole, and how the parts' codes start.
CITIES_IN_PARTS: Final = {"75056": "751", "69123": "6938", "13055": "132"}


@dataclass(frozen=True, slots=True)
class Place:
    """One current commune, or one arrondissement of Paris, Lyon or Marseille.

    `short_name` is GSM-7, for an SMS; `spoken_name` is for the telephone; `departement` and
    `region` are official codes ("95", "2A", "974"); a collectivity that is no département counts as
    one ("987"). The point is the mairie where it is known.
    """

    insee: str
    name: str
    short_name: str
    spoken_name: str
    postal_codes: tuple[str, ...]
    departement: str
    region: str
    population: int
    latitude: float
    longitude: float
    time_zone: str
    mairie_phone: str | None


@dataclass(frozen=True, slots=True)
class OtherName:
    """A name that people use and the official code doesn't (any more).

    `population` says how many people may mean it: those of the delegated commune where they were
    counted, otherwise an estimate. Several codes: the commune was divided, so ask.
    """

    name: str
    kind: str
    population: int
    insee: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """All that the file holds. `landmass` and `apart` are keyed by position in `places`."""

    version: str
    places: list[Place]
    names: list[OtherName]
    landmass: list[int]
    apart: dict[int, frozenset[int]]


def time_zone_of(insee: str) -> str:
    """The IANA time zone of a commune's code."""
    return TIME_ZONE_EXCEPTIONS.get(insee) or TIME_ZONES.get(insee[:3], "Europe/Paris")


def departement_of(insee: str) -> str:
    """The département (or overseas collectivity) that a commune's code begins with."""
    return insee[:3] if insee >= "97" else insee[:2]


def city_of(insee: str) -> str | None:
    """The whole city that an arrondissement is part of; None for everything else."""
    for city, start in CITIES_IN_PARTS.items():
        if insee.startswith(start) and insee != city:
            return city
    return None


def read_version() -> str:
    """The version of the shipped file, without reading the rest of it."""
    with lzma.open(TABLE, "rt", encoding="utf-8") as lines:
        return lines.readline().removeprefix("%version ").strip()


def read_table() -> Table:
    """Everything in the file."""
    with lzma.open(TABLE, "rb") as packed:
        lines = packed.read().decode("utf-8").split("\n")
    version = lines[0].removeprefix("%version ")
    names_at, apart_at = lines.index("%names"), lines.index("%apart")
    places: list[Place] = []
    landmass: list[int] = []
    for line in lines[2:names_at]:
        (insee, name, short, spoken, codes, region, people, north, east, phone, land) = line.split(
            "\t"
        )
        places.append(
            Place(
                insee,
                name,
                short or name,
                spoken or name,
                tuple(codes.split(" ")),
                departement_of(insee),
                region,
                int(people),
                int(north) / 10_000,
                int(east) / 10_000,
                time_zone_of(insee),
                phone or None,
            )
        )
        landmass.append(int(land or 0))
    names = []
    for line in lines[names_at + 1 : apart_at]:
        name, kind, people, codes = line.split("\t")
        names.append(OtherName(name, KINDS[kind], int(people), tuple(codes.split(" "))))
    return Table(version, places, names, landmass, _read_apart(lines[apart_at + 1 :]))


def _read_apart(lines: list[str]) -> dict[int, frozenset[int]]:
    """A line is a position, then the later ones it is apart from; all as steps from the last."""
    apart: dict[int, set[int]] = {}
    position = 0
    for line in lines:
        if not line:
            continue
        first, *steps = map(int, line.split(" "))
        position += first
        other = position
        for step in steps:
            other += step
            apart.setdefault(position, set()).add(other)
            apart.setdefault(other, set()).add(position)
    return {one: frozenset(others) for one, others in apart.items()}


def read_places() -> list[Place]:
    """Every current commune and arrondissement, by INSEE code."""
    return read_table().places


def read_names() -> Iterator[tuple[str, str, str]]:
    """Every name with its kind and a code it leads to; a name may come several times."""
    table = read_table()
    for place in table.places:
        yield place.name, "current", place.insee
    for other in table.names:
        for insee in other.insee:
            yield other.name, other.kind, insee
