"""A clock that several processes share and one of them moves: by how much stands in a file."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

from gateway.clock import SystemClock


class SharedClock:
    """Runs like the real clock, ahead of it by the seconds that stand in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._real = SystemClock()

    @property
    def ahead(self) -> timedelta:
        try:
            return timedelta(seconds=float(self._path.read_text("ascii")))
        except FileNotFoundError:
            return timedelta()

    def now(self) -> datetime:
        return self._real.now() + self.ahead

    def forward(self, span: timedelta) -> None:
        """Move forward by `span`, for everybody; ValueError if it is negative."""
        if span < timedelta():
            raise ValueError("time only moves forward")
        # Put in place whole, so that nobody reads half a number.
        written = self._path.with_suffix(".new")
        written.write_text(str((self.ahead + span).total_seconds()), "ascii")
        os.replace(written, self._path)
