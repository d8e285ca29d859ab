"""Writes names as they sound in French, so that "ermon" and "hairemont" can meet Ermont."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

# What sounds alike is written alike. Capitals stand for sounds that are settled. Plain replacements
# in this order, because every word of every name goes through them.
_SOUNDS: Final = (
    *((one + "h", one) for one in "ltrdgbn"),
    ("ph", "f"), ("sch", "X"), ("sh", "X"), ("ch", "X"), ("h", ""),
    ("y", "i"), ("gni", "ni"), ("w", "v"), ("qu", "k"), ("q", "k"), ("ck", "k"),
    ("sce", "se"), ("sci", "si"), ("ce", "se"), ("ci", "si"), ("c", "k"),
    ("gue", "Ge"), ("gui", "Gi"), ("ge", "je"), ("gi", "ji"), ("G", "g"), ("z", "s"),
    ("ll", "l"), ("tt", "t"), ("ss", "s"), ("nn", "n"), ("mm", "m"), ("rr", "r"), ("pp", "p"),
    ("ff", "f"), ("dd", "d"), ("bb", "b"), ("kk", "k"), ("gg", "g"),
    ("eau", "o"), ("ault", "o"), ("au", "o"), ("oeu", "e"), ("eu", "e"), ("oe", "e"), ("ou", "u"),
    # A nasal vowel is one only before a consonant.
    *(("n" + vowel, "N" + vowel) for vowel in "aeiou"),
    *(("m" + vowel, "M" + vowel) for vowel in "aeiou"),
    ("ain", "W"), ("ein", "W"), ("aim", "W"), ("in", "W"), ("im", "W"),
    ("an", "A"), ("en", "A"), ("am", "A"), ("em", "A"), ("on", "O"), ("om", "O"), ("un", "W"),
    ("N", "n"), ("M", "m"),
    ("ai", "e"), ("ei", "e"), ("ae", "e"), ("x", "s"),
)  # fmt: skip
_SILENT_ENDS: Final = ("es", "ts", "ds", "ps", "s", "t", "d", "p", "e", "t", "d")


def sound_of(normalised: str) -> str:
    """How a normalised name sounds, its words run together."""
    return _sounds_of_words(normalised).replace(" ", "")


def sounds_of(names: Sequence[str]) -> Iterator[str]:
    """`sound_of` for many names: each word is worked out once, however many names bear it."""
    words = list(set(" ".join(names).split(" ")))
    heard = _sounds_of_words("\n".join(words)).replace(" ", "").split("\n")
    sounds = dict(zip(words, heard, strict=True))
    for name in names:
        yield "".join([sounds[word] for word in name.split(" ")])


def _sounds_of_words(words: str) -> str:
    """How words sound, in as many lines as they came in and still apart."""
    # Every word gets a space behind it, so that its end can be seen.
    heard = words.replace("\n", " \n") + " "
    for spelt, sound in _SOUNDS:
        heard = heard.replace(spelt, sound)
    for end in _SILENT_ENDS:
        heard = heard.replace(end + " ", " ")
    return heard
