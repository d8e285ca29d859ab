"""Day and night in every part of France, through changes of the clock, and its public holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.day_time import (
    after_day_time,
    end_of_day_time,
    is_holiday,
    is_quiet,
    next_day_time,
    next_working_day,
)
from flows.gazetteer import gazetteer
from flows.rules import Rules

RULES = Rules()
ZONES = sorted({place.time_zone for place in gazetteer().places})
MOMENTS = st.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001  (hypothesis wants them naive)
    datetime(2028, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def _there(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def test_france_has_fourteen_time_zones() -> None:
    assert len(ZONES) == 14


@pytest.mark.parametrize("zone", ZONES)
def test_the_day_is_from_half_past_eight_to_eight_where_people_live(zone: str) -> None:
    for clock, quiet in (("08:29", True), ("08:30", False), ("19:59", False), ("20:00", True)):
        assert is_quiet(_there(f"2026-07-14T{clock}", zone), zone, RULES) is quiet


def test_it_is_night_in_cayenne_when_it_is_day_in_paris() -> None:
    ten_in_paris = _there("2026-11-24T10:00", "Europe/Paris")
    assert next_day_time(ten_in_paris, "Europe/Paris", RULES) == ten_in_paris
    half_past_eight = _there("2026-11-24T08:30", "America/Cayenne")
    assert next_day_time(ten_in_paris, "America/Cayenne", RULES) == half_past_eight


@pytest.mark.parametrize(
    ("evening", "morning"),
    [
        # The clocks go forward, and back, in the night between.
        ("2027-03-27T21:00", "2027-03-28T08:30"),
        ("2026-10-24T21:00", "2026-10-25T08:30"),
    ],
)
def test_the_morning_after_the_clocks_change_is_half_past_eight(evening: str, morning: str) -> None:
    found = next_day_time(_there(evening, "Europe/Paris"), "Europe/Paris", RULES)
    assert found == _there(morning, "Europe/Paris")


def test_an_hour_of_day_time_that_the_night_interrupts_goes_on_in_the_morning() -> None:
    start = _there("2026-11-24T19:40", "Europe/Paris")
    found = after_day_time(start, timedelta(hours=1), "Europe/Paris", RULES)
    assert found == _there("2026-11-25T09:10", "Europe/Paris")


def test_without_quiet_hours_it_is_always_day() -> None:
    always = Rules(quiet_from=time(9), quiet_until=time(9))
    night = _there("2026-11-24T03:00", "Europe/Paris")
    assert next_day_time(night, "Europe/Paris", always) == night
    assert end_of_day_time(night, "Europe/Paris", always) is None
    later = after_day_time(night, timedelta(hours=30), "Europe/Paris", always)
    assert later == night + timedelta(hours=30)


def test_a_night_may_lie_within_one_day() -> None:
    siesta = Rules(quiet_from=time(13), quiet_until=time(15))
    assert is_quiet(_there("2026-11-24T14:00", "Europe/Paris"), "Europe/Paris", siesta)
    assert not is_quiet(_there("2026-11-24T23:00", "Europe/Paris"), "Europe/Paris", siesta)


@given(moment=MOMENTS, zone=st.sampled_from(ZONES))
def test_the_next_day_time_is_day_and_not_far(moment: datetime, zone: str) -> None:
    found = next_day_time(moment, zone, RULES)
    assert not is_quiet(found, zone, RULES)
    assert timedelta() <= found - moment <= timedelta(hours=13, minutes=30)


@given(
    moment=MOMENTS,
    zone=st.sampled_from(ZONES),
    minutes=st.integers(0, 3000),
    more=st.integers(0, 600),
)
def test_day_time_adds_up(moment: datetime, zone: str, minutes: int, more: int) -> None:
    first = after_day_time(moment, timedelta(minutes=minutes), zone, RULES)
    both = after_day_time(moment, timedelta(minutes=minutes + more), zone, RULES)
    assert after_day_time(first, timedelta(minutes=more), zone, RULES) == both
    assert first - moment >= timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("day", "departement", "holiday"),
    [
        ("2026-12-25", "95", True),
        ("2026-12-26", "95", False),
        # Alsace and Moselle have two days more.
        ("2026-12-26", "67", True),
        ("2026-12-26", "57", True),
        ("2027-03-26", "68", True),
        ("2027-03-26", "54", False),
        # The end of slavery is celebrated on another day in each territory.
        ("2026-12-20", "974", True),
        ("2026-12-20", "75", False),
        ("2027-05-22", "972", True),
        ("2027-05-27", "971", True),
        ("2027-06-10", "973", True),
        ("2027-04-27", "976", True),
        ("2027-10-09", "977", True),
        ("2027-05-28", "978", True),
        ("2027-09-24", "988", True),
        ("2027-07-29", "986", True),
        ("2027-07-14", "987", True),
        ("2027-07-14", "975", True),
    ],
)
def test_every_part_of_france_has_its_holidays(day: str, departement: str, holiday: bool) -> None:
    assert is_holiday(date.fromisoformat(day), departement) is holiday


def test_after_a_holiday_comes_the_next_day_that_is_none() -> None:
    christmas = _there("2026-12-25T11:00", "Europe/Paris")
    in_paris = next_working_day(christmas, "Europe/Paris", "75", RULES)
    assert in_paris == _there("2026-12-26T08:30", "Europe/Paris")
    in_strasbourg = next_working_day(christmas, "Europe/Paris", "67", RULES)
    assert in_strasbourg == _there("2026-12-27T08:30", "Europe/Paris")
