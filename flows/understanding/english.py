"""The few English words that people who know no French may send; and choosing the language."""

from __future__ import annotations

from flows.understanding.understood import Understood
from flows.understanding.words import Reading

_LANGUAGES = {
    "english": "en",
    "anglais": "en",
    "francais": "fr",
    "french": "fr",
    "en": "en",
    "fr": "fr",
}


def english_in(reading: Reading) -> Understood | None:
    """A message that only chooses a language."""
    words = [token.word for token in reading.words if token.word not in ("svp", "please", "in")]
    if len(words) == 1 and words[0] in _LANGUAGES:
        return Understood("language", language=_LANGUAGES[words[0]])
    return None
