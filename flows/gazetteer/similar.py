"""Finds strings that differ from another by one or two changes, among tens of thousands."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA


class Similar:
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


@functools.cache
def _thirds(length: int) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Where three pieces of a string of that length start, and how long they are."""
    size, more = divmod(length, 3)
    second = size + (1 if more == 2 else 0)
    return ((0, size), (size, second), (size + second, length - size - second))
