"""From what was typed to words that can be compared: small letters, no accents, spelled out.

A text is cut into tokens that remember where they stood, whether they began with a capital, and
which sentence and clause they belong to, because a first name, a commune and a common word are
often told apart by nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

LONGEST = 1200
"""Characters looked at: eight text messages' worth; a longer text is no message."""

MOST_WORDS = 240

_LETTERS = str.maketrans(
    {
        "œ": "oe",
        "Œ": "OE",
        "æ": "ae",
        "Æ": "AE",
        "ß": "ss",
        "’": "'",
        "‘": "'",
        "ʼ": "'",
        "ʻ": "'",
        "`": "'",
        "´": "'",
        "‐": "-",
        "‑": "-",
        "–": " - ",
        "—": " - ",
        "…": ". ",
        "\u00a0": " ",
        "\u202f": " ",
    }
)

_EMOJI = {
    "👍": "emojioui",
    "👌": "emojioui",
    "✅": "emojioui",
    "🆗": "emojioui",
    "👎": "emojinon",
    "❌": "emojinon",
    "🆘": "sos",
    "🙏": "emojimerci",
}

_TOKEN = re.compile(
    r"(?P<word>[^\W_]+)"
    r"|(?P<emoji>[👍👌✅🆗👎❌🆘🙏])"
    r"|(?P<strong>[.!?;\n\r]+)"
    r"|(?P<weak>[,:()\[\]/+&*=|\"«»<>]| -+ )"
)

# "vitry s/ seine", "rosny s/s bois": a slash would cut the name in two.
_UNDER = re.compile(r"\b[sS]/[sS]\b\.? ?")
_OVER = re.compile(r"\b[sS] ?/ ?(?=\w)")

_LONG_RUN = re.compile(r"([a-z])\1{2,}")


class Token(NamedTuple):
    """One word: `raw` as typed, `word` as compared, and where it stood."""

    raw: str
    word: str
    start: int
    end: int
    sentence: int
    clause: int

    @property
    def capital(self) -> bool:
        return self.raw[:1].isupper()


def clean(text: str) -> str:
    """The part of a text that is looked at, without what no keyboard types."""
    text = text[: LONGEST * 4]
    if not text.isprintable():
        text = "".join(
            character
            for character in text
            if character in "\n\t"
            or unicodedata.category(character) not in ("Cc", "Cs", "Cf", "Co")
        )
    text = unicodedata.normalize("NFC", text[:LONGEST].translate(_LETTERS))
    return _OVER.sub("sur ", _UNDER.sub("sous ", text))


@lru_cache(maxsize=65536)
def plain(word: str) -> str:
    """Small letters without accents: "Thérèse" and "THERESE" are both "therese"."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.translate(_LETTERS).lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def squeeze(word: str) -> str:
    """ "ouiiii" is "oui", "stoooop" is "stop"."""
    return _LONG_RUN.sub(r"\1", word)


@lru_cache(maxsize=65536)
def _as_compared(raw: str) -> str:
    return _EMOJI.get(raw) or squeeze(plain(raw))


def tokens_of(cleaned: str) -> list[Token]:
    """The words of a cleaned text, with the sentences and clauses that punctuation makes."""
    tokens: list[Token] = []
    sentence = clause = 0
    for match in _TOKEN.finditer(cleaned):
        sort = match.lastgroup
        if sort == "strong":
            sentence += 1
            clause += 1
        elif sort == "weak":
            clause += 1
        else:
            raw = match.group()
            word = _as_compared(raw)
            if word:
                start, end = match.span()
                tokens.append(Token(raw, word, start, end, sentence, clause))
            if len(tokens) >= MOST_WORDS:
                break
    return tokens
