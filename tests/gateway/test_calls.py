"""Calls, webhook by webhook: signed, in any order, more than once, and with our own mistakes."""

from __future__ import annotations

import itertools
import re

import pytest
from sqlalchemy import func, select, update
from twilio.request_validator import RequestValidator

from flows.voice import answering
from flows.voice.call_turn import CALLED_AFTER
from gateway.app import create_app
from gateway.calls import ask_whoever_is_rung, begin_call, call_ended, take_step
from gateway.placing import place_due
from gateway.settings import DEMO_AUTH_TOKEN
from models.introduction import Introduction, IntroductionStatus
from models.listing import Listing
from models.operator_work import CallbackRequest
from models.person import Person, lock_person
from models.recording import Recording
from tests.stage import CAST, Stage

SIDS = (f"CA{number:032}" for number in itertools.count())
WITHHELD = "anonymous"


class OnTheLine:
    """A telephone call, step by step."""

    def __init__(self, stage: Stage, who: str) -> None:
        self.service, self.sid = stage.service, next(SIDS)
        self.heard = begin_call(self.service, sid=self.sid, caller=CAST.get(who, who))

    @property
    def step(self) -> int:
        found = re.search(r"/step/(\d+)", self.heard)
        assert found is not None, self.heard
        return int(found[1])

    def do(self, **form: str) -> str:
        self.heard = take_step(self.service, sid=self.sid, step=self.step, form=form)
        return self.heard

    def press(self, *keys: str) -> str:
        for key in keys:
            self.do(Digits=key)
        return self.heard

    def say(self, words: str) -> str:
        return self.do(SpeechResult=words)


def count(stage: Stage, table: type) -> int:
    with stage.service.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


# ---- What the carrier does ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/twilio/voice",
        "/twilio/voice/step/1",
        "/twilio/voice/step/1/again",
        "/twilio/voice/placed/1",
        "/twilio/voice/whisper/1/1/0",
        "/twilio/voice/status",
        "/twilio/voice/status/1",
    ],
)
def test_a_step_that_is_not_signed_is_refused(stage: Stage, path: str) -> None:
    client = create_app(stage.service).test_client()
    form = {"CallSid": next(SIDS), "From": CAST["Ali"], "Digits": "1"}
    assert client.post(path, data=form).status_code == 403
    assert count(stage, Person) == 0


