"""Remembers what was worked out for a word, because a few thousand words make most messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Remembered(dict[str, T]):
    """A function of a word, looked up like a table: `remembered[word]`.

    It forgets everything when it is full, which hardly ever happens; to keep the order of use, as
    `lru_cache` does, would cost more at each look-up than it saves.
    """

    def __init__(self, work_out: Callable[[str], T], most: int = 32768) -> None:
        super().__init__()
        self._work_out = work_out
        self._most = most

    def __missing__(self, word: str) -> T:
        if len(self) >= self._most:
            self.clear()
        found = self[word] = self._work_out(word)
        return found
