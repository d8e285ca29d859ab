"""What was understood of one message: the answer that the rest of the service works with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Evidence: TypeAlias = Mapping[str, tuple[str, ...]]
"""For each part of what was understood, the words that led to it."""


@dataclass(frozen=True, slots=True)
class Understood:
    """One message, taken apart. Empty parts are None or ()."""

    intent: str
    """The guide's intents ("need", "offer", "stop", ...), or "language"."""
    categories: tuple[str, ...] = ()
    """Slugs of the services named, in the order they were mentioned."""
    commune: str | None = None
    """INSEE code, when one is clear or clearly likeliest."""
    communes: tuple[str, ...] = ()
    """INSEE codes that are possible, best first, at most six."""
    name: str | None = None
    """The writer's first name, as it should be shown."""
    numbers: tuple[int, ...] = ()
    """Numbers of lines or listings that are meant."""
    kind: str | None = None
    """"need" or "offer": what is asked for, proposed, or wanted in a list."""
    condition: str | None = None
    """What goes beyond a plain yes and must be passed on."""
    correction: bool = False
    """It corrects what was read back; the parts then hold only the new values."""
    danger: str | None = None
    """For an emergency: "medical", "fire", "violence", "suicide" or "child"."""
    refused: tuple[str, ...] = ()
    """What no listing may hold: "money", "link", "premium_number"."""
    language: str | None = None
    """For the intent "language": "en" or "fr"."""
    call: str | None = None
    """What is said to a voice: "again" (say it once more) or "goodbye"."""
    explain: Callable[[], Evidence] = field(default=dict, compare=False, repr=False)
    """Looks up the evidence, which hardly anybody asks for."""

    @property
    def evidence(self) -> Evidence:
        """For each part the words that led to it."""
        return self.explain()


def as_json(understood: Understood, explain: bool = False) -> dict[str, Any]:
    """The parts as plain data: the five main ones always, the others when they are set."""
    answer: dict[str, Any] = {
        "intent": understood.intent,
        "categories": list(understood.categories),
        "commune": understood.commune,
        "communes": list(understood.communes),
        "name": understood.name,
    }
    for part in ("numbers", "refused"):
        if values := getattr(understood, part):
            answer[part] = list(values)
    for part in ("kind", "condition", "correction", "danger", "language", "call"):
        if value := getattr(understood, part):
            answer[part] = value
    if explain:
        answer["evidence"] = {
            part: list(words) for part, words in understood.evidence.items() if words
        }
    return answer
