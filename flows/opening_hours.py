"""When somebody of the association answers the telephone: then callers are put through to them.

The hours are written as OpenStreetMap writes them ("Mo-Fr 09:00-12:00; PH off"), because operators
find that explained everywhere: https://wiki.openstreetmap.org/wiki/Key:opening_hours
"""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours, validate

from flows.day_time import is_quiet
from flows.rules import Rules

# The clock by which the association keeps its hours.
ASSOCIATIONS_ZONE = "Europe/Paris"
# School holidays, which the library would read and pass over: it has no calendar of them.
_SCHOOL_HOLIDAYS = re.compile(r"\bSH\b")


def are_opening_hours(hours: str) -> bool:
    """Whether this can be read, and will be kept in all its parts."""
    return validate(hours) and not _SCHOOL_HOLIDAYS.search(hours)


def operator_answers(rules: Rules, now: datetime) -> bool:
    """Whether the operator's line may be rung at this moment, by the clock of métropole.

    Hours that the operator has set count as they stand, also at night. Without any it is rung
    whenever it isn't night.
    """
    if rules.operator_phone is None:
        return False
    if not rules.opening_hours:
        return not is_quiet(now, ASSOCIATIONS_ZONE, rules)
    zone = ZoneInfo(ASSOCIATIONS_ZONE)
    # PH are the public holidays of France; the library knows them.
    hours = OpeningHours(rules.opening_hours, timezone=zone, country="FR")
    return hours.is_open(now.astimezone(zone))
