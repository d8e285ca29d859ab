"""Overseas: what is said in one territory only, and how its communes are written there."""

from __future__ import annotations

from collections.abc import Sequence

SAID = {
    "guadeloupe": "971",
    "gwadloup": "971",
    "gwada": "971",
    "martinique": "972",
    "matinik": "972",
    "madinina": "972",
    "guyane": "973",
    "lagwiyann": "973",
    "la reunion": "974",
    "larenyon": "974",
    "mayotte": "976",
    "polynesie": "987",
    "tahiti": "987",
    "an ka": "971",
    "an bizwen": "971",
    "an ni": "971",
    "man ka": "972",
    "man pe": "972",
    "man bizwen": "972",
    "mo ka": "973",
    "mo bizwen": "973",
    "mi rod": "974",
    "mi rode": "974",
    "mi cherche": "974",
    "mi abite": "974",
    "mi pe": "974",
    "mi le": "974",
    "mi fe": "974",
    "mi ve": "974",
    "mi apel": "974",
    "mi travay": "974",
    "mi reste": "974",
    "mi res": "974",
    "mi ramas": "974",
    "moin le": "974",
    "moin na": "974",
    "marmay": "974",
    "mi bezwin": "974",
    "nou le": "974",
    "in moun": "974",
    "manman mwen": "971 972",
    "roun moun": "973",
    "dalon": "974",
    "domoun": "974",
    "sindni": "974",
    "sinpol": "974",
    "sinpyer": "974",
    "sinlwi": "974",
    "sinbenwa": "974",
    "sinjozef": "974",
    "zabim": "971",
    "senfwanswa": "971",
    "marigalant": "971",
    "senjozef": "972",
}
"""What people say in one territory only."""

_CREOLE = (
    (
        frozenset(
            [
                "mwen",
                "moun",
                "ka",
                "pou",
                "ba",
                "an",
                "bizwen",
                "manman",
                "komisyon",
                "tibren",
                "epi",
                "nou",
                "lé",
                "i",
                "pa",
                "ni",
            ]
        ),
        "971 972",
    ),
    (
        frozenset(
            [
                "mwin",
                "mi",
                "moun",
                "bann",
                "marmay",
                "gramoun",
                "kaz",
                "momon",
                "lé",
                "nou",
                "zot",
                "la",
                "pou",
            ]
        ),
        "974",
    ),
)

CREOLE_NAMES = {
    "fodfrans": "fort de france",
    "fodfwans": "fort de france",
    "fodefrans": "fort de france",
    "sentann": "sainte anne",
    "senttann": "sainte anne",
    "sentanne": "sainte anne",
    "sentwoz": "sainte rose",
    "lamanten": "lamentin",
    "lamantin": "lamentin",
    "lanmanten": "lamentin",
    "gozye": "gosier",
    "labim": "abymes",
    "zabim": "abymes",
    "baste": "basse terre",
    "bemao": "baie mahault",
    "pwentapit": "pointe a pitre",
    "lapwent": "pointe a pitre",
    "pointapit": "pointe a pitre",
    "moul": "moule",
    "okapester": "capesterre",
    "kapester": "capesterre",
    "senfwanswa": "saint francois",
    "senlwi": "saint louis",
    "senjozef": "saint joseph",
    "chelche": "schoelcher",
    "kayenn": "cayenne",
    "kouwou": "kourou",
    "senloran": "saint laurent du maroni",
    "matouri": "matoury",
    "sindni": "saint denis",
    "sinpol": "saint paul",
    "sinpyer": "saint pierre",
    "sinlwi": "saint louis",
    "tanpon": "le tampon",
    "sinbenwa": "saint benoit",
    "sinjozef": "saint joseph",
    "sentroz": "sainte rose",
    "senpyer": "saint pierre",
    "sentmari": "sainte marie",
    "senpol": "saint paul",
    "basete": "basse terre",
    "bastè": "basse terre",
    "lamenten": "lamentin",
    "lanmentin": "lamentin",
    "lorin": "le lorrain",
    "fwanswa": "le francois",
    "voklen": "le vauclin",
    "dyaman": "le diamant",
    "lopor": "le port",
    "lepor": "le port",
}
"""How Creole speakers write the names of their communes."""


def territory_of(words: Sequence[str]) -> str:
    """The overseas départements whose Creole, or whose name, stands in a message."""
    told = set(words)
    text = f" {' '.join(words)} "
    for said, codes in SAID.items():
        if f" {said} " in text:
            return codes
    for markers, codes in _CREOLE:
        if len(told & markers) >= 2:
            return codes
    return ""
