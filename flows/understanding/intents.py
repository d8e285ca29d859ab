"""What a message wants, from the weights of the turns of phrase found in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from flows.understanding.phrases import Hit
from flows.understanding.services import Services
from flows.understanding.words import Reading

_FURTHER = 0.25
"""How much of their weight further phrases of the same intent add to the strongest."""

_COMMANDS = (
    "unclear",
    "stop",
    "start",
    "report",
    "delete",
    "forget",
    "holidays",
    "data",
    "mine",
    "done",
    "human",
    "more",
    "search",
    "pause",
    "help",
)
_ENOUGH = 7.0
_POSTING = 4.0


@dataclass(frozen=True, slots=True)
class Cues:
    """Points for each intent, and the words behind them."""

    points: dict[str, float] = field(default_factory=dict)
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, intent: str) -> float:
        return self.points.get(intent, 0.0)


def cues_in(reading: Reading) -> Cues:
    """The points of each intent."""
    reading = reading.with_all_cues()
    masks = reading.lookalikes
    found: dict[str, list[Hit]] = {}
    for hit in reading.of("cue"):
        found.setdefault(hit.group[1], []).append(hit)
    points: dict[str, float] = {}
    words: dict[str, tuple[str, ...]] = {}
    for intent, hits in found.items():
        kept = [
            hit
            for hit in hits
            if not any(
                hit.start < mask.end and mask.start < hit.end for mask in masks.get(intent, ())
            )
        ]
        if not kept:
            continue
        # A phrase inside a stronger one says nothing more.
        kept.sort(key=lambda hit: (-hit.weight, hit.start))
        total = kept[0].weight
        counted = [kept[0]]
        for hit in kept[1:]:
            if not any(hit.start < other.end and other.start < hit.end for other in counted):
                counted.append(hit)
                total += hit.weight * _FURTHER
        points[intent] = total
        words[intent] = tuple(reading.said(hit) for hit in counted[:4])
    return Cues(points, words)


def intent_of(cues: Cues, services: Services) -> str | None:
    """The intent that the cues speak for, or None when they say too little."""
    need, offer = cues.of("need"), cues.of("offer")
    posting = max(need, offer)
    best, best_points = None, 0.0
    for intent in _COMMANDS:
        points = cues.of(intent)
        if points < _ENOUGH or points <= best_points:
            continue
        if intent == "search" and best == "more" and not services.slugs:
            continue
        if _posts_instead(intent, points, posting, services):
            continue
        best, best_points = intent, points
    if best:
        return best
    if services.slugs or posting >= _POSTING:
        if posting < 1.0 and not services.slugs:
            return None
        return "offer" if offer > need else "need"
    if cues.of("help") >= 4 and posting < 4:
        return "help"
    if cues.of("done") >= 3:
        return "done"
    return None


def _posts_instead(intent: str, points: float, posting: float, services: Services) -> bool:
    """Whether a request with its service outweighs the words of a command in it."""
    if intent in ("unclear", "stop", "delete", "data", "start", "search", "mine"):
        return False
    if intent == "pause":
        return bool(services.slugs) and posting >= 4 and points < 10
    if intent == "report":
        return bool(services.slugs) and posting >= 4 and points < 10
    if intent == "more":
        return bool(services.slugs)
    if intent == "human":
        besides = set(services.slugs) - {"nouvelles"}
        return bool(besides) and posting >= 4 and points < 12
    if intent in ("help", "done"):
        return bool(services.slugs) and posting >= 4 and posting + 3 > points
    return False
