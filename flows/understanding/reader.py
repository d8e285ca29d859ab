"""Puts the parts together: reads one message and says what was understood."""

from __future__ import annotations

import gc
import re
import textwrap
from dataclasses import dataclass
from functools import cache, cached_property

from flows.gazetteer import gazetteer
from flows.understanding.corrections import corrected_part
from flows.understanding.dangers import danger_in, is_over
from flows.understanding.english import language_in
from flows.understanding.intents import Cues, cues_in, intent_of
from flows.understanding.learnt import ASIDE, EMERGENCY, NUMBER, Opinion, Seen, often_typed
from flows.understanding.names import Name, NameFinder, first_names
from flows.understanding.places import Atlas, Spotted, find_place
from flows.understanding.refused import refused_in
from flows.understanding.replies import (
    AWAITING,
    agreement,
    condition_in,
    numbers_in,
    short_reply,
)
from flows.understanding.services import Services, in_one_breath, not_denied, services_in
from flows.understanding.spelling import common_words, french_words
from flows.understanding.text import LONGEST
from flows.understanding.understood import Evidence, Understood
from flows.understanding.word_sets import word_set
from flows.understanding.words import AGAIN, EXACT, Reading, tables, word_list

POSTING = ("need", "offer", "search")
"""The intents that name services, a commune and a first name."""
_FORM = ("kind", "categories", "details", "commune", "first_name", "confirmation")
_PLAIN_YES = frozenset(("oui", "ouais", "ok", "yes", "daccord", "dac", "volontiers"))
_YES_OR_NO = ("proposal", "confirmation", "erase", "callback", "which_listing")
# Whoever begins with one of these, as our posters say, and names a service, means it.
_KEYWORDS = {"besoin": "need", "offre": "offer"}
# Where the last question, if any, may be left unanswered, a whole sentence names its services.
_OPEN = (None, "choice")
# And where it may say what somebody needs or offers.
_ABOUT_SERVICES = ("kind", "categories", "details")
# The questions of which it was learnt how people answer them.
_WEIGHED = (
    "kind",
    "categories",
    "commune",
    "first_name",
    "confirmation",
    "proposal",
    "choice",
    "erase",
)
_FEW_WORDS = 2
_TERSE = 6
# How likely an emergency must be that no rule has seen: the numbers sent in vain do little harm,
# a cry that is not heard does.
_LIKELY_ENOUGH = 0.4
# And below what likelihood a rule is mistaken ("j'étouffe sous les ronces"). Tried on the authors
# of half the lessons, taught by the other half: with both, 263 of 286 cries are heard, and eight
# messages in a thousand are taken for one in vain.
_HARDLY = 0.01
# Of what is told as past; and of services, where a question was asked.
_SURE = 0.9
# How likely a yes must be: of those that are less so, half are none.
_A_YES = 0.7
# How likely it must be what few words want, where the rules know nothing. Tried likewise: of 124
# such, 86 are told rightly, and 39 without.
_RATHER = 0.4


@cache
def _names() -> NameFinder:
    return NameFinder(
        common_words(),
        frozenset(word_list("names_that_are_words")),
        frozenset(word_list("surnames_too")),
        french_words(),
    )


@cache
def _atlas() -> Atlas:
    return Atlas(
        common_words(),
        frozenset(first_names()),
        frozenset(tables().phrases.vocabulary),
        french_words(),
        gazetteer(),
    )


def warm_up() -> None:
    """Load now what the first messages would have to wait for, about a second and a half."""
    # What is loaded stays: the collector would only walk through it again and again.
    was_on = gc.isenabled()
    gc.disable()
    try:
        gazetteer().warm_up()
        # The words that most messages are made of are met now, so are the towns where most people
        # live, and a misspelt name of each length: what it is compared with is made when it is
        # first needed.
        words = " ".join(often_typed())
        largest = sorted(gazetteer().places, key=lambda place: -place.population)[:_TOWNS_MET]
        towns = (f"à {place.name}" for place in largest)
        for text in (*textwrap.wrap(words, LONGEST), *_MISSPELT, *towns):
            understand(text)
    finally:
        if was_on:
            gc.enable()


