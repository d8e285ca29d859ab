"""What is said on the telephone: complete in every language, used, and true to the menu."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.voice.keypad import plain
from flows.voice.menu import CHOICES_AT_ONCE, QUESTIONS, Row
from flows.wording import SpokenWording, blanks_of, languages, spoken, wording
from models.categories import CATEGORIES

SOURCES = [path for folder in ("flows", "gateway") for path in Path(folder).rglob("*.py")]
# These questions say something else by turns (`text`): the names of what they say.
VARIANTS = {
    "placed": ("placed", "placed_as_asked"),
    "group": ("group_need", "group_offer", "group_search"),
    "confirmation": ("confirmation_need", "confirmation_offer", "confirmation_again"),
}
# What was read back is said once more as it is, for it has no simpler words.
SAID_AGAIN_AS_IT_IS = {"confirmation"}
# Rows whose label and words are what they choose: a service or a commune.
NAMED_BY_THEIR_BLANK = {"service": "service", "place": "place"}
# Not in the menu: what whoever is rung hears, and the way to further rows.
OUTSIDE_THE_MENU = {"row", "more"}
# Sections of which everything that is written may have to be said as well, and what need not be.
SAID_AS_WELL = ("introduction", "promise", "expiry", "forget")
ONLY_WRITTEN = {
    # A call says `form.for_this` instead.
    "introduction.first_your_listing",
    # Both are put through in a call: nobody is asked whether to give a number.
    "introduction.not_shared",
    # In a call a question is answered while it is read out, so it is always clear which is meant.
    "introduction.which_question",
    "introduction.which_question_or_own",
    "introduction.no_question",
    "promise.widen_again",
    "expiry.keep_again",
    # In a call one neighbour after the other is read out, so it is always clear who is meant.
    "forget.which",
}
# Only `line.number` says a neighbour's number; the others are the caller's or the town hall's.
MAY_SAY_A_NUMBER = {
    "line.number",
    "question.number_heard",
    "question.number_heard_again",
    "call.call_back_to_number",
    "call.number_is_called",
    "promise.mairie",
}


@pytest.fixture(params=languages())
def language(request: pytest.FixtureRequest) -> SpokenWording:
    return spoken(request.param)


def _fixed_rows() -> list[Row]:
    return [
        row
        for question in QUESTIONS.values()
        if not callable(question.rows)
        for row in question.rows
    ]


def _names_of_groups() -> set[str]:
    return {f"group_{category.menu[0]}" for category in CATEGORIES.values()}


def test_every_language_says_the_same_with_the_same_blanks(language: SpokenWording) -> None:
    assert {name: blanks_of(text) for name, text in language.texts.items()} == {
        name: blanks_of(text) for name, text in spoken("fr").texts.items()
    }


def test_every_language_listens_for_the_same_rows(language: SpokenWording) -> None:
    assert set(language.words) == set(spoken("fr").words)
    assert [name for name, words in language.words.items() if not words] == []


def test_words_are_written_as_they_are_compared(language: SpokenWording) -> None:
    as_compared = {
        name: tuple(" ".join(re.findall(r"[\w']+", plain(word))) for word in words)
        for name, words in language.words.items()
    }
    assert language.words == as_compared


def test_every_row_of_the_menu_has_its_label_and_its_words(language: SpokenWording) -> None:
    names = {row.name for row in _fixed_rows()} | {"more"}
    assert {name for name in names if name not in language.words} == set()
    names |= _names_of_groups() | set(NAMED_BY_THEIR_BLANK)
    assert {name for name in names if f"choice.{name}" not in language.texts} == set()
    for name, blank in NAMED_BY_THEIR_BLANK.items():
        assert blanks_of(language.texts[f"choice.{name}"]) == {blank}


def test_every_label_and_every_word_has_its_row(language: SpokenWording) -> None:
    rows = {row.name for row in _fixed_rows()}
    labels = {name.split(".")[1] for name in language.texts if name.startswith("choice.")}
    said_at_any_time = {"repeat", "back", "person", "goodbye"}
    assert labels - rows == OUTSIDE_THE_MENU | _names_of_groups() | set(NAMED_BY_THEIR_BLANK)
    assert set(language.words) - rows == {"more"} | said_at_any_time


def test_every_question_is_asked_and_asked_again(language: SpokenWording) -> None:
    missing = set()
    for question in QUESTIONS:
        for name in VARIANTS.get(question, (question,)):
            needed = {f"question.{name}"}
            if question not in SAID_AGAIN_AS_IT_IS:
                needed.add(f"question.{name}_again")
            missing |= needed - set(language.texts)
    assert missing == set()


def test_no_more_than_four_rows_are_read_out_at_once() -> None:
    assert CHOICES_AT_ONCE == 4
    # Longer ones would go to a second page, and their keys with them.
    assert {
        name
        for name, question in QUESTIONS.items()
        if not callable(question.rows) and len({row.key for row in question.rows}) > CHOICES_AT_ONCE
    } == set()


def test_the_keys_of_a_question_differ() -> None:
    for question in QUESTIONS.values():
        if not callable(question.rows):
            # Away and not away are never shown together.
            keys = [row.key for row in question.rows if row.name != "end_pause"]
            assert len(set(keys)) == len(keys), question.name


def test_every_spoken_text_is_used() -> None:
    source = "\n".join(path.read_text("utf-8") for path in SOURCES)
    patterns = set(re.findall(r'"([a-z]+\.(?:[a-z_]|\{[^}"]*\})+)"', source))
    used = [re.compile(re.sub(r"\{[^}]*\}", "[a-z_]*", pattern)) for pattern in patterns]
    from_the_menu = {"asked_to_talk"} | {
        name for question in QUESTIONS for name in VARIANTS.get(question, (question,))
    }

    def is_used(name: str) -> bool:
        section, rest = name.split(".")
        if section == "question":
            return rest.removesuffix("_again") in from_the_menu or rest in from_the_menu
        # Labels are compared with the rows above.
        return section == "choice" or any(pattern.fullmatch(name) for pattern in used)

    assert [name for name in spoken("fr").texts if not is_used(name)] == []


def test_whatever_somebody_is_told_can_be_said_as_well(language: SpokenWording) -> None:
    written = {name for name in wording("fr").texts if name.split(".")[0] in SAID_AS_WELL}
    said = {name for name in language.texts if name.split(".")[0] in SAID_AS_WELL}
    assert written - said == ONLY_WRITTEN
    assert said - written == set()


def test_what_is_said_needs_no_other_blanks_than_what_is_written(
    language: SpokenWording,
) -> None:
    for section in SAID_AS_WELL:
        for name, text in language.texts.items():
            if name.startswith(f"{section}."):
                assert blanks_of(text) <= blanks_of(wording("fr").texts[name]), name


def test_a_number_is_said_only_where_it_is_meant_to_be(language: SpokenWording) -> None:
    saying = {name for name, text in language.texts.items() if "phone" in blanks_of(text)}
    assert saying == MAY_SAY_A_NUMBER


def test_a_day_is_said_as_a_day() -> None:
    # Half past eleven at night in Greenwich is the next day in Paris.
    evening = datetime(2020, 11, 23, 23, 30, tzinfo=UTC)
    assert spoken("fr").date(evening, "Europe/Paris") == "24 novembre"
    assert spoken("en").date(evening, "Europe/Paris") == "24 November"
