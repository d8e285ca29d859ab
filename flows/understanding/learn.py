"""Learns the weights of weights.npz from annotated messages.

    pip install -r flows/understanding/learn-requirements.txt
    python -m flows.understanding.learn              writes the table
    python -m flows.understanding.learn --try FILE...   how well the authors of these lessons would
                                                     be understood if only the others had taught

Three multinomial logistic regressions, for intents, for services and for the intents of answers to
a question, over the same features (learnt.py says which) and the sum of the words' vectors. Because
all are sums, what a vector contributes to each of them is a row of weights of its own, a family's;
so whoever runs the service needs neither vectors, nor this file, nor its libraries.

The vectors are those of spaCy's French pipeline fr_core_news_md 3.8.0 (Explosion; LGPL-LR; made by
fastText from OSCAR's Common Crawl and from Wikipedia): 20,000, each for all words used alike.
"""

from __future__ import annotations

import hashlib
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from flows.understanding.learnt import (
    NO_SERVICE,
    ONE,
    TABLE,
    Seen,
    as_lines,
    besides,
    forms_of,
    has_meaning,
    pairs_of,
    use,
)
from flows.understanding.messages import ANSWER, FIX, UNKNOWN, annotated
from flows.understanding.reader import POSTING, as_the_weights_see
from flows.understanding.report import CORPORA, cases_of, figures, share
from flows.understanding.spelling import french_words
from flows.understanding.text import clean, plain, tokens_of

LESSONS = Path(__file__).with_name("lessons")
LEARNT_FROM = (*CORPORA, *sorted(LESSONS.glob("*.tsv")), *sorted(LESSONS.glob("*.jsonl")))
"""Messages that were sent unasked. Each file is by another author."""
ANSWERS = tuple(sorted(LESSONS.glob("answers/*.tsv")))
"""What was sent when something had been asked."""
_EASILY_CONFUSED = LESSONS / "easily_confused.tsv"
# A line there, or an answer, stands for many that nobody wrote.
_COUNTS = 3.0
# Features that occur more seldom tell nothing; how freely the weights may follow the messages; and
# how much a word's vector, whose length is 1, counts beside a feature. Tried on authors left out.
_SEEN_AT_LEAST = 3
_FREEDOM = {"intents": 1.0, "services": 1.0, "answers": 1.0}
_SAYS = {"intents": 1.0, "services": 1.5, "answers": 1.0}
# In so many messages a word stands that is often typed: of the words of messages by others, those
# are four fifths.
_OFTEN = 4

_Array: TypeAlias = "np.ndarray[Any, Any]"


class _Lesson(NamedTuple):
    """What one message teaches one of the two: its features and vector, the answer, and how much
    it counts."""

    features: tuple[str, ...]
    vector: _Array
    answer: str
    weight: float


class _Learnt(NamedTuple):
    """A regression: the weights of features (features, answers) and of vectors (300, answers)."""

    answers: list[str]
    features: list[str]
    of_features: _Array
    of_vectors: _Array
    start: _Array


@cache
def _vectors() -> tuple[dict[str, list[int]], _Array]:
    """The places of each word's vectors (it may be spelt with accents in several ways), and the
    vectors, each of length 1."""
    import spacy

    vocabulary = spacy.load("fr_core_news_md", exclude=_ALL_BUT_VECTORS).vocab
    spelt: dict[str, dict[bool, set[int]]] = defaultdict(lambda: {True: set(), False: set()})
    for key, row in vocabulary.vectors.key2row.items():
        word = vocabulary.strings[key]
        if word.isalpha():
            spelt[plain(word)][word == word.lower()].add(row)
    # "Rose" is somebody; what counts is "rose", if it is known.
    rows = {word: sorted(ways[True] or ways[False]) for word, ways in spelt.items()}
    vectors = vocabulary.vectors.data
    return rows, vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9)


_ALL_BUT_VECTORS = ["tok2vec", "morphologizer", "parser", "attribute_ruler", "lemmatizer", "ner"]


def _vector_of(words: Iterable[str]) -> _Array:
    rows, vectors = _vectors()
    vector: _Array = np.zeros(vectors.shape[1])
    for word in words:
        if word in rows:
            vector = vector + vectors[rows[word]].mean(0)
    return vector


def _lessons_of(path: Path) -> tuple[list[_Lesson], list[_Lesson]]:
    """What a file teaches of intents, and of services."""
    intents, services = [], []
    counts = _COUNTS if path == _EASILY_CONFUSED else 1.0
    for row in annotated(path):
        seen = as_the_weights_see(row["text"])
        vector = _meaning_of(seen)
        ways = [_features(seen)]
        if row["intent"] != UNKNOWN:
            intents.append(_Lesson(ways[0], vector, row["intent"], counts))
        if row["intent"] not in (*POSTING, UNKNOWN) or row["categories"] is None:
            continue
        if path.suffix == ".jsonl":
            # The tables of words were written with these in sight: they find more here than
            # elsewhere, and shall not be trusted for that.
            ways.append(_features(seen._replace(services=())))
        answers = row["categories"] or [NO_SERVICE]
        share = 1 / len(answers) / len(ways)
        services += [
            _Lesson(features, vector, answer, share) for features in ways for answer in answers
        ]
    return intents, services


def _answers_of(path: Path) -> Iterator[_Lesson]:
    """What a file of answers teaches of what is wanted."""
    for row in annotated(path):
        seen = as_the_weights_see(row["text"], row["awaiting"])
        intent = row["intent"]
        if intent in (ANSWER, FIX):
            # What fills in a form is found by rules; the weights tell that it is nothing else.
            intent = row["kind"] or "unclear"
        yield _Lesson(_features(seen), _meaning_of(seen), intent, _COUNTS)


