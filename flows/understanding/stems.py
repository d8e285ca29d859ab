"""The stem of a French word: "tondre", "tondrait" and "tondu" lead to the same one."""

from __future__ import annotations

import Stemmer

# Without its own memory of words, for several threads use it.
_FRENCH = Stemmer.Stemmer("french", 0)


def stem(word: str) -> str:
    """The stem by Snowball's rules for French, of a word in small letters without accents."""
    return str(_FRENCH.stemWord(word))
