"""Runs the parts that were asked for and prints what they measured."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from gateway.logs import set_up_logs
from gateway.settings import Settings


@dataclass(frozen=True, slots=True)
class Options:
    """`price` is that of a segment sent, in euros; `messages` a file of texts to understand."""

    settings: Settings
    messages: Path | None = None
    large: bool = False
    price: float = 0.07


def run(parts: Sequence[str], options: Options) -> None:
    """Each part is a module here; its `measure` yields tables, and words, as it gets them."""
    # An event a message would be most of what is measured, and hide the tables.
    set_up_logs(level=logging.WARNING)
    console = Console()
    for part in parts:
        for shown in importlib.import_module(f"gateway.bench.{part}").measure(options):
            console.print(shown)
