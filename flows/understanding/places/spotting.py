"""Where names of communes and postal codes stand in a message, spelt as they are spelt."""

from __future__ import annotations

import re

from flows.gazetteer import Gazetteer
from flows.understanding.places.atlas import SMALL, Atlas
from flows.understanding.places.numbers import UNITS
from flows.understanding.places.told import Span, Told
from flows.understanding.text import Token, ends_of
from flows.understanding.word_sets import word_set

_LONGEST_NAME = 7
_ARTICLES = frozenset(("la", "le", "les", "l"))
_NEVER_IN_NAMES = word_set("places", "never_in_names")
_TWO_LETTERS = word_set("places", "two_letters")
_ORDINALS = word_set("places", "ordinals")
_NO_END = SMALL | _NEVER_IN_NAMES
_SAINTS = frozenset(("saint", "sainte"))
_CITIES = frozenset(("paris", "lyon", "marseille"))
_ARRONDISSEMENT = re.compile(r"^(\d{1,2})(e|er|eme|em|ieme|nd|de|ere|o)?$")
_ROMAN = re.compile(r"^(x{0,2})(ix|iv|v?i{0,3})(e|eme)?$")
_ROMANS = {
    numeral: number
    for number, numeral in enumerate(
        [
            "i",
            "ii",
            "iii",
            "iv",
            "v",
            "vi",
            "vii",
            "viii",
            "ix",
            "x",
            "xi",
            "xii",
            "xiii",
            "xiv",
            "xv",
            "xvi",
            "xvii",
            "xviii",
            "xix",
            "xx",
        ],
        start=1,
    )
}
_POSTAL = re.compile(r"(?<![\d.,])(\d{2})\s?(\d{3})(?![\d])(?!\s?(?:euros?|eur|€|km|km2|pas)\b)")
_PHONE = re.compile(r"(?:\+33|0033|\+262|\+590|\+594|\+596|0)[\s.\-]?[1-9](?:[\s.\-]?\d{2}){4}")


def exact_spans(told: Told, atlas: Atlas) -> list[Span]:
    """The longest names that stand in the words, one after the other."""
    tokens, words = told.tokens, told.words
    clause_end = ends_of([token.clause for token in tokens])
    spans: list[Span] = []
    reach = 0
    for start, word in enumerate(words):
        if start < reach or word in _NEVER_IN_NAMES:
            continue
        end = _end_of_name(words, start, clause_end[start], atlas)
        if end is not None and not _cuts_a_word(told.text, tokens, start, end):
            spans.append(Span(start, end, " ".join(words[start:end])))
            reach = end
    for span in spans:
        _with_arrondissement(span, tokens, words)
    return spans


def _end_of_name(words: list[str], start: int, clause_end: int, atlas: Atlas) -> int | None:
    """Where the longest name ends that begins at a word, if one does."""
    word = words[start]
    may_go_on = word not in SMALL or word in _ARTICLES
    if may_go_on and start + 1 < clause_end and atlas.names_begin_with(word, words[start + 1]):
        for end in range(min(start + _LONGEST_NAME, clause_end), start + 1, -1):
            if words[end - 1] not in _NO_END and atlas.population[" ".join(words[start:end])] >= 0:
                return end
    if word in _NO_END or word in _SAINTS or (len(word) < 3 and word not in _TWO_LETTERS):
        return None
    return start + 1 if atlas.population[word] >= 0 else None


def _cuts_a_word(text: str, tokens: list[Token], start: int, end: int) -> bool:
    """Whether a stretch is only part of a hyphenated word: "Ange" in "Marie-Ange"."""
    first, last = tokens[start].start, tokens[end - 1].end
    return (
        start > 0 and text[first - 1 : first] == "-" and tokens[start - 1].end == first - 1
    ) or (end < len(tokens) and text[last : last + 1] == "-" and tokens[end].start == last + 1)


def _with_arrondissement(span: Span, tokens: list[Token], words: list[str]) -> None:
    if span.text not in _CITIES:
        return
    most = {"paris": 20, "lyon": 9, "marseille": 16}[span.text]
    beside = [*range(span.end, min(span.end + 3, len(tokens)))]
    beside += [*range(max(0, span.start - 3), span.start)]
    for spot in beside:
        word = words[spot]
        number = _ARRONDISSEMENT.match(word)
        after = words[spot + 1] if spot + 1 < len(words) else ""
        ordinal = number and (number[2] or after in ("e", "eme", "em", "arrondissement", "arr"))
        close = spot == span.end
        counts = number is not None and not number[2] and UNITS.match(after)
        if after.startswith(("etage", "mois", "age")) or counts:
            continue
        if (number and (ordinal or close) and 1 <= int(number[1]) <= most) or (
            close and word and _ROMAN.match(word) and len(word) > 0
        ):
            numeral = word.removesuffix("eme").removesuffix("e")
            span.part = word if number else f"{_ROMANS.get(numeral, word)}e"
            span.extra.add(spot)
            return
        if word in _ORDINALS:
            span.part = word
            span.extra.add(spot)
            return
        if spot < span.start and words[spot] not in ("dans", "le", "du", "a", "de", word):
            continue


def postal_code(
    text: str, tokens: list[Token], gazetteer: Gazetteer
) -> tuple[str | None, frozenset[int]]:
    """The first postal code of a text that no phone number holds, and the words that are it."""
    for match in _POSTAL.finditer(text):
        phones = (phone.span() for phone in _PHONE.finditer(text))
        if any(start <= match.start() < end for start, end in phones):
            continue
        code = match[1] + match[2]
        if not gazetteer.by_postal_code(code):
            continue
        inside = frozenset(
            spot for spot, token in enumerate(tokens) if match.start() <= token.start < match.end()
        )
        return code, inside
    return None, frozenset()
