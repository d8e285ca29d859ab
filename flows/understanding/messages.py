"""Reads annotated messages: the samples to measure with, and the lessons to learn from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

UNKNOWN = "?"
"""The intent of a lesson that is about services only."""
ANSWER, FIX = "answer", "fix"
"""What an answer to a question of the form wants, and a correction of what was read back."""


def annotated(path: Path) -> list[dict[str, Any]]:
    """The messages of a file, each with text, intent, categories, commune and name.

    A `.jsonl` file has an object a line, in the shape of the annotation guide; a `.tsv` file has
    the columns that lessons/README.md describes. There the categories may be None: not annotated.
    Answers have besides what was asked (`awaiting`), `kind` and `numbers`.

    Raises ValueError for a line that is neither.
    """
    lines = path.read_text("utf-8").splitlines()
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in lines]
    return [_of_columns(line) for line in lines]


def _of_columns(line: str) -> dict[str, Any]:
    match line.split("\t"):
        case [intent, services, communes, name, text]:
            further = {}
        case [asked, intent, kind, services, communes, name, numbers, text]:
            further = {
                "awaiting": asked,
                "kind": _one(kind),
                "numbers": [int(number) for number in _some(numbers, " ")],
            }
        case _:
            raise ValueError(f"five columns between tabs, or eight: {line!r}")
    return further | {
        "text": text.replace("\\n", "\n"),
        "intent": intent,
        "categories": None if services == UNKNOWN else _some(services, " "),
        "commune": _some(communes, " | ") or None,
        "name": _one(name),
    }


def _one(column: str) -> str | None:
    return None if column == "-" else column


def _some(column: str, separator: str) -> list[str]:
    return [] if column == "-" else column.split(separator)
