"""From what was typed to words that can be compared: small letters, no accents, spelled out.

A text is cut into tokens that remember where they stood, whether they began with a capital, and
which sentence and clause they belong to, because a first name, a commune and a common word are
often told apart by nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from flows.gazetteer import normalise
from flows.understanding.remembering import Remembered

LONGEST = 1200
"""Characters looked at: eight text messages' worth; a longer text is no message."""

MOST_WORDS = 240

_LETTERS = {
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
# Most messages have none, and a search says so sooner than a translation of every letter.
_ODD_LETTER = re.compile(f"[{''.join(_LETTERS)}]")

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

# In brackets, so that a text is split into what stands between the words and the words.
_WORD = re.compile(r"([^\W_]+|[👍👌✅🆗👎❌🆘🙏])")
# What stands between words, most often.
_ENDS_NOTHING = frozenset((" ", "", "'", "-"))
_ENDS_A_SENTENCE = re.compile(r"[.!?;\n\r]")
_ENDS_A_CLAUSE = re.compile(r"[,:()\[\]/+&*=|\"«»<>]| -+ ")

# "vitry s/ seine", "rosny s/s bois": a slash would cut the name in two.
_UNDER = re.compile(r"\b[sS]/[sS]\b\.? ?")
_OVER = re.compile(r"\b[sS] ?/ ?(?=\w)")

# Taken apart from their letters.
_ACCENTS = re.compile("[\u0300-\u036f]+")
_LONG_RUN = re.compile(r"([a-z])\1{2,}")


class Token(NamedTuple):
    """One word: `raw` as typed, `word` and `place` as compared, and where it stood."""

    raw: str
    word: str
    place: str
    """As names of places are compared, "saint" for "st"."""
    start: int
    end: int
    sentence: int
    clause: int
    capital: bool


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
    text = unicodedata.normalize("NFC", _with_plain_letters(text[:LONGEST]))
    return _OVER.sub("sur ", _UNDER.sub("sous ", text)) if "/" in text else text


def _with_plain_letters(text: str) -> str:
    return _ODD_LETTER.sub(lambda odd: _LETTERS[odd[0]], text)


def plain(word: str) -> str:
    """Small letters without accents: "Thérèse" and "THERESE" are both "therese"."""
    if word.isascii():
        return word.lower()
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", _with_plain_letters(word).lower()))


def squeeze(word: str) -> str:
    """ "ouiiii" is "oui", "stoooop" is "stop"."""
    return _LONG_RUN.sub(r"\1", word)


def _as_compared(raw: str) -> tuple[str, str]:
    """A word as it is compared with words and, not squeezed ("Paris XVIII"), with names."""
    letters = plain(raw)
    word = _EMOJI.get(raw) or squeeze(letters)
    return word, normalise(letters) or word


_AS_COMPARED = Remembered(_as_compared)


# A named tuple's own constructor takes twice as long, and there are twenty words in a message.
_new = tuple.__new__


def tokens_of(cleaned: str) -> list[Token]:
    """The words of a cleaned text, with the sentences and clauses that punctuation makes."""
    tokens: list[Token] = []
    sentence = clause = end = 0
    parts = _WORD.split(cleaned, MOST_WORDS)
    for between, raw in zip(parts[::2], parts[1::2], strict=False):
        if between not in _ENDS_NOTHING:
            if _ENDS_A_SENTENCE.search(between):
                sentence += 1
                clause += 1
            elif _ENDS_A_CLAUSE.search(between):
                clause += 1
        start = end + len(between)
        end = start + len(raw)
        word, place = _AS_COMPARED[raw.lower()]
        if word:
            capital = raw[0].isupper()
            tokens.append(_new(Token, (raw, word, place, start, end, sentence, clause, capital)))
    return tokens


def ends_of(parts: Sequence[int]) -> list[int]:
    """For each word, of which the number of its sentence or clause is given, where that ends."""
    ends = {part: spot for spot, part in enumerate(parts, start=1)}
    return [ends[part] for part in parts]


def clause_around(tokens: Sequence[Token], position: int) -> range:
    """The positions of the words that stand in one clause with a word."""
    clause, most = tokens[position].clause, len(tokens)
    first, end = position, position + 1
    while first and tokens[first - 1].clause == clause:
        first -= 1
    while end < most and tokens[end].clause == clause:
        end += 1
    return range(first, end)
