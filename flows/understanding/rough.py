"""A stand-in for places and names until the real tables are in."""

from __future__ import annotations

_PLACES = {"ermont": "95219", "eaubonne": "95203", "95120": "95219", "montreuil": "93048"}
_NAMES = {"jeanne", "marie", "paul", "theo", "ali", "nadia", "karim"}
_SHOWN = {"theo": "Théo"}


def commune_and_name(text: str, awaiting: str | None) -> tuple[str | None, str | None]:
    words = text[:1000].lower().replace(",", " ").replace(".", " ").split()
    commune = next((_PLACES[word] for word in words if word in _PLACES), None)
    name = next((word for word in words if word in _NAMES), None)
    if name is None and awaiting == "first_name" and words:
        name = words[-1]
    return commune, _SHOWN.get(name, name.capitalize()) if name else None