_TOWNS_MET = 200
_MISSPELT = tuple(f"besoin de courses à {'zbrkvontuzbrkvontu'[:size]}" for size in range(4, 19))


def understand(text: str, awaiting: str | None = None, *, near: str | None = None) -> Understood:
    """What one message means.

    `awaiting` says what the service asked last ("commune", "first_name", "confirmation", ...);
    `near` is the INSEE code of the person's earlier commune and decides between homonyms.
    """
    reading, asked = Reading(text), _asked(awaiting)
    if not reading.words:
        return Understood("help" if "?" in reading.text else "unclear")
    if (language := language_in(reading)) is not None and asked not in ("commune", "first_name"):
        return Understood("language", language=language)
    parts = _parts(reading, asked, near)
    danger = danger_in(reading, asks_a_service=bool(parts.services.slugs))
    if danger and (len(reading.words) <= _FEW_WORDS or parts.learnt.danger >= _HARDLY):
        return Understood(
            "emergency",
            (),
            parts.spotted.commune,
            parts.spotted.communes,
            parts.first_name,
            danger=danger[0],
            refused=refused_in(reading.text),
            explain=lambda: {**parts.evidence(), "danger": danger[1]},
        )
    if asked != "proposal" and (correction := _correction(reading, asked, near)):
        return correction
    return _answer(reading, parts, asked)


@dataclass(frozen=True)
class _Parts:
    """What was found in one message, before it is decided what it wants."""

    reading: Reading
    spotted: Spotted
    name: Name | None
    services: Services
    aside: frozenset[int]
    asked: str | None

    @cached_property
    def cues(self) -> Cues:
        """What speaks for each intent by the rules; most sentences do without."""
        return cues_in(self.reading)

    @cached_property
    def learnt(self) -> Opinion:
        """What the weights say."""
        return Opinion(_seen(self.reading, self))

    @property
    def any(self) -> bool:
        return bool(self.services.slugs or self.spotted.communes or self.name)

    @property
    def first_name(self) -> str | None:
        """The writer's, as it should be shown."""
        return self.name.shown if self.name else None

    def evidence(self) -> dict[str, tuple[str, ...]]:
        """The words that led to the place, the name and the services."""
        evidence: dict[str, tuple[str, ...]] = {}
        if self.spotted.said:
            evidence["commune"] = (self.spotted.said,)
        if self.name:
            words = self.reading.typed[self.name.start : self.name.end]
            evidence["name"] = tuple(token.raw for token in words)
        if self.services.slugs:
            evidence["categories"] = self.services.words
        return evidence


def _parts(reading: Reading, asked: str | None, near: str | None) -> _Parts:
    known = reading.meaningful
    spotted = find_place(reading.text, reading.typed, known, near, asked == "commune", _atlas())
    expected = asked == "first_name"
    rest = reading.typed[1:]
    if (
        expected
        and reading.typed[0].word in first_names()
        and (len(rest) <= 1 or all(token.raw.isdigit() for token in rest))
    ):
        spotted = Spotted()
    if expected and (not _is_spelt_so(spotted) or _is_a_first_name(reading, spotted)):
        # What only resembles a place ("Salope", Salomé) is no answer to that question.
        spotted = Spotted()
    found = _names().find(reading.text, reading.typed, set(spotted.words), known, expected)
    if expected and found and len(reading.typed) <= 4 and not _leads_to_a_place(reading):
        spotted = Spotted()
    if asked == "commune" and len(reading.typed) <= 3:
        found = None
    aside = reading.at(spotted.words | frozenset(range(found.start, found.end) if found else ()))
    services = services_in(reading, aside)
    if expected and found and len(reading.typed) <= 2:
        services = Services()
    return _Parts(reading, spotted, found, services, aside, asked)


def _asked(awaiting: str | None) -> str | None:
    return AWAITING.get((awaiting or "").strip().lower())


def _is_spelt_so(spotted: Spotted) -> bool:
    """Whether the place is named as it is written, or has its postal code or département."""
    return bool(spotted.hint or (spotted.said and gazetteer().lookup_name(spotted.said)))


def _is_a_first_name(reading: Reading, spotted: Spotted) -> bool:
    return all(reading.typed[spot].word in first_names() for spot in spotted.words)


