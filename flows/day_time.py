"""When people may be disturbed: day and night where they live, and public holidays there.

Everything comes and goes as aware UTC; a zone is an IANA name, such as a commune has it.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

from flows.rules import Rules

# The library's names for the parts of France whose holidays differ from the others', by
# département: Alsace and Moselle, and each territory overseas.
HOLIDAYS_OF_THEIR_OWN = {
    "57": "57",
    "67": "6AE",
    "68": "6AE",
    "971": "971",
    "972": "972",
    "973": "973",
    "974": "974",
    "975": "PM",
    "976": "976",
    "977": "BL",
    "978": "MF",
    "986": "WF",
    "987": "PF",
    "988": "NC",
}
ONE_DAY = timedelta(days=1)


def local_date(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


def is_quiet(moment: datetime, zone: str, rules: Rules) -> bool:
    """Whether it is night there, as the operator has set it."""
    clock = moment.astimezone(ZoneInfo(zone)).time()
    since, until = rules.quiet_from, rules.quiet_until
    if since < until:
        return since <= clock < until
    return since != until and (clock >= since or clock < until)


def next_day_time(moment: datetime, zone: str, rules: Rules) -> datetime:
    """This very moment if it is day there, else the next morning."""
    if not is_quiet(moment, zone, rules):
        return moment
    return _next(rules.quiet_until, moment, zone)


def end_of_day_time(moment: datetime, zone: str, rules: Rules) -> datetime | None:
    """When the night after this moment begins; None where there is none."""
    if rules.quiet_from == rules.quiet_until:
        return None
    return _next(rules.quiet_from, moment, zone)


def after_day_time(start: datetime, span: timedelta, zone: str, rules: Rules) -> datetime:
    """When `span` of day time has gone by since `start`: nights don't count."""
    moment = next_day_time(start, zone, rules)
    while (night := end_of_day_time(moment, zone, rules)) is not None and moment + span > night:
        span -= night - moment
        moment = next_day_time(night, zone, rules)
    return moment + span


def next_working_day(moment: datetime, zone: str, departement: str, rules: Rules) -> datetime:
    """The next morning that is no public holiday there."""
    day = local_date(moment, zone) + ONE_DAY
    while is_holiday(day, departement):
        day += ONE_DAY
    return datetime.combine(day, rules.quiet_until, ZoneInfo(zone)).astimezone(moment.tzinfo)


def is_holiday(day: date, departement: str) -> bool:
    """Whether this is a public holiday (jour férié) in a département or territory of France."""
    return day in _holidays(HOLIDAYS_OF_THEIR_OWN.get(departement))


@cache
def _holidays(part: str | None) -> holidays.HolidayBase:
    return holidays.country_holidays("FR", subdiv=part)


def _next(clock: time, moment: datetime, zone: str) -> datetime:
    """The next time after `moment` that clocks there show `clock`."""
    local = moment.astimezone(ZoneInfo(zone))
    day = local.date() if local.time() < clock else local.date() + ONE_DAY
    return datetime.combine(day, clock, local.tzinfo).astimezone(moment.tzinfo)
