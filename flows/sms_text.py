"""What a text message costs: the GSM-7 alphabet, and counting segments.

One letter outside GSM-7 (ê, ç, a typographic apostrophe) shrinks a segment from 160 characters to
70 and so doubles what an association pays. Everything we send is therefore written in GSM-7
(3GPP TS 23.038); accents that it lacks are dropped, other scripts are transliterated.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import smsutil
from anyascii import anyascii


@cache
def _gsm_letter(letter: str) -> str:
    """One character as GSM-7 has it: itself, its bare letter, or its transliteration."""
    if letter == "\n":
        return letter
    # Control characters, unpaired surrogates, pictures: nothing that can be read. The escape
    # character counts as GSM-7, but would swallow the letter after it.
    if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Cn", "Co", "So"):
        return ""
    if smsutil.is_valid_gsm(letter):
        return letter
    return "".join(other for other in anyascii(letter) if smsutil.is_valid_gsm(other))


def gsm7(text: str) -> str:
    """The text in the GSM-7 alphabet; control characters and pictures are left out."""
    # Decomposed accents (e + U+0301, as some telephones type them) are joined first.
    joined = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(map(_gsm_letter, joined))


def segments(text: str) -> int:
    """How many segments a text costs, in whichever encoding it needs; 1 for an empty one."""
    return max(1, len(smsutil.split(text).parts))
