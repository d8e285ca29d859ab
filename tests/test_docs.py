"""Holds what is written about the service to what the service does.

The boxes in README.md and docs/ are taken from tests/transcripts/: a comment before each says from
which page, from which line and up to which. `pytest tests/test_docs.py --accept` renews them.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from flows.sms import ACTS
from flows.understanding import understand
from flows.voice.menu import QUESTIONS
from flows.wording import spoken, wording
from gateway.commands import main
from gateway.settings import Settings

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "deploy").glob("*.md")),
]
BOX = re.compile(
    r'(?P<mark><!-- transcript (?P<page>\w+): from "(?P<first>.+?)"(?: to "(?P<end>.+?)")? -->\n)'
    r"```\n(?P<lines>.*?)```\n",
    re.DOTALL,
)
WIDTH = 92
# Capital letters in our texts that aren't words to be sent.
NO_KEYWORDS = {"SMS", "URGENCE", "DANGER", "AUTRE"}


def by_name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def rows(page: str, heading: str) -> list[list[str]]:
    """The rows of the tables that follow a heading, up to the next heading of the same rank."""
    text = (ROOT / page).read_text("utf-8")
    rank = heading.split(" ")[0]
    part = re.split(rf"^{rank} ", text.partition(f"{heading}\n")[2], flags=re.MULTILINE)[0]
    lines = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("|")]
    return [cells for cells in lines if not set(cells[0]) <= {"-", " ", "|"} and "`" in cells[0]]


def box(page: str, first: str, end: str | None) -> str:
    """Lines of a transcript as they stand in a document: wrapped, so that nobody must scroll."""
    lines = (ROOT / "tests" / "transcripts" / f"{page}.txt").read_text("utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(first))
    stop = next(
        (n for n, line in enumerate(lines) if end and n > start and line.startswith(end)),
        len(lines),
    )
    shown = ""
    for line in filter(None, lines[start:stop]):
        who = re.match(r".+? (?:texts|gets|says|hears): *", line)
        gap = "\n" if shown and " texts:" in line else ""
        indent = " " * len(who[0]) if who else ""
        shown += gap + textwrap.fill(line, WIDTH, subsequent_indent=indent) + "\n"
    return shown


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_conversations_shown_are_those_of_the_transcripts(
    page: Path, request: pytest.FixtureRequest
) -> None:
    text = page.read_text("utf-8")
    renewed = BOX.sub(
        lambda found: (
            f"{found['mark']}```\n{box(found['page'], found['first'], found['end'])}```\n"
        ),
        text,
    )
    assert text.count("<!-- transcript") == len(BOX.findall(text))
    if request.config.getoption("--accept"):
        page.write_text(renewed, "utf-8")
        return
    assert text == renewed, "the transcripts changed: pytest tests/test_docs.py --accept"


def test_the_first_conversation_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [found["page"] for found in BOX.finditer(readme)] == ["jeanne_and_marie"]


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    missing = [link for link in links if not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_every_path_named_exists(page: Path) -> None:
    named = re.findall(r"`((?:gateway|flows|models|tests|docs|deploy)/[\w./-]*)`", page.read_text())
    missing = [
        path
        for path in named
        # Capitals stand for a name of one's own choice.
        if not re.search(r"[A-Z]{2,}\.(py|toml)$", path)
        and path != "deploy/.env"
        and not (ROOT / path).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_every_command_named_exists(page: Path) -> None:
    named = re.findall(r"-m gateway ([a-z-]+)", page.read_text("utf-8"))
    assert set(named) <= set(main.commands)


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_every_make_target_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = re.findall(r"(?:`|^ *)make ([a-z]+)", page.read_text("utf-8"), re.MULTILINE)
    assert set(named) <= targets


def test_the_readme_begins_with_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    first_box = readme.partition("```sh\n")[2].partition("```")[0]
    commands = [line.split("#")[0].strip() for line in first_box.splitlines()]
    assert commands == ["make demo", "make test"]


def test_the_list_of_settings_is_complete_and_its_defaults_are_right() -> None:
    listed = {
        row[0].strip("`"): row[1].strip("`") for row in rows("docs/settings.md", "# Settings")
    }
    assert list(listed) == [name.upper() for name in Settings.model_fields]
    for name, field in Settings.model_fields.items():
        assert field.default is not PydanticUndefined
        written = listed[name.upper()]
        if name == "secret_key":
            assert written == "the demo's own"
            continue
        default = field.default
        plain = default.get_secret_value() if hasattr(default, "get_secret_value") else str(default)
        assert written == (plain or "empty"), name


@pytest.mark.parametrize(
    ("pinned", "heading"),
    [
        ("requirements.txt", "## To run the service"),
        ("requirements-dev.txt", "## To test it"),
    ],
)
def test_the_list_of_dependencies_is_what_is_pinned(pinned: str, heading: str) -> None:
    names = [
        re.split(r"[\[=]", line)[0]
        for line in (ROOT / pinned).read_text("utf-8").splitlines()
        if line and not line.startswith(("#", "-"))
    ]
    text = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    part = text.partition(f"{heading}\n")[2].split("\n## ")[0]
    listed = re.findall(r"^\| (\w[\w-]+) \|", part, re.MULTILINE)
    assert listed == ["package", *names]


def _keywords(page: str, heading: str) -> set[str]:
    named = (word for row in rows(page, heading) for word in re.findall(r"`([^`]+)`", row[0]))
    return {word for word in named if not word.isdigit()}


def _keywords_in_texts(language: str) -> set[str]:
    texts = wording(language).texts.values()
    return {word for text in texts for word in re.findall(r"\b[A-Z]{3,}(?: [A-Z]{3,})*\b", text)}


@pytest.mark.parametrize(
    ("page", "heading"),
    [("README.md", "## What people can text"), ("docs/conversation.md", "## The words")],
)
def test_every_keyword_named_is_in_the_texts_and_is_understood(page: str, heading: str) -> None:
    keywords = _keywords(page, heading)
    assert len(keywords) > 15
    assert keywords <= _keywords_in_texts("fr") | _keywords_in_texts("en")
    not_understood = {
        word for word in keywords if understand(word, None).intent not in {*ACTS, "yes", "no"}
    }
    assert not_understood == set()


def test_no_keyword_of_the_texts_is_forgotten() -> None:
    in_texts = _keywords_in_texts("fr") - NO_KEYWORDS
    assert in_texts <= _keywords("docs/conversation.md", "## The words")


def test_every_category_of_the_guide_is_one_table() -> None:
    # What HOW_TO_ADD.md promises: a row here, its words there, its English name in one file.
    from models.categories import CATEGORIES

    words = (ROOT / "flows" / "understanding" / "words_fr.toml").read_text("utf-8")
    assert all(f"[services.{slug}]" in words for slug in CATEGORIES)
    assert all(wording("en").service(slug) for slug in CATEGORIES)


def test_the_menu_is_listed_as_it_is() -> None:
    labels = spoken("fr").texts
    menu = [
        [f"`{question.name}`", row.key, labels[f"choice.{row.name}"]]
        for question in QUESTIONS.values()
        if not callable(question.rows)
        for row in question.rows
    ]
    assert rows("docs/telephone.md", "## The menu") == menu
