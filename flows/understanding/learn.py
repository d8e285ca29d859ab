"""Learns the weights of intent_weights.tsv from annotated messages.

    pip install -r flows/understanding/learn-requirements.txt
    python -m flows.understanding.learn           writes the table
    python -m flows.understanding.learn --try     leaves out one author at a time, and says how many
                                                  of that author's messages would be told rightly

A multinomial logistic regression; whoever runs the service needs neither this nor its libraries.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from flows.understanding.learnt import TABLE, besides, said
from flows.understanding.reader import as_the_weights_see
from flows.understanding.report import CORPORA

_MESSAGES = Path(__file__).parents[2] / "tests" / "flows"
LEARNT_FROM = (
    *CORPORA,
    _MESSAGES / "an_ordinary_month.jsonl",
    _MESSAGES / "every_service.jsonl",
    _MESSAGES / "from_all_regions.jsonl",
    _MESSAGES / "seldom_said.jsonl",
    _MESSAGES / "in_the_cities.jsonl",
    _MESSAGES / "old_and_rural.jsonl",
    _MESSAGES / "spoken_and_typed.jsonl",
)
"""Each file is by another author."""
LESSONS = Path(__file__).with_name("lessons.tsv")
"""Short sentences, each with its intent before it: ways of saying that are easily confused."""
# How freely the weights may follow the messages, and what occurs too seldom to tell anything.
_FREEDOM = 2.0
_SEEN_AT_LEAST = 2
_TOO_LIGHT = 0.1


def _read(path: Path) -> Iterator[tuple[dict[str, float], str]]:
    """Each message of a file as its features and its intent."""
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        yield _features(row["text"]), row["intent"]


def _lessons() -> list[tuple[dict[str, float], str]]:
    lines = [line.split("\t") for line in LESSONS.read_text("utf-8").splitlines()]
    return [(_features(text), intent) for intent, text in lines]


def _features(text: str) -> dict[str, float]:
    seen = as_the_weights_see(text)
    return dict.fromkeys(said(seen.words), 1.0) | dict(besides(seen))


def _fit(messages: Sequence[tuple[dict[str, float], str]]) -> tuple[Any, Any]:
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    seen = Counter(name for found, _ in messages for name in found)
    kept = [
        {name: much for name, much in found.items() if seen[name] >= _SEEN_AT_LEAST}
        for found, _ in messages
    ]
    columns = DictVectorizer()
    model = LogisticRegression(C=_FREEDOM, max_iter=5000)
    model.fit(columns.fit_transform(kept), [intent for _, intent in messages])
    return columns, model


def learn() -> None:
    """Write the table from all messages, its lines in the order of the alphabet."""
    messages = [message for path in LEARNT_FROM for message in _read(path)]
    columns, model = _fit(messages + _lessons())
    lines = [
        fingerprint(),
        "\t".join(f"{i}={b:.2f}" for i, b in zip(model.classes_, model.intercept_, strict=True)),
    ]
    for name, column in sorted(columns.vocabulary_.items()):
        cells = [
            f"{intent}={weight:.2f}"
            for intent, weight in zip(model.classes_, model.coef_[:, column], strict=True)
            if abs(weight) >= _TOO_LIGHT
        ]
        if cells:
            lines.append("\t".join((name, *cells)))
    TABLE.write_text("\n".join(lines) + "\n", "utf-8")


def fingerprint() -> str:
    """Of the messages that the table is learnt from; its first line, so that a test can tell."""
    digest = hashlib.sha256()
    for path in (*LEARNT_FROM, LESSONS):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def try_out() -> None:
    """Print, for each author, how well the others' messages teach to tell this one's."""
    by_author = {path: list(_read(path)) for path in LEARNT_FROM}
    for left_out, messages in by_author.items():
        columns, model = _fit(
            [one for path, others in by_author.items() if path != left_out for one in others]
            + _lessons()
        )
        told = model.predict(columns.transform([found for found, _ in messages]))
        right = sum(a == b for a, (_, b) in zip(told, messages, strict=True))
        print(f"{left_out.name:28} {100 * right / len(messages):5.1f} %")


if __name__ == "__main__":
    try_out() if "--try" in sys.argv else learn()
