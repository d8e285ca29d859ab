"""Short messages: yes, no, a number, hello, thanks, and answers to what the service asked last."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flows.understanding.words import Reading

AWAITING = {
    "kind": "kind",
    "sort": "kind",
    "type": "kind",
    "category": "categories",
    "categories": "categories",
    "categorie": "categories",
    "service": "categories",
    "services": "categories",
    "details": "details",
    "detail": "details",
    "commune": "commune",
    "place": "commune",
    "city": "commune",
    "ville": "commune",
    "town": "commune",
    "location": "commune",
    "lieu": "commune",
    "code_postal": "commune",
    "first_name": "first_name",
    "firstname": "first_name",
    "name": "first_name",
    "prenom": "first_name",
    "nom": "first_name",
    "confirmation": "confirmation",
    "confirm": "confirmation",
    "publish": "confirmation",
    "choice": "choice",
    "choose": "choice",
    "list": "choice",
    "proposal": "proposal",
    "introduction": "proposal",
    "alert": "proposal",
    "erase": "erase",
    "delete": "erase",
    "callback": "callback",
    "human": "callback",
    "which_listing": "which_listing",
    "listing": "which_listing",
}

_POLITE = frozenset(
    "bonjour bonsoir salut coucou hello hi hey merci svp stp beaucoup madame monsieur mesdames "
    "messieurs mme mr bien cordialement a tous toutes vous tres alors voila bonne journee soiree "
    "cher chers chere mille grand un pour tout et de votre nuit re ici cest moi le la les d avance "
    "aide reponse vraiment infiniment encore bjr ok super genial top adorable gentil gentils "
    "gentille gentillesse formidables formidable benevoles sympa bravo bises bisous bye au revoir "
    "bientot continuation toute equipe du coeur fond mes nos remerciements remercie je te nous "
    "reconnaissant reconnaissante gratitude emojimerci ca va comment allez etes ".split()
)
_GREETING = frozenset("bonjour bonsoir salut coucou hello hi hey yo wesh re allo alo cc bonswa".split())
_THANKS = frozenset(
    "merci remercie remercions remerciements thank thanks thx mersi mesi gratitude emojimerci".split()
)
_YES = frozenset(
    "oui ouais ouai oue ouep ui wi wai wii wep oki okay ok okey okk k yes yep yeah yess yup dac daccord accord "
    "volontiers exact exactement exacte parfait parfaitement certainement evidemment absolument "
    "carrement effectivement entendu affirmatif emojioui bien sur plaisir joie vrai juste correct "
    "accepte confirme valide go banco oc da ouiii si claro sure marche roule top nickel impec partant "
    "partante tope vas y allez confirmer valider publier publiez envoyez envoi i se bon wé ouè".split()
)
_NO = frozenset(
    "non nn nan nope niet no awa neni nenni negatif emojinon jamais naon naan nop pas surtout "
    "aucunement anon nonnn refuse nanan ayayay ".split()
)
_FILLER = frozenset(
    "d de c ce cest ca bien tres ok tout fait pour moi je le la les un une merci svp avec grand "
    "grande plaisir souci soucis probleme problemes pas sans est suis me va convient marche roule "
    "y a il on si bon alors ben ah eh euh mais ouf super parfait super desole desolee madame monsieur vous "
    "accord que veux veut peux bonjour bonsoir salut beaucoup et en bonne idee pourquoi quand meme "
    "daccord du entendu sur certain certaine voila donc peut etre s l m problem laisse tomber envie besoin "
    "possible interesse interessee maintenant aujourdhui cette fois ci temps plus rien question "
    "bien compris absolument surtout facon mersi mesi genial genial d'accord".split()
)

ORDINALS = {
    "premier": 1,
    "premiere": 1,
    "1er": 1,
    "1ere": 1,
    "second": 2,
    "seconde": 2,
    "deuxieme": 2,
    "troisieme": 3,
    "quatrieme": 4,
    "cinquieme": 5,
    "sixieme": 6,
    "septieme": 7,
    "huitieme": 8,
    "neuvieme": 9,
    "dixieme": 10,
}
_CARDINALS = {
    "un": 1,
    "une": 1,
    "deux": 2,
    "trois": 3,
    "quatre": 4,
    "cinq": 5,
    "six": 6,
    "sept": 7,
    "huit": 8,
    "neuf": 9,
    "dix": 10,
}
_NUMBER_WORDS = frozenset(
    "annonce annonces numero n le la les l no nr ligne celui celle de du des dame monsieur homme "
    "personne pour je prends prend choisis choisi veux voudrais contacter contact avec ok oui svp "
    "merci et ou puis si possible bonjour bonsoir plutot alors ce sera c cest est qui va vous "
    "contactez demande demander demandez interesse interessee par m me moi a au ai option choix liste "
    "premier deuxieme troisieme proposition offre fiche d accord bien sur possible crois "
    "mettre relation joindre appeler voir suis lui elle voisin voisine il lequel laquelle accord "
    "tout les deux vais on prendre aussi donnez donne garde chez volontiers reference ref num "
    "essayer preference s peu peux pense envie lance tente retiens selectionne "
    "ne me se te celui annonce the one listing number please ok".split()
)


@dataclass(frozen=True, slots=True)
class Reply:
    """A short message's intent, with what comes with it."""

    intent: str
    numbers: tuple[int, ...] = ()
    condition: str | None = None


