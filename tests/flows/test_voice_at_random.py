"""Whatever is pressed and said: a call ends with a goodbye or a person, and asks nothing thrice."""

from __future__ import annotations

import itertools
import re
from xml.etree import ElementTree

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.calls import ask_whoever_is_rung, begin_call, take_step
from gateway.service import Service
from models.operator_work import CallbackRequest
from tests.stage import Stage

# So many silences end any call, wherever it is.
SILENCES = 8
SIDS = (f"CA{number:032}" for number in itertools.count())
NUMBERS = (f"+336399{number:05}" for number in itertools.count(10_000))

SENTENCES = (
    "il me faudrait quelqu'un pour mes courses à Ermont c'est Jeanne",
    "je peux aider pour le jardinage",
    "qui propose du jardinage à Ermont",
    "Ermont",
    "Saint-Martin",
    "95 120",
    "Jeanne",
    "J, E, A, N, N, E",
    "oui",
    "non",
    "oui mais seulement jeudi",
    "non à Eaubonne",
    "mes annonces",
    "que gardez-vous sur moi",
    "effacez tout",
    "la suite",
    "le deux",
    "retour",
    "pardon ?",
    "je veux parler à quelqu'un",
    "06 39 98 00 01",
    "contre dix euros",
    "coudre un rideau",
)
keys = st.sampled_from([*"0123456789*#", "95120", "51300", "78", "0639980001", "0890123456", "12#"])
words = st.one_of(st.sampled_from(SENTENCES), st.text(max_size=60))
events = st.one_of(
    keys.map(lambda pressed: {"Digits": pressed}),
    words.map(lambda said: {"SpeechResult": said}),
    st.just({"Digits": ""}),
)


class Caller:
    """Somebody on the line, who remembers what was asked."""

    def __init__(self, service: Service, number: str) -> None:
        self.service, self.sid = service, next(SIDS)
        self.asked: list[str] = []
        self.last_words = ""
        self.hear(begin_call(service, sid=self.sid, caller=number))

    def hear(self, document: str) -> None:
        root = ElementTree.fromstring(document)
        said = " ".join(" ".join(say.itertext()) for say in root.iter("Say"))
        assert "Excusez-nous" not in said, f"our mistake, after {self.asked[-3:]}"
        gather = root.find("Gather")
        self.is_over = root.find("Hangup") is not None
        self.is_recorded = root.find("Record") is not None
        self.rings = root.find("Dial") is not None
        verb = root.find("Record") if self.is_recorded else root.find("Dial")
        self.action = (gather if gather is not None else verb if verb is not None else root).get(
            "action", ""
        )
        self.last_words = said
        if gather is not None:
            self.asked.append(said)
            assert len(set(self.asked[-3:])) > 1 or len(self.asked) < 3, self.asked[-3:]

    def do(self, form: dict[str, str]) -> None:
        if self.rings:
            self._answer_what_rings(form)
            form = {"DialCallStatus": "completed"}
        elif self.is_recorded:
            form = {"RecordingSid": next(SIDS), "RecordingDuration": "4"} if form else {}
        found = re.search(r"/step/(\d+)$", self.action)
        assert found is not None, self.action
        self.hear(take_step(self.service, sid=self.sid, step=int(found[1]), form=form))

    def _answer_what_rings(self, form: dict[str, str]) -> None:
        from sqlalchemy import select

        from models.call import Call

        with self.service.database.reading() as session:
            call = session.scalars(select(Call).where(Call.carrier_sid == self.sid)).one()
        for asked, answer in enumerate(({}, form)):
            ask_whoever_is_rung(
                self.service, call_id=call.id, step=call.steps, asked=asked, form=answer
            )


def _people(stage: Stage) -> None:
    for name, text in (
        ("Marie", "OFFRE courses, jardinage ERMONT Marie"),
        ("Paul", "BESOIN jardinage EAUBONNE Paul"),
    ):
        stage.text(name, text)
        stage.text(name, "oui")


def test_every_call_ends_whatever_is_done(stage: Stage) -> None:
    _people(stage)

    @settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(st.lists(events, max_size=25), st.sampled_from(["own", "anonymous", "+4915112345678"]))
    def call(done: list[dict[str, str]], shown: str) -> None:
        caller = Caller(stage.service, next(NUMBERS) if shown == "own" else shown)
        for form in done:
            if caller.is_over:
                break
            caller.do(form)
        for _ in range(SILENCES):
            if caller.is_over:
                break
            caller.do({})
        assert caller.is_over
        assert re.search(r"[Aa]u revoir|tout de suite|secours|bientôt", caller.last_words)

    call()
    with stage.service.database.reading() as session:
        reasons = session.query(CallbackRequest.reason).distinct().all()
    assert ("trouble",) not in reasons


def test_no_call_goes_on_for_ever(stage: Stage) -> None:
    caller = Caller(stage.service, next(NUMBERS))
    for pressed in itertools.islice(itertools.cycle("1#2#"), 200):
        if caller.is_over:
            break
        caller.do({"Digits": pressed})
    else:
        caller.do({})
    assert caller.is_over
