"""Medians and percentiles of what was measured, and how they are written."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent don't exceed; NaN if there is none at all."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"


def timed(act: Callable[[], object]) -> float:
    """How many seconds it takes, by the clock on the wall."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start
