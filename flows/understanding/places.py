"""The commune that a message speaks of: names, postal codes and hints, spotted inside sentences.

Every stretch of words that bears a commune's name gathers points for and against: what stands
before it ("à", "vers", "j'habite"; but "rue de", "hôpital de"), whether it stands by itself, what
follows it (a postal code, a département), how many people live there, and whether it is a word or
a first name besides. The best is then looked up with its hints.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from functools import lru_cache

from flows.gazetteer import Candidate, Gazetteer, gazetteer, normalise
from flows.understanding.text import Token
from flows.understanding.word_sets import word_set
from models.geography.table import DEPARTEMENTS

MOST = 6
ENOUGH = 2.5
_LONGEST_NAME = 7
_LIKE_ENOUGH = 80.0

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
    "ville": 3.0,
    "commune": 4.0,
    "village": 3.5,
    "region": 2.0,
    "cote": 2.0,
    "pres": 3.0,
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
_SMALL = word_set("places", "small")
_STREETS = word_set("places", "streets")
_ELSEWHERE = word_set("places", "elsewhere")
_TO = word_set("places", "to")
_UNITS = re.compile(
    r"^(ans?|a|kg|h|heures?|e|euros?|eur|min|minutes?|jours?|j|mois|fois|m|cm|km|personnes?|pers|"
    r"enfants?|packs?|pages?|x|exemplaires?|sem|semaines?|marches|etages?|chats?|chiens?|poules?|"
    r"tonnes?|litres?|l|copies?|places?)$"
)
_ARRONDISSEMENT = re.compile(r"^(\d{1,2})(e|er|eme|em|ieme|nd|de|ere|o)?$")
_ROMAN = re.compile(r"^(x{0,2})(ix|iv|v?i{0,3})(e|eme)?$")
_ORDINALS = word_set("places", "ordinals")
_CITIES = frozenset(("paris", "lyon", "marseille"))
_POSTAL = re.compile(r"(?<![\d.,])(\d{2})\s?(\d{3})(?![\d])(?!\s?(?:euros?|eur|€|km|km2|pas)\b)")
_PHONE = re.compile(r"(?:\+33|0033|\+262|\+590|\+594|\+596|0)[\s.\-]?[1-9](?:[\s.\-]?\d{2}){4}")
_DEPARTEMENT = re.compile(r"^(0[1-9]|[1-8]\d|9[0-5]|97[1-8]|98[678]|2[ab])$")


@dataclass(frozen=True, slots=True)
class Spotted:
    """What a message says of a place. `words` are the places of typed words that belong to it."""

    commune: str | None = None
    communes: tuple[str, ...] = ()
    words: frozenset[int] = frozenset()
    said: str | None = None
    hint: str | None = None


@dataclass(slots=True)
class _Span:
    start: int
    end: int
    text: str
    points: float = 0.0
    role: float = 0.0
    part: str = ""
    exact: bool = True
    is_word: bool = False
    extra: set[int] = field(default_factory=set)


class PlaceFinder:
    """Spots communes in the words of a message.

    `is_word` says whether a typed word is an ordinary word or a first name as well.
    """

    def __init__(
        self,
        common: frozenset[str],
        names: frozenset[str],
        meaningful: frozenset[str],
        dictionary: frozenset[str],
        gazetteer_: Gazetteer | None = None,
    ) -> None:
        self._gazetteer = gazetteer_ or gazetteer()
        self._common = common
        self._names = names
        self._meaningful = meaningful
        self._dictionary = dictionary
        self._population = lru_cache(maxsize=32768)(self._population_once)
        named = (
            *DEPARTEMENTS.values(),
            *_SAID,
            "Réunion Corse Bretagne Normandie Alsace Caledonie",
        )
        self._territory_words = frozenset(
            word for name in named for word in normalise(name).split() if word not in _SMALL
        )
        self._departements_in = lru_cache(maxsize=32768)(self._departements_once)
        self._search = lru_cache(maxsize=8192)(self._search_once)

    def find(
        self, text: str, tokens: list[Token], known: frozenset[int], near: str | None, asked: bool
    ) -> Spotted:
        """The commune of a message.

        `known` are the places of words that mean something to the phrases; `near` is the INSEE
        code of the person's earlier commune; `asked` if the commune was asked for just now.
        """
        if not tokens:
            return Spotted()
        code, code_words = self._postal_code(text, tokens)
        words = [_normalised(token.raw) or token.word for token in tokens]
        words = [_CREOLE_NAMES.get(word, word) for word in words]
        shouting = self._is_shouting(tokens)
        spans = self._exact_spans(text, tokens, words)
        spans = [
            span
            for span, before in zip(spans, [None, *spans], strict=False)
            # "Le Blanc Indre": the second is the département.
            if before is None or span.start != before.end or not self._departements_in(span.text)
        ]
        for span in spans:
            span.points = self._points(span, tokens, words, known, shouting, code_words)
            span.role = self._role(span, tokens, words)
        if asked:
            for span in spans:
                span.points += 3
        spans = [span for span in spans if span.role > _NEVER]
        enough = 0.0 if code else ENOUGH
        kept = [span for span in spans if span.points >= enough]
        if not any(
            span.points + span.role >= ENOUGH + 1.5 and span.role >= 0 and not span.is_word
            for span in kept
        ):
            taken = {
                spot
                for span in kept
                if span.points >= ENOUGH + 3
                for spot in range(span.start, span.end)
            }
            like = self._like(tokens, words, known | taken, shouting, code_words, asked)
            if like is not None and like.points >= ENOUGH:
                kept = [
                    span for span in kept if not (like.start <= span.start and span.end <= like.end)
                ]
                kept.append(like)
        best = max(kept, key=lambda span: span.points + span.role, default=None)
        if best is None:
            if code is None:
                return Spotted()
            return self._answer(code, near, frozenset(code_words), code, code, "")
        hint, hint_words = self._hint(tokens, words, best)
        best.extra |= hint_words
        hint = code or hint
        return self._resolve(best, code, code_words, hint, near, territory_of(words))

    # Where names stand

    @staticmethod
    def _is_shouting(tokens: list[Token]) -> bool:
        longer = [token for token in tokens if len(token.raw) > 1 and token.raw.isalpha()]
        return sum(token.raw.isupper() for token in longer) * 3 > len(longer) * 2

    @staticmethod
    def _cuts_a_word(text: str, tokens: list[Token], start: int, end: int) -> bool:
        """Whether a stretch is only part of a hyphenated word: "Ange" in "Marie-Ange"."""
        first, last = tokens[start].start, tokens[end - 1].end
        return (
            start > 0 and text[first - 1 : first] == "-" and tokens[start - 1].end == first - 1
        ) or (end < len(tokens) and text[last : last + 1] == "-" and tokens[end].start == last + 1)

    def _exact_spans(self, text: str, tokens: list[Token], words: list[str]) -> list[_Span]:
        spans: list[_Span] = []
        reach = 0
        for start, token in enumerate(tokens):
            if words[start] in _NEVER_IN_NAMES or start < reach:
                continue
            for size in range(min(_LONGEST_NAME, len(tokens) - start), 0, -1):
                last = tokens[start + size - 1]
                if last.sentence != token.sentence:
                    continue
                if last.clause != token.clause:
                    continue
                name = " ".join(words[start : start + size])
                if size == 1 and (len(name) < 3 and name not in _TWO_LETTERS):
                    continue
                if (
                    words[start] in _SMALL
                    and size > 1
                    and words[start] not in ("la", "le", "les", "l")
                ):
                    continue
                if words[start + size - 1] in _SMALL or words[start + size - 1] in _NEVER_IN_NAMES:
                    continue
                if self._population(name) >= 0 and name not in ("saint", "sainte"):
                    if start < reach or self._cuts_a_word(text, tokens, start, start + size):
                        break
                    spans.append(_Span(start, start + size, name))
                    reach = start + size
                    break
        for span in spans:
            self._with_arrondissement(span, tokens, words)
        return spans

    def _population_once(self, name: str) -> int:
        """How many people live where that is the name of; -1 if nowhere."""
        found = self._gazetteer.lookup_name(name)
        if name in self._common:
            # Localities such as "bois" are too many to be heard in common words.
            found = tuple(one for one in found if one.kind != "locality")
        return max((one.population for one in found), default=-1)

    def _with_arrondissement(self, span: _Span, tokens: list[Token], words: list[str]) -> None:
        if span.text not in _CITIES:
            return
        most = {"paris": 20, "lyon": 9, "marseille": 16}[span.text]
        beside = [*range(span.end, min(span.end + 3, len(tokens)))]
        beside += [*range(max(0, span.start - 3), span.start)]
        for spot in beside:
            word = words[spot]
            number = _ARRONDISSEMENT.match(word)
            after = words[spot + 1] if spot + 1 < len(words) else ""
            ordinal = number and (number[2] or after in ("e", "eme", "em", "arrondissement", "arr"))
            close = spot == span.end
            if after.startswith(("etage", "mois", "age")) or (number and _UNITS.match(after)):
                continue
            if (number and (ordinal or close) and 1 <= int(number[1]) <= most) or (
                close and word and _ROMAN.match(word) and len(word) > 0
            ):
                numeral = word.removesuffix("eme").removesuffix("e")
                span.part = word if number else f"{_ROMANS.get(numeral, word)}e"
                span.extra.add(spot)
                return
            if word in _ORDINALS:
                span.part = word
                span.extra.add(spot)
                return
            if spot < span.start and words[spot] not in ("dans", "le", "du", "a", "de", word):
                continue

    # Points

    def _points(
        self,
        span: _Span,
        tokens: list[Token],
        words: list[str],
        known: frozenset[int],
        shouting: bool,
        code_words: set[int],
    ) -> float:
        first = tokens[span.start]
        single = span.end - span.start == 1
        population = self._population(span.text)
        points = math.log10(max(population, 10)) if single else 3 + math.log10(population + 10) / 2
        if span.part:
            points += 3
        cue = self._cue(span, tokens, words)
        points += cue
        alone = self._is_alone(span, tokens, words, code_words)
        if alone:
            points += 3.0
        starts_sentence = span.start == 0 or tokens[span.start - 1].sentence != first.sentence
        capital = first.capital and not shouting
        if capital:
            points += 0.5 if starts_sentence else 2.0
        if self._followed_by_hint(span, tokens, words, code_words):
            points += 4.0
        content = [spot for spot in range(span.start, span.end) if words[spot] not in _SMALL]
        if len(content) == 1:
            word = tokens[content[0]].word
            is_name = word in self._names
            is_word = word in self._common or word in self._meaningful or content[0] in known
            span.is_word = is_word or is_name
            if word in _ELSEWHERE:
                return points - 9.0
            if is_word:
                has_article = span.end - span.start > 1
                points -= 3.0 if has_article or (capital and not starts_sentence) else 6.0
            elif is_name:
                points -= 3.0 if self._signed_by_another(content[0], tokens) else 6.0
            elif population < 2_000 and not (cue > 0 or alone or capital):
                points -= 4.0
            if (is_word or is_name) and cue <= 0 and not alone and not capital:
                points -= 3.0
            if len(word) < 4:
                points -= 1.5
        return points

    def _signed_by_another(self, spot: int, tokens: list[Token]) -> bool:
        """Whether a first name stands alone after this one: then this one may be a place."""
        clause = tokens[spot].clause
        return any(
            token.word in self._names and token.capital and token.clause > clause
            for token in tokens[spot + 1 :]
        )

    def _cue(self, span: _Span, tokens: list[Token], words: list[str]) -> float:
        """Points for what leads to a place: "à", "vers chez moi à", "j'habite"."""
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
            elif word not in _SMALL:
                break
            spot -= 1
        near_before = {token.word for token in tokens[max(0, span.start - 4) : span.start]}
        if best and "chez" in near_before and near_before & {"moi", "nous"}:
            best += 2.0
        if span.text.startswith(("saint", "sainte")) and span.end - span.start > 1:
            best += 1.0
        return best

    def _is_alone(
        self, span: _Span, tokens: list[Token], words: list[str], code_words: set[int]
    ) -> bool:
        """Whether the place fills its clause, but for small words, a name and hints."""
        clause = tokens[span.start].clause
        others = 0
        for spot, token in enumerate(tokens):
            if token.clause != clause or span.start <= spot < span.end or spot in span.extra:
                continue
            if spot in code_words or _DEPARTEMENT.match(token.word):
                continue
            if token.word in _SMALL or token.word in self._names or token.word in _QUARTERS:
                continue
            if token.capital and spot > span.start and token.word not in self._common:
                continue
            others += 1
        return others == 0

    def _followed_by_hint(
        self, span: _Span, tokens: list[Token], words: list[str], code_words: set[int]
    ) -> bool:
        for spot in range(span.end, min(span.end + 3, len(tokens))):
            if spot in code_words:
                return True
            if _DEPARTEMENT.match(words[spot]) and not self._is_quantity(words, spot):
                return True
        return any(
            self._departements_in(" ".join(words[span.end : span.end + size])) for size in (3, 2, 1)
        )

    @staticmethod
    def _is_quantity(words: list[str], spot: int) -> bool:
        return spot + 1 < len(words) and bool(_UNITS.match(words[spot + 1]))

    def _role(self, span: _Span, tokens: list[Token], words: list[str]) -> float:
        """Points against: a street's name, a hospital elsewhere, the end of a trip."""
        sentence = tokens[span.start].sentence
        before = [
            tokens[spot].word
            for spot in range(max(0, span.start - 9), span.start)
            if tokens[spot].sentence == sentence
        ]
        points = 0.0
        only_small = True
        for distance, word in enumerate(reversed(before)):
            other_clause = tokens[span.start - 1 - distance].clause != tokens[span.start].clause
            if other_clause and not (only_small or distance <= 1):
                break
            if word in _STREETS and only_small and not other_clause:
                is_on_the_spot = (
                    word == "place"
                    and distance + 1 < len(before)
                    and (before[-distance - 2] == "sur")
                )
                return 0.0 if is_on_the_spot else _NEVER
            if word in ("habite", "jhabite", "suis", "demeure", "vis", "depuis", "habitons"):
                break
            if word in _ELSEWHERE:
                points -= 3.5
                break
            if word in _TO:
                points -= 2.5
                break
            only_small = only_small and (word in _OF or (other_clause and distance <= 4))
        if "loin" in before:
            points -= 2.0
        if before and before[-1] in ("de", "d", "du", "des", "la", "le", "les", "un", "une", "mon"):
            points -= 0.5
        if len(before) > 1 and before[-1] in ("de", "d", "du") and before[-2] in _TITLES:
            points -= 1.5
        if before and before[-1] in ("mme", "mr", "monsieur", "madame", "ma", "mon", "mes", "me"):
            points -= 5.0
        return points

    # Names that are misspelt or cut short

    def _like(
        self,
        tokens: list[Token],
        words: list[str],
        known: frozenset[int],
        shouting: bool,
        code_words: set[int],
        asked: bool,
    ) -> _Span | None:
        found: list[_Span] = []
        tried = 0
        for start, end in self._unknown_stretches(tokens, words, known, code_words, shouting):
            span = _Span(start, end, " ".join(words[start:end]), exact=False)
            cue = self._cue(span, tokens, words)
            alone = self._is_alone(span, tokens, words, code_words)
            capital = tokens[start].capital and not shouting
            hinted = self._followed_by_hint(span, tokens, words, code_words)
            if not (cue >= 1.5 or alone or capital or hinted or asked):
                continue
            is_name = all(
                tokens[spot].word in self._names or words[spot] in _SMALL
                for spot in range(start, end)
            )
            if is_name and end - start > 1:
                continue
            if is_name and cue < 1.5:
                continue
            tried += 1
            if tried > 5:
                break
            score, population, text = self._search(span.text)
            if not text:
                # "gambais cest": try without the last word.
                while end - start > 1 and not text:
                    end -= 1
                    score, population, text = self._search(" ".join(words[start:end]))
                span = _Span(start, end, " ".join(words[start:end]), exact=False)
            if not text:
                continue
            span = self._longer(span, tokens, words)
            span.role = self._role(span, tokens, words)
            if span.role <= _NEVER:
                continue
            span.points = (
                (score - 70) / 8
                + math.log10(max(population, 10)) / 2
                + cue
                + (2.0 if alone else 0.0)
                + (1.0 if capital else 0.0)
                + (3.0 if hinted else 0.0)
                - (4.0 if is_name else 0.0)
                + (3.0 if asked else 0.0)
                - 1.0
            )
            found.append(span)
        return max(found, key=lambda span: span.points + span.role, default=None)

    def _longer(self, span: _Span, tokens: list[Token], words: list[str]) -> _Span:
        """ "rosny sur bois": with what follows a small word, if that is more like a name."""
        end = span.end
        while (
            end < len(tokens)
            and words[end] in _SMALL
            and tokens[end].clause == tokens[span.start].clause
        ):
            end += 1
        if span.end < end < len(tokens) and tokens[end].clause == tokens[span.start].clause:
            text = " ".join(words[span.start : end + 1])
            score, _, found = self._search(text)
            if found and score >= 92:
                return _Span(span.start, end + 1, text, exact=False)
        return span

    def _unknown_stretches(
        self,
        tokens: list[Token],
        words: list[str],
        known: frozenset[int],
        code_words: set[int],
        shouting: bool,
    ) -> list[tuple[int, int]]:
        """Stretches of words that are nothing else, small words between them included."""

        def unknown(spot: int) -> bool:
            word = tokens[spot].word
            if spot in code_words or not word[0].isalpha() or len(word) < 2:
                return False
            if words[spot] in ("saint", "sainte"):
                return True
            if word in self._dictionary and (shouting or not tokens[spot].capital):
                return False
            return word not in self._common and spot not in known and word not in _SMALL

        stretches: list[tuple[int, int]] = []
        start = 0
        while start < len(tokens):
            if not unknown(start):
                start += 1
                continue
            end = start + 1
            while (
                end < len(tokens) and end - start < 6 and tokens[end].clause == tokens[start].clause
            ):
                if (
                    unknown(end)
                    or words[end - 1] in ("saint", "sainte")
                    or (
                        words[end] in _SMALL | {"sur"}
                        and end + 1 < len(tokens)
                        and tokens[end + 1].clause == tokens[start].clause
                        and (unknown(end + 1) or words[end + 1] in ("la", "le", "les", "l"))
                    )
                ):
                    end += 1
                else:
                    break
            while end > start + 1 and words[end - 1] in _SMALL:
                end -= 1
            first = start
            if (
                start
                and words[start - 1] in ("la", "le", "les", "l")
                and (tokens[start - 1].clause == tokens[start].clause)
            ):
                first = start - 1
            stretches.append((first, end))
            # A first name often stands right beside the place.
            for cut in range(start + 1, end):
                if words[cut - 1] in ("saint", "sainte"):
                    continue
                if words[cut - 1] in ("a", "sur", "en", "au"):
                    stretches.append((cut, end))
                if tokens[cut].word in self._names or tokens[cut - 1].word in self._names:
                    stretches.append((start, cut))
                    stretches.append((cut, end))
            start = end
        return stretches

    def _search_once(self, text: str) -> tuple[float, int, str]:
        if len(text) < 4:
            return 0.0, 0, ""
        found = self._gazetteer.search(text, limit=3)
        if not found or found[0].score < _LIKE_ENOUGH:
            return 0.0, 0, ""
        return found[0].score, found[0].population, found[0].matched

    # Hints and the answer

    def _postal_code(self, text: str, tokens: list[Token]) -> tuple[str | None, set[int]]:
        phones = [match.span() for match in _PHONE.finditer(text)]
        for match in _POSTAL.finditer(text):
            if any(start <= match.start() < end for start, end in phones):
                continue
            code = match[1] + match[2]
            if not self._gazetteer.by_postal_code(code):
                continue
            inside = {
                spot
                for spot, token in enumerate(tokens)
                if match.start() <= token.start < match.end()
            }
            return code, inside
        return None, set()

    def _hint(self, tokens: list[Token], words: list[str], span: _Span) -> tuple[str, set[int]]:
        """A département said right beside the place, and the words that say it; "" if none is."""
        spot = span.end
        if spot < len(tokens) and spot not in span.extra:
            if words[spot] in ("le", "dans", "dept", "departement") and spot + 1 < len(tokens):
                spot += 1
            if _DEPARTEMENT.match(words[spot]) and not self._is_quantity(words, spot):
                return words[spot], {spot}
        for spot in range(max(0, span.start - 4), span.start):
            if (
                _DEPARTEMENT.match(words[spot])
                and (words[spot - 1] if spot else "") in ("le", "du", "departement")
                and not self._is_quantity(words, spot)
            ):
                return words[spot], {spot}
        for size in (1, 2, 3, 4):
            rest = " ".join(words[span.end : span.end + size])
            if any(character.isdigit() for character in rest):
                break
            found = self._departements_in(rest)
            if len(found) == 1 and rest not in ("nord", "centre"):
                return found[0], set(range(span.end, min(span.end + size, len(tokens))))
        return "", set()

    def _departements_once(self, words: str) -> tuple[str, ...]:
        if self._territory_words.isdisjoint(words.split()):
            return ()
        return tuple(sorted(self._gazetteer.departements_in("zzz " + words))) if words else ()

    def _resolve(
        self,
        span: _Span,
        code: str | None,
        code_words: set[int],
        hint: str,
        near: str | None,
        territory: str,
    ) -> Spotted:
        inside = frozenset({*range(span.start, span.end), *span.extra, *code_words})
        if span.part:
            return self._answer(f"{span.text} {span.part}", near, inside, span.text, hint, "")
        if hint:
            answer = self._answer(f"{span.text} {hint}", near, inside, span.text, hint, "")
            if answer.commune or (answer.communes and code):
                return answer
        answer = self._answer(span.text, near, inside, span.text, None, territory)
        if not answer.communes and code:
            return self._answer(code, near, inside, code, code, "")
        return answer

    def _answer(
        self,
        asked: str,
        near: str | None,
        words: frozenset[int],
        said: str,
        hint: str | None,
        territory: str,
    ) -> Spotted:
        found = [
            one
            for one in self._gazetteer.search(asked, near=near, limit=12)
            if one.score >= _LIKE_ENOUGH
        ]
        if not found:
            return Spotted(words=words)
        codes = tuple(dict.fromkeys(candidate.place.insee for candidate in found))[:MOST]
        clear = self._gazetteer.resolve(asked, near=near)
        if clear is not None and not isinstance(clear, list):
            return Spotted(clear.insee, (clear.insee,), words, said, hint)
        if len(codes) == 1:
            return Spotted(codes[0], codes, words, said, hint)
        if near is not None and near in codes:
            return Spotted(near, (near, *(code for code in codes if code != near)), words, said)
        at_home = [one for one in found if one.place.departement in territory.split()]
        if at_home:
            best = max(at_home, key=lambda one: one.population)
            others = tuple(code for code in codes if code != best.place.insee)
            return Spotted(best.place.insee, (best.place.insee, *others)[:MOST], words, said, hint)
        if likeliest := _likeliest(found):
            others = tuple(code for code in codes if code != likeliest)
            return Spotted(likeliest, (likeliest, *others)[:MOST], words, said, hint)
        return Spotted(None, codes, words, said, hint)