def _meaning_of(seen: Seen) -> _Array:
    return _vector_of(filter(has_meaning, dict.fromkeys(seen.words)))


def _features(seen: Seen) -> tuple[str, ...]:
    forms = (form for word in dict.fromkeys(seen.words) for form in forms_of(word))
    return (*forms, *pairs_of(seen.words), *besides(seen))


def _fit(lessons: Sequence[_Lesson], what: str) -> _Learnt:
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    seen = Counter(name for lesson in lessons for name in lesson.features)
    columns = DictVectorizer()
    features = columns.fit_transform(
        Counter(name for name in lesson.features if seen[name] >= _SEEN_AT_LEAST)
        for lesson in lessons
    )
    vectors = csr_matrix(np.array([lesson.vector for lesson in lessons]) * _SAYS[what])
    told = hstack([features, vectors]).tocsr()
    told.indices, told.indptr = told.indices.astype(np.int32), told.indptr.astype(np.int32)
    model = LogisticRegression(C=_FREEDOM[what], max_iter=2000)
    model.fit(
        told,
        [lesson.answer for lesson in lessons],
        sample_weight=[lesson.weight for lesson in lessons],
    )
    names = list(columns.get_feature_names_out())
    weights = model.coef_.T
    return _Learnt(
        list(model.classes_),
        names,
        weights[: len(names)],
        weights[len(names) :] * _SAYS[what],
        model.intercept_,
    )


def learn() -> None:
    """Write the table from all messages."""
    _write(TABLE, *_taught_by(LEARNT_FROM, ANSWERS))


def _taught_by(paths: Iterable[Path], answers: Iterable[Path]) -> tuple[_Learnt, _Learnt, _Learnt]:
    """What is learnt of intents, of services, and of the intents of answers.

    Answers are told by weights of their own, so that a "merci" that said yes to something is no yes
    when nothing was asked; but what people say unasked they say to a question too.
    """
    intents, services = [], []
    for path in paths:
        further = _lessons_of(path)
        intents += further[0]
        services += further[1]
    asked = [lesson for path in answers for lesson in _answers_of(path)]
    return (
        _fit(intents, "intents"),
        _fit(services, "services"),
        _fit([*intents, *asked], "answers"),
    )


def _write(table: Path, intents: _Learnt, services: _Learnt, answers: _Learnt) -> None:
    if answers.answers != intents.answers:
        raise ValueError("an answer wants something that no message does")
    learnt = (intents, services, answers)
    names = sorted({name for one in learnt for name in one.features})
    of_features = np.hstack([_aligned(one, names) for one in learnt])
    rows, vectors = _vectors()
    known = french_words() | {name for name in names if name.isalpha()}
    words = sorted(word for word in rows if word in known and has_meaning(word))
    families = sorted({tuple(rows[word]) for word in words})
    place_of = {family: place for place, family in enumerate(families)}
    mean = np.array([vectors[list(family)].mean(0) for family in families])
    np.savez_compressed(
        table,
        fingerprint=as_lines([fingerprint()]),
        often_typed=as_lines(_often_typed()),
        intents=as_lines(intents.answers),
        services=as_lines(services.answers),
        features=as_lines(names),
        feature_weights=_whole(of_features),
        words=as_lines(words),
        family_of=np.array([place_of[tuple(rows[word])] for word in words], dtype=np.uint16),
        family_weights=_whole(mean @ np.hstack([one.of_vectors for one in learnt])),
        start=_whole(np.concatenate([one.start for one in learnt])),
    )


def _often_typed() -> list[str]:
    """The words that messages are made of, as they are typed but for capitals."""
    count: Counter[str] = Counter()
    for path in LEARNT_FROM:
        for row in annotated(path):
            count.update({token.raw.lower() for token in tokens_of(clean(row["text"]))})
    return sorted(word for word, times in count.items() if times >= _OFTEN)


def _aligned(learnt: _Learnt, names: Sequence[str]) -> _Array:
    """The weights of these features, 0 for those that it doesn't have."""
    place_of = {name: place for place, name in enumerate(names)}
    weights = np.zeros((len(names), len(learnt.answers)))
    weights[[place_of[name] for name in learnt.features]] = learnt.of_features
    return weights


def _whole(weights: _Array) -> _Array:
    whole: _Array = np.clip(np.rint(weights * ONE), -(2**15), 2**15 - 1).astype(np.int16)
    return whole


def fingerprint() -> str:
    """Of the messages that the weights are learnt from; they hold it, so that a test can tell."""
    digest = hashlib.sha256()
    for path in (*LEARNT_FROM, *ANSWERS):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def try_out(left_out: Sequence[Path]) -> None:
    """Print how well the authors left out are understood by what the others teach."""
    others = [path for path in LEARNT_FROM if path not in left_out]
    with TemporaryDirectory() as folder:
        table = Path(folder) / TABLE.name
        _write(table, *_taught_by(others, (path for path in ANSWERS if path not in left_out)))
        use(table)
        for path in left_out:
            cases = cases_of([path])
            if path in ANSWERS:
                told = {"answers": share(case.answer_is_right for case in cases)}
            else:
                told = figures(cases)
            print(f"{path.name:28}", *(f"{what} {percent:.1f}" for what, percent in told.items()))


if __name__ == "__main__":
    try_out([LESSONS / name for name in sys.argv[2:]]) if "--try" in sys.argv else learn()