def numbers_in(reading: Reading, taken: frozenset[int] = frozenset()) -> tuple[int, ...]:
    """Numbers of lines or listings: "la 2", "le deuxième", "annonce 4821". Not ages, hours, codes."""
    found: list[int] = []
    words = reading.words
    for spot, token in enumerate(words):
        word = token.word
        before = words[spot - 1].word if spot else ""
        after = words[spot + 1].word if spot + 1 < len(words) else ""
        number = None
        if word.isalpha() and word not in ORDINALS and word not in _CARDINALS:
            continue
        if re.fullmatch(r"[0-9]{1,4}|[0-9]{6,7}", word) and not _UNIT.match(after):
            number = int(word)
        elif re.fullmatch(r"[0-9]{5}", word) and before in ("annonce", "numero", "supprimer"):
            number = int(word)
        elif match := re.fullmatch(r"(?:n|no|num|la|le|numero)([0-9]{1,7})", word):
            number = int(match[1])
        elif word in ORDINALS:
            number = ORDINALS[word]
        elif (match := re.fullmatch(r"(\d{1,2})(?:er|ere|e|eme|em|nd|nde)", word)) and before in (
            "le",
            "la",
            "",
        ):
            number = int(match[1])
        elif word in _CARDINALS and (
            before in ("numero", "ligne", "annonce", "choix", "option")
            or (before in ("le", "la") and word not in ("un", "une"))
            or (len(words) == 1 and word != "une")
        ):
            number = _CARDINALS[word]
        if number and number not in found:
            found.append(number)
    return tuple(found[:6])


_UNIT = re.compile(
    r"^(ans?|h|heures?|euros?|eur|kg|km|min|minutes?|jours?|mois|semaines?|fois|enfants?|personnes?|"
    r"chats?|chiens?|janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|"
    r"decembre|packs?|pages?)$"
)


def short_reply(reading: Reading, aside: frozenset[int], awaiting: str | None) -> Reply | None:
    """A message that is nothing but a greeting, thanks, yes, no or a number; None for all others."""
    words = [token.word for spot, token in enumerate(reading.words) if spot not in aside]
    if not words:
        return None
    numbers = numbers_in(reading)
    if numbers and len(words) <= 14 and _only_numbers(words):
        if words[0] in ("oui", "ok", "yes", "ouais") and awaiting in ("proposal", "confirmation", "which_listing"):
            return Reply("yes", numbers)
        if words[0] in ("non", "nn", "no") and awaiting in ("proposal", "confirmation", "which_listing"):
            return Reply("no", numbers)
        if words[0] in ("oui", "ouais") and len(words) == 2 and max(numbers) > 20:
            return Reply("yes", numbers)
        if words[0] != "non":
            return Reply("choose", numbers)
    if words[0] in ("non", "nn") and len(words) == 2 and numbers:
        return Reply("no", numbers)
    rest = [word for word in words if word not in _POLITE]
    if not rest or all(word in _GREETING | _THANKS for word in rest):
        if any(word in _THANKS for word in words) and not any(word in ("ok", "oui") for word in words[:1]):
            return Reply("thanks")
        if any(word in _GREETING for word in words):
            return Reply("greeting")
    return None


def _only_numbers(words: list[str]) -> bool:
    return all(
        word in _NUMBER_WORDS
        or word in ORDINALS
        or word in _CARDINALS
        or re.fullmatch(r"(?:n|no|num|la|le|numero)?\d{1,7}(?:er|ere|e|eme|em|nd|nde)?", word)
        for word in words
    )


_CONDITION = re.compile(
    r"\b(mais|seulement|uniquement|sauf|a condition|par contre|si c'?est|pas avant|apr[eè]s|avant|"
    r"plut[oô]t|que le|que la|que les|que si|juste le|juste la|seulement si|d[eè]s|[aà] partir)\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b(lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|demain|matin|midi|soir|apr[eè]s[- ]?midi|"
    r"aprem|week[- ]?end|semaine|\d{1,2}\s?h(?:\d{2})?|\d{1,2}[/.]\d{1,2})\b",
    re.IGNORECASE,
)


def agreement(reading: Reading, yes: float, no: float) -> str | None:
    """"yes" or "no" if that is what a message opens with or consists of."""
    words = [token.word for token in reading.words]
    if not words:
        return None
    if yes == 0 and no == 0:
        rest = [word for word in words if word not in _FILLER]
        if rest and all(word in _YES for word in rest):
            return "yes"
        if rest and all(word in _NO for word in rest):
            return "no"
        return None
    if yes == no:
        return "no" if words[0] in _NO else "yes"
    return "yes" if yes > no else "no"


def condition_in(reading: Reading) -> str | None:
    """What is tied to a yes: "oui mais seulement jeudi" → "seulement jeudi"."""
    text = reading.text.strip()
    rest = re.sub(
        r"^\W*(?:(?:oui+|ouais|ok(?:ay)?|d'?accord|dac+|daccord|yes|yep|volontiers|bien s[uû]r|pas de (?:souci|probl[eè]me)s?|"
        r"avec (?:grand )?plaisir|parfait|entendu|ca marche|ça marche|(?:pour|pr) moi|je veux bien|je peux|c'?est bon|merci|"
        r"bonjour|bonsoir|salut|\d{3,6})\b[\s,.!;:]*)+",
        "",
        text,
        flags=re.IGNORECASE,
    )
    rest = re.sub(r"^(?:mais|par contre|juste que)\b[\s,]*", "", rest, flags=re.IGNORECASE)
    rest = re.sub(r"[\s,.!]*\b(?:merci(?: beaucoup)?|svp|bonne journ[eé]e)\b[\s.!]*$", "", rest, flags=re.IGNORECASE)
    rest = rest.strip(" \n\t.,!;:-")
    if not rest:
        return None
    if _CONDITION.search(text) or _TIME.search(rest) or re.search(r"\d", rest):
        return rest
    return None
