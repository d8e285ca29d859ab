"""The sentences that people read and hear: from a text's name and its blanks to words.

One TOML file a language: `flows/texts/` is what is written, `flows/spoken/` what is said on the
telephone. A written file may name the services itself, in a section [services]; French takes them
from the table of categories.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from flows.sms_text import gsm7
from models.categories import CATEGORIES
from models.geography.table import Place

# Sections that aren't sentences.
SETTINGS_OF_A_FILE = ("segments", "services", "language", "words")


class Wording:
    """How one language writes things. Everything it returns is GSM-7."""

    FOLDER = "texts"

    def __init__(self, language: str) -> None:
        sections = _read(self.FOLDER, language)
        self.language = language
        self.budgets: dict[str, int] = sections.get("segments", {})
        self._names: dict[str, str] = sections.get("services", {})
        self._words: dict[str, str] = sections["language"]
        self.texts: dict[str, str] = {
            f"{section}.{name}": text
            for section, texts in sections.items()
            if section not in SETTINGS_OF_A_FILE
            for name, text in texts.items()
        }

    def say(self, name: str, **blanks: Any) -> str:
        """The sentence called `name`; KeyError if there is none or a blank is missing."""
        return self._letters(self.texts[name].format_map(blanks))

    def service(self, slug: str) -> str:
        return gsm7(self._names.get(slug) or CATEGORIES[slug].sms)

    def _letters(self, text: str) -> str:
        return gsm7(text)

    def services(self, slugs: Iterable[str], details: str | None = None) -> str:
        """Services in a row: "faire les courses, jardinage". `details` say what "autre" is."""
        return ", ".join(
            self._letters(details) if slug == "autre" and details else self.service(slug)
            for slug in slugs
        )

    def place(self, place: Place) -> str:
        """A commune with its département: "Ermont (95)"; arrondissements show it by themselves."""
        return gsm7(f"{place.short_name} ({place.departement})")

    def at_place(self, place: Place) -> str:
        """Where: "à Ermont (95)", "au Mans (72)", "aux Lilas (93)"."""
        name = self.place(place)
        for article, contracted in _contractions(self._words):
            if name.startswith(article):
                return self._letters(contracted + name[len(article) :])
        return self._letters(f"{self._words['at']} {name}")

    def numbers(self, count: int) -> str:
        """The line numbers to choose from: "1", "1 ou 2", "1, 2 ou 3"."""
        first = ", ".join(str(number) for number in range(1, count))
        return f"{first}{self.say('line.number_or')}{count}" if first else str(count)

    def moment(self, moment: datetime, *, now: datetime, zone: str) -> dict[str, Any]:
        """When something will be, for the blanks `day` and `clock`: "demain ", "8h30".

        `day` is empty for today, and ends with a space otherwise.
        """
        there = moment.astimezone(ZoneInfo(zone))
        days = (there.date() - now.astimezone(ZoneInfo(zone)).date()).days
        day = self._words["weekdays"].split()[there.weekday()]
        if days < 2:
            day = ("", self._words["tomorrow"])[days]
        clock = self._words["clock" if there.minute else "full_hour"]
        return {
            "day": gsm7(f"{day} " if day else ""),
            "clock": clock.format(hour=there.hour, minute=f"{there.minute:02}"),
        }

    def date(self, moment: datetime, zone: str) -> str:
        """A day, as it was there: "24/11"."""
        return f"{moment.astimezone(ZoneInfo(zone)):%d/%m}"

    def distance(self, km: float) -> str:
        """How far, in whole kilometres, at least one; nothing for the commune itself."""
        return self.say("line.distance", km=max(1, round(km))) if km else ""


class SpokenWording(Wording):
    """How one language says things on the telephone: places, services and figures in full."""

    FOLDER = "spoken"

    def __init__(self, language: str) -> None:
        super().__init__(language)
        sections = _read(self.FOLDER, language)
        self._names = _read(Wording.FOLDER, language).get("services", {})
        # What may be said to choose a row of a menu, by the name of the row.
        self.words: dict[str, tuple[str, ...]] = {
            name: tuple(words) for name, words in sections["words"].items()
        }

    def service(self, slug: str) -> str:
        return self._names.get(slug) or CATEGORIES[slug].spoken

    def place(self, place: Place) -> str:
        """A commune alone: its département would be read out as a figure."""
        return place.spoken_name

    def distance(self, km: float) -> str:
        rounded = max(1, round(km))
        if not km:
            return ""
        return (
            self.say("line.one_kilometre")
            if rounded == 1
            else self.say("line.distance", km=rounded)
        )

    def date(self, moment: datetime, zone: str) -> str:
        """A day as it is said: "24 novembre"; "24/11" would be read out as a fraction."""
        there = moment.astimezone(ZoneInfo(zone))
        return f"{there.day} {self._words['months'].split()[there.month - 1]}"

    def _letters(self, text: str) -> str:
        return text


def _read(folder: str, language: str) -> dict[str, Any]:
    source = resources.files("flows").joinpath(folder, f"{language}.toml")
    return tomllib.loads(source.read_text("utf-8"))


def _contractions(words: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (article, words[key])
        for article, key in (("Le ", "at_le"), ("Les ", "at_les"))
        if key in words
    ]


@cache
def wording(language: str) -> Wording:
    """The sentences of one language ("fr", "en"), read once."""
    return Wording(language)


@cache
def spoken(language: str) -> SpokenWording:
    """What is said on the telephone in one language, read once."""
    return SpokenWording(language)


@cache
def languages() -> tuple[str, ...]:
    """Every language that has a file of texts."""
    names = (entry.name for entry in resources.files("flows").joinpath("texts").iterdir())
    return tuple(sorted(name[: -len(".toml")] for name in names if name.endswith(".toml")))


def blanks_of(text: str) -> frozenset[str]:
    """The names of the blanks in a text, for the tests that compare languages."""
    return frozenset(re.findall(r"\{(\w+)\}", text))
