"""The sets of small words that the rules look up (word_sets_fr.toml)."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("word_sets_fr.toml").read_text("utf-8"))


def word_set(section: str, name: str) -> frozenset[str]:
    """One set of words: `section` is the file that uses it."""
    return frozenset(_tables()[section][name].split())
