"""What must not reach a neighbour inside a few free words: numbers, links, addresses, money.

A number is given only by its owner's consent, so it may not slip through where people write a
condition ("oui mais jeudi") or say what an unlisted service is.
"""

from __future__ import annotations

import re
import unicodedata

# More digits than an hour and a day need ("le 12 a 16h30"), whatever stands between them.
MOST_DIGITS = 6
LONGEST_RUN = 4
_LOOKS_LIKE_A_DIGIT = str.maketrans("oOiIlLsS|", "001111551")
_NUMBER_WORDS = (
    "zero|un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|"
    "vingt|trente|quarante|cinquante|soixante|cent"
)
_THREE_NUMBER_WORDS = re.compile(rf"(?:\b(?:{_NUMBER_WORDS})\b\W*(?:et\W+)?){{3}}")
_LINK = re.compile(r"[@/\\_]|\bwww\b|\w\.\w{2,}|\b(?:https?|whatsapp|telegram|snap|insta|facebook)")
_ADDRESS = re.compile(r"\b\d+\W+(?:bis |ter )?(?:rue|av|bd|boulevard|allee|chemin|place|impasse)\b")
_MONEY = re.compile(
    r"\b(?:euros?|eur|paypal|lydia|virement|cheque|argent|remboursement|paye|payer|payant|iban|rib|"
    r"carte bancaire|cadeau|billet|liquide|especes)\b|\$|€"
)


def hides_something(words: str) -> bool:
    """Whether free words hold what no neighbour may be sent."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    if _THREE_NUMBER_WORDS.search(plain) or _LINK.search(plain) or _ADDRESS.search(plain):
        return True
    if _MONEY.search(plain) or "€" in words:
        return True
    digits = sum(letter.isdigit() for letter in plain)
    if digits > MOST_DIGITS:
        return True
    # "O6 I2 34": letters that stand for digits, wherever digits are already there.
    chunks = re.split(r"\s+", plain)
    disguised = "".join(
        chunk.translate(_LOOKS_LIKE_A_DIGIT)
        for chunk in chunks
        if any(letter.isdigit() for letter in chunk) and len(chunk) <= LONGEST_RUN
    )
    pure = re.sub(r"\D", "", disguised)
    return len(pure) > MOST_DIGITS or re.search(rf"\d{{{LONGEST_RUN + 1}}}", plain) is not None
