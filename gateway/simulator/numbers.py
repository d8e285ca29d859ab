"""Telephone numbers as the carrier and the phones page see them: what kind of line it is, what a
person typed for one, how it is shown.

Plans: https://www.arcep.fr (06 39 98 and 01 99 00 are kept for fiction), metadata of
`phonenumbers`, whose answer is only a hint where it does not know a French overseas range.
"""

from __future__ import annotations

import re
from enum import Enum

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType


class Line(Enum):
    """A kind of line; the value is how the page names it."""

    LANDLINE = "fixe"
    MOBILE = "mobile"
    FOREIGN = "mobile étranger"
    SHORT = "numéro court"
    NAME = "nom d'expéditeur"


class NumberError(ValueError):
    """What was typed is no number for a phone; the message is kind, and in French."""


E164 = re.compile(r"\+[1-9]\d{6,14}")
NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
FRENCH_CODES = {33, 262, 508, 590, 594, 596, 681, 687, 689}

# Fixed, special-rate and voice-over-IP ranges of France and overseas; never a mobile.
FRENCH_LANDLINE = re.compile(
    r"\+33[1-589]|\+590590|\+594594|\+596596|\+262(?:262|263|269)|\+(?:590|594|596|262)9"
)
NOT_MOBILE = {
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.VOIP,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.UAN,
}

# The first four digits of a number typed as at home, where they do not belong to +33.
OVERSEAS = {
    **dict.fromkeys(("0590", "0690", "0691"), "+590"),
    **dict.fromkeys(("0594", "0694"), "+594"),
    **dict.fromkeys(("0596", "0696", "0697"), "+596"),
    **dict.fromkeys(("0262", "0263", "0269", "0692", "0693"), "+262"),
}
EMERGENCY = {"15", "17", "18", "112", "114", "115", "119", "191", "196"}


def parsed(number: str) -> phonenumbers.PhoneNumber | None:
    """A number in E.164 taken apart; None for anything else."""
    if not E164.fullmatch(number):
        return None
    try:
        return phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None


def is_possible(number: str) -> bool:
    """Whether a number in E.164 can exist at all."""
    parts = parsed(number)
    return parts is not None and phonenumbers.is_possible_number(parts)


def line_of(number: str) -> Line:
    """The kind of line behind a sender or recipient, whatever its form."""
    parts = parsed(number)
    if parts is None:
        return Line.NAME if NAME.fullmatch(number) else Line.SHORT
    if FRENCH_LANDLINE.match(number) or phonenumbers.number_type(parts) in NOT_MOBILE:
        return Line.LANDLINE
    return Line.MOBILE if parts.country_code in FRENCH_CODES else Line.FOREIGN


def shown(number: str) -> str:
    """A number as it is printed: 06 39 98 00 01, +44 20 7946 0018, ORANGE."""
    parts = parsed(number)
    if parts is None:
        return number
    home = parts.country_code == 33
    form = PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parts, form)


def read_number(typed: str) -> str:
    """The number that somebody typed for a new phone: E.164, a short number or a sender's name.

    NumberError says in French what to change.
    """
    text = " ".join(typed.split())
    digits = re.sub(r"[\s.\-/()]", "", text).replace("+330", "+33")
    if not text:
        raise NumberError("Donnez un numéro, par exemple 06 39 98 00 05.")
    if NAME.fullmatch(text):
        return text
    if not re.fullmatch(r"\+?\d+", digits):
        raise NumberError(
            "Un numéro s'écrit avec des chiffres, par exemple 06 39 98 00 05. "
            "Un nom d'expéditeur a 11 lettres ou chiffres au plus, sans accent."
        )
    if digits in EMERGENCY:
        raise NumberError("C'est un numéro d'urgence : personne ne peut l'avoir.")
    if not digits.startswith(("+", "0")):
        if 3 <= len(digits) <= 6:
            return digits
        raise NumberError("Ajoutez le 0 du début, ou + et l'indicatif du pays : +32 470 12 34 56.")
    if digits.startswith("00"):
        number = "+" + digits[2:]
    elif digits.startswith("0"):
        if len(digits) != 10:
            raise NumberError(
                f"Un numéro français a dix chiffres, celui-ci en a {len(digits)}. "
                "Pour un autre pays, commencez par + et l'indicatif."
            )
        number = OVERSEAS.get(digits[:4], "+33") + digits[1:]
    else:
        number = digits
    if not is_possible(number):
        raise NumberError("Ce numéro n'existe pas : vérifiez l'indicatif et le nombre de chiffres.")
    return number