def _leads_to_a_place(reading: Reading) -> bool:
    return any(token.word in ("a", "sur", "vers", "de") for token in reading.typed)


def _correction(reading: Reading, asked: str | None, near: str | None) -> Understood | None:
    """The message as a correction of what was read back, if it is one."""
    if asked in ("kind", "erase", "callback", "choice", "which_listing"):
        return None
    split = corrected_part(reading.text)
    if split is None:
        return None
    holds, old, openly = split
    if asked is None and not (openly and old is not None):
        return None
    new = Reading(holds)
    if not new.words:
        return None
    is_short = len(new.words) <= 3
    wants_name = asked in ("first_name", "confirmation") and is_short
    found = _parts(new, "first_name" if wants_name and asked == "first_name" else None, near)
    if not found.any and wants_name:
        found = _parts(new, "first_name", near)
    kind = _kind_of(new, found.cues, asked)
    if old is not None and not _same_sort(found, _parts(Reading(old), None, near)):
        return None
    if not found.any and not (kind and openly and is_short):
        return None
    if found.services.slugs and not openly and old is None:
        return None
    return Understood(
        "no"
        if reading.words[0].word in ("non", "nn", "nan", "pas") or asked is None
        else "unclear",
        found.services.slugs,
        found.spotted.commune,
        found.spotted.communes,
        found.first_name,
        kind=kind if is_short else None,
        correction=True,
        refused=refused_in(reading.text),
        explain=found.evidence,
    )


def _same_sort(new: _Parts, old: _Parts) -> bool:
    """Whether a part that holds and one that doesn't speak of the same thing."""
    return bool(
        (new.services.slugs and old.services.slugs)
        or (new.spotted.communes and old.spotted.communes)
        or (new.name and (old.name or not old.any))
        or (new.spotted.communes and not old.services.slugs and not old.cues.points)
    )


_NEED_WORDS = word_set("reader", "need_words")
_OFFER_WORDS = word_set("reader", "offer_words")


def _kind_of(reading: Reading, cues: Cues, asked: str | None) -> str | None:
    """Need or offer, as an answer to that question or said besides."""
    words = {token.word for token in reading.words}
    if asked == "kind" or len(reading.words) <= 3:
        if words & _OFFER_WORDS and "besoin" not in words:
            return "offer"
        if words & _NEED_WORDS:
            return "need"
    need, offer = cues.of("need"), cues.of("offer")
    if max(need, offer) >= 3:
        return "offer" if offer > need else "need"
    return None


def _answer(reading: Reading, parts: _Parts, asked: str | None) -> Understood:
    call = _on_the_phone(reading, parts)
    intent, is_learnt = ("help", False) if call == AGAIN else _intent(reading, parts, asked)
    if call == "goodbye" and intent == "unclear":
        intent, is_learnt = "thanks", False
    services, spotted = parts.services, parts.spotted
    if asked == "first_name" and parts.name and intent in ("unclear", "choose"):
        # "Driss, maçon", "Geneviève, comme la patronne de Paris": the rest is told besides.
        intent, services = "unclear", Services()
        if not _is_led_to(reading, spotted, parts.name):
            spotted = Spotted()
    if asked == "confirmation":
        services = not_denied(reading, services)
        if intent == "yes" and parts.any and _corrects(reading):
            intent = "unclear"
    kind = intent if intent in ("need", "offer") else None
    if asked == "kind" and intent in ("unclear", "help", "yes"):
        kind = _kind_of(reading, parts.cues, asked)
        intent = kind or intent
    if intent == "search":
        kind = _wanted(reading)
    if _services_are_weighed(parts, intent, asked):
        services = _weighed(reading, services, parts.learnt)

    def evidence() -> Evidence:
        why = parts.learnt.reasons(intent) if is_learnt else parts.cues.words.get(intent, ())
        place = (spotted.said,) if spotted.said else ()
        return {
            **parts.evidence(),
            "commune": place,
            "categories": services.words,
            "intent": why,
        }

    says_services = (
        intent in POSTING or asked in _FORM or (intent == "unclear" and len(reading.words) <= 8)
    )
    refused = refused_in(reading.text)
    condition = condition_in(reading) if intent == "yes" else None
    return Understood(
        intent,
        services.slugs if says_services else (),
        spotted.commune,
        spotted.communes,
        parts.first_name,
        numbers=numbers_in(reading, asked == "choice") if intent not in ("need", "offer") else (),
        kind=kind,
        condition=condition,
        refused=refused,
        call=call,
        explain=evidence,
    )


