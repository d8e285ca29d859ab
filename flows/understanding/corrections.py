"""Corrections: "non, à Eaubonne", "c'est pour du jardinage pas les courses", "plutôt jeudi".

A correction has a part that holds (the new values) and often one that doesn't (the old ones). Only
the part that holds is read on.
"""

from __future__ import annotations

import re

_SORRY = r"(?:ah|mais|euh|oups|pardon|desole|désolée?|excusez[- ]moi|attention|zut|oh|eh)"
_OPENING = re.compile(
    rf"^\W*(?:{_SORRY}\W+)*(?:non|nn|nan|nope|no|erreur|faux|en fait|je me suis tromp[ée]e?|"
    r"je corrige|corrections?|corriger|rectification|modif(?:ier|ication)?|changer|plut[ôo]t|"
    r"c'?est faux|je voulais dire|je veux dire|il y a une? erreur)\b[\s,.:;!-]*",
    re.IGNORECASE,
)
_RATHER = re.compile(
    r"\b(?:plut[ôo]t|je voulais dire|je veux dire|et non(?! pas)|au lieu d[eu']?|mais pas|"
    r"et pas)\b",
    re.IGNORECASE,
)
# Without one of these nothing below can be found, and most messages have none.
_NOT_OR_RATHER = re.compile(r"\bpas\b|\bplut[ôo]t\b|\bet non\b|\bau lieu\b|\bje v", re.IGNORECASE)
_NOT_THIS_BUT = re.compile(
    r"^\W*(?:c'?est\s+)?pas\s+(?P<old>.+?)(?:\s*,\s*|\s+)"
    r"(?:mais|c'?est|plut[ôo]t|je (?:suis|cherche|veux|m'appelle))\s+(?P<new>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_NOT_THIS_COMMA = re.compile(
    r"^\W*(?:c'?est\s+)?pas\s+(?P<old>[^,.;]+)[,.;]\s*(?P<new>.+)$", re.IGNORECASE | re.DOTALL
)
_THIS_NOT_THAT = re.compile(
    r"^(?P<new>.+?)[\s,]+(?:et |mais )?(?:pas|non pas|et non|au lieu d[eu']?)\s+(?P<old>.+)$",
    re.IGNORECASE | re.DOTALL,
)


def corrected_part(text: str) -> tuple[str, str | None, bool] | None:
    """What of a text may be a correction: (what holds, what doesn't, whether it says so openly).

    None if nothing in it sounds like one. Whether it corrects anything is for the caller to see:
    the part that holds must name a service, a place, a name or a kind.
    """
    opening = _OPENING.match(text)
    if opening is None and not _NOT_OR_RATHER.search(text):
        return None
    rest = text[opening.end() :] if opening else text
    for pattern in (_NOT_THIS_BUT, _NOT_THIS_COMMA, _THIS_NOT_THAT):
        if match := pattern.match(rest):
            return match["new"], match["old"], opening is not None or pattern is not _THIS_NOT_THAT
    if opening and rest.strip():
        return rest, None, True
    if _RATHER.search(rest):
        return _RATHER.sub(" ", rest), None, True
    return None
