"""How people behave in the simulated day: what they write, and how they answer what they get.

Nobody has measured this yet; these are assumptions, to be replaced by figures of a real service.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from random import Random

from flows.sms_text import gsm7
from flows.wording import wording
from gateway.bench.listings import SERVICES
from models.categories import CATEGORIES
from models.geography.table import Place
from models.listing import Kind

FIRST_NAMES = (
    "Jeanne", "Ali", "Marie", "Paul", "Nadia", "Pierre", "Fatima", "Jacques", "Monique", "Karim",
    "Sylvie", "Michel", "Chantal", "Julien", "Claire", "Thomas", "Sarah", "Denise", "Marcel",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Shares are per thousand inhabitants, those of a day where it is said."""

    offers: float = 4.0
    """Open offers when the day begins, each of another person."""
    needs_a_day: float = 0.5
    offers_a_day: float = 0.1
    says_name: float = 0.7
    """Of those who post, how many name themselves in the first message."""
    posts_by_hour: tuple[int, ...] = (
        1, 0, 0, 0, 0, 1, 2, 4, 8, 11, 12, 10, 6, 6, 8, 8, 8, 9, 8, 6, 4, 3, 2, 1,
    )  # fmt: skip
    asleep: tuple[int, int] = (22, 7)
    """From which hour to which nobody answers; what came meanwhile is answered afterwards."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """How people answer a text: each answer with its share, the rest doesn't.

    Half of those who answer do so within `minutes`, a tenth only after five times as long.
    """

    answers: dict[str, float] = field(hash=False)
    minutes: float


# By the name of the text that somebody gets. Blanks of the answer are those of the text.
REACTIONS = {
    "form.categories_need": Reaction({"médecin": 0.9}, 1),
    "form.categories_offer": Reaction({"médecin": 0.9}, 1),
    "form.first_name": Reaction({"{own_name}": 0.95}, 1),
    "form.confirmation_need": Reaction({"oui": 0.95}, 1),
    "form.confirmation_offer": Reaction({"oui": 0.95}, 1),
    "published.offers_found": Reaction({"1": 0.3}, 2),
    "published.needs_found": Reaction({"1": 0.5}, 2),
    "introduction.chosen": Reaction({"oui": 0.4, "non": 0.2}, 20),
    "introduction.alert": Reaction({"oui": 0.2, "OUI {number}": 0.05, "non": 0.2}, 20),
    "introduction.ask_need": Reaction({"oui": 0.8, "non": 0.1}, 10),
    "introduction.which_question": Reaction({"OUI {number}": 0.9}, 2),
    "introduction.new_offer": Reaction({"{number}": 0.5}, 10),
    "introduction.news_for_need": Reaction({"oui": 0.4}, 5),
    "promise.widen": Reaction({"oui": 0.7, "non": 0.1}, 15),
    "promise.served": Reaction({"FAIT {number}": 0.6}, 30),
}
# A text about several needs is answered for one of them, if at all.
SEVERAL, FOR_ONE_OF_SEVERAL = "introduction.alerts", Reaction({"OUI {number}": 0.25}, 20)
SPREAD = 1.26
"""Of the logarithms of delays: a tenth are longer than five times the median."""


def first_message(kind: Kind, place: Place, name: str, rng: Random, wish: Assumptions) -> str:
    """What somebody writes who needs or offers something."""
    slugs = [slug for slug in SERVICES if slug != "autre"]
    slug = rng.choices(slugs, [SERVICES[slug] for slug in slugs])[0]
    service = CATEGORIES[slug].label
    begin = "j'ai besoin d'aide pour" if kind is Kind.NEED else "je propose"
    where = f"{place.short_name} {place.postal_codes[0]}"
    signed = f", {name}" if rng.random() < wish.says_name else ""
    return f"Bonjour, {begin}: {service}, à {where}{signed}"


def reactions(body: str, own_name: str, rng: Random) -> Iterator[tuple[str, timedelta]]:
    """What somebody writes who gets this text, and how long after."""
    for name, reaction in REACTIONS.items():
        if found := _pattern(name).search(body):
            blanks = found.groupdict() | {"own_name": own_name}
            yield from _answer(reaction, blanks, rng)
            return
    if _pattern(SEVERAL).search(body):
        for found in _pattern("line.alert").finditer(body):
            if yes := list(_answer(FOR_ONE_OF_SEVERAL, found.groupdict(), rng)):
                yield from yes
                return


def is_text(name: str, body: str) -> bool:
    """Whether a message holds the text of this name."""
    return _pattern(name).search(body) is not None


def _answer(
    reaction: Reaction, blanks: dict[str, str], rng: Random
) -> Iterator[tuple[str, timedelta]]:
    left = rng.random()
    delay = timedelta(minutes=reaction.minutes * rng.lognormvariate(0, SPREAD))
    for words, share in reaction.answers.items():
        left -= share
        if left < 0:
            yield words.format_map(blanks), delay
            return


@cache
def _pattern(name: str) -> re.Pattern[str]:
    """A text of the catalogue, with whatever may stand in its blanks."""
    parts = re.split(r"\{(\w+)\}", gsm7(wording("fr").texts[name]))
    pattern, seen = "", set[str]()
    for index, part in enumerate(parts):
        if index % 2 == 0:
            pattern += re.escape(part)
        elif part in seen:
            pattern += f"(?P={part})"
        else:
            seen.add(part)
            pattern += rf"(?P<{part}>\d+)" if part == "number" else rf"(?P<{part}>.+?)"
    return re.compile(pattern)
