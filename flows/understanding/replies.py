"""Short messages: yes, no, a number, hello, thanks, and answers to what the service asked last."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flows.understanding.spoken import SMALL_NUMBERS
from flows.understanding.word_sets import word_set
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

_POLITE = word_set("replies", "polite")
_GREETING = word_set("replies", "greeting")
_THANKS = word_set("replies", "thanks")
_YES = word_set("replies", "yes")
_NO = word_set("replies", "no")
_FILLER = word_set("replies", "filler")

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
# Lines of a list: more than ten are never read as one.
_CARDINALS = {word: number for word, number in SMALL_NUMBERS.items() if 1 <= number <= 10}
_NUMBER_WORDS = word_set("replies", "number_words")


@dataclass(frozen=True, slots=True)
class Reply:
    """A short message's intent, with what comes with it."""

    intent: str
    numbers: tuple[int, ...] = ()
    condition: str | None = None


def numbers_in(reading: Reading, from_a_list: bool = False) -> tuple[int, ...]:
    """Numbers of lines or listings: "la 2", "le deuxième", "annonce 4821"; no ages or hours.

    `from_a_list`: somebody was to choose a line, so that any number is one, "deux pour mardi", but
    those that are refused.
    """
    found: list[int] = []
    words = reading.words
    for spot, token in enumerate(words):
        word = token.word
        if word.isalpha() and word not in ORDINALS and word not in _CARDINALS:
            continue
        before = words[spot - 1].word if spot else ""
        after = words[spot + 1].word if spot + 1 < len(words) else ""
        number = None
        if word[0] == "0" or before[:1] == "0" or reading.is_in_a_phone_number(token):
            continue
        if from_a_list and _is_refused([one.word for one in words[max(0, spot - 3) : spot]]):
            continue
        if (_NUMBER.fullmatch(word) and not _UNIT.match(after)) or (
            _FIVE_FIGURES.fullmatch(word) and before in ("annonce", "numero", "supprimer")
        ):
            number = int(word)
        elif match := _NUMBER_WITH_ARTICLE.fullmatch(word):
            number = int(match[1])
        elif word in ORDINALS:
            number = ORDINALS[word]
        elif (match := _ORDINAL.fullmatch(word)) and before in ("le", "la", ""):
            number = int(match[1])
        elif word in _CARDINALS and (
            before in ("numero", "ligne", "annonce", "choix", "option")
            or (before in ("le", "la") and word not in ("un", "une"))
            or (len(words) == 1 and word != "une")
            or (
                from_a_list
                and not _UNIT.match(after)
                and before not in _COUNTING
                and (word not in ("un", "une") or before in ("le", "la"))
            )
        ):
            number = _CARDINALS[word]
        if number and number not in found:
            found.append(number)
    return tuple(found[:6])


def _is_refused(before: list[str]) -> bool:
    """Whether a line's number follows such words: "pas la 2", but "pourquoi pas la 2"."""
    if before[-1:] in (["la"], ["le"]):
        before = before[:-1]
    return before[-1:] in (["ni"], ["pas"]) and before[-2:-1] != ["pourquoi"]


# "Aucun des trois", "entre dix et midi", "à deux pas".
_COUNTING = frozenset(("a", "des", "entre", "les", "tous", "toutes"))
_NUMBER = re.compile(r"[0-9]{1,4}|[0-9]{6,7}")
_FIVE_FIGURES = re.compile(r"[0-9]{5}")
_NUMBER_WITH_ARTICLE = re.compile(r"(?:n|no|num|la|le|numero)([0-9]{1,7})")
_ORDINAL = re.compile(r"(\d{1,2})(?:er|ere|e|eme|em|nd|nde)")
_ANY_NUMBER = re.compile(r"(?:n|no|num|la|le|numero)?\d{1,7}(?:er|ere|e|eme|em|nd|nde)?")
_UNIT = re.compile(
    r"^(ans?|h|heures?|euros?|eur|kg|km|min|minutes?|jours?|mois|semaines?|fois|enfants?|personnes?|"
    r"chats?|chiens?|janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|"
    r"decembre|packs?|pages?)$"
)