def test_a_signed_call_is_answered(stage: Stage) -> None:
    client = create_app(stage.service).test_client()
    form = {"CallSid": next(SIDS), "From": CAST["Ali"]}
    signature = RequestValidator(DEMO_AUTH_TOKEN).compute_signature(
        f"{stage.url}/twilio/voice", form
    )
    answer = client.post("/twilio/voice", data=form, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 200
    assert "<Gather" in answer.text


def test_a_step_that_comes_twice_is_taken_once(stage: Stage) -> None:
    ali = OnTheLine(stage, "Ali")
    ali.say("il me faudrait quelqu'un pour mes courses à Ermont, c'est Ali")
    step = ali.step
    first = take_step(stage.service, sid=ali.sid, step=step, form={"Digits": "1"})
    second = take_step(stage.service, sid=ali.sid, step=step, form={"Digits": "1"})
    assert first == second
    assert count(stage, Listing) == 1


def test_an_old_step_changes_nothing(stage: Stage) -> None:
    ali = OnTheLine(stage, "Ali")
    ali.press("1")
    ali.say("mes courses à Ermont")
    heard = ali.heard
    assert take_step(stage.service, sid=ali.sid, step=1, form={"Digits": "2"}) == heard
    assert begin_call(stage.service, sid=ali.sid, caller=CAST["Ali"]) == heard


def test_a_step_after_the_end_says_goodbye(stage: Stage) -> None:
    ali = OnTheLine(stage, "Ali")
    step = ali.step
    call_ended(stage.service, sid=ali.sid)
    assert "<Hangup" in take_step(stage.service, sid=ali.sid, step=step, form={"Digits": "1"})


def test_a_withheld_caller_leaves_nobody_behind(stage: Stage) -> None:
    caller = OnTheLine(stage, WITHHELD)
    caller.press("3")
    caller.say("Ermont")
    assert count(stage, Person) == 0


def test_a_recording_is_noted_once(stage: Stage) -> None:
    ali = OnTheLine(stage, "Ali")
    ali.press("0")
    form = {"RecordingSid": "RE" + "1" * 32, "RecordingDuration": "12"}
    step = ali.step
    for _ in range(2):
        take_step(stage.service, sid=ali.sid, step=step, form=form)
    assert count(stage, Recording) == 1
    assert count(stage, CallbackRequest) == 1


# ---- When we break ------------------------------------------------------------------------------


def _break(turn: object) -> None:
    raise RuntimeError("a mistake of ours")


def test_after_our_own_mistake_the_call_goes_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ali = OnTheLine(stage, "Ali")
    with monkeypatch.context() as broken:
        broken.setattr(answering, "take", _break)
        heard = ali.press("1")
    assert "Excusez-nous" in heard
    assert "<Gather" in heard
    heard = take_step(
        stage.service, sid=ali.sid, step=ali.step, form={"Digits": "1"}, is_last_try=True
    )
    assert "Excusez-nous" not in heard
    assert count(stage, CallbackRequest) == 0


def test_after_a_second_mistake_somebody_calls(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ali = OnTheLine(stage, "Ali")
    monkeypatch.setattr(answering, "take", _break)
    ali.press("1")
    heard = take_step(
        stage.service, sid=ali.sid, step=ali.step, form={"Digits": "1"}, is_last_try=True
    )
    assert "<Hangup" in heard
    with stage.service.database.reading() as session:
        assert session.scalars(select(CallbackRequest.reason)).all() == ["trouble"]


# ---- Who may do what ----------------------------------------------------------------------------


def change(stage: Stage, who: str, **fields: object) -> None:
    with stage.service.database.writing() as session:
        person = lock_person(session, CAST[who], now=stage.clock.now())
        for name, value in fields.items():
            setattr(person, name, value)


@pytest.mark.parametrize("keys", ["2", "#", "#1", "*2"])
def test_who_is_blocked_reaches_nothing_but_a_person(stage: Stage, keys: str) -> None:
    change(stage, "Ali", blocked_at=stage.clock.now())
    ali = OnTheLine(stage, "Ali")
    for key in keys:
        if "<Gather" in ali.heard:
            ali.press(key)
    assert "Pour demander" not in ali.heard
    while "<Gather" in ali.heard:
        ali.say("il me faudrait quelqu'un pour mes courses à Ermont, c'est Ali")
        assert "Vous demandez" not in ali.heard
    assert "<Hangup" in ali.heard or "<Record" in ali.heard


def test_who_is_blocked_in_the_middle_of_a_call_posts_nothing(stage: Stage) -> None:
    ali = OnTheLine(stage, "Ali")
    ali.say("il me faudrait quelqu'un pour mes courses à Ermont, c'est Ali")
    change(stage, "Ali", blocked_at=stage.clock.now())
    ali.press("1")
    assert count(stage, Listing) == 0


def test_after_everything_is_erased_a_call_that_goes_on_ends(stage: Stage) -> None:
    ali = OnTheLine(stage, "Ali")
    ali.say("il me faudrait quelqu'un pour mes courses à Ermont, c'est Ali")
    change(stage, "Ali", erased_at=stage.clock.now())
    assert "<Hangup" in ali.press("1")
    assert count(stage, Listing) == 0


# ---- Being put through --------------------------------------------------------------------------


@pytest.fixture
def jeanne(stage: Stage) -> OnTheLine:
    """Jeanne's need is published, and Marie's offer is read out to her."""
    for who, text in (
        ("Marie", "OFFRE courses ERMONT Marie"),
        ("Paul", "OFFRE courses ERMONT Paul"),
    ):
        stage.text(who, text)
        stage.text(who, "oui")
    jeanne = OnTheLine(stage, "Jeanne")
    jeanne.say("il me faudrait quelqu'un pour mes courses à Ermont, c'est Jeanne")
    jeanne.press("1")
    return jeanne


def answer_ring(stage: Stage, document: str, keys: str) -> str:
    """What the telephone that this document rings hears once these keys were pressed."""
    found = re.search(r"/whisper/(\d+)/(\d+)/0", document)
    assert found is not None, document
    call_id, step = int(found[1]), int(found[2])
    return ask_whoever_is_rung(
        stage.service, call_id=call_id, step=step, asked=1, form={"Digits": keys}
    )


def settle_all(stage: Stage, status: IntroductionStatus) -> None:
    """Every introduction that there is has come to this, the volunteers having been asked."""
    with stage.service.database.writing() as session:
        session.execute(update(Introduction).values(status=status.value))


def test_a_late_key_does_not_answer_for_the_next_who_is_rung(
    stage: Stage, jeanne: OnTheLine
) -> None:
    first = jeanne.press("1")
    jeanne.do(DialCallStatus="no-answer")
    assert "<Dial" in jeanne.press("1")
    assert "<Hangup" in answer_ring(stage, first, "1")
    with stage.service.database.reading() as session:
        accepted = Introduction.status == IntroductionStatus.ACCEPTED.value
        assert session.scalars(select(Introduction).where(accepted)).all() == []


def test_a_yes_of_before_rings_nobody_who_wants_no_calls(stage: Stage, jeanne: OnTheLine) -> None:
    answer_ring(stage, jeanne.press("1"), "1")
    settle_all(stage, IntroductionStatus.ACCEPTED)
    for who in ("Marie", "Paul"):
        change(stage, who, takes_calls=False)
    again = OnTheLine(stage, "Jeanne")
    again.press("3")
    assert "<Dial" not in again.press("1")


def test_nobody_is_rung_for_what_one_of_the_two_has_ended(stage: Stage, jeanne: OnTheLine) -> None:
    first = jeanne.press("1")
    (rung,) = (number for number in CAST.values() if f">{number}</Number>" in first)
    answer_ring(stage, first, "1")
    settle_all(stage, IntroductionStatus.ENDED)
    with stage.service.database.writing() as session:
        session.execute(update(Introduction).values(asked_by="offer"))
    again = OnTheLine(stage, "Jeanne")
    again.press("3")
    for _ in range(2):
        assert f">{rung}</Number>" not in again.press("1")
        if "<Dial" in again.heard:
            again.do(DialCallStatus="no-answer")


def test_whoever_shows_a_volunteers_number_gives_it_to_nobody(stage: Stage) -> None:
    stage.text("Marie", "OFFRE courses ERMONT Marie")
    stage.text("Marie", "oui")
    stage.text("Ali", "BESOIN courses ERMONT Ali")
    stage.text("Ali", "oui")
    forger = OnTheLine(stage, "Marie")
    forger.press("4")
    assert "Ali" in forger.heard
    assert "<Hangup" in forger.press("1")
    with stage.service.database.reading() as session:
        statuses = session.scalars(select(Introduction.status)).all()
    assert statuses == [IntroductionStatus.PROPOSED.value]


def test_what_was_prepared_for_somebody_waits_until_they_hear_it(stage: Stage) -> None:
    stage.text("Marie", "OFFRE courses ERMONT Marie")
    stage.text("Marie", "oui")
    ali = OnTheLine(stage, "Ali")
    ali.say("il me faudrait quelqu'un pour mes courses à Ermont, c'est Ali")
    ali.press("2", "4", "2", "0639980002", "1")
    assert count(stage, Listing) == 1
    stage.text("Marie", "oui")
    assert count(stage, Listing) == 1


def test_who_wants_no_calls_is_called_back_where_it_was_asked_for(stage: Stage) -> None:
    change(stage, "Ali", takes_calls=False)
    ali = OnTheLine(stage, "Ali")
    ali.say("que gardez-vous sur moi")
    assert "<Hangup" in ali.heard
    stage.clock.forward(CALLED_AFTER)
    assert place_due(stage.service) == 1
