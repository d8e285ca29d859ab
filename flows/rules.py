"""The rules that an operator may set, with the values they have unless somebody sets them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True, slots=True)
class Rules:
    """How far, how many, how long. Distances in kilometres, spans in days unless it is said.

    The night is from `quiet_from` to `quiet_until`, where people live; equal: there is none.
    """

    association: str = "Fil Solidaire"
    sms_number: str = "+33939980000"
    voice_number: str = "+33939980000"
    # A name as sender can't be answered: every text then says which number to write to.
    sender_takes_replies: bool = True
    country_codes: frozenset[int] = frozenset({33, 590, 594, 596, 262, 508, 687, 689, 681})
    radius_km: float = 10.0
    wave_size: int = 5
    wave_minutes: float = 60.0
    waves: int = 3
    alerts_per_day: int = 3
    quiet_from: time = time(20, 0)
    quiet_until: time = time(8, 30)
    need_days: int = 30
    offer_days: int = 90
    posts_per_day: int = 10
    messages_per_day: int = 100
    calls_per_day: int = 50
    # How often the telephone of somebody who is to be told something rings in vain.
    call_tries: int = 3
    # Who answers callers in person, and when; see flows/opening_hours.py. None: nobody does.
    operator_phone: str | None = None
    opening_hours: str = ""
    lines_per_list: int = 3