def _is_led_to(reading: Reading, spotted: Spotted, name: Name) -> bool:
    """Whether somebody says to be at the place: "à Metz", "Sabrina de Metz", "Metz 57000"."""
    first = min(spotted.words, default=0)
    if spotted.hint or not first:
        return bool(spotted.hint)
    before = reading.typed[first - 1].word
    is_from = before in ("d", "de") and name.end == first - 1
    return is_from or before in ("a", "sur", "vers", "habite")


def _corrects(reading: Reading) -> bool:
    """Whether a yes is followed by what is wrong: "oui sauf que c'est à Eaubonne"."""
    return not _EXCEPT.isdisjoint(token.word for token in reading.words)


_EXCEPT = frozenset(("attendez", "mais", "plutot", "sauf"))


def _on_the_phone(reading: Reading, parts: _Parts) -> str | None:
    """What is said to a voice only: that it shall say it again, or goodbye."""
    if len(reading.words) > _FEW_IN_A_CALL or parts.services.slugs:
        return None
    if any(hit.group[1] == AGAIN for hit in reading.of("cue")):
        return AGAIN
    return "goodbye" if _GOODBYE.search(reading.plain) else None


_FEW_IN_A_CALL = 9
_GOODBYE = re.compile(r"\bau revoir\b|^(salut |allez )?(adios|ciao|tchao|bye)\b")


def _services_are_weighed(parts: _Parts, intent: str, asked: str | None) -> bool:
    """Whether the weights tell the services better: in sentences, and surely where only that was
    asked, for "je sais pas trop" is an answer too."""
    words = parts.reading.words
    if len(words) <= _FEW_WORDS:
        return False
    begins_so = words[0].word in _KEYWORDS and min(parts.services.spots, default=2) < 2
    if begins_so and len(words) <= _TERSE:
        # "BESOIN AUTRE ERMONT ALI", as the posters say.
        return False
    if asked in _OPEN:
        return intent in POSTING
    return asked in _ABOUT_SERVICES and parts.learnt.sureness_of_services >= _SURE


def _weighed(reading: Reading, found: Services, learnt: Opinion) -> Services:
    """The services that the weights tell, in the order of what speaks most for each."""
    said = dict(zip(found.slugs, zip(found.spots, found.words, strict=True), strict=True))
    priorities = tables().priorities
    # Food for nurses is no meal besides, unless the rules found both.
    explained = {one for slug in learnt.services for one in priorities.get(slug, ())} - said.keys()
    told = []
    beside = in_one_breath(reading, learnt.services, found.slugs) if len(said) > 1 else set()
    for slug in (*learnt.services, *sorted(beside)):
        if slug in explained:
            continue
        if slug in said:
            told.append((*said[slug], slug))
        else:
            word = learnt.word_for(slug)
            spots = (spot for spot, token in enumerate(reading.words) if token.word == word)
            spot = next(spots, len(reading.words) - 1)
            told.append((spot, reading.words[spot].raw, slug))
    return Services.of(sorted(told))


def _intent(reading: Reading, parts: _Parts, asked: str | None) -> tuple[str, bool]:
    """What is wanted, and whether the weights decided it."""
    if (reply := short_reply(reading, parts.aside, asked)) is not None:
        return reply.intent, False
    if asked is not None and asked not in _WEIGHED:
        return _by_rules(reading, parts, asked), False
    if len(reading.words) <= _FEW_WORDS:
        intent = _by_rules(reading, parts, asked)
        says_more = len(parts.aside) < len(reading.words)
        if intent == "unclear" and says_more and parts.learnt.sureness >= _RATHER:
            return _unless_doubtful(reading, parts, asked), True
        return intent, False
    if reading.of("cue") and (intent_of(parts.cues, parts.services) in EXACT):
        return _by_rules(reading, parts, asked), False
    learnt = parts.learnt
    if learnt.danger >= _LIKELY_ENOUGH and (learnt.danger >= _SURE or not is_over(reading)):
        return EMERGENCY, True
    keyword = _KEYWORDS.get(reading.words[0].word)
    if keyword and parts.services.slugs:
        return keyword, False
    if learnt.intent != EMERGENCY:
        return _unless_doubtful(reading, parts, asked), True
    return _by_rules(reading, parts, asked), False


