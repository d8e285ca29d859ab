"""Which of the services a message names, from the phrases found in it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flows.understanding.phrases import Hit
from flows.understanding.text import clause_around
from flows.understanding.word_sets import word_set
from flows.understanding.words import WEIGHTS, Reading, tables

OTHER = "autre"
_BESIDE = word_set("services", "beside")


@dataclass(frozen=True, slots=True)
class Services:
    """Slugs in the order they are mentioned, with the words that named them and their places."""

    slugs: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    spots: tuple[int, ...] = ()

    @classmethod
    def of(cls, named: Sequence[tuple[int, str, str]]) -> Services:
        """From place, words and slug of each."""
        spots, words, slugs = zip(*named, strict=True) if named else ((), (), ())
        return cls(slugs, words, spots)


def services_in(reading: Reading, ignored: frozenset[int] = frozenset()) -> Services:
    """The services named. `ignored` are positions of spelled-out words that don't count."""
    best: dict[str, tuple[float, Hit]] = {}
    all_hits: dict[str, list[Hit]] = {}
    masks = reading.lookalikes
    contexts = reading.of("context")
    for hit in reading.of("service"):
        slug = hit.group[1]
        if hit.start in ignored or hit.end - 1 in ignored:
            continue
        if slug in masks and any(_inside(hit, mask) for mask in masks[slug]):
            continue
        if contexts and any(one.start <= hit.start and hit.end <= one.end for one in contexts):
            continue
        all_hits.setdefault(slug, []).append(hit)
        known = best.get(slug)
        if known is None or _rank(hit.weight, hit) > _rank(*known):
            best[slug] = (hit.weight, hit)
    for slug, weight, hit in _pairs(reading):
        all_hits.setdefault(slug, []).append(hit)
        known = best.get(slug)
        if known is None or weight > known[0]:
            best[slug] = (weight, hit)
    is_list = _is_only_a_list(reading, all_hits, ignored)
    listed = {} if is_list or len(all_hits) < 2 else _enumerated(reading, all_hits)
    best = _said_apart(best) if is_list else listed | _strongest(best)
    best = _settled(reading, best, all_hits)
    ordered = sorted(best.items(), key=lambda found: (found[1][1].start, found[1][1].end))
    return Services.of([(hit.start, reading.said(hit), slug) for slug, (_, hit) in ordered])


def not_denied(reading: Reading, found: Services) -> Services:
    """Without what is said to be wrong: "pas les courses, le jardin"."""
    named = zip(found.spots, found.words, found.slugs, strict=True)
    return Services.of([one for one in named if not _is_denied(reading, one[0])])


def _is_denied(reading: Reading, spot: int) -> bool:
    words = reading.words
    before = range(clause_around(words, spot).start, spot)
    return bool(_DENIED.search(" ".join(words[place].word for place in before)))


_DENIED = re.compile(
    r"(?<!pourquoi )\b(pas|non|ni|au lieu|a la place)( (d|de|des|du|l|la|le|les|pour|un|une))*$"
)


def in_one_breath(reading: Reading, told: Collection[str], found: Collection[str]) -> set[str]:
    """The services found that are joined to one of those told: "le jardin et les courses"."""
    hits = [hit for hit in reading.of("service") if hit.weight >= WEIGHTS["plain"]]
    besides = [hit for hit in hits if hit.group[1] in found and hit.group[1] not in told]
    return {
        hit.group[1]
        for hit in besides
        for other in hits
        if other.group[1] in told and _are_joined(reading, *sorted((hit, other)))
    }


def _are_joined(reading: Reading, first: Hit, second: Hit) -> bool:
    """Whether nothing stands between two phrases but "et" and small words."""
    between = [token.word for token in reading.words[first.end : second.start]]
    return (
        first.end < second.start
        and len(between) <= _MOST_BETWEEN
        and not _JOINS.isdisjoint(between)
        and _JOINS.union(_BETWEEN).issuperset(between)
    )


_JOINS = frozenset(("et", "ou", "plus", "puis"))
_BETWEEN = word_set("services", "between")
_MOST_BETWEEN = 4


