"""A small language for phrases, so that what people say can stand in tables.

    besoin de           these words, one after the other (a plural is the same word)
    tond*               any word that begins like this
    <someone>           any word of the list of that name
    (mon|ma|mes)        one of these
    [pas|plus]          one of these or nothing
    ..                  up to three words between
    ...                 up to eight words between
    _                   any word
    ^  $                beginning, end of the message

A phrase never crosses the end of a sentence. The phrases of all tables are looked for in two
passes, the second only where it is needed: each word of the message carries its keys (itself, its
prefixes, its lists), and only phrases that begin with one of them are tried.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from flows.understanding.remembering import Remembered
from flows.understanding.text import Token, ends_of

_SAFE_BEGINNING = 5
ANYTHING = "_"
_ENDINGS = ("es", "s", "x", "e")
_PART = re.compile(r"\([^)]*\)|\[[^\]]*\]|\S+")


class Hit(NamedTuple):
    """A phrase found: from which word to which, whose it is (`group`), and how much it says."""

    start: int
    end: int
    group: tuple[str, ...]
    weight: float


class _Element(NamedTuple):
    keys: frozenset[str]
    gap: int = 0


class _End(NamedTuple):
    """Where a phrase is complete."""

    group: tuple[str, ...]
    weight: float
    from_start: bool
    to_end: bool


class _Node:
    """What may follow the same words: phrases that begin alike share their nodes."""

    __slots__ = ("ends", "gaps", "next", "rows")

    def __init__(self) -> None:
        self.ends: tuple[_End, ...] = ()
        self.next: dict[str, tuple[_Node, ...]] = {}
        self.gaps: dict[int, _Node] = {}
        self.rows: dict[frozenset[str], _Node] = {}

    def then(self, element: _Element) -> _Node:
        """The node after this element, made if it isn't there yet."""
        if element.gap:
            return self.gaps.setdefault(element.gap, _Node())
        node = self.rows.get(element.keys)
        if node is None:
            node = self.rows[element.keys] = _Node()
            for key in element.keys:
                self.next[key] = (*self.next.get(key, ()), node)
        return node


class _Word(NamedTuple):
    """What the phrases can make of a word: its keys, and the phrases that may begin with it."""

    keys: tuple[str, ...]
    opens: tuple[_Node, ...]
    opens_later: tuple[_Node, ...]
    is_known: bool


class _Message(NamedTuple):
    """The keys of each word, and until where its sentence goes."""

    keys: list[tuple[str, ...]]
    all_keys: set[str]
    sentence_ends: list[int]


