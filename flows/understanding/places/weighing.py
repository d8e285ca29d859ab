"""How likely it is that a name in a message is the commune: points for and against."""

from __future__ import annotations

import math

from flows.understanding.places.atlas import SMALL, Atlas
from flows.understanding.places.numbers import DEPARTEMENT, is_quantity
from flows.understanding.places.told import Span, Told
from flows.understanding.text import clause_around
from flows.understanding.word_sets import word_set

NEVER = -9.0
_PREPOSITIONS = {
    "sur": 3.5,
    "vers": 3.5,
    "a": 3.0,
    "secteur": 4.0,
    "habite": 4.0,
    "jhabite": 4.0,
    "jabite": 4.0,
    "abite": 4.0,
    "habitant": 4.0,
    "habitons": 4.0,
    "vis": 3.0,
    "demeure": 4.0,
    "depuis": 4.0,
    "depart": 4.0,
    "ville": 3.0,
    "commune": 4.0,
    "village": 3.5,
    "region": 2.0,
    "cote": 2.0,
    "pres": 3.0,
    "entre": 3.0,
    "proche": 3.0,
    "autour": 3.5,
    "alentours": 3.0,
    "environs": 3.0,
    "mairie": 2.0,
    "canton": 2.5,
    "bourg": 2.0,
    "centre": 2.0,
    "suis": 2.0,
    "en": 0.5,
    "dans": 1.5,
    "par": 1.5,
    "o": 1.0,
    "kote": 2.5,
    "rete": 3.0,
}
_STREETS = word_set("places", "streets") | word_set("places", "goods")
_ELSEWHERE = word_set("places", "elsewhere")
_TO = word_set("places", "to")
_LIVING = frozenset(("habite", "jhabite", "demeure", "vis", "habitons"))
# "Rue de Lyon", but "dans ma rue à Lyon".
_LEADING = frozenset(("a", "sur", "vers"))
_OF = word_set("places", "of")
# "Fatima de Lodève", "je suis de Laissac", "je pars d'Ivry": where somebody is at home.
_FROM = frozenset(("de", "d"))
_COMES = frozenset(("suis", "pars", "partant", "depart", "viens", "sommes"))
_TITLES = frozenset(("mme", "mr", "monsieur", "madame"))
# "Mes enfants sont à Paris", says who lives elsewhere.
_CHILDREN = frozenset(("fils", "fille", "filles", "enfant", "enfants", "neveu", "niece", "famille"))
_WHERE_OTHERS_ARE = frozenset(("vit", "vivent", "habitent", "sont", "installe"))
_QUARTERS = word_set("places", "quarters")
_BETWEEN = word_set("places", "between")
_A_TOWN = 1_000


def points_of(span: Span, told: Told, atlas: Atlas) -> float:
    """Points for a name by what stands around it and by what else the word may be."""
    tokens, words, known, shouting = told.tokens, told.words, told.known, told.shouting
    first = tokens[span.start]
    single = span.end - span.start == 1
    population = atlas.population[span.text]
    points = (
        1.2 + 0.7 * math.log10(max(population, 10))
        if single
        else 3 + math.log10(population + 10) / 2
    )
    if span.part:
        points += 3
    led = cue(span, told)
    points += led
    if is_at_home(span, told, atlas):
        points += 3.0
    alone = is_alone(span, told, atlas)
    if alone:
        points += 7.0 if _is_a_sentence(span, told, atlas) else 3.0
    starts_sentence = span.start == 0 or tokens[span.start - 1].sentence != first.sentence
    capital = first.capital and not shouting
    if capital:
        points += 0.5 if starts_sentence else 2.0
    hinted = followed_by_hint(span, told, atlas)
    if hinted:
        points += 4.0
    content = [spot for spot in range(span.start, span.end) if words[spot] not in SMALL]
    if len(content) == 1:
        word = tokens[content[0]].word
        is_name = word in atlas.names
        # What only resembles a word that means something is a town if it is spelt like one.
        means = content[0] in known and (word in atlas.dictionary or population < _A_TOWN)
        is_word = word in atlas.common or word in atlas.meaningful or means or len(word) < 3
        span.is_word = is_word or is_name
        if word in _ELSEWHERE:
            return points - 9.0
        if is_word:
            has_article = span.end - span.start > 1
            # A capital tells only inside a sentence, or where the word is all of one: "Orange."
            fills_sentence = alone and span.start > 0 and not is_name
            is_told_by_capital = capital and (fills_sentence or not starts_sentence)
            is_thing = has_article and not (capital or alone or hinted or _lives_there(span, told))
            points -= 3.0 if (has_article or is_told_by_capital) and not is_thing else 6.0
        elif is_name:
            points -= 3.0 if _signed_by_another(content[0], told, atlas) else 6.0
        elif population < 2_000 and not (led > 0 or alone or capital):
            points -= 4.0
        if (is_word or is_name) and led <= 0 and not alone and not capital:
            points -= 3.0
        if len(word) < 4:
            points -= 1.5
    return points


def is_at_home(span: Span, told: Told, atlas: Atlas) -> bool:
    """Whether somebody comes from there: a first name before "de", or "je suis de"."""
    spot = span.start - 1
    if spot < 1 or told.tokens[spot].word not in _FROM:
        return False
    before = told.tokens[spot - 1]
    if before.clause != told.tokens[span.start].clause:
        return False
    return before.word in _COMES or (before.capital and before.word in atlas.names)


def _lives_there(span: Span, told: Told) -> bool:
    """Whether the words just before say that somebody lives there: no machine, but La Machine."""
    before = told.words[max(0, span.start - 3) : span.start]
    return bool(_LIVING.intersection(before)) or "reste" in before


