"""Spells out what people type: "jpeu" is "je peux", "lordinateur" is two words.

First the table of known spellings (spelling_fr.toml), longest first. Then, for words that nobody
knows: a little word glued on ("dune", "maider"), another ending of a known word (Snowball's French
stems), and at last a known word that differs by a letter or two.
"""

from __future__ import annotations

import lzma
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TypeAlias

from rapidfuzz import process
from rapidfuzz.distance import OSA

from flows.understanding.remembering import Remembered
from flows.understanding.stems import stem
from flows.understanding.text import Token, plain

_HERE = Path(__file__).parent

_GLUED = {"j": "je", "d": "de", "l": "l", "m": "me", "n": "ne", "s": "se", "t": "te", "c": "cest"}
_GLUED_QU = "que"
_SHORTEST_TYPO = 5
_SAME_BEGINNING = 4
"""Letters that the forms of one word have in common."""

_Row: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]
"""The words as typed and the words as compared."""


@cache
def common_words() -> frozenset[str]:
    """Frequent words of the language."""
    lines = (_HERE / "common_words.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@cache
def french_words() -> frozenset[str]:
    """The words of a French dictionary with their endings: what stands in it is no misspelling.

    From the npm package an-array-of-french-words 2.0.0 (MIT): its words of 4 to 12 letters, in
    small letters without accents.
    """
    with lzma.open(_HERE / "french_words.txt.xz", "rt", encoding="utf-8") as lines:
        return frozenset(lines.read().split("\n"))


def respellings() -> dict[str, str]:
    """Single words that the table spells as another single word."""
    found: dict[str, str] = {}
    for words, target in _rows():
        if len(words) == len(target) == 1:
            found.setdefault(words[0], target[0])
    return found


def _rows() -> Iterator[_Row]:
    """Each row of the table: the words as typed, the words as compared."""
    common = common_words()
    for section in tomllib.loads((_HERE / "spelling_fr.toml").read_text("utf-8")).values():
        for spelled, variants in section.items():
            target = tuple(plain(spelled).split())
            for variant in variants.split(","):
                words = tuple(plain(variant).split())
                # "aidé" may be how somebody writes "aider", but without its accent it is "aide".
                is_accented = plain(variant) != variant.lower()
                if is_accented and len(words) == 1 and (words[0] in common or len(words[0]) < 3):
                    continue
                if words and words != target:
                    yield words, target


class Spelling:
    """The table of spellings, and guesses for what isn't in it.

    `knows` says whether a word means something to the phrases; `vocabulary` are the words that a
    typo may have been meant to be.
    """

    def __init__(
        self,
        knows: Callable[[str], bool],
        vocabulary: Sequence[str],
        names: frozenset[str],
        is_place: Callable[[str], bool],
    ) -> None:
        self._knows = knows
        self._is_place = is_place
        self._common = common_words()
        self._dictionary = french_words()
        self._names = names
        # By the first word, then by the second, "" where one word is all.
        self._variants: dict[str, dict[str, list[_Row]]] = {}
        for words, target in _rows():
            by_second = self._variants.setdefault(words[0], {})
            by_second.setdefault(words[1] if len(words) > 1 else "", []).append((words, target))
        for by_second in self._variants.values():
            for variants in by_second.values():
                variants.sort(key=lambda variant: -len(variant[0]))
        # What a typo may stand for begins like it and is as long, give or take a letter.
        self._targets: dict[tuple[str, int], list[str]] = defaultdict(list)
        for word in vocabulary:
            for length in (len(word) - 1, len(word), len(word) + 1):
                self._targets[word[0], length].append(word)
        self._by_stem: dict[str, str] = {}
        for word in sorted(vocabulary, key=len, reverse=True):
            if len(word) > 4:
                self._by_stem[stem(word)] = word
        self._families = frozenset(word[:_SAME_BEGINNING] for word in self._by_stem.values())
        self._guess = Remembered(self._guess_of)

    def by_table(self, tokens: list[Token]) -> tuple[list[Token], set[int]]:
        """The same words as the table spells them, and the places of those that stand in it.

        The words keep their positions in the text.
        """
        spelled: list[Token] = []
        respelt: set[int] = set()
        end = 0
        for at, token in enumerate(tokens):
            if at < end:
                continue
            if token.word in self._variants and (found := self._row_at(tokens, at)):
                end = at + len(found[0])
                respelt.update(range(at, end))
                spelled += [self._as(word, token, tokens[end - 1]) for word in found[1]]
            else:
                spelled.append(token)
        return spelled, respelt

    def _row_at(self, tokens: list[Token], at: int) -> _Row | None:
        """The longest row of the table that stands at a word."""
        by_second = self._variants[tokens[at].word]
        if at + 1 < len(tokens) and tokens[at + 1].word in by_second:
            for row in by_second[tokens[at + 1].word]:
                last = at + len(row[0])
                if (
                    last <= len(tokens)
                    and tokens[last - 1].sentence == tokens[at].sentence
                    and all(tokens[at + i].word == word for i, word in enumerate(row[0]))
                ):
                    return row
        return by_second[""][0] if "" in by_second else None

    def by_guess(self, tokens: list[Token]) -> list[Token]:
        """The same words, those that nobody knows replaced by what they may have been meant for."""
        spelled: list[Token] = []
        for token in tokens:
            if guess := self._guess[token.word]:
                spelled += [self._as(word, token, token) for word in guess]
            else:
                spelled.append(token)
        return spelled

    @staticmethod
    def _as(word: str, first: Token, last: Token) -> Token:
        return first._replace(word=word, end=last.end)

    def _is_word(self, word: str) -> bool:
        return self._knows(word) or word in self._common

    def _guess_of(self, word: str) -> tuple[str, ...]:
        """What a word may have been meant for; empty if it is what it is."""
        if len(word) < 4 or not word.isalpha() or self._is_word(word) or word in self._names:
            return ()
        if self._is_place(word):
            return ()
        if word[0] in _GLUED and self._is_glued(word[0], word[1:]):
            return (_GLUED[word[0]], *self._respelt(word[1:]))
        if word.startswith("qu") and self._is_word(word[2:]) and len(word) > 3:
            return (_GLUED_QU, word[2:])
        if same := self._other_ending(word):
            return (same,)
        if word in self._dictionary:
            return ()
        if len(word) >= _SHORTEST_TYPO and (typo := self._typo(word)):
            return (typo,)
        return ()

    def _is_glued(self, letter: str, rest: str) -> bool:
        if len(rest) < 2 or not (self._is_word(rest) or rest in self._variants):
            return False
        return letter == "j" or rest[0] in "aeiouyh"

    def _respelt(self, word: str) -> tuple[str, ...]:
        alone = self._variants.get(word, {}).get("")
        return alone[0][1] if alone else (word,)

    def _other_ending(self, word: str) -> str | None:
        """The known word of which this is another form."""
        beginning = word[:_SAME_BEGINNING]
        if beginning not in self._families:
            # Most words: the stem would lead nowhere, and takes long to find.
            return None
        same = self._by_stem.get(stem(word))
        if same and same.startswith(beginning) and abs(len(same) - len(word)) <= 3:
            return same
        return None

    def _typo(self, word: str) -> str | None:
        targets = self._targets.get((word[0], len(word)), ())
        allowed = 1 if len(word) < 9 else 2
        found = process.extractOne(word, targets, scorer=OSA.distance, score_cutoff=allowed)
        return str(found[0]) if found else None
