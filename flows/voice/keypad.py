"""What keys and spelt letters stand for: postal codes, first letters, telephone numbers, names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

import phonenumbers

from flows.phone_numbers import may_be_called
from models.geography.table import Place

# The letters that are printed on the keys of a telephone (ITU-T E.161).
PRINTED = {
    "2": "abc",
    "3": "def",
    "4": "ghi",
    "5": "jkl",
    "6": "mno",
    "7": "pqrs",
    "8": "tuv",
    "9": "wxyz",
}
KEYS = {letter: key for key, letters in PRINTED.items() for letter in letters}
_ARTICLES = re.compile(r"^(?:le |la |les |l')")
_WORDS = re.compile(r"[\w']+")
_COMPARISON = re.compile(r"\b(?:comme|pour) \w+", re.IGNORECASE)


def plain(text: str) -> str:
    """A text in small letters, without accents; apostrophes stay."""
    decomposed = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def as_keys(name: str) -> str:
    """The keys that spell a name: "Bouzy" is 26899."""
    return "".join(KEYS[letter] for letter in plain(name) if letter in KEYS)


def beginning_with(keys: str, places: Iterable[Place]) -> list[Place]:
    """The places whose name begins with these keys, with or without its article."""
    found = []
    for place in places:
        name = plain(place.name)
        spellings = (as_keys(name), as_keys(_ARTICLES.sub("", name)))
        if any(spelling.startswith(keys) for spelling in spellings):
            found.append(place)
    return found


def telephone_number(text: str, *, country_codes: frozenset[int], region: str = "FR") -> str | None:
    """The number (E.164) that was keyed in or said; None unless it is one that we may call."""
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return number if may_be_called(number, country_codes=country_codes) else None


def spelt(text: str) -> str | None:
    """The name that was spelt: "J, E, A, N, N, E", or "J comme Jacques, E comme Emile".

    None for whatever isn't spelt.
    """
    letters = re.findall(r"[^\W\d_]+", _COMPARISON.sub(" ", text))
    if len(letters) >= 3 and all(len(letter) == 1 for letter in letters):
        return "".join(letters).capitalize()
    return None


def digits_of(text: str) -> str:
    return re.sub(r"\D", "", text)


def holds_any(text: str, phrases: Sequence[str]) -> bool:
    """Whether one of these phrases stands in a text, as whole words."""
    return longest_held(text, phrases) > 0


def longest_held(text: str, phrases: Sequence[str]) -> int:
    """How long the longest of these phrases is that stands in a text as whole words; 0: none."""
    words = f" {' '.join(_WORDS.findall(plain(text)))} "
    return max((len(phrase) for phrase in phrases if f" {phrase} " in words), default=0)
