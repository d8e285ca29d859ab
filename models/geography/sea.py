"""Finds which communes the sea keeps apart, for the build of the table.

Two communes that the crow finds near may be hours from each other: another island, the other shore
of a bay. Two things are told from the outlines:

landmass  communes that touch, or that a bridge joins, are on one; nobody is a neighbour elsewhere
apart     pairs on one landmass between which water lies, and which are far by land: the way over
          communes that touch is more than twice as long as the crow's, and two kilometres. Roads
          rarely make that detour for another reason (1.2 to 1.4 times is usual), and only pairs
          with open water between them are looked at.

The outlines hold rivers and most lagoons as land, but neither bays nor roadsteads.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import shapely

from models.geography import by_hand
from models.geography.table import CITIES_IN_PARTS, departement_of

# The largest radius that anybody is served in.
FARTHEST_KM: Final = 50.0
DETOUR: Final = 2.0
DETOUR_MORE_KM: Final = 2.0
# Less water than that is a harbour or a river's mouth with a bridge too small for the table.
OPEN_WATER_KM: Final = 0.5
# Who lives farther from the shore has a way round that is no detour.
FROM_THE_SHORE_KM: Final = 20.0
GRID_DEGREES: Final = 0.01
KM_PER_DEGREE: Final = 111.2

Points = dict[str, tuple[float, float]]
Ways = dict[str, dict[str, float]]


def separate(
    codes: list[str], points: Points, outlines: dict[str, Any]
) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """The landmass of each commune (0 is the mainland), and the pairs that the sea keeps apart."""
    shapes = {code: outlines[code] for code in codes if code in outlines}
    ways = _ways(shapes, points)
    landmass = _landmasses(codes, points, ways)
    return landmass, _apart(shapes, points, ways, landmass)


def km_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The distance of two points, near enough for neighbours."""
    east = (other[1] - one[1]) * math.cos(math.radians((one[0] + other[0]) / 2))
    return KM_PER_DEGREE * math.hypot(other[0] - one[0], east)


def _ways(shapes: dict[str, Any], points: Points) -> Ways:
    """From each commune to those that it touches, in km, and over the bridges."""
    codes = list(shapes)
    tree = shapely.STRtree(list(shapes.values()))
    ways: Ways = {code: {} for code in codes}
    estuaries = _estuaries()
    for one, other in zip(*tree.query(list(shapes.values()), predicate="intersects"), strict=True):
        if one < other:
            a, b = codes[one], codes[other]
            if not any(line.intersects(_segment(points[a], points[b])) for line in estuaries):
                ways[a][b] = ways[b][a] = km_between(points[a], points[b])
    for a, b in by_hand.BRIDGES:
        ways[a][b] = ways[b][a] = km_between(points[a], points[b])
    return ways


def _landmasses(codes: list[str], points: Points, ways: Ways) -> dict[str, int]:
    """A number for each island, in the order of the codes; the largest landmass is 0."""
    groups: list[list[str]] = []
    reached: set[str] = set()
    for code in ways:
        if code in reached:
            continue
        group, ahead = [], [code]
        reached.add(code)
        while ahead:
            one = ahead.pop()
            group.append(one)
            for other in ways[one]:
                if other not in reached:
                    reached.add(other)
                    ahead.append(other)
        groups.append(group)
    outlined = list(reached)
    islands = [island.split() for island in by_hand.ISLANDS.values()]
    for code in codes:
        if code in reached:
            continue
        island = next((island for island in islands if code in island), [code])
        if departement_of(code) > "974":
            groups.append(island)
            reached.update(island)
        else:
            # Newer than the outlines: it was part of the commune beside it.
            nearest = min(outlined, key=lambda other: km_between(points[code], points[other]))
            next(group for group in groups if nearest in group).append(code)
    groups.sort(key=lambda group: min(group))
    groups.sort(key=len, reverse=True)
    ordered = [groups[0], *sorted(groups[1:], key=min)]
    return {code: number for number, group in enumerate(ordered) for code in group}


def _apart(
    shapes: dict[str, Any], points: Points, ways: Ways, landmass: dict[str, int]
) -> list[tuple[str, str]]:
    coastal = by_hand.COASTAL_DEPARTEMENTS.split()
    coast = {
        code: shape
        for code, shape in shapes.items()
        if departement_of(code) in coastal and code not in CITIES_IN_PARTS
    }
    water = _Water(shapes, coast)
    shore = [code for code in coast if water.is_within(points[code], FROM_THE_SHORE_KM)]
    estuaries = _estuaries()
    apart: list[tuple[str, str]] = []
    for code, others in _pairs_within(shore, points, landmass):
        doubtful = []
        kms = water.km_on_the_way(points[code], [points[other] for other in others])
        for other, wet in zip(others, kms, strict=True):
            if wet > OPEN_WATER_KM or any(
                line.intersects(_segment(points[code], points[other])) for line in estuaries
            ):
                doubtful.append(other)
        limits = {
            other: DETOUR * km_between(points[code], points[other]) + DETOUR_MORE_KM
            for other in doubtful
        }
        apart += [(code, other) for other in _too_far_by_land(code, limits, ways)]
    return apart