def _unless_doubtful(reading: Reading, parts: _Parts, asked: str | None) -> str:
    """What the weights tell; but a yes that publishes, or gives a number away, must be a sure one.

    Whoever is in doubt is asked again.
    """
    learnt = parts.learnt
    if learnt.intent != "yes" or asked not in _YES_OR_NO:
        return learnt.intent
    words = [token.word for token in reading.words]
    if "oui" in words and "non" in words[words.index("oui") :]:
        return "unclear"
    is_sure = learnt.sureness >= _A_YES or _by_rules(reading, parts, asked) == "yes"
    return "yes" if is_sure else "unclear"


def _by_rules(reading: Reading, parts: _Parts, asked: str | None) -> str:
    """What an answer to a question wants, or few words."""
    cues, services = parts.cues, parts.services
    intent = intent_of(cues, services)
    answer = agreement(reading, cues.of("yes"), cues.of("no"))
    opening = [token.word for token in reading.words[:4]]
    if asked in _YES_OR_NO and opening[0] in _PLAIN_YES and "mais" in opening:
        # "Oui mais appelle-moi": whatever follows is a condition, unless it ends everything.
        return intent if intent in ("stop", "delete", "unclear") else "yes"
    if asked in _YES_OR_NO and intent in ("need", "offer", "pause", None):
        is_request = services.slugs and (parts.spotted.communes or cues.of("need") >= 4)
        if answer and not (is_request and len(reading.words) > 8 and cues.of(answer) == 0):
            return answer
        if asked == "proposal" and not is_request and cues.of("offer") >= 5:
            return "yes"
    if intent == "done" and answer == "yes" and cues.of("done") < 7:
        return "yes"
    if intent is None and cues.of("choose"):
        # "La 2", or among neighbours who were named: "je choisis Paul".
        if numbers_in(reading) and len(reading.words) < 14:
            return "choose"
        if (parts.name or parts.spotted.communes) and len(reading.words) < 7:
            return "choose"
    if intent in ("need", "offer"):
        if services.slugs:
            said = max(cues.of("need"), cues.of("offer"))
            is_sentence = len(reading.words) > 3 and asked is None
            return intent if said >= (1 if asked is None else 3) or is_sentence else "unclear"
        if answer and cues.of(answer) >= max(cues.of("need"), cues.of("offer")):
            return answer
        return intent
    return intent or answer or "unclear"


def _seen(reading: Reading, parts: _Parts) -> Seen:
    aside = parts.aside
    words = [
        ASIDE if spot in aside else NUMBER if token.word.isdigit() else token.word
        for spot, token in enumerate(reading.words)
    ]
    asked = parts.asked if parts.asked in _WEIGHED else None
    return Seen(words, parts.services.slugs, "?" in reading.text, asked)


def as_the_weights_see(text: str, awaiting: str | None = None) -> Seen:
    """A message as the weights see it, for whoever learns them."""
    reading, asked = Reading(text), _asked(awaiting)
    if not reading.words:
        return Seen((), (), "?" in reading.text)
    return _seen(reading, _parts(reading, asked, None))


def _wanted(reading: Reading) -> str | None:
    """Which listings somebody wants to see: other people's needs or offers."""
    words = {token.word for token in reading.words}
    if words & _NEEDS_OF_OTHERS:
        return "need"
    if words & _OFFERS_OF_OTHERS:
        return "offer"
    return None


_NEEDS_OF_OTHERS = frozenset(
    ["besoin", "demande", "demandes", "cherche", "cherchent", "recherchent", "needs"]
)
_OFFERS_OF_OTHERS = word_set("reader", "offers_of_others")
