"""The operator's line is rung when somebody is there, by the clock and the holidays of France."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from flows.opening_hours import operator_answers
from flows.rules import Rules

PARIS = ZoneInfo("Europe/Paris")
OPEN = Rules(
    operator_phone="+33199000009",
    opening_hours="Mo-Fr 09:00-12:00,14:00-17:00; Sa 09:00-12:00; PH off",
)
AT_ALL_HOURS = replace(OPEN, opening_hours="")


def _paris(moment: str) -> datetime:
    """A moment, told by the clock of Paris, as the service knows it."""
    return datetime.fromisoformat(moment).replace(tzinfo=PARIS).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "answers"),
    [
        ("2026-11-24 08:59", False),  # a Tuesday
        ("2026-11-24 09:00", True),
        ("2026-11-24 12:00", False),
        ("2026-11-24 13:59", False),
        ("2026-11-24 16:59", True),
        ("2026-11-24 17:00", False),
        ("2026-11-28 10:00", True),  # Saturday
        ("2026-11-28 15:00", False),
        ("2026-11-29 10:00", False),  # Sunday
        ("2026-07-15 09:00", True),  # summer time
        ("2026-07-15 17:00", False),
    ],
)
def test_the_operator_answers_in_the_opening_hours(moment: str, *, answers: bool) -> None:
    assert operator_answers(OPEN, _paris(moment)) is answers


@pytest.mark.parametrize(
    "day",
    ["2026-07-14", "2026-11-11", "2026-12-25", "2027-01-01", "2027-03-29", "2027-05-06",
     "2035-05-08"],
)  # fmt: skip
def test_on_public_holidays_of_france_nobody_answers(day: str) -> None:
    assert not operator_answers(OPEN, _paris(f"{day} 10:00"))


def test_hours_without_a_word_about_holidays_hold_on_holidays() -> None:
    rules = replace(OPEN, opening_hours="Mo-Fr 09:00-12:00")
    assert operator_answers(rules, _paris("2026-11-11 10:00"))


@pytest.mark.parametrize(
    ("moment", "answers"),
    [("08:29", False), ("08:30", True), ("19:59", True), ("20:00", False), ("23:00", False)],
)
def test_without_hours_the_operator_is_rung_whenever_it_is_not_night(
    moment: str, *, answers: bool
) -> None:
    assert operator_answers(AT_ALL_HOURS, _paris(f"2026-11-29 {moment}")) is answers


def test_hours_that_the_operator_has_set_count_at_night_too() -> None:
    always = replace(OPEN, opening_hours="24/7")
    assert operator_answers(always, _paris("2026-11-24 03:00"))
    no_night = replace(AT_ALL_HOURS, quiet_from=time(0), quiet_until=time(0))
    assert operator_answers(no_night, _paris("2026-11-24 03:00"))


def test_without_an_operators_line_nobody_answers() -> None:
    assert not operator_answers(replace(OPEN, operator_phone=None), _paris("2026-11-24 10:00"))
    assert not operator_answers(Rules(), _paris("2026-11-24 10:00"))