def _pairs_within(
    shore: list[str], points: Points, landmass: dict[str, int]
) -> Iterable[tuple[str, list[str]]]:
    """Each commune near the shore with the later ones that are within the largest radius."""
    places = np.array([points[code] for code in shore])
    lands = np.array([landmass[code] for code in shore])
    for index, code in enumerate(shore):
        north, east = places[index]
        later = places[index + 1 :]
        km = KM_PER_DEGREE * np.hypot(
            later[:, 0] - north,
            (later[:, 1] - east) * np.cos(np.radians((later[:, 0] + north) / 2)),
        )
        near = np.nonzero((km <= FARTHEST_KM) & (lands[index + 1 :] == lands[index]))[0]
        if len(near):
            yield code, [shore[index + 1 + other] for other in near]


def _too_far_by_land(code: str, limits: dict[str, float], ways: Ways) -> list[str]:
    """Which of the others can't be reached within their limits (Dijkstra's shortest paths)."""
    waiting = dict(limits)
    longest = max(waiting.values(), default=0.0)
    reached: set[str] = set()
    ahead = [(0.0, code)]
    while ahead and waiting:
        km, one = heapq.heappop(ahead)
        if km > longest:
            break
        if one in reached:
            continue
        reached.add(one)
        if one in waiting and km <= waiting[one]:
            del waiting[one]
            longest = max(waiting.values(), default=0.0)
        for other, more in ways[one].items():
            if other not in reached:
                heapq.heappush(ahead, (km + more, other))
    return sorted(waiting)


def _estuaries() -> list[Any]:
    return [
        shapely.LineString([point[::-1] for point in line]) for line in by_hand.ESTUARIES.values()
    ]


def _segment(one: tuple[float, float], other: tuple[float, float]) -> Any:
    return shapely.LineString([one[::-1], other[::-1]])


class _Water:
    """A grid of about a kilometre over all coasts: land is where a commune is."""

    def __init__(self, shapes: dict[str, Any], coast: dict[str, Any]) -> None:
        tree = shapely.STRtree(list(shapes.values()))
        # Rows and columns of cells around each coastal commune, as far as a neighbour could be.
        cells = set()
        for shape in coast.values():
            west, south, east, north = shape.bounds
            for row in range(_cell(south - 0.2), _cell(north + 0.2) + 1):
                for column in range(_cell(west - 0.3), _cell(east + 0.3) + 1):
                    cells.add((row, column))
        ordered = np.array(sorted(cells))
        middles = shapely.points(
            (ordered[:, 1] + 0.5) * GRID_DEGREES, (ordered[:, 0] + 0.5) * GRID_DEGREES
        )
        on_land = np.zeros(len(ordered), dtype=bool)
        on_land[np.unique(tree.query(middles, predicate="intersects")[0])] = True
        self._south, self._west = ordered.min(axis=0)
        size = ordered.max(axis=0) - (self._south, self._west) + 1
        # What lies outside of all that was looked at counts as land: far from any coast.
        self._wet = np.zeros(size, dtype=bool)
        wet = ordered[~on_land] - (self._south, self._west)
        self._wet[wet[:, 0], wet[:, 1]] = True
        for line in by_hand.ESTUARIES.values():
            for north, east in line:
                self._wet[_cell(north) - self._south, _cell(east) - self._west] = True

    def is_within(self, point: tuple[float, float], km: float) -> bool:
        rows = round(km / KM_PER_DEGREE / GRID_DEGREES)
        columns = round(rows / math.cos(math.radians(point[0])))
        row, column = _cell(point[0]) - self._south, _cell(point[1]) - self._west
        around = self._wet[
            max(0, row - rows) : row + rows + 1, max(0, column - columns) : column + columns + 1
        ]
        return bool(around.any())

    def km_on_the_way(
        self, start: tuple[float, float], ends: list[tuple[float, float]]
    ) -> list[float]:
        """How many km of the straight way to each end are over water."""
        steps = np.linspace(0, 1, 201)[:, None]
        away = np.array(ends)
        north = start[0] + steps * (away[:, 0] - start[0])
        east = start[1] + steps * (away[:, 1] - start[1])
        rows = np.floor(north / GRID_DEGREES).astype(int) - self._south
        columns = np.floor(east / GRID_DEGREES).astype(int) - self._west
        share = self._wet[rows, columns].mean(axis=0)
        return [float(part) * km_between(start, end) for part, end in zip(share, ends, strict=True)]


def _cell(degrees: float) -> int:
    return math.floor(degrees / GRID_DEGREES)
