"""Who is behind a sender's address, and how a number is written for a person to read.

Gates on the country code and on what is possible, never on `is_valid_number`: the metadata lag
behind the overseas ranges. The pseudo-numbers of withheld callers look like E.164 and are listed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

# How carriers spell "anonymous", "unavailable" and so on by telephone keypad; two of them are even
# possible numbers. The last one is often listed with its digits swapped, so both are kept.
WITHHELD_NUMBERS = frozenset(
    {
        "+266696687",
        "+86282452253",
        "+8656696",
        "+2562533",
        "+7378742833",
        "+7378742883",
    }
)
WITHHELD_WORDS = frozenset(
    {"", "anonymous", "unknown", "restricted", "private", "blocked", "unavailable", "withheld"}
)
COSTLY = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})
# The longest number that E.164 allows has 15 digits.
_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


class SenderKind(StrEnum):
    PERSON = "person"
    FOREIGN = "foreign"
    WITHHELD = "withheld"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class Sender:
    """Whoever sent a text. `number` is E.164 for persons and foreigners, else None."""

    kind: SenderKind
    number: str | None = None


def sender_of(address: str, *, country_codes: frozenset[int]) -> Sender:
    """Who is behind the address that a carrier gives?

    A machine (a short code, a name such as "LaPoste", another network's address) is never
    answered, for an automatic reply to it starts a loop. A withheld number can't be answered.
    """
    address = address.strip()
    if address in WITHHELD_NUMBERS or address.lower() in WITHHELD_WORDS:
        return Sender(SenderKind.WITHHELD)
    if not _E164.fullmatch(address):
        return Sender(SenderKind.MACHINE)
    try:
        number = phonenumbers.parse(address)
    except NumberParseException:
        return Sender(SenderKind.MACHINE)
    if number.country_code not in country_codes:
        return Sender(SenderKind.FOREIGN, address)
    if not phonenumbers.is_possible_number(number):
        return Sender(SenderKind.MACHINE)
    return Sender(SenderKind.PERSON, address)


def is_landline(number: str) -> bool:
    """Whether a number (E.164) is known to be fixed, so that no text can reach it."""
    kind = phonenumbers.number_type(phonenumbers.parse(number))
    return bool(kind == PhoneNumberType.FIXED_LINE)


def may_be_called(number: str, *, country_codes: frozenset[int]) -> bool:
    """Whether a number (E.164) is one that we may ring: served, complete, and of ordinary cost.

    Short numbers have no such form, so none of them passes.
    """
    if sender_of(number, country_codes=country_codes).kind is not SenderKind.PERSON:
        return False
    parsed = phonenumbers.parse(number)
    if phonenumbers.number_type(parsed) in COSTLY:
        return False
    # The metadata know the series that are in use; in métropole 080 alone costs nothing more.
    national = str(parsed.national_number)
    return parsed.country_code != 33 or national[0] != "8" or national.startswith("80")


def readable(number: str) -> str:
    """The number as a person in France dials it: "06 39 98 00 01", overseas "+594 694 …"."""
    parsed = phonenumbers.parse(number)
    style = (
        PhoneNumberFormat.NATIONAL if parsed.country_code == 33 else PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(parsed, style)
