"""Measures the understanding against annotated messages: the table that the next person works with.

    python -m flows.understanding.report                    all of the project's messages
    python -m flows.understanding.report FILE...            other files of the same shape
    python -m flows.understanding.report --no-misses        without every message that went wrong

What counts as right is the annotation guide's: the intent; for need, offer and search also the
services (all of them, none besides), the commune (one of the acceptable ones) and the first name.
Of answers to a question: that it is taken for one, and that what it fills in is what it says.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from flows.gazetteer import gazetteer
from flows.listing_form import MAY_FILL
from flows.understanding import Understood, understand
from flows.understanding.messages import ANSWER, FIX, annotated
from flows.understanding.reader import POSTING
from flows.understanding.text import plain

_MESSAGES = Path(__file__).parents[2] / "tests" / "flows"
CORPUS = _MESSAGES / "corpus.jsonl"
CORPORA = (CORPUS, _MESSAGES / "heldout.jsonl", _MESSAGES / "more_messages.jsonl")
"""Annotated messages by three authors, none of whom knew the others' or the tables of words."""


@dataclass(frozen=True)
class Case:
    """One annotated message and what was understood of it."""

    row: dict[str, Any]
    got: Understood

    @property
    def intent(self) -> str:
        return str(self.row["intent"])

    @property
    def intent_is_right(self) -> bool:
        return self.got.intent == self.intent

    @property
    def is_posting(self) -> bool:
        return self.intent in POSTING

    @property
    def services_are_right(self) -> bool:
        return set(self.got.categories) == set(self.row["categories"])

    @cached_property
    def acceptable(self) -> set[str]:
        """INSEE codes of the acceptable communes."""
        if self.row.get("insee"):
            return set(self.row["insee"])
        communes = self.row["commune"] or []
        return {
            code
            for said in ([communes] if isinstance(communes, str) else communes)
            for code in _codes_of(said)
        }

    @property
    def commune_is_right(self) -> bool:
        """One of the acceptable communes, or a choice between those that begins with one."""
        if not self.acceptable:
            return self.got.commune is None and not self.got.communes
        if self.got.commune:
            return self.got.commune in self.acceptable
        return (
            len(self.acceptable) > 1
            and self.got.communes[:1] != ()
            and (self.got.communes[0] in self.acceptable)
        )

    @property
    def name_is_right(self) -> bool:
        wanted, got = self.row["name"], self.got.name
        if not wanted or not got:
            return not wanted and not got
        if plain(wanted).replace("-", " ") == plain(got).replace("-", " "):
            return True
        # Two people who sign: either name is right.
        both = f"{wanted} et {got}".lower() in str(self.row["text"]).lower()
        return both or got in str(wanted).split(" et ")

    @property
    def all_is_right(self) -> bool:
        if not self.is_posting:
            return self.intent_is_right
        return self.intent_is_right and self._says_the_same

    @property
    def answer_is_right(self) -> bool:
        """An answer is taken for what it is, and what it says is all that is understood."""
        got, wanted = self.got, self.intent
        if wanted in (ANSWER, FIX):
            fills = got.correction or got.intent in MAY_FILL
            if wanted == FIX:
                fills = fills and (got.correction or got.intent not in ("yes", "no"))
            kind_is_right = self.row.get("kind") in (None, got.kind)
            return fills and kind_is_right and self._says_the_same
        is_right = self.intent_is_right and not got.correction
        if wanted in ("need", "offer"):
            return is_right and self._says_the_same
        if wanted in ("yes", "no", "choose") and self.row.get("numbers"):
            return is_right and set(self.row["numbers"]) == set(got.numbers)
        return is_right

    @property
    def _says_the_same(self) -> bool:
        return self.services_are_right and self.commune_is_right and self.name_is_right


def _codes_of(said: str) -> set[str]:
    """The codes of "Official name (DD)"."""
    name, _, departement = said.rpartition(" (")
    return {
        place.insee
        for place in gazetteer().places
        if place.name == name and place.departement == departement.rstrip(")")
    }


def cases_of(paths: Iterable[Path]) -> list[Case]:
    """Every message of these files, understood."""
    return [
        Case(row, understand(row["text"], row.get("awaiting")))
        for path in paths
        for row in annotated(path)
    ]


def share(right: Iterable[bool]) -> float:
    """The share of what is right, in percent."""
    answers = list(right)
    return 100 * sum(answers) / len(answers) if answers else 100.0


