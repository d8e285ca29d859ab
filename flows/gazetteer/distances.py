"""How far communes are from one another, and which are near without crossing the sea."""

from __future__ import annotations

import math
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from models.geography.table import CITIES_IN_PARTS, Table, city_of

# An arrondissement and its city are the same place for a neighbour.
CITY_AND_PART_KM: Final = 1.0

EARTH_RADIUS_KM: Final = 6371.0088
CELL_DEGREES: Final = 0.1


class Distances:
    """The places as points of a sphere, and in the cells of a grid. `index` is by INSEE code."""

    def __init__(self, table: Table, index: Mapping[str, int]) -> None:
        self._places = table.places
        self._landmass = table.landmass
        self._apart = table.apart
        self._index = index
        self._points = array("d")
        self._grid: dict[tuple[int, int], list[int]] = defaultdict(list)
        for number, place in enumerate(table.places):
            north, east = math.radians(place.latitude), math.radians(place.longitude)
            ring = math.cos(north)
            self._points.extend((ring * math.cos(east), ring * math.sin(east), math.sin(north)))
            self._grid[(_cell(place.latitude), _cell(place.longitude))].append(number)
        self._parts = [place.insee for place in table.places if city_of(place.insee)]

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
        here = self._index[insee]
        place = self._places[here]
        apart = self._apart.get(here, frozenset())
        landmass = self._landmass[here]
        x, y, z = self._points[3 * here : 3 * here + 3]
        # Compare chords: no trigonometry for places that are too far.
        chord = 2 * math.sin(min(math.pi / 2, radius_km / EARTH_RADIUS_KM / 2))
        limit = chord * chord
        found: dict[str, float] = {}
        points, places, landmasses = self._points, self._places, self._landmass
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
        return ordered

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


def _cell(degrees: float) -> int:
    return math.floor(degrees / CELL_DEGREES)
