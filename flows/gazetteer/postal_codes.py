"""Which communes have a postal code, and which département a code lies in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from models.geography.table import CITIES_IN_PARTS, Place


class PostalCodes:
    """Every postal code, with the numbers of its places: their positions in the table."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._places = places
        codes: dict[str, list[int]] = defaultdict(list)
        for number, place in enumerate(places):
            if place.insee in CITIES_IN_PARTS:
                codes[f"{place.departement}000"].append(number)
                continue
            for code in place.postal_codes:
                codes[code].append(number)
        for numbers in codes.values():
            if len(numbers) > 1:
                numbers.sort(key=lambda number: (-places[number].population, number))
        self._codes = dict(codes)

    def __contains__(self, code: object) -> bool:
        return code in self._codes

    def numbers_of(self, code: str) -> Sequence[int]:
        """The places of exactly this code, largest first."""
        return self._codes.get(code, ())

    def numbers_served_by(self, code: str) -> Sequence[int]:
        """As `numbers_of`; a CEDEX code leads to the town that its first three figures name."""
        return self.numbers_of(code) or self.numbers_of(f"{code[:3]}00")

    def departement_of(self, code: str) -> str:
        """The département of a code, also of one that is in no list."""
        numbers = self._codes.get(code)
        if numbers:
            return self._places[numbers[0]].departement
        if code[:2] == "20":
            return "2A" if code[:3] in {"200", "201"} else "2B"
        return code[:3] if code[:2] in {"97", "98"} else code[:2]
