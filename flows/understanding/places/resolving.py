"""Which commune a name means: by the département beside it, nearness, territory or size."""

from __future__ import annotations

from collections.abc import Sequence

from flows.gazetteer import Candidate
from flows.gazetteer.scores import EXACT
from flows.understanding.places.atlas import LIKE_ENOUGH, Atlas
from flows.understanding.places.creole import territory_of
from flows.understanding.places.numbers import (
    DEPARTEMENT,
    LEADS_TO_A_DEPARTEMENT,
    LONGEST_DEPARTEMENT,
    is_quantity,
)
from flows.understanding.places.told import Span, Spotted, Told

MOST = 6
_LIKELIEST = 4
_HARDLY_LESS_ALIKE = 19
_HARDLY_LARGER = 2


def resolve(span: Span, told: Told, near: str | None, atlas: Atlas) -> Spotted:
    """The commune of a name, with what stands beside it."""
    beside, hint_words = hint_beside(span, told, atlas)
    span.extra |= hint_words
    code = told.code
    hint = code or beside
    inside = frozenset({*range(span.start, span.end), *span.extra, *told.code_words})
    if span.part:
        return answer(f"{span.text} {span.part}", near, inside, span.text, hint, (), atlas)
    if hint:
        found = answer(f"{span.text} {hint}", near, inside, span.text, hint, (), atlas)
        if found.commune or (found.communes and code):
            return found
    found = answer(span.text, near, inside, span.text, None, told.telling, atlas)
    if not found.communes and code:
        return answer(code, near, inside, code, code, (), atlas)
    return found


def answer(
    asked: str,
    near: str | None,
    words: frozenset[int],
    said: str,
    hint: str | None,
    telling: Sequence[str],
    atlas: Atlas,
) -> Spotted:
    """The one that is clear or clearly likeliest, or those that are possible.

    `telling` are words that may tell the territory among homonyms.
    """
    found = [
        one
        for one in atlas.gazetteer.search(asked, near=near, limit=12)
        if one.score >= LIKE_ENOUGH
    ]
    if not found:
        return Spotted(words=words)
    codes = tuple(dict.fromkeys(candidate.place.insee for candidate in found))[:MOST]
    clear = atlas.gazetteer.resolve(asked, near=near)
    if clear is not None and not isinstance(clear, list):
        return Spotted(clear.insee, (clear.insee,), words, said, hint)
    if len(codes) == 1:
        return Spotted(codes[0], codes, words, said, hint)
    if near is not None and near in codes:
        return Spotted(near, (near, *(code for code in codes if code != near)), words, said)
    territory = territory_of(telling).split()
    at_home = [one for one in found if one.place.departement in territory]
    if at_home:
        best = max(at_home, key=lambda one: one.population)
        others = tuple(code for code in codes if code != best.place.insee)
        return Spotted(best.place.insee, (best.place.insee, *others)[:MOST], words, said, hint)
    if likeliest := _likeliest(found):
        others = tuple(code for code in codes if code != likeliest)
        return Spotted(likeliest, (likeliest, *others)[:MOST], words, said, hint)
    return Spotted(None, codes, words, said, hint)


def _likeliest(found: list[Candidate]) -> str | None:
    """The one that is so much larger than all others that nearly everybody means it.

    Where some are written just so they are compared with one another, and the likeliest may be
    smaller than those that are only similar, but not much: Sauve, not La Sauve.
    """
    written = [one for one in found if one.score >= EXACT]
    similar = [one for one in found if one.score < EXACT]
    if written:
        first, *others = sorted(written, key=lambda one: -one.population)
        if all(one.population <= _HARDLY_LARGER * first.population for one in similar) and (
            not others or first.population >= _LIKELIEST * max(others[0].population, 100)
        ):
            return first.place.insee
    ordered = sorted(found, key=lambda one: -one.population)
    first, second = ordered[0], ordered[1]
    if first != found[0] and first.score < 95 and first.kind != "current":
        return None
    if first != found[0] and first.score > found[0].score:
        return None
    is_exact = first.score >= 95 or first.score >= second.score - _HARDLY_LESS_ALIKE
    if is_exact and first.population >= _LIKELIEST * max(second.population, 100):
        return first.place.insee
    return None


def hint_beside(span: Span, told: Told, atlas: Atlas) -> tuple[str, set[int]]:
    """A département said right beside the place, and the words that say it; "" if none is."""
    tokens, words = told.tokens, told.words
    spot = span.end
    if spot < len(tokens) and spot not in span.extra:
        while words[spot] in LEADS_TO_A_DEPARTEMENT and spot + 1 < len(tokens):
            spot += 1
        if DEPARTEMENT.match(words[spot]) and not is_quantity(words, spot):
            return words[spot], {spot}
    for spot in range(max(0, span.start - 4), span.start):
        if (
            DEPARTEMENT.match(words[spot])
            and (words[spot - 1] if spot else "") in ("le", "du", "departement")
            and not is_quantity(words, spot)
        ):
            return words[spot], {spot}
    if not atlas.may_name_departement(words[span.end : span.end + LONGEST_DEPARTEMENT]):
        return "", set()
    for size in range(1, LONGEST_DEPARTEMENT + 1):
        rest = " ".join(words[span.end : span.end + size])
        if any(character.isdigit() for character in rest):
            break
        found = atlas.departements_in[rest]
        if len(found) == 1 and rest not in ("nord", "centre"):
            return found[0], set(range(span.end, min(span.end + size, len(tokens))))
    return "", set()
