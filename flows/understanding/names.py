"""The writer's first name: signatures, "moi c'est", "Mme X Y", couples, a name alone as an answer.

Every word that may be a first name gathers points for and against: how it is introduced, whether it
stands by itself at the end, whether it follows "ma mère" (then it is somebody else's). Words that
are also names count only where a name is expected.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flows.understanding.text import Token, clause_around, plain
from flows.understanding.word_sets import word_set

_HERE = Path(__file__).parent

ENOUGH = 4.0

_INTRODUCTIONS = (
    "je m appelle",
    "m appelle",
    "mappelle",
    "jm appelle",
    "jmappelle",
    "appelle moi",
    "mon nom est",
    "mon nom c est",
    "mon prenom est",
    "mon prenom c est",
    "mon prenom cest",
    "prenom",
    "nom",
    "m apel",
    "m apelle",
    "m appel",
    "mapel",
    "mapelle",
    "mappel",
    "jmapel",
    "jmapelle",
    "jmappel",
    "moi c est",
    "moi cest",
    "moi ces",
    "moi c",
    "moi s est",
    "moi",
    "je suis",
    "je",
    "signe",
    "signee",
    "c est",
    "ch est",
    "cest",
    "c",
    "ici",
    "ici c est",
    "cordialement",
    "amicalement",
    "contact",
    "contacter",
    "contactez",
    "demandez",
    "demander",
    "mwen se",
    "mi apel",
    "mi appelle",
    "mwen rele",
    "an sé",
    "an se",
    "non mwen se",
    "son prenom",
    "pour",
)
_WEAK_INTRODUCTIONS = frozenset(
    ("je", "je suis", "c", "c est", "ch est", "cest", "ici", "moi", "pour", "nom")
)
_BEFORE_ANY_NAME = ("appelle", "apel", "prenom", "est")
_NAMED = re.compile(r"(appelle|apel|prenom( est| c est)?|mon nom est|moi c est)$")
_TITLES = word_set("names", "titles")
_SHORT_TITLES = frozenset(("M", "Mr", "Mme", "Dr", "MR", "MME"))
_INSULTS = word_set("names", "insults")
_KIN = word_set("names", "kin")
_ROLES = word_set("names", "roles")
_WHO_OFFERS = word_set("names", "who_offers")
_SIGNING = word_set("names", "signing")
_PLACES_OF_NAMES = word_set("names", "places_of_names")
_AFTER_A_THIRD_PERSON = word_set("names", "after_a_third_person")
_OF = frozenset(("d", "de", "du", "des"))
_ARTICLES = frozenset(("l", "la", "le", "les"))
_PARTICLES = word_set("names", "particles")
_NICKNAMES = word_set("names", "nicknames")
_FIRST_OF_TWO = frozenset(("anne", "jean", "marie"))
_BEFORE_THE_END = word_set("names", "before_the_end")


@cache
def first_names() -> dict[str, str]:
    """Every known first name as compared ("jean claude") and as shown ("Jean-Claude")."""
    shown: dict[str, str] = {}
    for line in (_HERE / "first_names.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            for name in line.split():
                shown.setdefault(plain(name).replace("-", " ").replace("'", " "), name)
    return shown


@dataclass(frozen=True, slots=True)
class Name:
    """A first name found: as shown, how sure, and from which typed word to which."""

    shown: str
    points: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Words:
    """Which words are also something else."""

    common: frozenset[str]
    names: frozenset[str]
    surnames: frozenset[str]


class NameFinder:
    """Finds first names; `common` are words of the language, `words_too` names that are words."""

    def __init__(
        self,
        common: frozenset[str],
        words_too: frozenset[str],
        surnames: frozenset[str],
        dictionary: frozenset[str],
    ) -> None:
        self._dictionary = dictionary
        self._known = first_names()
        self._openings = frozenset(name.split(" ")[0] for name in self._known)
        self._words = _Words(common, words_too, surnames)

    def find(
        self,
        text: str,
        tokens: list[Token],
        taken: set[int],
        known_word: frozenset[int],
        expected: bool,
    ) -> Name | None:
        """The writer's first name, if there is one.

        `taken` are the words that belong to a place, `known_word` those that mean something to the
        phrases; `expected` if the name was asked for just now.
        """
        shouted = [
            token
            for token in tokens
            if token.capital and len(token.raw) > 1 and token.raw.isupper()
        ]
        shouting = len(tokens) > 1 and len(shouted) * 3 > len(tokens) * 2
        best: Name | None = None
        end = 0
        before = ""
        for position, token in enumerate(tokens):
            may_be_named, before = before.endswith(_BEFORE_ANY_NAME), token.word
            if position < end or not (
                may_be_named or token.capital or token.word in self._openings or expected
            ):
                continue
            found = self._at(text, tokens, position, taken, known_word, shouting, expected)
            if found:
                end = found.end
                if best is None or found.points > best.points:
                    best = found
        if best and best.points >= (1.0 if expected else ENOUGH):
            return best
        return None

    def _at(
        self,
        text: str,
        tokens: list[Token],
        position: int,
        taken: set[int],
        known_word: frozenset[int],
        shouting: bool,
        expected: bool,
    ) -> Name | None:
        token = tokens[position]
        if position in taken or not token.word.isalpha() or len(token.word) < 2:
            return None
        end = self._compound(text, tokens, position, taken, expected)
        key = " ".join(t.word for t in tokens[position:end])
        is_known = key in self._known or end > position + 1
        # "OFFRE COURSES ERMONT Zoé": small letters among capitals say that it is a name.
        capital = token.capital and not (shouting and token.raw.isupper())
        is_word = token.word in self._words.names or (
            not is_known and (token.word in self._words.common or position in known_word)
        )
        is_short_for = token.raw.isupper() and len(token.raw) > 2 and not shouting and not expected
        if not is_known and (
            is_short_for or is_word or not (capital or expected or self._named(tokens, position))
        ):
            return None
        if expected and not is_known and not capital and len(tokens) > 2:
            return None
        is_sentence = end == len(tokens) and tokens[position - 1].sentence != token.sentence
        is_thing = not is_known and token.word in self._dictionary and not is_sentence
        if is_thing and not expected and not self._named(tokens, position):
            return None
        if token.word in _INSULTS or (not is_known and len(token.word) < 3):
            return None
        points = self._points(tokens, position, end, taken, is_known, shouting, known_word)
        if is_known:
            points += 2.0 if not is_word else 0.0
        if capital:
            points += 1.0 if not is_word else 1.5
        elif is_word and not shouting and token.word in self._words.common:
            points -= 1.5
        if expected and position == 0:
            points += 1.0
        shown = self._known.get(key) or self._show(text[token.start : tokens[end - 1].end])
        if token.word in _FIRST_OF_TWO and " " in shown:
            shown = "-".join(self._known[part.word] for part in tokens[position:end])
        return Name(shown, points, position, end)

    def _compound(
        self, text: str, tokens: list[Token], position: int, taken: set[int], expected: bool
    ) -> int:
        """Where a name ends: "Jean Pierre", "Yann-Ber" and "Ti Louis" are one of two words."""
        if position + 1 < len(tokens) and position + 1 not in taken:
            one, two = tokens[position], tokens[position + 1]
            is_hyphenated = two.capital and text[one.end : two.start] == "-"
            if one.clause == two.clause and (
                (one.word in self._openings and f"{one.word} {two.word}" in self._known)
                or (
                    is_hyphenated
                    and one.word not in _PLACES_OF_NAMES
                    and (one.word in self._known or two.word in self._known)
                )
                or (one.word in _NICKNAMES and two.word in self._known)
                or (
                    expected
                    and one.word in _FIRST_OF_TWO
                    and two.word in self._known
                    and (two.word == "marie" or two.word not in self._words.surnames)
                )
            ):
                return position + 2
        return position + 1

    @staticmethod
    def _show(raw: str) -> str:
        if raw.isupper():
            raw = raw.title()
        return raw[:1].upper() + raw[1:]

    @staticmethod
    def _before(tokens: list[Token], position: int, count: int) -> str:
        return " ".join(token.word for token in tokens[max(0, position - count) : position])

    def _named(self, tokens: list[Token], position: int) -> bool:
        if not position or not tokens[position - 1].word.endswith(_BEFORE_ANY_NAME):
            return False
        return bool(_NAMED.search(self._before(tokens, position, 4)))

    def _points(
        self,
        tokens: list[Token],
        position: int,
        end: int,
        taken: set[int],
        is_known: bool,
        shouting: bool,
        known_word: frozenset[int],
    ) -> float:
        token = tokens[position]
        points = 0.0
        same_clause = position > 0 and tokens[position - 1].clause == token.clause
        same_sentence = position > 0 and tokens[position - 1].sentence == token.sentence
        before = tokens[position - 1].word if position else ""
        if same_sentence:
            points += self._introduced(tokens, position, is_known)
        points += self._titled(tokens, position, end, taken, is_known)
        if same_clause:
            further_title = position > 1 and tokens[position - 2].word in _TITLES
            # "Son petit-fils Antoine" at the end is who writes; "mon fils Antoine" is not.
            nearby = {token.word for token in tokens[max(0, position - 3) : position]}
            is_last = all(spot in taken for spot in range(end, len(tokens)))
            signs_for = bool(nearby & {"son", "sa", "leur"}) and is_last
            # "Père Antoine", "papi Roger": nothing before, and nothing after.
            signs_for = signs_for or (
                is_last
                and before in _SIGNING
                and (position == 1 or tokens[position - 2].clause != token.clause)
            )
            if before in _KIN - _TITLES and not further_title and not signs_for:
                points -= 7
            if before in _PLACES_OF_NAMES:
                points -= 7
            further = tokens[position - 2].word if position > 1 else ""
            if before in (
                "de",
                "du",
                "d",
                "des",
                "a",
                "au",
                "en",
                "par",
                "avec",
                "la",
                "un",
                "que",
            ):
                points -= 5 if further not in ("part", "signe") else 0
            if (
                position - 1 not in taken
                and not signs_for
                and further in _KIN - _TITLES
                and before not in ("merci", "et", "moi", "est", "ici")
            ):
                points -= 3
        points += self._alone(tokens, position, end, taken, is_known, known_word)
        after = tokens[end] if end < len(tokens) else None
        if after and after.clause == token.clause:
            if after.word in ("a", "au") and end + 1 in taken:
                points += 1.5
            elif after.word in _AFTER_A_THIRD_PERSON and after.raw != "à":
                # "C'est Marinette à l'appareil" loses nothing.
                points -= 4
        if after and after.clause == token.clause and after.word in _WHO_OFFERS and is_known:
            points += 1.5
        return points

    def _introduced(self, tokens: list[Token], position: int, is_known: bool) -> float:
        before = self._before(tokens, position, 4)
        for words in _INTRODUCTIONS:
            if before == words or before.endswith(" " + words):
                if words == "pour":
                    return 0.0
                if words == "je" and not (is_known and tokens[position].capital):
                    # "Je Oksana": few write so, and none of them in small letters.
                    return 0.0
                if words in _WEAK_INTRODUCTIONS:
                    return 3.0
                return 5.0
        if before.endswith((" suis madame", " suis monsieur", " suis mme", " suis mr")):
            return 3.0
        return 0.0

    def _titled(
        self, tokens: list[Token], position: int, end: int, taken: set[int], is_known: bool
    ) -> float:
        """Points for "Mme Roques Andrée" and "madame Odette Perrin", against "Mme Martin"."""
        token = tokens[position]

        def title_at(spot: int) -> bool:
            return (
                spot >= 0
                and tokens[spot].word in _TITLES
                and (
                    tokens[spot].sentence == token.sentence
                    or (tokens[spot].raw in _SHORT_TITLES and position - spot <= 2)
                )
                and not (tokens[spot].word == "m" and tokens[spot].raw != "M")
            )

        spot = position - 1 if title_at(position - 1) else position - 2
        if not title_at(spot) or not is_known:
            if title_at(position - 1):
                return -6.0
            return 0.0
        introduced = tokens[spot - 1].word if spot else ""
        if introduced in ("chez", "pour", "de", "du", "par", "avec", "le", "la", "ma", "mon", "a"):
            return -6.0
        between = position - 1 - spot
        if between == 0:
            after = tokens[end] if end < len(tokens) else None
            has_surname = (
                after is not None
                and after.clause == token.clause
                and end not in taken
                and (after.capital or after.word in self._known)
            )
            if has_surname and after is not None and after.word in self._known:
                # "Mme Martin Odette": the second is the first name.
                return 2.0 if token.word not in self._words.surnames else -6.0
            if has_surname:
                return 4.0
            # "Man Marie-Louise", but Mme Jean-Baptiste, Jean-Baptiste being a surname too.
            is_called_so = end > position + 1 and tokens[spot].word == "man"
            is_surname = token.word in self._words.surnames and not is_called_so
            return -6.0 if is_surname else 2.5
        return 4.0

    def _alone(
        self,
        tokens: list[Token],
        position: int,
        end: int,
        taken: set[int],
        is_known: bool,
        known_word: frozenset[int],
    ) -> float:
        """Points for a name that stands by itself: a signature, or a name said first."""
        clause = tokens[position].clause
        sentence = tokens[position].sentence
        others = [
            spot
            for spot in clause_around(tokens, position)
            if not position <= spot < end
            and spot not in taken
            and tokens[spot].word.isalpha()
            and tokens[spot].raw.isalpha()
            and tokens[spot].word not in ("ans", "an")
        ]
        before = [spot for spot in others if spot < position]
        after = [spot for spot in others if spot >= end]
        if is_known and tokens[position].word not in self._words.common:
            # "Nolwenn de Ploemeur", "Solène infirmière"
            after = [
                spot
                for spot in after
                if tokens[spot].word not in _ROLES
                and not (tokens[spot].word in _OF and spot + 1 in taken)
            ]
        last_clause = tokens[-1].clause
        is_last_sentence = sentence == tokens[-1].sentence
        follows = any(
            spot not in taken and tokens[spot].raw.isalpha() and tokens[spot].clause != clause
            for spot in range(end, len(tokens))
        )
        # "Hubert de La Tour": small words belong to a surname, but no article begins one.
        surname_words = (
            [spot for spot in after if tokens[spot].word not in _PARTICLES]
            if not after or tokens[after[0]].word not in _ARTICLES
            else after
        )
        couple = bool(after) and tokens[after[0]].word in ("et", "ou")
        is_capital = tokens[position].capital
        surname = 0 < len(surname_words) <= 2 and all(
            (tokens[spot].capital and spot == len(tokens) - 1)
            or len(tokens[spot].word) == 1
            or (
                # "simone lefort", "Simone Lefort"
                (tokens[spot].capital or not (is_capital or spot in known_word))
                and tokens[spot].word not in self._words.common
            )
            for spot in surname_words
        )
        signed = all(
            tokens[spot].word in _BEFORE_THE_END
            or tokens[spot].word in _TITLES
            or tokens[spot].word in _SIGNING
            for spot in before
        )
        surname_before = (
            len(before) == 1
            and not after
            and tokens[before[0]].capital
            and before[0] not in known_word
            and tokens[before[0]].word not in self._words.common
        )
        points = 0.0
        if not before and not after:
            points += 4.0 if not follows else 3.0 if is_known else 2.5
        elif signed and (not after or couple or surname):
            points += 4.0 if is_last_sentence or clause == last_clause else 2.5
        elif surname_before:
            points += 3.0
        elif not after and not follows and end - 1 >= 0:
            # "... merci jeanne", "... svp a ermont jeanne": the last words of the message.
            points += 3.0
            if position - 1 in taken:
                # "BESOIN COURSES 95120 LULU": right after the place.
                points += 1.0
            if before and tokens[before[-1]].word in _BEFORE_THE_END:
                points += 2.0
            if not is_known:
                points -= 1.5
        elif not before and position <= 1:
            points += 2.0
        if clause == last_clause:
            points += 0.5
        if position > 0 and tokens[position - 1].word == "et" and (position - 2) >= 0:
            points -= 3.0
        return points