def _likeliest(found: list[Candidate]) -> str | None:
    """The one that is so much larger than all others that nearly everybody means it."""
    ordered = sorted(found, key=lambda one: -one.population)
    first, second = ordered[0], ordered[1]
    if first != found[0] and first.score < 95 and first.kind != "current":
        return None
    if first != found[0] and first.score > found[0].score:
        return None
    is_exact = first.score >= 95 or first.score >= second.score - 16
    if is_exact and first.population >= _LIKELIEST * max(second.population, 100):
        return first.place.insee
    return None


def territory_of(words: list[str]) -> str:
    """The overseas départements whose Creole, or whose name, stands in a message."""
    told = set(words)
    text = f" {' '.join(words)} "
    for said, codes in _SAID.items():
        if f" {said} " in text:
            return codes
    for markers, codes in _CREOLE:
        if len(told & markers) >= 2:
            return codes
    return ""


_SAID = {
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
    "mi bezwin": "974",
    "nou le": "974",
    "in moun": "974",
    "manman mwen": "971 972",
    "roun moun": "973",
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
_ROMANS = {
    numeral: number
    for number, numeral in enumerate(
        [
            "i",
            "ii",
            "iii",
            "iv",
            "v",
            "vi",
            "vii",
            "viii",
            "ix",
            "x",
            "xi",
            "xii",
            "xiii",
            "xiv",
            "xv",
            "xvi",
            "xvii",
            "xviii",
            "xix",
            "xx",
        ],
        start=1,
    )
}
_CREOLE_NAMES = {
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
    "lopor": "le port",
    "lepor": "le port",
}
"""How Creole speakers write the names of their communes."""

_OF = word_set("places", "of")
_NEVER = -9.0
_LIKELIEST = 5
_TITLES = frozenset(("mme", "mr", "monsieur", "madame"))
_NEVER_IN_NAMES = word_set("places", "never_in_names")
_normalised = lru_cache(maxsize=32768)(normalise)
_TWO_LETTERS = word_set("places", "two_letters")
_QUARTERS = word_set("places", "quarters")
