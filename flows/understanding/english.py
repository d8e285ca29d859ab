"""Choosing the language. English words are spelled out in spelling_fr.toml like any other."""

from __future__ import annotations

from flows.understanding.word_sets import word_set
from flows.understanding.words import Reading

_LANGUAGES = {
    "english": "en",
    "anglais": "en",
    "en": "en",
    "francais": "fr",
    "french": "fr",
    "fr": "fr",
}
_BESIDES = word_set("english", "besides")


def language_in(reading: Reading) -> str | None:
    """The language that a message asks for and says nothing else, "en" or "fr"."""
    words = [token.word for token in reading.typed if token.word not in _BESIDES]
    return _LANGUAGES.get(words[0]) if len(words) == 1 else None
