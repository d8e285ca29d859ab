"""Numbers beside a place: a département, or so many of something."""

from __future__ import annotations

import re

UNITS = re.compile(
    r"^(ans?|a|kg|h|heures?|e|euros?|eur|min|minutes?|jours?|j|mois|fois|m|cm|km|personnes?|pers|"
    r"enfants?|packs?|pages?|x|exemplaires?|sem|semaines?|marches|etages?|chats?|chiens?|poules?|"
    r"tonnes?|litres?|l|copies?|places?)$"
)
LEADS_TO_A_DEPARTEMENT = frozenset(("dans", "departement", "dept", "ds", "en", "le"))
LONGEST_DEPARTEMENT = 6
"""Words: "dans les Alpes de Haute Provence"."""
DEPARTEMENT = re.compile(r"^(0[1-9]|[1-8]\d|9[0-5]|97[1-8]|98[678]|2[ab])$")


def is_quantity(words: list[str], spot: int) -> bool:
    """Whether a number counts something: "95 ans" is no département, nor is "06 12"."""
    if spot and len(words[spot - 1]) == 2 and words[spot - 1].isdigit():
        return True
    if spot + 1 == len(words):
        return False
    after = words[spot + 1]
    return bool(UNITS.match(after)) or (len(after) == 2 and after.isdigit())
