"""What a person meant by one message: intent, services, commune, first name, reply."""

from __future__ import annotations

import re

from flows.understanding.understood import Understood, as_json

__all__ = ["Understood", "as_json", "understand"]

_ROUGH = [
    ("stop", r"^\W*(stop|arret)\W*$"),
    ("start", r"^\W*(start|reprendre|reprise)\W*$"),
    ("help", r"^\W*(aide|help|\?+)\W*$"),
    ("yes", r"^\W*(oui|ok|dac|d'accord|1003)\b"),
    ("no", r"^\W*(non|nn)\b"),
    ("more", r"^\W*(suite|encore)\W*$"),
    ("choose", r"^\W*(la |le )?\d+\W*$"),
    ("done", r"^\W*fait\W*$"),
    ("mine", r"mes annonces"),
    ("delete", r"supprimer|effacer"),
    ("data", r"mes donnees|mes données"),
    ("pause", r"^\W*pause"),
    ("report", r"signaler"),
    ("human", r"rappel"),
    ("search", r"\bliste\b|annonces"),
    ("offer", r"\boffre\b|propose|je peux|dispo"),
    ("need", r"besoin|cherche|faudrait"),
    ("greeting", r"^\W*(bonjour|salut)\W*$"),
    ("thanks", r"^\W*merci\W*$"),
]


def understand(text: str, awaiting: str | None = None, *, near: str | None = None) -> Understood:
    """Rough for now: the intent by its plainest words, the first service and the name by list."""
    low = text[:1000].lower()
    intent = next((i for i, pattern in _ROUGH if re.search(pattern, low)), "unclear")
    categories = tuple(
        slug
        for slug, word in (("courses", "course"), ("medecin", "docteur"), ("jardinage", "jardin"))
        if word in low
    )
    kind = intent if intent in ("need", "offer") else None
    numbers = tuple(int(n) for n in re.findall(r"\b\d{1,4}\b", low)[:5])
    from flows.understanding.rough import commune_and_name

    commune, name = commune_and_name(text, awaiting)
    return Understood(
        intent,
        categories,
        commune,
        (commune,) if commune else (),
        name,
        numbers=numbers,
        kind=kind,
    )