def figures(cases: Sequence[Case]) -> dict[str, float]:
    """The figures that are watched, in percent."""
    posting = [case for case in cases if case.is_posting]
    kinds = [case for case in cases if case.intent in ("need", "offer")]
    return {
        "intent": share(case.intent_is_right for case in cases),
        "need or offer": share(case.intent_is_right for case in kinds),
        "services": share(case.services_are_right for case in posting),
        "commune": share(case.commune_is_right for case in posting),
        "name": share(case.name_is_right for case in posting),
        "all at once": share(case.all_is_right for case in cases),
        "emergencies": share(case.intent_is_right for case in cases if case.intent == "emergency"),
        "false alarms": share(
            case.got.intent == "emergency" for case in cases if case.intent != "emergency"
        ),
    }


def _print_table(cases: Sequence[Case]) -> None:
    print(f"{len(cases)} messages\n")
    for what, value in figures(cases).items():
        print(f"  {what:<16}{value:6.1f} %")
    print("\nper intent          right   of   taken for")
    for intent, count in sorted(Counter(case.intent for case in cases).items()):
        of_it = [case for case in cases if case.intent == intent]
        wrong = Counter(case.got.intent for case in of_it if not case.intent_is_right)
        confusions = ", ".join(f"{other} {times}" for other, times in wrong.most_common())
        print(f"  {intent:<16}{count - sum(wrong.values()):>7}{count:>5}   {confusions}")
    print("\nper service            found   of   too many")
    posting = [case for case in cases if case.is_posting]
    slugs = sorted({slug for case in posting for slug in case.row["categories"]})
    for slug in slugs:
        wanted = [case for case in posting if slug in case.row["categories"]]
        found = sum(slug in case.got.categories for case in wanted)
        besides = sum(
            slug in case.got.categories and slug not in case.row["categories"] for case in posting
        )
        print(f"  {slug:<21}{found:>5}{len(wanted):>5}{besides:>10}")


def _print_answers(cases: Sequence[Case]) -> None:
    print(f"{len(cases)} answers\n")
    print(f"  all              {share(case.answer_is_right for case in cases):6.1f} %")
    for asked in dict.fromkeys(case.row["awaiting"] for case in cases):
        of_it = [case for case in cases if case.row["awaiting"] == asked]
        print(f"  {asked:<16} {share(case.answer_is_right for case in of_it):6.1f} %")


def _print_wrong_answers(cases: Sequence[Case]) -> None:
    print("\nmisses")
    for case in cases:
        if not case.answer_is_right:
            row, got = case.row, case.got
            wanted = (row["intent"], row["categories"], row["commune"], row["name"])
            found = (got.intent, got.categories, got.communes[:3], got.name, got.kind, got.numbers)
            print(f"  {row['awaiting']}: {row['text']!r}\n      {found} for {wanted}")


def _print_misses(cases: Sequence[Case]) -> None:
    print("\nmisses")
    for case in cases:
        wrong = []
        if not case.intent_is_right:
            wrong.append(f"intent {case.got.intent} for {case.intent}")
        if case.is_posting:
            if not case.services_are_right:
                wrong.append(
                    f"services {', '.join(case.got.categories) or '-'} for "
                    f"{', '.join(case.row['categories']) or '-'} "
                    f"{case.got.evidence.get('categories', ())}"
                )
            if not case.commune_is_right:
                wrong.append(
                    f"commune {case.got.commune or case.got.communes} for {case.row['commune']}"
                )
            if not case.name_is_right:
                wrong.append(f"name {case.got.name} for {case.row['name']}")
        if wrong:
            print(f"  {case.row['text']!r}\n      {'; '.join(wrong)}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    with_misses = "--no-misses" not in given
    paths = [Path(argument) for argument in given if not argument.startswith("-")] or CORPORA
    understand("bonjour")
    started = time.perf_counter()
    cases = cases_of(paths)
    took = time.perf_counter() - started
    answers = [case for case in cases if case.row.get("awaiting")]
    messages = [case for case in cases if not case.row.get("awaiting")]
    if messages:
        _print_table(messages)
        if with_misses:
            _print_misses(messages)
    if answers:
        _print_answers(answers)
        if with_misses:
            _print_wrong_answers(answers)
    print(f"\n{len(cases) / took:.0f} messages a second")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
