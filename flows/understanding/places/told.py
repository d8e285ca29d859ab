"""A message as the search for its commune sees it, and a stretch of it that may be a place."""

from __future__ import annotations

from dataclasses import dataclass, field

from flows.understanding.text import Token


@dataclass(frozen=True, slots=True)
class Told:
    """One message: its words as typed and as compared with names, and what is known of them."""

    text: str
    tokens: list[Token]
    words: list[str]
    known: frozenset[int]
    """The places of words that mean something to the phrases."""
    shouting: bool
    """Everything is in capitals, so that a capital says nothing."""
    code: str | None
    code_words: frozenset[int]
    """The places of the words that are a postal code."""
    asked: bool
    """The commune was asked for just now."""

    @property
    def telling(self) -> list[str]:
        """All words that may tell a territory: as typed too, since "Sindni" is said in one only."""
        return [*self.words, *[token.word for token in self.tokens]]


@dataclass(slots=True)
class Span:
    """Words from `start` to `end` that may name a place."""

    start: int
    end: int
    text: str
    points: float = 0.0
    role: float = 0.0
    part: str = ""
    exact: bool = True
    is_word: bool = False
    extra: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Spotted:
    """What a message says of a place. `words` are the places of typed words that belong to it."""

    commune: str | None = None
    communes: tuple[str, ...] = ()
    words: frozenset[int] = frozenset()
    said: str | None = None
    hint: str | None = None


def is_shouting(tokens: list[Token]) -> bool:
    """Whether nearly all is in capitals."""
    if not any(token.capital and token.raw.isupper() for token in tokens):
        return False
    words = [token.raw for token in tokens if len(token.raw) > 1 and token.raw.isalpha()]
    return len([word for word in words if word.isupper()]) * 3 > len(words) * 2
