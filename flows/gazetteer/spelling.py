"""Spells names of places and what people type in one way, so that the two can be compared."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_LETTERS: Final = str.maketrans(
    {
        **{chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)},
        **dict(zip("àâäáãåÀÂÄÁÃÅ", "a" * 12, strict=True)),
        **dict(zip("éèêëÉÈÊËēĒ", "e" * 10, strict=True)),
        **dict(zip("îïíìÎÏÍÌ", "i" * 8, strict=True)),
        **dict(zip("ôöóòõÔÖÓÒÕøØō", "o" * 13, strict=True)),
        **dict(zip("ûüúùÛÜÚÙ", "u" * 8, strict=True)),
        **dict(zip("ÿŸýÝ", "y" * 4, strict=True)),
        **dict(zip("çÇñÑ", "ccnn", strict=True)),
        "œ": "oe",
        "Œ": "oe",
        "æ": "ae",
        "Æ": "ae",
        "ß": "ss",
        "&": " et ",
        **dict.fromkeys("-'’‘ʻʼ`´.,;:!?()[]{}\"«»_*#+=|\\~<>@…–—°\t\r", " "),
    }
)
_WORDS: Final = {
    "st": "saint",
    "ste": "sainte",
    "sts": "saints",
    "stes": "saintes",
    "snt": "saint",
    "snte": "sainte",
    "sint": "saint",
    "ss": "sous",
    "s/s": "sous",
    "s": "sur",
    "s/": "sur",
    "/s": "sur",
    "lez": "les",
    "nd": "notre dame",
    "mt": "mont",
    "mgne": "montagne",
    "gd": "grand",
    "gde": "grande",
    "vx": "vieux",
    "btx": "bretonneux",
    "chap": "chapelle",
    "chapl": "chapelle",
    "vill": "ville",
    "vlle": "ville",
    "villne": "villeneuve",
    "vlneuve": "villeneuve",
    "bg": "bourg",
    "fbg": "faubourg",
    "cht": "chateau",
}
# Articles and prepositions come and go.
SMALL_WORDS: Final = frozenset(
    (
        *("l", "le", "la", "les", "lo", "los", "las", "d", "de", "du", "des", "a", "au", "aux"),
        *("sur", "sous", "en", "et", "devant"),
    )
)


def normalise(text: str) -> str:
    """A place in lower-case words without accents: "St-Ouen l'Aumône" → "saint ouen l aumone".

    St, Ste and s/ are written out, apostrophes and hyphens are spaces. The same for names and for
    texts.
    """
    if text.isascii() and text.isalnum():
        # One plain word, as most are.
        word = text.lower()
        return _WORDS.get(word, word)
    return normalise_lines(text.replace("\n", " "))


def normalise_lines(lines: str) -> str:
    """`normalise`, for many names at a time, one a line."""
    folded = lines.translate(_LETTERS)
    if not folded.isascii():
        bare = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
        # Once more: what was folded may itself be a sign to be folded, such as a wide "&".
        folded = bare.translate(_LETTERS)
    folded = re.sub(r"\bs ?/ ?s\b", "sous", folded) if "/" in folded else folded
    folded = re.sub(r"\bs ?/ ?", "sur ", folded) if "/" in folded else folded
    return "\n".join(
        " ".join([_WORDS.get(word, word) for word in line.replace("/", " ").split()])
        for line in folded.split("\n")
    )


def without_small_words(normalised: str) -> str:
    """A normalised name without its articles and prepositions; as it is if it has nothing else."""
    if " " not in normalised:
        return normalised
    return (
        " ".join([word for word in normalised.split(" ") if word not in SMALL_WORDS]) or normalised
    )


def beginning_of(content: str) -> str:
    """The first word of a name without small words, or the first two where it is a saint's."""
    words = content.split(" ")
    size = 2 if words[0] in {"saint", "sainte", "saints", "saintes", "notre"} else 1
    return " ".join(words[:size])
