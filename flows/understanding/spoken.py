"""What is said rather than typed, put as it would be typed: numbers, spelt names, no "euh".

    quatre-vingt-quinze mille cent vingt   95120
    soixante-neuf zéro zéro trois          69003
    annonce mille deux cent trois          annonce 1203
    c'est m a r t h e                      c'est marthe

Transcripts of calls come so. Only what can be nothing else is put otherwise: "deux trois bricoles"
stays what it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from flows.understanding.text import Token, plain, tokens_of

HESITATIONS = frozenset(("euh", "heu", "heuh", "hum", "hmm", "hm", "mmh", "beuh"))

SMALL_NUMBERS = {
    "zero": 0,
    "un": 1,
    "une": 1,
    "deux": 2,
    "trois": 3,
    "quatre": 4,
    "cinq": 5,
    "six": 6,
    "sept": 7,
    "huit": 8,
    "neuf": 9,
    "dix": 10,
    "onze": 11,
    "douze": 12,
    "treize": 13,
    "quatorze": 14,
    "quinze": 15,
    "seize": 16,
}
_TENS = {
    "vingt": 20,
    "vingts": 20,
    "trente": 30,
    "quarante": 40,
    "cinquante": 50,
    "soixante": 60,
    "septante": 70,
    "huitante": 80,
    "octante": 80,
    "nonante": 90,
}
_HUNDREDS = frozenset(("cent", "cents"))
_THOUSANDS = frozenset(("mille", "milles", "mil"))
_ALL = frozenset((*SMALL_NUMBERS, *_TENS, *_HUNDREDS, *_THOUSANDS))
# A lone "un" or "deux" is in every second message and says no number of this sort.
_TELLING = frozenset((*_ALL, "comme", "accent", *"0123456789")) - frozenset(
    word for word, number in SMALL_NUMBERS.items() if 0 < number <= 10
)
_COUNTED = re.compile(
    r"ans?|euros?|eur|heures?|h|minutes?|jours?|mois|semaines?|fois|km|kilos?|kilometres?|metres?|"
    r"habitants?|personnes?|litres?|mercis?|francs?|balles|pages?|places?"
)
_BEFORE_A_NUMBER = frozenset(("annonce", "numero", "ligne", "le", "la", "du", "departement"))
_LETTER_OF = re.compile(r"\b(\w) comme \w[\w-]*", re.IGNORECASE)
_ACCENT = re.compile(r"(?<=\b\w) accent (?:aigu|grave|circonflexe)\b", re.IGNORECASE)
_CODE, _PHONE = 5, 10


def as_typed(
    text: str, tokens: list[Token], is_code: Callable[[str], bool], is_name: Callable[[str], bool]
) -> str:
    """The text with what was said as it would be typed.

    `is_code` tells postal codes, `is_name` what a run of letters may spell.
    """
    if _ACCENT.search(text) or len(_LETTER_OF.findall(text)) > 1:
        text = _LETTER_OF.sub(r"\1", _ACCENT.sub("", text))
        tokens = tokens_of(text)
    parts = _numbers(tokens, is_code) + _spelt(tokens, is_name)
    for start, end, instead in sorted(parts, reverse=True):
        text = text[:start] + instead + text[end:]
    return text


def may_be_spoken(tokens: Sequence[Token]) -> bool:
    """Whether there is anything in these words that `as_typed` could put otherwise."""
    words = [token.word for token in tokens]
    if not _TELLING.isdisjoint(words):
        return True
    lengths = list(map(len, words))
    return lengths.count(1) > 2 and any(
        lengths[spot : spot + 3] == [1, 1, 1]
        and words[spot].isalpha()
        and words[spot + 2].isalpha()
        for spot in range(len(words) - 2)
    )


def _numbers(tokens: Sequence[Token], is_code: Callable[[str], bool]) -> list[tuple[int, int, str]]:
    """Where numbers are said, and their figures."""
    found = []
    spot = 0
    while spot < len(tokens):
        end = spot
        while end < len(tokens) and _continues(tokens, spot, end):
            end += 1
        if end > spot:
            while tokens[end - 1].word == "et":
                end -= 1
            said = [token.word for token in tokens[spot:end]]
            before = tokens[spot - 1].word if spot else ""
            after = tokens[end].word if end < len(tokens) else ""
            if figures := _figures(said, before, after, is_code):
                found.append((tokens[spot].start, tokens[end - 1].end, figures))
        spot = max(end, spot + 1)
    return found


def _continues(tokens: Sequence[Token], first: int, spot: int) -> bool:
    token = tokens[spot]
    if spot > first and token.sentence != tokens[first].sentence:
        return False
    if token.word == "et":
        return (
            spot > first
            and tokens[spot - 1].word in _TENS
            and spot + 1 < len(tokens)
            and tokens[spot + 1].word in ("un", "une", "onze")
        )
    return token.word in _ALL or (token.word.isdigit() and len(token.word) <= 3)


def _figures(
    said: list[str], before: str, after: str, is_code: Callable[[str], bool]
) -> str | None:
    """The figures of a number said, if it is a postal code, a phone number or one of a listing."""
    if len(said) < 2 or _COUNTED.fullmatch(after):
        if len(said) == 1 and before in _BEFORE_A_NUMBER and not _COUNTED.fullmatch(after):
            number = SMALL_NUMBERS.get(said[0], _TENS.get(said[0], 0))
            return str(number) if number > 10 else None
        return None
    chunks = _chunks(said)
    one_by_one = "".join(str(chunk) for chunk in chunks if chunk != _MILLE)
    if _MILLE not in chunks:
        if len(one_by_one) == _CODE and is_code(one_by_one):
            return one_by_one
        if len(one_by_one) == _PHONE and one_by_one[0] == "0":
            return one_by_one
        if len(chunks) == 1 and before in _BEFORE_A_NUMBER and chunks[0] > 10:
            return str(chunks[0])
        return None
    at = chunks.index(_MILLE)
    thousands, rest = chunks[:at], chunks[at + 1 :]
    if len(thousands) == 2 and thousands[0] == 0:
        # "zéro six mille deux cents"
        thousands = thousands[1:]
    if len(thousands) > 1 or len(rest) > 1 or thousands == [0]:
        return None
    number = 1000 * (thousands[0] if thousands else 1) + (rest[0] if rest else 0)
    is_listing = before in ("annonce", "numero", "ligne")
    if thousands and not is_listing and len(code := f"{number:05}") == _CODE and is_code(code):
        return code
    return str(number)


_MILLE = -1


def _chunks(said: Sequence[str]) -> list[int]:
    """The numbers below a thousand in words said one after the other; _MILLE where that is said."""
    chunks: list[int] = []
    hundreds, tens = None, None  # of the number that is being said
    small: int | None = None

    def close() -> None:
        nonlocal hundreds, tens, small
        if hundreds is not None or tens is not None or small is not None:
            chunks.append((hundreds or 0) + (tens or 0) + (small or 0))
        hundreds = tens = small = None

    for word in said:
        if word == "et":
            continue
        if word in _THOUSANDS:
            close()
            chunks.append(_MILLE)
        elif word.isdigit():
            close()
            # "0 6" are two figures, and 06 keeps its zero.
            chunks += [0] * (len(word) - len(str(int(word))))
            chunks.append(int(word))
        elif word in _HUNDREDS:
            if small is not None and 1 < small < 10 and tens is None and hundreds is None:
                hundreds, small = 100 * small, None
            else:
                close()
                hundreds = 100
        elif word in _TENS:
            if word.startswith("vingt") and small == 4 and tens is None:
                tens, small = 80, None
            else:
                if tens is not None or small is not None:
                    close()
                tens = _TENS[word]
        else:
            number = SMALL_NUMBERS[word]
            is_apart = number == 0 or (number >= 10 and tens not in (None, 60, 80))
            if small == 10 and tens in (None, 60, 80) and 7 <= number <= 9:
                small = 10 + number
                continue
            if small is not None or is_apart:
                close()
            small = number
            if number == 0:
                close()
    close()
    return chunks


def _spelt(tokens: Sequence[Token], is_name: Callable[[str], bool]) -> list[tuple[int, int, str]]:
    """Where a name is spelt letter by letter, and the name."""
    found = []
    spot = 0
    while spot < len(tokens):
        letters = ""
        end = spot
        while end < len(tokens):
            word = tokens[end].word
            if len(word) == 1 and word.isalpha():
                letters += tokens[end].raw.lower()
            elif word == "deux" and end + 1 < len(tokens) and len(tokens[end + 1].word) == 1:
                # "deux l": the letter itself follows.
                letters += tokens[end + 1].raw.lower()
            else:
                break
            end += 1
        if len(letters) >= 3 and end - spot >= 3 and is_name(plain(letters)):
            start = spot
            if spot and tokens[spot - 1].word == plain(letters):
                start -= 1
            found.append((tokens[start].start, tokens[end - 1].end, letters))
        spot = max(end, spot + 1)
    return found
