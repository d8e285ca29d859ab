"""The commune that a message speaks of: names, postal codes and hints, spotted inside sentences.

Every stretch of words that bears a commune's name gathers points for and against: what stands
before it ("à", "vers", "j'habite"; but "rue de", "hôpital de"), whether it stands by itself, what
follows it (a postal code, a département), how many people live there, and whether it is a word or
a first name besides. The best is then looked up with its hints.

told.py        the message and its stretches
atlas.py       what is known of words and places
spotting.py    names spelt as they are spelt, and postal codes
misspelt.py    names that are not
weighing.py    points for and against
resolving.py   which of several places of that name
numbers.py, creole.py     what these are made of
"""

from __future__ import annotations

from flows.gazetteer import normalise
from flows.understanding.places.atlas import SMALL, Atlas
from flows.understanding.places.creole import CREOLE_NAMES
from flows.understanding.places.misspelt import misspelt
from flows.understanding.places.numbers import LEADS_TO_A_DEPARTEMENT, LONGEST_DEPARTEMENT
from flows.understanding.places.resolving import answer, resolve
from flows.understanding.places.spotting import exact_spans, postal_code
from flows.understanding.places.told import Span, Spotted, Told, is_shouting
from flows.understanding.places.weighing import NEVER, points_of, role_of
from flows.understanding.text import Token

__all__ = ["Atlas", "Spotted", "find_place"]

ENOUGH = 2.5


def find_place(
    text: str,
    tokens: list[Token],
    known: frozenset[int],
    near: str | None,
    asked: bool,
    atlas: Atlas,
) -> Spotted:
    """The commune of a message.

    `known` are the places of words that mean something to the phrases; `near` is the INSEE
    code of the person's earlier commune; `asked` if the commune was asked for just now.
    """
    if not tokens:
        return Spotted()
    told = _told(text, tokens, known, asked, atlas)
    kept = _weighed(told, atlas)
    if not any(
        span.points + span.role >= ENOUGH + 1.5
        and span.role >= 0
        and not span.is_word
        and not _ends_a_longer_name(span, told, atlas)
        for span in kept
    ):
        kept = _with_misspelt(kept, told, atlas)
    best = max(kept, key=lambda span: span.points + span.role, default=None)
    if asked and (whole := _all_of_it(told, best, atlas)):
        return answer(whole, near, frozenset(range(len(tokens))), whole, None, told.telling, atlas)
    if best is not None:
        return resolve(best, told, near, atlas)
    if told.code is None:
        return Spotted()
    return answer(told.code, near, told.code_words, told.code, told.code, (), atlas)


def _told(text: str, tokens: list[Token], known: frozenset[int], asked: bool, atlas: Atlas) -> Told:
    code, code_words = postal_code(text, tokens, atlas.gazetteer)
    words = [CREOLE_NAMES.get(token.place, token.place) for token in tokens]
    return Told(text, tokens, words, known, is_shouting(tokens), code, code_words, asked)


def _weighed(told: Told, atlas: Atlas) -> list[Span]:
    """The names spelt rightly that have points enough."""
    spans = exact_spans(told, atlas)
    kept: list[Span] = []
    for span, before in zip(spans, [None, *spans], strict=False):
        if before and _is_departement_of(before, span, told, atlas):
            continue
        span.role = role_of(span, told)
        if span.role <= NEVER:
            continue
        span.points = points_of(span, told, atlas) + (3 if told.asked else 0)
        if kept and _is_quarter_of(kept[-1], span, told, atlas):
            continue
        if span.points >= (0.0 if told.code else ENOUGH):
            kept.append(span)
    return kept


def _is_departement_of(before: Span, span: Span, told: Told, atlas: Atlas) -> bool:
    """Whether a name only says where the one before it lies: "Le Blanc Indre", "en Loire"."""
    if span.start == before.end:
        return bool(atlas.departements_in[span.text])
    between = told.words[before.end : span.end]
    return (
        between[0] in LEADS_TO_A_DEPARTEMENT
        and len(between) <= LONGEST_DEPARTEMENT
        and told.tokens[before.start].sentence == told.tokens[span.start].sentence
        and bool(atlas.departements_in[" ".join(between)])
    )


def _all_of_it(told: Told, best: Span | None, atlas: Atlas) -> str | None:
    """The whole of an answer, if it is a longer name than what stands in it: "riom es montagne"."""
    if not 1 < len(told.words) <= _FEW_WORDS:
        return None
    whole = " ".join(told.words)
    found = atlas.gazetteer.search(whole, limit=1)
    if not found or found[0].score < _SURELY:
        return None
    words = normalise(found[0].matched).count(" ") + 1
    return whole if words > (best.end - best.start if best else 0) else None


_FEW_WORDS = 6
_SURELY = 92.0


def _is_quarter_of(before: Span, span: Span, told: Told, atlas: Atlas) -> bool:
    """Whether a saint beside a town is one of its quarters, "perpignan saint jacques".

    Unless a commune of the same département is called so: "marseille saint savournin".
    """
    return (
        span.start == before.end
        and told.tokens[before.start].clause == told.tokens[span.start].clause
        and span.text.startswith("saint")
        and not before.is_word
        and atlas.population[before.text] >= _HAS_QUARTERS
        and atlas.population[before.text] > 5 * atlas.population[span.text]
        and not atlas.are_neighbours(before.text, span.text)
    )


_HAS_QUARTERS = 20_000


def _ends_a_longer_name(span: Span, told: Told, atlas: Atlas) -> bool:
    """Whether a name is only the end of one that is misspelt: "champini sur Marne"."""
    before = told.words[max(0, span.start - 2) : span.start]
    return (
        len(before) == 2
        and before[1] in ("sur", "sous", "les", "en")
        and before[0] not in SMALL
        and before[0] not in atlas.dictionary
        and span.start - 2 not in told.known
        and told.tokens[span.start - 2].clause == told.tokens[span.start].clause
    )


def _with_misspelt(kept: list[Span], told: Told, atlas: Atlas) -> list[Span]:
    """Those names and the likeliest misspelt one, which takes the place of what it contains."""
    taken = {
        spot for span in kept if span.points >= ENOUGH + 3 for spot in range(span.start, span.end)
    }
    like = misspelt(told, taken, atlas)
    if like is None or like.points < ENOUGH:
        return kept
    return [
        *(span for span in kept if not (like.start <= span.start and span.end <= like.end)),
        like,
    ]