_MOST_WITH_NUMBERS = 14


def short_reply(reading: Reading, aside: frozenset[int], awaiting: str | None) -> Reply | None:
    """A message that is only a greeting, thanks or a number (with yes or no); None for others."""
    words = [token.word for spot, token in enumerate(reading.words) if spot not in aside]
    if not words:
        return None
    numbers = numbers_in(reading) if len(words) <= _MOST_WITH_NUMBERS else ()
    if numbers and _only_numbers(words):
        if {"oui", "ok", "yes", "ouais"} & set(words) and awaiting in (
            "proposal",
            "confirmation",
            "which_listing",
        ):
            return Reply("yes", numbers)
        if words[0] in ("non", "nn", "no") and awaiting in (
            "proposal",
            "confirmation",
            "which_listing",
        ):
            return Reply("no", numbers)
        if words[0] in ("oui", "ouais") and len(words) == 2 and max(numbers) > 20:
            return Reply("yes", numbers)
        if words[0] != "non":
            return Reply("choose", numbers)
    if words[0] in ("non", "nn") and len(words) == 2 and numbers:
        return Reply("no", numbers)
    rest = [word for word in words if word not in _POLITE]
    if not rest or all(word in _GREETING | _THANKS for word in rest):
        if any(word in _THANKS for word in words) and not any(
            word in ("ok", "oui") for word in words[:1]
        ):
            return Reply("thanks")
        if any(word in _GREETING for word in words):
            return Reply("greeting")
        if "revoir" in words:
            return Reply("thanks")
    return None


def _only_numbers(words: list[str]) -> bool:
    return all(
        word in _NUMBER_WORDS
        or word in ORDINALS
        or word in _CARDINALS
        or _ANY_NUMBER.fullmatch(word)
        for word in words
    )


_CONDITION = re.compile(
    r"\b(mais|seulement|uniquement|sauf|a condition|par contre|si c'?est|pas avant|apr[eè]s|avant|"
    r"plut[oô]t|que le|que la|que les|que si|juste le|juste la|seulement si|d[eè]s|[aà] partir)\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b(lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|demain|matin|midi|soir|"
    r"apr[eè]s[- ]?midi|aprem|week[- ]?end|semaine|\d{1,2}\s?h(?:\d{2})?|\d{1,2}[/.]\d{1,2})\b",
    re.IGNORECASE,
)


def agreement(reading: Reading, yes: float, no: float) -> str | None:
    """ "yes" or "no" if that is what a message opens with or consists of."""
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


_AGREES = re.compile(
    r"^\W*(?:(?:oui+|ouais|ok(?:ay)?|d'?accord|dac+|daccord|yes|yep|volontiers|"
    r"bien s[uû]r|pas de (?:souci|probl[eè]me)s?|avec (?:grand )?plaisir|parfait|entendu|"
    r"ca marche|ça marche|(?:pour|pr) moi|je veux bien|je peux|c'?est bon|merci|"
    r"bonjour|bonsoir|salut|\d{3,6})\b[\s,.!;:]*)+",
    re.IGNORECASE,
)
_BUT = re.compile(r"^(?:mais|par contre|juste que)\b[\s,]*", re.IGNORECASE)
_THANKS_LAST = re.compile(
    r"[\s,.!]*\b(?:merci(?: beaucoup)?|svp|bonne journ[eé]e)\b[\s.!]*$", re.IGNORECASE
)


def condition_in(reading: Reading) -> str | None:
    """What is tied to a yes: "oui mais seulement jeudi" → "seulement jeudi"."""
    text = reading.text.strip()
    rest = _THANKS_LAST.sub("", _BUT.sub("", _AGREES.sub("", text)))
    rest = rest.strip(" \n\t.,!;:-")
    if not rest:
        return None
    if _CONDITION.search(text) or _TIME.search(rest) or re.search(r"\d", rest):
        return rest
    return None
