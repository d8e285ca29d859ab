"""Danger to life, now: looked for before anything else, because missing it costs most."""

from __future__ import annotations

import re

from flows.understanding.phrases import Hit
from flows.understanding.text import clause_around
from flows.understanding.words import Reading

KINDS = ("violence", "suicide", "fire", "medical", "child")
_CRY = "cry"

# What is over, or was only feared, or is a word of another meaning.
_OVER = re.compile(
    r"\b(semaine derniere|mois dernier|an dernier|annee derniere|l autre jour|avant hier|"
    r"il y a (\d+|un|deux|trois|quelques) (ans?|mois|semaines?|jours)|"
    r"depuis (mon|ma|mes|son|sa|cette|l|que|le|\d+ (mois|ans|semaines|jours))|suite a|"
    r"apres (mon|ma|un|une|son|sa)|av(ait|ais|aient) (deja )?(fait|eu|ete)|"
    r"plus de peur que de mal|en (19|20)\d\d|"
    r"en (janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre)|"
    r"hier|autrefois|a l epoque|(risque|peur) de (tomber|chute|faire)|sort(ie|i)? de l hopital|"
    r"convalescen\w+|reeducation|se remet|me remets|ancien\w* pompier)\b"
)
# A fire that went out: nobody says of one that burns when it was, but for minutes and hours.
_LONG_AGO = re.compile(
    r"\b(an dernier|annee derniere|mois dernier|semaine derniere|ete dernier|hiver dernier|"
    r"il y a (\d+|un|deux|trois|quelques) (ans?|mois|semaines?)|en (19|20)\d\d|autrefois)\b"
)
_NOT_FIRE = re.compile(
    r"\bfeu (mon|ma|mes|son|sa|notre|le|la|rouge|vert|monsieur|madame|mr|mme)\b|\b(faire|allumer|"
    r"pour|de|preparer|coin) (le |un |du |mon )?(feu|cheminee|barbecue)\b|\bfeux\b|"
    r"\bfeu (de )?(bois|camp|cheminee|artifice|tricolore)\b|\bpot au feu\b|\bdu feu\b|"
    r"\bau (coin du )?feu (rouge|vert|tricolore)|"
    r"\bchasse aux incendie|\bassurance incendie|\bdetecteur"
)
# Spoken of so that it doesn't happen.
_NO_FIRE_YET = re.compile(
    r"\b(eviter?|contre|assurance|risque\w*|prevention|detecteur\w*|alarme\w*|cas) "
    r"(?:(?:d|de|l|un|une|les|des|un|en) )*(?:incendie|feu|fumee)\w*"
)
_NOW = re.compile(
    r"\b(vite|secours|maintenant|tout de suite|au secours|aidez moi|aide moi|urgence|la la|minutes|"
    r"sang|depuis ce matin|depuis hier|repond plus|repond pas|respire plus|respire pas|"
    r"inconscient\w*|sos|ce soir|adieu|en train)\b"
)
# Whoever doesn't answer a letter is well, and of laughter nobody dies.
_NO_HARM = re.compile(
    r"\brepond\w* (?:pas|plus) (?:a|aux|au) (?:l|la|le|mes|mon|ma|vos|votre|nos|notre|son|ses)? ?"
    r"(?:annonce|message|sms|mail|courrier|offre|demande|lettre)s?\b"
    r"|\b(?:mourir|meurs|mourrai|creve|crever) de (?:rire|ennui|envie|honte|faim|soif|jalousie)\b"
)
_PET = re.compile(r"\b(chien|chat|chienne|animal|lapin|cheval|poule|veterinaire)\b")
_MACHINE = re.compile(
    r"\b(ordinateur|telephone|tablette|box|voiture|velo|moto|scooter|scoot|booster|bougie|carbu|moteur|imprimante|internet|operateur|"
    r"fournisseur|tondeuse|chaudiere|tracteur|ecran|souris|batterie|machine|robinet|fuite|evier|frigo|"
    r"lave|wifi|service client|hotline|mairie)\b"
)
_CERTAIN = re.compile(r"\b(secours|samu|pompiers|respire|sang|inconscient\w*|connaissance)\b")


_DEAD = re.compile(r"\b(decede\w*|deces|veuf|veuve|est morte? (d|de|en|il y a|depuis|l)\b)")


def is_over(reading: Reading) -> bool:
    """Whether what is told lies in the past: a fall of last year, a husband who died."""
    words = reading.plain
    return bool((_OVER.search(words) or _DEAD.search(words)) and not _NOW.search(words))


def _is_long_ago(reading: Reading, hit: Hit) -> bool:
    """Whether a fire is said to have been, in so many words; gas is smelt now or never."""
    clause = " ".join(reading.words[spot].word for spot in clause_around(reading.words, hit.start))
    return bool(_LONG_AGO.search(clause)) and "gaz" not in reading.said(hit)


def danger_in(
    reading: Reading, *, asks_a_service: bool = False
) -> tuple[str, tuple[str, ...]] | None:
    """The kind of danger and the words that say so, or None.

    Whoever cries for help and names what with (`asks_a_service`) is in no danger that is told.
    """
    hits = reading.of("danger")
    if not hits:
        return None
    words = reading.plain
    if _NO_HARM.search(words) and not _CERTAIN.search(words):
        return None
    over = bool(_OVER.search(words))
    now = bool(_NOW.search(words))
    kinds: dict[str, tuple[str, ...]] = {}
    for hit in hits:
        kind = hit.group[1]
        if kind == _CRY:
            if asks_a_service:
                continue
            kind = "medical"
        if kind == "fire" and not now and _NO_FIRE_YET.search(words):
            continue
        if (
            kind == "fire"
            and _NOT_FIRE.search(words)
            and not re.search(r"brule|incendie|gaz|flamme", words)
        ):
            continue
        if kind == "fire" and not now and _is_long_ago(reading, hit):
            continue
        if kind == "medical" and over and not now:
            continue
        if kind in ("violence", "child") and over and not now:
            continue
        nearby = " ".join(token.word for token in reading.words[max(0, hit.start - 4) : hit.end])
        if kind == "medical" and _MACHINE.search(nearby) and not _CERTAIN.search(words):
            continue
        if (
            kind == "medical"
            and _PET.search(words)
            and not re.search(r"secours|samu|pompier", words)
        ):
            continue
        kinds.setdefault(kind, (reading.said(hit),))
    for kind in KINDS:
        if kind in kinds:
            return kind, kinds[kind]
    return None