class Phrases:
    """All phrases of all tables."""

    def __init__(
        self,
        lists: Mapping[str, Iterable[str]],
        respell: Mapping[str, str],
        dictionary: frozenset[str],
    ) -> None:
        self._dictionary = dictionary
        self._respell = respell
        self._lists_of: dict[str, set[str]] = defaultdict(set)
        self._prefixes: dict[str, str] = {}
        self._literals: set[str] = set()
        self._openings: dict[bool, dict[str, _Node]] = {False: {}, True: {}}
        self._used: set[str] = set()
        for name, words in lists.items():
            for word in words:
                spelled = respell.get(word, word)
                self._learn(spelled)
                self._lists_of[spelled].add(f"<{name}>")
        self._words = Remembered(self._word_of)

    def add(
        self, group: tuple[str, ...], weight: float, phrases: Iterable[str], *, later: bool = False
    ) -> None:
        """More phrases. Those that are wanted `later`, if at all, are looked for by themselves."""
        for phrase in phrases:
            self._add(group, weight, phrase, self._openings[later])

    @property
    def vocabulary(self) -> list[str]:
        """Every word that some phrase or list names, and the longer beginnings of words."""
        beginnings = (prefix for prefix in self._prefixes if len(prefix) >= _SAFE_BEGINNING)
        return sorted({*self._literals, *beginnings})

    def knows(self, word: str) -> bool:
        """Whether any phrase could make something of this word."""
        return self._words[word].is_known

    def known_among(self, tokens: Sequence[Token]) -> set[int]:
        """The places of the words that any phrase could make something of."""
        words = self._words
        return {spot for spot, token in enumerate(tokens) if words[token.word].is_known}

    def find(self, tokens: Sequence[Token], *, later: bool = False) -> list[Hit]:
        """Every place where a phrase stands in these words, once, in a fixed order."""
        words = [self._words[token.word] for token in tokens]
        keys = [word.keys for word in words]
        sentence_ends = ends_of([token.sentence for token in tokens])
        message = _Message(keys, set().union(*keys), sentence_ends)
        hits: set[Hit] = set()
        for start, word in enumerate(words):
            for node in word.opens_later if later else word.opens:
                _follow(node, start + 1, start, message, set(), hits)
        return sorted(hits)

    def _add(
        self, group: tuple[str, ...], weight: float, phrase: str, openings: dict[str, _Node]
    ) -> None:
        parts = _PART.findall(phrase)
        from_start, to_end = parts[:1] == ["^"], parts[-1:] == ["$"]
        choices = [self._variants(part) for part in parts if part not in ("^", "$")]
        for chosen in itertools.product(*choices):
            elements = tuple(element for variant in chosen for element in variant)
            if not elements or elements[0].gap or elements[-1].gap:
                raise ValueError(f"a phrase begins and ends with a word: {phrase!r}")
            for element in elements:
                self._used |= element.keys
            for key in elements[0].keys:
                node = openings.get(key)
                if node is None:
                    node = openings[key] = _Node()
                for element in elements[1:]:
                    node = node.then(element)
                node.ends = (*node.ends, _End(group, weight, from_start, to_end))

    def _variants(self, part: str) -> list[tuple[_Element, ...]]:
        """The ways in which one part of a phrase can be said."""
        if part in ("..", "..."):
            return [(_Element(frozenset(), gap=3 if part == ".." else 8),)]
        ways = [
            " ".join(self._respell.get(word, word) for word in way.split())
            for way in part.strip("()[]").split("|")
        ]
        single = frozenset(way for way in ways if " " not in way.strip())
        variants: list[tuple[_Element, ...]] = []
        if single:
            variants.append((_Element(single),))
        variants += [
            tuple(_Element(frozenset([word])) for word in way.split()) for way in ways if " " in way
        ]
        for variant in variants:
            for element in variant:
                for word in element.keys:
                    self._learn(word)
        if part.startswith("["):
            variants.append(())
        return variants

    def _learn(self, word: str) -> None:
        if word.startswith("<"):
            return
        if word.endswith("*"):
            self._prefixes[word[:-1]] = word
        else:
            self._literals.add(word)

    def _word_of(self, word: str) -> _Word:
        keys = self._keys_of(word)
        now, later = (
            tuple(openings[key] for key in keys if key in openings)
            for openings in (self._openings[False], self._openings[True])
        )
        is_known = word in self._literals or not {word, ANYTHING}.issuperset(keys)
        return _Word(keys, now, later, is_known)

    def _keys_of(self, word: str) -> tuple[str, ...]:
        """What of the phrases a word can stand for, in a fixed order."""
        found = {word, ANYTHING}
        for ending in _ENDINGS:
            if word.endswith(ending):
                shorter = word[: -len(ending)]
                if len(shorter) > 3 and shorter in self._literals:
                    found.add(shorter)
        # "rang*" is not in "rangueil": a short beginning counts only in words that exist.
        shortest = 2 if word in self._dictionary or len(word) < 4 else _SAFE_BEGINNING
        for length in range(shortest, len(word) + 1):
            if prefix := self._prefixes.get(word[:length]):
                found.add(prefix)
        found.update(*[self._lists_of[key] for key in found if key in self._lists_of])
        return tuple(sorted(found & self._used))


def _follow(
    node: _Node,
    position: int,
    start: int,
    message: _Message,
    ended: set[int],
    hits: set[Hit],
) -> None:
    """Walks on from a node. `ended` are the phrases that were found with a smaller gap."""
    keys, all_keys, sentence_ends = message
    for end in node.ends:
        if (
            id(end) not in ended
            and not (end.from_start and start)
            and not (end.to_end and position < len(keys))
        ):
            ended.add(id(end))
            hits.add(Hit(start, position, end.group, end.weight))
    stop = sentence_ends[start]
    if position >= stop:
        return
    if following := node.next:
        for key in keys[position]:
            if key in following:
                for child in following[key]:
                    _follow(child, position + 1, start, message, ended, hits)
    for gap, after in node.gaps.items():
        following = after.next
        if following.keys().isdisjoint(all_keys):
            continue
        for spot in range(position, min(position + gap + 1, stop)):
            for key in keys[spot]:
                if key in following:
                    for child in following[key]:
                        _follow(child, spot + 1, start, message, ended, hits)