def _signed_by_another(spot: int, told: Told, atlas: Atlas) -> bool:
    """Whether a first name stands alone after this one: then this one may be a place."""
    tokens = told.tokens
    clause = tokens[spot].clause
    return any(
        token.word in atlas.names and token.capital and token.clause > clause
        for token in tokens[spot + 1 :]
    )


def cue(span: Span, told: Told) -> float:
    """Points for what leads to a place: "à", "vers chez moi à", "j'habite"."""
    tokens, words = told.tokens, told.words
    clause = tokens[span.start].clause
    spot = span.start - 1
    best = 0.0
    for distance in range(3):
        if spot < 0 or tokens[spot].sentence != tokens[span.start].sentence:
            break
        if tokens[spot].clause != clause and distance == 0 and words[spot] != "habite":
            break
        word = tokens[spot].word
        points = _PREPOSITIONS.get(word, 0.0)
        if word == "a" and tokens[spot].raw in ("à", "À"):
            points = 4.0
        if points:
            best = max(best, points - 0.3 * distance)
            if distance == 0 and word not in ("a", "sur", "en"):
                break
        elif word not in SMALL and word not in _BETWEEN:
            break
        spot -= 1
    near_before = {token.word for token in tokens[max(0, span.start - 4) : span.start]}
    if best and "chez" in near_before and near_before & {"moi", "nous"}:
        best += 2.0
    if span.text.startswith(("saint", "sainte")) and span.end - span.start > 1:
        best += 1.0
    return best


def is_alone(span: Span, told: Told, atlas: Atlas) -> bool:
    """Whether the place fills its clause, but for small words, a name and hints."""
    tokens = told.tokens
    for spot in clause_around(tokens, span.start):
        if span.start <= spot < span.end or spot in span.extra or spot in told.code_words:
            continue
        token = tokens[spot]
        if token.word in SMALL or token.word in atlas.names or token.word in _QUARTERS:
            continue
        if spot and tokens[spot - 1].word in atlas.names and token.word not in atlas.dictionary:
            # "simone lefort doudeville": a surname, with or without its capital.
            continue
        if token.capital and spot > span.start and token.word not in atlas.common:
            continue
        if not DEPARTEMENT.match(token.word):
            return False
    return True


def _is_a_sentence(span: Span, told: Told, atlas: Atlas) -> bool:
    """Whether a place stands in a sentence of its own, and is no word or name besides: "Pézenas."

    So people sign who speak of other towns before: where they are driven, where their son lives.
    """
    tokens = told.tokens
    around = clause_around(tokens, span.start)
    sentence = tokens[span.start].sentence
    return not (
        # "Dr Olivier Cazals." is a surname.
        any(token.word in atlas.names for token in tokens[around.start : span.start])
        or (around.start and tokens[around.start - 1].sentence == sentence)
        or (around.stop < len(tokens) and tokens[around.stop].sentence == sentence)
        or all(
            token.word in SMALL or token.word in atlas.names or token.word in atlas.common
            for token in tokens[span.start : span.end]
        )
    )


def followed_by_hint(span: Span, told: Told, atlas: Atlas) -> bool:
    """Whether a postal code or a département comes right after it."""
    tokens, words = told.tokens, told.words
    for spot in range(span.end, min(span.end + 3, len(tokens))):
        if spot in told.code_words:
            return True
        if DEPARTEMENT.match(words[spot]) and not is_quantity(words, spot):
            # "Lyon le 14" is a day, "Montreuil le 93" is not.
            is_a_day = words[spot - 1] == "le" and not atlas.is_in(span.text, words[spot])
            return not is_a_day
    return atlas.may_name_departement(words[span.end : span.end + 3]) and any(
        atlas.departements_in[" ".join(words[span.end : span.end + size])] for size in (3, 2, 1)
    )


def role_of(span: Span, told: Told) -> float:
    """Points against: a street's name, a hospital elsewhere, the end of a trip."""
    tokens = told.tokens
    sentence = tokens[span.start].sentence
    before = [
        tokens[spot].word
        for spot in range(max(0, span.start - 9), span.start)
        if tokens[spot].sentence == sentence
    ]
    points = 0.0
    only_small = True
    is_led = False
    for distance, word in enumerate(reversed(before)):
        other_clause = tokens[span.start - 1 - distance].clause != tokens[span.start].clause
        if other_clause and not (only_small or distance <= 1):
            break
        is_led = is_led or word in _LEADING
        if word in _STREETS and only_small and not other_clause and not is_led:
            is_on_the_spot = (
                word == "place" and distance + 1 < len(before) and (before[-distance - 2] == "sur")
            )
            return 0.0 if is_on_the_spot else NEVER
        if word in _LIVING or word in ("suis", "depuis", "depart"):
            break
        if word in _COMES and before[-1] in _FROM:
            break
        if word in _ELSEWHERE:
            points -= 5.0
            break
        if word in _TO:
            points -= 4.0
            break
        only_small = only_small and (word in _OF or (other_clause and distance <= 4))
    if "loin" in before:
        points -= 2.0
    if "plus" in before[-2:] and not _LIVING.isdisjoint(before[-4:]):
        # "Je n'habite plus Lyon."
        points -= 5.0
    if before and before[-1] in ("de", "d", "du", "des", "la", "le", "les", "un", "une", "mon"):
        points -= 0.5
    if not _CHILDREN.isdisjoint(before) and not _WHERE_OTHERS_ARE.isdisjoint(before[-5:]):
        points -= 4.0
    if len(before) > 1 and before[-1] in ("de", "d", "du") and before[-2] in _TITLES:
        points -= 1.5
    if before and before[-1] in ("mme", "mr", "monsieur", "madame", "ma", "mon", "mes", "me"):
        points -= 5.0
    return points
