"""Finds names that sound or look like what was written: "ermon", "sarsele", "vilene st george"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from rapidfuzz.distance import OSA

from flows.gazetteer.names import Found, Names
from flows.gazetteer.scores import (
    A_TOWN,
    BEGINNING,
    PLAUSIBLE,
    POINTS_FOR_TENFOLD,
    SURELY_HEARD,
)
from flows.gazetteer.similar import Similar
from flows.gazetteer.sounds import sound_of, sounds_of
from flows.gazetteer.spelling import beginning_of, without_small_words

# The forms of a name that are compared with what is only similar.
WHOLE: Final = 0
WITHOUT_SMALL_WORDS: Final = 1
BEGINNING_ONLY: Final = 2
FORMS: Final = 3


class Likeness:
    """All names by how they sound, whole and without small words, and by their letters.

    Of towns, what their names begin with as well.
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        everybody = range(len(names.all))
        towns = [number for number in everybody if names.all[number].population >= A_TOWN]
        beginnings = [beginning_of(names.contents[number]) for number in towns]
        # An entry is the number of a name and that of the form which sounds so, in one.
        entries = [FORMS * number + WHOLE for number in everybody]
        entries += [FORMS * number + WITHOUT_SMALL_WORDS for number in everybody]
        entries += [FORMS * number + BEGINNING_ONLY for number in towns]
        sounds = sounds_of([*names.spelt, *names.contents, *beginnings])
        self._heard: dict[str, list[int]] = {}
        for entry, sound in zip(entries, sounds, strict=True):
            alike = self._heard.setdefault(sound, [])
            if not alike or alike[-1] // FORMS != entry // FORMS:
                alike.append(entry)
        self._sounds = Similar(self._heard)
        self._letters = Similar(key for key in names.together if not key[-2:-1].isdigit())

    def like(self, readings: Iterable[str], *, has_hint: bool) -> Iterator[Found]:
        """Names that sound or look like one of the readings, by the number of letters to change."""
        floor = PLAUSIBLE - 10 if has_hint else PLAUSIBLE
        best: dict[int, float] = {}
        for reading in dict.fromkeys(
            form for name in readings for form in (name, without_small_words(name))
        ):
            together = reading.replace(" ", "")
            heard = sound_of(reading)
            if len(together) < 4 or len(heard) < 2:
                continue
            self._heard_alike(reading, heard, floor, best)
            if max(best.values(), default=0.0) < SURELY_HEARD:
                self._slips_of_the_finger(together, reading.count(" "), floor, best)
        for number, score in best.items():
            # The less alike, the less does a large town attract.
            yield Found(number, score, POINTS_FOR_TENFOLD * (score - 60) / 40)

    def _heard_alike(self, reading: str, heard: str, floor: float, best: dict[int, float]) -> None:
        """Adds names that sound like it, as far as the letters agree."""
        together, spaces = reading.replace(" ", ""), reading.count(" ")
        # With two changes in a shorter sound, what still looks alike is a slip of one letter.
        for sound, changes in self._sounds.within(heard, 1 if len(heard) < 6 else 2):
            counts = 50 if changes else 60
            sounds_alike = counts * (1 - changes / max(len(heard), len(sound)))
            # What the letters must reach for the whole to be plausible.
            needed = max(0.45, (floor - sounds_alike) / (100 - counts))
            if needed > 1:
                continue
            for entry in self._heard[sound]:
                number, form = divmod(entry, FORMS)
                shown = self._shown(number, form)
                looks_alike = _looks_alike(together, shown, needed)
                if form != WHOLE and looks_alike < 1:
                    whole = _looks_alike(together, self._names.spelt[number], needed)
                    looks_alike = max(looks_alike, whole)
                # Words that only run together into the same sound are another name.
                runs_together = shown.count(" ") != spaces
                if looks_alike < needed or (
                    runs_together and looks_alike < (0.85 if changes else 0.6)
                ):
                    continue
                score = sounds_alike + (100 - counts) * looks_alike
                if form == BEGINNING_ONLY:
                    score *= BEGINNING / 100
                if score >= floor and score > best.get(number, 0.0):
                    best[number] = score

    def _shown(self, number: int, form: int) -> str:
        if form == WHOLE:
            return self._names.spelt[number]
        content = self._names.contents[number]
        return content if form == WITHOUT_SMALL_WORDS else beginning_of(content)

    def _slips_of_the_finger(
        self, together: str, spaces: int, floor: float, best: dict[int, float]
    ) -> None:
        """Adds names with one letter more, less, wrong or swapped (two in a long name)."""
        for letters, changes in self._letters.within(together, 1 if len(together) < 10 else 2):
            score = 100 * (1 - changes / max(len(together), len(letters)))
            if score >= floor:
                for number in self._names.together[letters]:
                    if abs(self._names.spelt[number].count(" ") - spaces) <= 1:
                        best[number] = max(score, best.get(number, 0.0))


def _looks_alike(together: str, name: str, needed: float) -> float:
    """The share of letters in common, from 0 to 1; 0 where it is less than needed."""
    return OSA.normalized_similarity(together, name.replace(" ", ""), score_cutoff=needed)
