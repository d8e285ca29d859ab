"""What no listing may hold: money asked or offered, links, premium numbers."""

from __future__ import annotations

import re

from flows.understanding.text import plain

# In figures, or as they are said.
_NUMBER = (
    r"(?:\d+(?:[.,]\d{1,2})?|\b(?:une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|"
    r"quinze|vingt|trente|quarante|cinquante|soixante|cents?|mille|quelques))"
)
_AMOUNT = rf"{_NUMBER}\s*(?:euros?\b|eur\b|€|balles?\b)"
_MONEY = re.compile(
    rf"(?:{_AMOUNT}|€\s*\d+)"
    r"|\b(?:je|on|nous)\s+(?:vous\s+)?"
    r"(?:paie|paye|payons|paierai|payerai|remunere|dedommage|recompense)\b"
    r"(?!\s+(?:les|mes|la|l'|le|ses|leurs)\s*"
    r"(?:courses|essence|nourriture|medicaments|repas|ingredients|achats))"
    r"|\b(?:contre|avec|bonne|petite|sans)?\s*"
    r"(?:remuneration|remunere[es]?|dedommagement|salaire|tarif|cesu|cheque emploi|"
    r"prix a debattre|forfait|devis)\b"
    r"|\bpa(?:ie|ye)\s+(?:bien|cash|en|de suite)\b|\bcontre\s+(?:paiement|argent|especes)\b"
    r"|\b(?:payant|payante|payer en|especes|au black|cash)\b"
)
_FREE = re.compile(
    r"\b(?:sans|pas de|aucune?)\s+(?:remuneration|dedommagement|salaire|tarif)\b"
    r"|\bnon\s+(?:remunere|payant)"
)
_LINK = re.compile(
    r"https?://|www\.|\b[a-z0-9-]{2,}\.(?:fr|com|net|org|info|io|me|ly|ru|xyz|top|shop|site|online|eu|be|gl|co|link|click)(?:/|\b)"
    r"|\b(?:t\.me|wa\.me|bit\.ly)\b|(?<!\w)@[a-z0-9_.]{3,}|[a-z0-9._-]+@[a-z0-9-]+\.[a-z]{2,}"
    r"|\b(?:telegram|snap(?:chat)?|insta(?:gram)?|whats?app|signal)\s*(?::|au\s+0|@)"
    r"|\b(?:sur|via|par)\s+(?:telegram|snap(?:chat)?)\b"
)
_PREMIUM = re.compile(
    r"(?<![\d])(?:0|\+33\s?|0033\s?)8[\s.\-]?(?:[129]|2)[\s.\-]?\d(?:[\s.\-]?\d){5,6}(?!\d)"
    r"|(?<![\d])(?:0|\+33\s?)89(?:[\s.\-]?\d){7}(?!\d)"
    r"|\b(?:au|le|appelez|composez|numero|sms au|envoyez \w+ au)\s+"
    r"(?:118\s?\d{3}|3[2-8]\d{2}\b)(?!\d)"
    # Five figures after "au" or "le" are most often a postal code.
    r"|\b(?:appelez|composez|numero|sms au|envoyez \w+ au)\s+[4-8]\d{4}(?!\d)"
)
_SERVICE_NUMBERS = re.compile(r"\b(?:3114|3919|3977|3939|3646|3631|36\s?46)\b")


# Most messages hold none of these, and looking for them is quicker than for the whole patterns.
_SIGN_OF_MONEY = re.compile(
    r"€|eur(?<![a-z]eur)|euro|balles|pai|pay|remun|dedommag|recompens|salaire|tarif|cesu|cheque|prix|"
    r"forfait|devis|espece|black|cash|argent"
)
_SIGN_OF_LINK = re.compile(r"\.[^\s.]|www|@|http|telegram|snap|insta|what|signal")
_FOUR_FIGURES = re.compile(r"\d[\s.\-]?\d[\s.\-]?\d[\s.\-]?\d")


def refused_in(text: str) -> tuple[str, ...]:
    """Which of "money", "link" and "premium_number" a text holds."""
    low = plain(text)
    found = []
    if _SIGN_OF_MONEY.search(low) and _MONEY.search(_FREE.sub(" ", low)):
        found.append("money")
    if _SIGN_OF_LINK.search(low) and _LINK.search(low):
        found.append("link")
    if _FOUR_FIGURES.search(low) and _PREMIUM.search(_SERVICE_NUMBERS.sub(" ", low)):
        found.append("premium_number")
    return tuple(found)