def _pairs(reading: Reading) -> list[tuple[str, float, Hit]]:
    """Services that two or more things together name, wherever in the message they stand."""
    hits = reading.of("pair")
    if len(hits) < 2:
        return []
    found: dict[tuple[str, int], Hit] = {}
    for hit in hits:
        _, slug, number = hit.group
        found.setdefault((slug, int(number)), hit)
    pairs = []
    for slug, count in tables().pairs.items():
        if all((slug, number) in found for number in range(count)):
            weight = WEIGHTS["plain"] if slug.endswith("-weak") else WEIGHTS["strong"]
            pairs.append((slug.removesuffix("-weak"), weight, found[slug, 0]))
    return pairs


def _rank(weight: float, hit: Hit) -> tuple[float, int, int]:
    """What says it best: the heaviest, then the shortest, then the first."""
    return weight, hit.start - hit.end, -hit.start


def _inside(hit: Hit, mask: Hit) -> bool:
    """Whether a phrase hangs on words that are something else: inside, or at an end."""
    if hit.start >= mask.start and hit.end <= mask.end:
        return True
    return hit.start < mask.end <= hit.end or hit.start <= mask.start < hit.end


def _is_only_a_list(
    reading: Reading, all_hits: dict[str, list[Hit]], ignored: frozenset[int]
) -> bool:
    """Whether nothing but services is named, as in "courses, jardin": then every word counts."""
    named = {spot for hits in all_hits.values() for hit in hits for spot in range(*hit[:2])}
    return all(
        spot in named or spot in ignored or token.word in _BESIDE
        for spot, token in enumerate(reading.words)
    )


def _enumerated(reading: Reading, all_hits: dict[str, list[Hit]]) -> dict[str, tuple[float, Hit]]:
    """Services that stand side by side between commas: "docteur, pharmacie, marché" are three."""
    words = reading.words
    found: dict[str, tuple[float, Hit]] = {}
    for slug, hits in all_hits.items():
        for hit in hits:
            clause = clause_around(words, hit.start)
            if all(
                hit.start <= spot < hit.end or words[spot].word in _BESIDE for spot in clause
            ) and (slug not in found or hit.weight > found[slug][0]):
                found[slug] = hit.weight, hit
    clauses = {words[hit.start].clause for _, hit in found.values()}
    return found if len(found) > 1 and len(clauses) == len(found) else {}


def _said_apart(best: dict[str, tuple[float, Hit]]) -> dict[str, tuple[float, Hit]]:
    """Without what is only another way to take the words of something heavier."""
    return {
        slug: (weight, hit)
        for slug, (weight, hit) in best.items()
        if not any(weight < heavier and _overlap(hit, other) for heavier, other in best.values())
    }


def _strongest(best: dict[str, tuple[float, Hit]]) -> dict[str, tuple[float, Hit]]:
    """Without what is said too weakly beside the rest."""
    enough = min(max((weight for weight, _ in best.values()), default=0.0), WEIGHTS["strong"])
    return {slug: (weight, hit) for slug, (weight, hit) in best.items() if weight >= enough}


def _settled(
    reading: Reading, best: dict[str, tuple[float, Hit]], all_hits: dict[str, list[Hit]]
) -> dict[str, tuple[float, Hit]]:
    """Without what something stronger explains."""
    kept = dict(best)
    for winner, losers in tables().priorities.items():
        if winner in kept:
            for loser in losers & kept.keys():
                if _explains(reading, winner, loser, kept[winner][1], kept[loser][1]):
                    del kept[loser]
    if OTHER in kept and len(kept) > 1:
        other = kept[OTHER][1]
        if any(
            _overlap(other, hit) for slug in kept if slug != OTHER for hit in all_hits.get(slug, ())
        ):
            del kept[OTHER]
    return kept


_EVERYWHERE = ("veterinaire", "denrees-soignants", "hebergement-soignants")
# What is printed in 3D is mostly one of these, but they are also asked for besides.
_ALSO_PRINTED = ("impression", "materiel-medical", "informatique")


def _explains(reading: Reading, winner: str, loser: str, one: Hit, two: Hit) -> bool:
    """Whether one thing named explains another: within a sentence, or wherever it stands."""
    if winner in _EVERYWHERE:
        return True
    if winner == "impression-3d":
        is_beside = reading.words[one.start].clause == reading.words[two.start].clause
        return is_beside or loser not in _ALSO_PRINTED
    return reading.words[one.start].sentence == reading.words[two.start].sentence


def _overlap(one: Hit, two: Hit) -> bool:
    return one.start < two.end and two.start < one.end
