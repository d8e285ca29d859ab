"""Names of communes that are misspelt, or cut short."""

from __future__ import annotations

import math

from flows.understanding.places.atlas import SMALL, Atlas
from flows.understanding.places.told import Span, Told
from flows.understanding.places.weighing import NEVER, cue, followed_by_hint, is_alone, role_of

_LONG = 7
_LONG_TOGETHER = 9
_SHORT, _FEW_WORDS = 4, 4


def misspelt(told: Told, taken: set[int], atlas: Atlas) -> Span | None:
    """The likeliest name among the words that nothing else explains.

    `taken` are the positions of words that belong to a name spelt rightly.
    """
    tokens, words, shouting, asked = told.tokens, told.words, told.shouting, told.asked
    found: list[Span] = []
    tried = 0
    for start, end in _unknown_stretches(told, taken, atlas):
        span = Span(start, end, " ".join(words[start:end]), exact=False)
        led = cue(span, told)
        alone = is_alone(span, told, atlas)
        capital = tokens[start].capital and not shouting
        hinted = followed_by_hint(span, told, atlas)
        sure = _comes_first(span, told) or _is_run_together(span.text, atlas)
        if not (led >= 1.5 or alone or capital or hinted or asked or sure):
            continue
        is_name = all(
            tokens[spot].word in atlas.names or words[spot] in SMALL for spot in range(start, end)
        )
        if is_name and end - start > 1:
            continue
        if is_name and led < 1.5:
            continue
        tried += 1
        if tried > 5:
            break
        score, population, text = atlas.like[span.text]
        if not text:
            # "gambais cest": try without the last word.
            while end - start > 1 and not text:
                end -= 1
                score, population, text = atlas.like[" ".join(words[start:end])]
            span = Span(start, end, " ".join(words[start:end]), exact=False)
        if not text:
            continue
        span = _longer(span, told, atlas)
        span.role = role_of(span, told)
        if span.role <= NEVER:
            continue
        span.points = (
            (score - 70) / 8
            + 1.3 * math.log10(max(population, 10))
            + led
            + (2.0 if alone else 0.0)
            + (1.0 if capital else 0.0)
            + (3.0 if hinted else 0.0)
            - (4.0 if is_name else 0.0)
            + (3.0 if asked else 0.0)
            - 3.5
        )
        found.append(span)
    return max(found, key=lambda span: span.points + span.role, default=None)


def _comes_first(span: Span, told: Told) -> bool:
    """Whether the message begins with it, or a short last sentence: "thonon et autour".

    Some say first where they are, or last; but "slt" is shorter.
    """
    tokens, start = told.tokens, span.start
    if told.words[start] in SMALL:
        return False
    if not start:
        return len(span.text) >= _LONG
    begins = tokens[start - 1].sentence != tokens[start].sentence == tokens[-1].sentence
    return begins and len(span.text) > _SHORT and len(tokens) - start <= _FEW_WORDS


def _is_run_together(text: str, atlas: Atlas) -> bool:
    """Whether it is a name without its spaces, "saintmaurdesfosses", or with one too few."""
    letters = text.replace(" ", "")
    return len(letters) >= _LONG_TOGETHER and atlas.gazetteer.is_run_together(letters)


def _longer(span: Span, told: Told, atlas: Atlas) -> Span:
    """ "rosny sur bois": with what follows a small word, if that is more like a name."""
    tokens, words = told.tokens, told.words
    end = span.end
    while (
        end < len(tokens)
        and words[end] in SMALL
        and tokens[end].clause == tokens[span.start].clause
    ):
        end += 1
    if span.end < end < len(tokens) and tokens[end].clause == tokens[span.start].clause:
        text = " ".join(words[span.start : end + 1])
        score, _, found = atlas.like[text]
        if found and score >= 92:
            return Span(span.start, end + 1, text, exact=False)
    return span


def _unknown_stretches(told: Told, taken: set[int], atlas: Atlas) -> list[tuple[int, int]]:
    """Stretches of words that are nothing else, small words between them included."""
    tokens, words, known, shouting = told.tokens, told.words, told.known, told.shouting

    def opens(spot: int) -> bool:
        """Whether a word begins its sentence, where it has a capital whatever it is."""
        after = spot + 1 < len(tokens) and tokens[spot + 1].sentence == tokens[spot].sentence
        return after and (spot == 0 or tokens[spot - 1].sentence != tokens[spot].sentence)

    def unknown(spot: int) -> bool:
        word = tokens[spot].word
        if spot in taken or spot in told.code_words or not word[0].isalpha() or len(word) < 2:
            return False
        if words[spot] in ("saint", "sainte"):
            return True
        if word in atlas.dictionary and (shouting or not tokens[spot].capital or opens(spot)):
            return False
        return word not in atlas.common and spot not in known and word not in SMALL

    stretches: list[tuple[int, int]] = []
    start = 0
    while start < len(tokens):
        if not unknown(start):
            start += 1
            continue
        end = start + 1
        while end < len(tokens) and end - start < 6 and tokens[end].clause == tokens[start].clause:
            if (
                unknown(end)
                or words[end - 1] in ("saint", "sainte")
                or (
                    words[end] in SMALL | {"sur"}
                    and end + 1 < len(tokens)
                    and tokens[end + 1].clause == tokens[start].clause
                    and (unknown(end + 1) or words[end + 1] in ("la", "le", "les", "l"))
                )
            ):
                end += 1
            else:
                break
        while end > start + 1 and words[end - 1] in SMALL:
            end -= 1
        first = start
        if start and tokens[start - 1].clause == tokens[start].clause:
            before = words[start - 1]
            is_one_name = _is_run_together(before + words[start], atlas)
            if is_one_name or before in ("la", "le", "les", "l"):
                first = start - 1
        stretches.append((first, end))
        # A first name often stands right beside the place.
        for cut in range(start + 1, end):
            if words[cut - 1] in ("saint", "sainte"):
                continue
            if words[cut - 1] in ("a", "sur", "en", "au"):
                stretches.append((cut, end))
            if tokens[cut].word in atlas.names or tokens[cut - 1].word in atlas.names:
                stretches.append((start, cut))
                stretches.append((cut, end))
        start = end
    return stretches
