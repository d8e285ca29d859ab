"""The shape of the project: dependencies point one way, and the clock is asked in one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDERS = {"gateway": {"flows", "models"}, "flows": {"models"}, "models": set()}
# What a folder must not know of, however useful.
FORBIDDEN = {"flows": {"flask", "twilio"}, "models": {"flask", "twilio"}}


def _modules(folder: str) -> list[Path]:
    return sorted(Path(folder).rglob("*.py"))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_imports_only_what_lies_below_it(folder: str) -> None:
    above = set(FOLDERS) - FOLDERS[folder] - {folder} | {"tests"} | FORBIDDEN.get(folder, set())
    wrong = [
        f"{path}: {name}"
        for path in _modules(folder)
        for name in _imports(path)
        if name.split(".")[0] in above
    ]
    assert wrong == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_nobody_but_the_clock_asks_what_time_it_is(folder: str) -> None:
    asking = [
        str(path)
        for path in _modules(folder)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in ("now", "utcnow", "today")
        and isinstance(node.value, ast.Name)
        and node.value.id in ("datetime", "date")
    ]
    assert set(asking) <= {"gateway/clock.py"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_module_says_what_it_is_for(folder: str) -> None:
    silent = [
        str(path)
        for path in _modules(folder)
        if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []


def test_only_the_settings_read_the_environment() -> None:
    reading = [
        str(path)
        for folder in FOLDERS
        for path in _modules(folder)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in ("environ", "getenv")
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    ]
    assert reading == []
