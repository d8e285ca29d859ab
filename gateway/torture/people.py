"""Neighbours of the torture: what each of them wants, and answers to what arrives on the phone.

They read as people do, by the sentences of `flows/texts/fr.toml`, and answer with OUI, NON, a
condition, a number, FAIT; some leave by STOP, some by EFFACER TOUT.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cache
from random import Random

from flows.wording import wording

PLACES = ("Ermont", "Eaubonne", "95110", "Franconville", "95120")
SERVICES = ("courses", "jardinage", "devoirs")
NAMES = ("Jeanne", "Lucie", "Paul", "Nadia", "Sophie", "Ahmed", "Claire", "Julie", "Thomas")
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
NEEDS = (
    "besoin {service} {place} {name}",
    "bonjour j'ai besoin de quelqu'un pour {service} a {place}, merci {name}",
)
OFFERS = (
    "offre {service} {place} {name}",
    "bonjour je peux aider pour {service} a {place}. {name}",
)
ERASE_ALL = "EFFACER TOUT"
# 06 39 98 xx xx is kept for fiction (https://www.arcep.fr, decision 2018-0881).
FIRST_NUMBER = "+3363998{:04}"
MOST_PEOPLE = 10_000


class Leaving(Enum):
    """How somebody leaves before the end."""

    STAYS = auto()
    STOP = auto()
    ERASE = auto()


@dataclass
class Neighbour:
    """Somebody with a phone.

    `posts` are the listings still to be written. `confirmed` counts those to which this person
    said yes, `published` those of which that was told. `has_erased` is set once EFFACER TOUT was
    confirmed.
    """

    number: str
    name: str
    posts: list[str]
    leaving: Leaving
    rng: Random
    begun: int = 0
    confirmed: int = 0
    published: int = 0
    has_left: bool = False
    has_erased: bool = False
    is_gone: bool = False
    _answered: set[str] = field(default_factory=set)

    def begins(self) -> str:
        """The text that asks for or offers something."""
        self.begun += 1
        return self.posts.pop(0)

    def leaves(self) -> str:
        """The text by which somebody leaves; nothing else is written after it."""
        self.has_left = True
        return "STOP" if self.leaving is Leaving.STOP else ERASE_ALL

    def hears(self, text: str) -> list[str]:
        """What this person texts because of a text that arrived."""
        if self.has_left:
            return self._insists_on_leaving(text)
        said: list[str] = []
        if found := reads("published.published", text):
            self.published += 1
            said += self._looks_at_matches(text)
            if self.posts:
                said.append(self.begins())
            elif self.rng.random() < 0.1:
                said.append(f"FAIT {found['number']}")
        if any(reads(name, text) for name in READ_BACK):
            # One that comes when all is published was on its way for too long.
            if self.begun > self.published:
                self.confirmed = self.begun
                said.append("oui")
        elif found := reads("introduction.which_question_or_own", text):
            said.append(found["word"])
        elif found := reads("introduction.which_question", text) or reads(
            "introduction.proposal_again", text
        ):
            said.append(f"OUI {found['number']}")
        elif found := reads("mine.which_done", text):
            said.append(f"FAIT {found['number']}")
        for name in PROPOSALS:
            if found := reads(name, text):
                said += self._once(f"{name} {found['number']}", self._answers(found["number"]))
        if found := reads("introduction.condition_news", text):
            answer = "OUI" if self.rng.random() < 0.7 else "NON"
            said += self._once(f"condition {found['number']}", f"{answer} {found['number']}")
        if found := reads("promise.widen", text):
            answer = "OUI" if self.rng.random() < 0.7 else "NON"
            said += self._once(f"widen {found['number']}", f"{answer} {found['number']}")
        if found := reads("promise.served", text):
            said += self._once(f"served {found['number']}", f"FAIT {found['number']}")
        if found := reads("introduction.new_offer", text):
            said += self._once(f"new offer {found['number']}", found["number"])
        if any(reads(name, text) for name in NEWS):
            said += self._once(text, self.rng.choice(("oui", "oui", "FAIT", "merci", "")))
        return said

    def _insists_on_leaving(self, text: str) -> list[str]:
        """Of those who want everything erased: what they answer until it is."""
        if self.leaving is not Leaving.ERASE or self.is_gone:
            return []
        found = reads("introduction.which_question_or_own", text)
        word = wording("fr").say("own.erase")
        if reads("erase.erased", text):
            self.is_gone = True
        elif reads("erase.erase", text) or reads("erase.erase_again", text):
            self.has_erased = True
            return ["oui"]
        elif found and found["word"] == word:
            return [word]
        elif any(reads(name, text) for name in (*READ_BACK, "published.published")):
            # What was written before came late, and the OUI may have been taken for it.
            return [self.leaves()]
        return []

    def _looks_at_matches(self, text: str) -> list[str]:
        shown = reads("published.offers_found", text) or reads("published.needs_found", text)
        if shown is None or self.rng.random() < 0.3:
            return []
        return [self.rng.choice(re.findall(r"\d", shown["numbers"]))]

    def _answers(self, number: str) -> str:
        day = self.rng.choice(DAYS)
        return self.rng.choice(
            (
                f"OUI {number}",
                f"OUI {number}",
                f"oui {number} avec plaisir",
                "oui",
                f"oui mais {day}",
                f"NON {number}",
                "",
            )
        )

    def _once(self, question: str, answer: str) -> list[str]:
        """Nobody answers the same question twice, even if it arrives twice."""
        if question in self._answered or not answer:
            return []
        self._answered.add(question)
        return [answer]


READ_BACK = ("form.confirmation_need", "form.confirmation_offer", "form.confirmation_again")
PROPOSALS = (
    "introduction.alert",
    "introduction.alerts",
    "introduction.ask_offer",
    "introduction.ask_need",
    "introduction.chosen",
)
NEWS = ("introduction.news_for_need", "introduction.news_for_offer", "introduction.shared_news")


def reads(name: str, text: str) -> re.Match[str] | None:
    """The sentence called `name`, if a text holds it, with what stands in its blanks."""
    return _pattern(name).search(text)


@cache
def _pattern(name: str) -> re.Pattern[str]:
    pattern, seen = "", set()
    for words, blank in re.findall(r"([^{]*)(?:\{(\w+)\})?", wording("fr").texts[name]):
        pattern += re.escape(words)
        if blank in seen:
            pattern += f"(?P={blank})"
        elif blank:
            pattern += rf"(?P<{blank}>\d+)" if blank == "number" else rf"(?P<{blank}>.+?)"
            seen.add(blank)
    return re.compile(pattern, re.DOTALL)


def invite(count: int, seed: int) -> list[Neighbour]:
    """So many neighbours, the same ones for the same seed. Half of them need something."""
    if count > MOST_PEOPLE:
        raise ValueError(f"there are numbers for {MOST_PEOPLE} people, not for {count}")
    return [_neighbour(index, Random(f"{seed} {index}")) for index in range(count)]


def _neighbour(index: int, rng: Random) -> Neighbour:
    name = rng.choice(NAMES)
    # One in three posts a second time, for the other side as often as not.
    sentences = rng.sample((NEEDS, OFFERS), 2) if index % 3 == 0 else [(NEEDS, OFFERS)[index % 2]]
    posts = [
        rng.choice(of_this_kind).format(
            service=rng.choice(SERVICES), place=rng.choice(PLACES), name=name
        )
        for of_this_kind in sentences
    ]
    leaving = {5: Leaving.STOP, 11: Leaving.ERASE}.get(index % 12, Leaving.STAYS)
    return Neighbour(FIRST_NUMBER.format(index), name, posts, leaving, rng)
