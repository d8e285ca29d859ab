"""The simulated carrier walks the documents of a call as Twilio does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from flask import Response

from gateway.clock import MovableClock, StoppedClock
from gateway.simulator import webhooks
from gateway.simulator.calls import WITHHELD, change, happens_to, place
from gateway.simulator.calls import call as begin
from gateway.simulator.carrier import Call, Pace, SimulatedCarrier
from gateway.simulator.server import SimulatorServer
from gateway.simulator.switchboard import Heard, Key
from gateway.simulator.walk import APPLICATION_ERROR
from tests.gateway.calling import ACCOUNT, ALI, JEANNE, MARIE, SERVICE, TOKEN, Voice, served

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
START = "/twilio/voice"


@pytest.fixture
def voice() -> Iterator[Voice]:
    with served() as voice:
        yield voice


def make_carrier(voice: Voice, **options: Any) -> SimulatedCarrier:
    return SimulatedCarrier(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        numbers=[SERVICE],
        public_url=voice.url,
        clock=StoppedClock(NOON),
        rng=Random(1),
        **options,
    )


@pytest.fixture
def carrier(voice: Voice) -> SimulatedCarrier:
    return make_carrier(voice)


def say(text: str) -> str:
    return f'<Say voice="Polly.Lea" language="fr-FR">{text}</Say>'


def the_call_breaks(carrier: SimulatedCarrier, code: int) -> None:
    call = carrier.call(JEANNE)
    assert call.heard[-1:] == [APPLICATION_ERROR]
    assert call.errors == [code]
    assert call.status == "completed"


# The webhook


def test_a_call_is_told_with_every_field_that_the_real_one_has(
    voice: Voice, carrier: SimulatedCarrier
) -> None:
    voice.documents[START] = say("Bonjour")
    call = carrier.call(JEANNE)
    (form,) = voice.forms(START)
    assert (
        form.items()
        >= {
            "CallSid": call.leg.sid,
            "AccountSid": ACCOUNT,
            "From": JEANNE,
            "Caller": JEANNE,
            "To": SERVICE,
            "Called": SERVICE,
            "CallStatus": "ringing",
            "Direction": "inbound",
            "ApiVersion": "2010-04-01",
            "FromCountry": "FR",
        }.items()
    )
    assert form["FromCity"] == ""
    assert call.heard == ["Bonjour"]
    assert call.everything == [Heard("say", "Bonjour", "Polly.Lea", "fr-FR")]
    assert call.status == "completed"
    (status,) = voice.forms("/twilio/voice/status")
    assert (status["CallStatus"], status["CallDuration"]) == ("completed", "0")


@pytest.mark.parametrize("shown_as", WITHHELD)
def test_a_number_may_be_withheld(voice: Voice, carrier: SimulatedCarrier, shown_as: str) -> None:
    voice.documents[START] = say("Bonjour")
    carrier.call(JEANNE, shown_as=shown_as)
    (form,) = voice.forms(START)
    assert (form["From"], form["Caller"]) == (shown_as, shown_as)


def test_nobody_calls_a_strange_number_or_twice_at_once(
    voice: Voice, carrier: SimulatedCarrier
) -> None:
    voice.documents[START] = "<Gather/>"
    with pytest.raises(ValueError, match="not a number of this account"):
        carrier.call(JEANNE, to=ALI)
    call = carrier.call(JEANNE)
    with pytest.raises(ValueError, match="on the telephone already"):
        carrier.call(JEANNE)
    call.hang_up()
    with pytest.raises(ValueError, match="is over"):
        call.press("1")


# What is heard


def test_ssml_is_heard_as_words_and_kept_as_markup(voice: Voice, carrier: SimulatedCarrier) -> None:
    voice.documents[START] = say(
        '<prosody rate="85%">Tapez <say-as interpret-as="telephone">01</say-as></prosody>'
        '<break time="1s"/>puis <sub alias="dièse">#</sub>.<p>Merci.</p><p>Bien.</p>'
    )
    (heard,) = carrier.call(JEANNE).everything
    assert heard.text == "Tapez 01 puis dièse. Merci. Bien."
    assert heard.markup.startswith('<prosody rate="85%">')


def test_sounds_keys_and_pauses_are_heard(voice: Voice, carrier: SimulatedCarrier) -> None:
    voice.documents[START] = (
        '<Play loop="2">/son.wav</Play><Play digits="1w2"/><Pause length="3"/>' + say("Fin")
    )
    call = carrier.call(JEANNE)
    assert [(one.kind, one.text) for one in call.everything] == [
        ("play", f"{voice.url}/son.wav"),
        ("play", f"{voice.url}/son.wav"),
        ("tones", "1w2"),
        ("pause", "3"),
        ("say", "Fin"),
    ]
    assert carrier.now() == NOON + timedelta(seconds=3)


def test_what_is_said_takes_time_where_the_pace_says_so(voice: Voice) -> None:
    carrier = make_carrier(voice, pace=Pace(speaking=timedelta(seconds=0.1)))
    voice.documents[START] = '<Gather timeout="5">' + say("x" * 100) + "</Gather>" + say("Fin")
    call = carrier.call(JEANNE)
    assert carrier.now() == NOON + timedelta(seconds=10)
    call.stay_silent()
    assert carrier.now() == NOON + timedelta(seconds=15.3)
    assert call.heard == ["Fin"]


# Gather


def test_keys_go_to_the_action_once_there_are_enough(
    voice: Voice, carrier: SimulatedCarrier
) -> None:
    voice.documents[START] = (
        f'<Gather numDigits="2" action="/twilio/voice/menu">{say("Tapez")}</Gather>'
    )
    voice.documents["/twilio/voice/menu"] = say("Merci")
    call = carrier.call(JEANNE)
    assert call.heard == ["Tapez"]
    call.press("1")
    assert call.heard == []
    call.press("2")
    assert call.heard == ["Merci"]
    (form,) = voice.forms("/twilio/voice/menu")
    assert (form["Digits"], form["CallStatus"]) == ("12", "in-progress")
    assert "SpeechResult" not in form


def test_the_key_that_ends_is_not_a_digit_and_only_counts_after_one(
    voice: Voice, carrier: SimulatedCarrier
) -> None:
    voice.documents[START] = '<Gather action="/twilio/voice/menu"/>'
    voice.documents["/twilio/voice/menu"] = say("Merci")
    carrier.call(JEANNE).press("#95120#")
    assert voice.forms("/twilio/voice/menu")[0]["Digits"] == "95120"


def test_without_a_finishing_key_every_key_counts(voice: Voice, carrier: SimulatedCarrier) -> None:
    voice.documents[START] = '<Gather numDigits="1" finishOnKey="" action="/twilio/voice/menu"/>'
    voice.documents["/twilio/voice/menu"] = say("Merci")
    carrier.call(JEANNE).press("#")
    assert voice.forms("/twilio/voice/menu")[0]["Digits"] == "#"


def test_the_time_for_keys_begins_anew_with_each(voice: Voice, carrier: SimulatedCarrier) -> None:
    voice.documents[START] = '<Gather timeout="8" action="/twilio/voice/menu"/>'
    voice.documents["/twilio/voice/menu"] = say("Merci")
    call = carrier.call(JEANNE)
    call.press("1")
    call.stay_silent(timedelta(seconds=7))
    call.press("2")
    call.stay_silent(timedelta(seconds=7))
    assert not voice.forms("/twilio/voice/menu")
    call.stay_silent()
    assert voice.forms("/twilio/voice/menu")[0]["Digits"] == "12"


def test_words_go_to_the_action(voice: Voice, carrier: SimulatedCarrier) -> None:
    voice.documents[START] = (
        '<Gather input="dtmf speech" language="fr-FR" speechTimeout="auto" hints="oui, non"'
        f' action="/twilio/voice/menu">{say("Dites")}</Gather>'
    )
    voice.documents["/twilio/voice/menu"] = say("Merci")
    carrier.call(JEANNE).say("mes courses à Ermont")
    (form,) = voice.forms("/twilio/voice/menu")
    assert form["SpeechResult"] == "mes courses à Ermont"
    assert 0 < float(form["Confidence"]) < 1
    assert "Digits" not in form


@pytest.mark.parametrize(("asks", "does"), [("dtmf", "say"), ("speech", "press")])
def test_what_was_not_asked_for_is_not_heard(
    voice: Voice, carrier: SimulatedCarrier, asks: str, does: str
) -> None:
    voice.documents[START] = f'<Gather input="{asks}" action="/twilio/voice/menu"/>' + say("Rien")
    call = carrier.call(JEANNE)
    getattr(call, does)("1")
    call.stay_silent()
    assert call.heard == ["Rien"]
    assert not voice.forms("/twilio/voice/menu")


def test_silence_falls_through_to_the_next_verb(voice: Voice, carrier: SimulatedCarrier) -> None:
    voice.documents[START] = '<Gather timeout="7"/>' + say("Toujours là ?")
    call = carrier.call(JEANNE)
    call.stay_silent()
    assert call.heard == ["Toujours là ?"]
    assert carrier.now() == NOON + timedelta(seconds=7)


def test_silence_goes_to_the_action_where_that_is_wanted(
    voice: Voice, carrier: SimulatedCarrier
) -> None:
    voice.documents[START] = '<Gather actionOnEmptyResult="true" action="/twilio/voice/menu"/>'
    voice.documents["/twilio/voice/menu"] = say("Rien entendu")
    call = carrier.call(JEANNE)
    call.stay_silent()
    assert call.heard == ["Rien entendu"]
    assert voice.forms("/twilio/voice/menu")[0]["Digits"] == ""


def test_without_an_action_the_same_document_is_asked_again(
    voice: Voice, carrier: SimulatedCarrier
) -> None:
    voice.documents[START] = '<Gather numDigits="1"/>'
    carrier.call(JEANNE).press("1")
    assert [form.get("Digits") for form in voice.forms(START)] == [None, "1"]


@pytest.mark.parametrize(("barge_in", "digits"), [("true", ["4"]), ("false", [])])
def test_a_key_interrupts_the_question_unless_it_must_be_heard_out(
    voice: Voice, barge_in: str, digits: list[str]
) -> None:
    carrier = make_carrier(voice, pace=Pace(speaking=timedelta(seconds=0.1)))
    voice.documents[START] = (
        f'<Gather numDigits="1" bargeIn="{barge_in}" action="/twilio/voice/menu">'
        f"{say('x' * 100)}{say('encore')}</Gather>"
    )
    voice.documents["/twilio/voice/menu"] = "<Hangup/>"
    leg = begin(carrier, JEANNE)
    happens_to(carrier, leg, Key("4"))
    assert [form["Digits"] for form in voice.forms("/twilio/voice/menu")] == digits
    assert "encore" not in [one.text for one in leg.heard]


# Redirect, Hangup, Reject


def test_a_redirect_leads_on_and_what_follows_is_not_reached(
    voice: Voice, carrier: SimulatedCarrier
) -> None:
    voice.documents[START] = say("Un") + "<Redirect>/twilio/voice/deux</Redirect>" + say("Non")
    voice.documents["/twilio/voice/deux"] = say("Deux") + "<Hangup/>" + say("Non")
    assert carrier.call(JEANNE).heard == ["Un", "Deux"]


@pytest.mark.parametrize(("reason", "status"), [("busy", "busy"), ("rejected", "no-answer")])
def test_a_call_can_be_rejected(
    voice: Voice, carrier: SimulatedCarrier, reason: str, status: str
) -> None:
    voice.documents[START] = f'<Reject reason="{reason}"/>'
    call = carrier.call(JEANNE)
    assert (call.status, call.heard) == (status, [])
    assert voice.forms("/twilio/voice/status")[0]["CallStatus"] == status


# Record


def test_a_recording_goes_to_its_action_and_its_callback(
    voice: Voice, carrier: SimulatedCarrier
) -> None:
    voice.documents[START] = (
        '<Record action="/twilio/voice/recorded" maxLength="120" finishOnKey="#"'
        ' recordingStatusCallback="/twilio/voice/recording/status"/>'
    )
    voice.documents["/twilio/voice/recorded"] = say("Merci")
    call = carrier.call(JEANNE)
    assert [one.kind for one in call.everything] == ["beep"]
    call.stay_silent(timedelta(seconds=3))
    call.say("Rappelez-moi s'il vous plaît")
    call.press("#")
    assert call.heard == ["Merci"]
    (form,) = voice.forms("/twilio/voice/recorded")
    assert (form["RecordingDuration"], form["Digits"]) == ("3", "#")
    (told,) = voice.forms("/twilio/voice/recording/status")
    assert told["RecordingStatus"] == "completed"
    assert told["RecordingUrl"] == form["RecordingUrl"]
    (recording,) = carrier.recordings.values()
    assert recording.words == "Rappelez-moi s'il vous plaît"


def test_a_recording_ends_with_silence_or_by_hanging_up(
    voice: Voice, carrier: SimulatedCarrier
) -> None:
    voice.documents[START] = '<Record action="/twilio/voice/recorded"/>' + say("Rien")
    voice.documents["/twilio/voice/recorded"] = say("Merci")
    call = carrier.call(JEANNE)
    call.say("Bonjour")
    call.stay_silent()
    assert call.heard == ["Merci"]
    hasty = carrier.call(ALI)
    hasty.say("Bonjour")
    hasty.hang_up()
    silent = carrier.call(MARIE)
    silent.stay_silent()
    assert silent.heard == ["Rien"]
    forms = voice.forms("/twilio/voice/recorded")
    assert [form.get("Digits") for form in forms] == [None, "hangup"]
    assert forms[1]["CallStatus"] == "completed"


def test_a_recording_is_no_longer_than_it_may_be(voice: Voice, carrier: SimulatedCarrier) -> None:
    voice.documents[START] = (
        '<Record timeout="0" maxLength="120" playBeep="false" action="/twilio/voice/recorded"/>'
    )
    voice.documents["/twilio/voice/recorded"] = "<Hangup/>"
    call = carrier.call(JEANNE)
    call.say("Bonjour")
    call.stay_silent()
    assert voice.forms("/twilio/voice/recorded")[0]["RecordingDuration"] == "120"
    assert [one.kind for one in call.everything] == ["spoken"]


# Dial


def dialling(voice: Voice, attributes: str = "", number: str = "") -> None:
    voice.documents[START] = (
        f'<Dial callerId="{SERVICE}" action="/twilio/voice/after" {attributes}>'
        f"<Number {number}>{MARIE}</Number></Dial>{say('Jamais')}"
    )
    voice.documents["/twilio/voice/after"] = say("Fini")


def after(voice: Voice) -> tuple[str, str]:
    (form,) = voice.forms("/twilio/voice/after")
    return form["DialCallStatus"], form["DialBridged"]


def test_two_people_talk_after_the_whisper_and_never_see_each_others_number(
    voice: Voice, carrier: SimulatedCarrier
) -> None:
    dialling(
        voice,
        number='url="/twilio/voice/whisper" statusCallback="/twilio/voice/dial/status"'
        ' statusCallbackEvent="initiated ringing answered completed"',
    )
    voice.documents["/twilio/voice/whisper"] = (
        f'<Gather numDigits="1" action="/twilio/voice/yes">{say("Une demande")}</Gather><Hangup/>'
    )
    voice.documents["/twilio/voice/yes"] = say("Je vous passe Jeanne")
    jeanne = carrier.call(JEANNE)
    (marie,) = carrier.ringing(MARIE)
    assert marie.shown == SERVICE
    marie.answer()
    assert marie.heard == ["Une demande"]
    assert not jeanne.is_bridged
    marie.press("1")
    assert marie.heard == ["Je vous passe Jeanne"]
    assert jeanne.is_bridged
    assert marie.is_bridged
    jeanne.say("Bonjour Marie")
    assert marie.heard[-1] == "Bonjour Marie"
    marie.say("Bonjour Jeanne")
    assert jeanne.heard == ["Bonjour Jeanne"]
    jeanne.stay_silent(timedelta(seconds=60))
    marie.hang_up()
    assert after(voice) == ("completed", "true")
    (form,) = voice.forms("/twilio/voice/after")
    assert (form["DialCallDuration"], form["DialCallSid"]) == ("60", marie.leg.sid)
    assert jeanne.heard[-1] == "Fini"
    (whisper,) = voice.forms("/twilio/voice/whisper")
    assert whisper["ParentCallSid"] == jeanne.leg.sid
    assert (whisper["Direction"], whisper["From"]) == ("outbound-dial", SERVICE)
    assert [form["CallStatus"] for form in voice.forms("/twilio/voice/dial/status")] == [
        "initiated",
        "ringing",
        "in-progress",
        "completed",
    ]


@pytest.mark.parametrize(
    ("do", "outcome"),
    [
        ("decline", ("busy", "false")),
        ("let_ring", ("no-answer", "false")),
        ("answering_machine", ("completed", "true")),
    ],
)
def test_the_caller_is_led_on_whatever_the_other_does(
    voice: Voice, carrier: SimulatedCarrier, do: str, outcome: tuple[str, str]
) -> None:
    dialling(voice, 'timeout="20"')
    jeanne = carrier.call(JEANNE)
    (marie,) = carrier.ringing(MARIE)
    getattr(marie, do)()
    if do == "answering_machine":
        marie.hang_up()
    assert after(voice) == outcome
    assert jeanne.heard == ["Fini"]
    if do == "let_ring":
        assert carrier.now() == NOON + timedelta(seconds=20)


def test_an_answering_machine_that_presses_nothing_is_not_connected(
    voice: Voice, carrier: SimulatedCarrier
) -> None:
    dialling(voice, number='url="/twilio/voice/whisper"')
    voice.documents["/twilio/voice/whisper"] = '<Gather numDigits="1"/><Hangup/>'
    jeanne = carrier.call(JEANNE)
    (marie,) = carrier.ringing(MARIE)
    marie.answering_machine()
    marie.stay_silent()
    assert after(voice) == ("completed", "false")
    assert jeanne.heard == ["Fini"]


def test_whoever_gives_up_while_it_rings_takes_the_call_back(
    voice: Voice, carrier: SimulatedCarrier
) -> None:
    dialling(voice)
    jeanne = carrier.call(JEANNE)
    (marie,) = carrier.ringing(MARIE)
    jeanne.hang_up()
    assert marie.status == "canceled"
    assert after(voice) == ("canceled", "false")
    assert carrier.ringing(MARIE) == []


def test_whoever_is_on_the_telephone_is_busy(voice: Voice, carrier: SimulatedCarrier) -> None:
    voice.documents[START] = "<Gather/>"
    carrier.call(MARIE)
    dialling(voice)
    carrier.call(JEANNE)
    assert after(voice) == ("busy", "false")


def test_the_star_and_the_limit_end_a_conversation(voice: Voice, carrier: SimulatedCarrier) -> None:
    dialling(voice, 'hangupOnStar="true" timeLimit="600"')
    jeanne = carrier.call(JEANNE)
    carrier.ringing(MARIE)[0].answer()
    jeanne.press("*")
    assert jeanne.heard == ["Fini"]
    ali = carrier.call(ALI)
    carrier.ringing(MARIE)[0].answer()
    ali.stay_silent()
    assert ali.heard == ["Fini"]
    assert voice.forms("/twilio/voice/after")[1]["DialCallDuration"] == "600"


def test_without_an_action_the_next_verb_follows(voice: Voice, carrier: SimulatedCarrier) -> None:
    voice.documents[START] = f'<Dial callerId="{SERVICE}">{MARIE}</Dial>' + say("Suite")
    jeanne = carrier.call(JEANNE)
    carrier.ringing(MARIE)[0].decline()
    assert jeanne.heard == ["Suite"]


def test_without_a_caller_id_the_other_sees_the_callers_own_number(
    voice: Voice, carrier: SimulatedCarrier
) -> None:
    voice.documents[START] = f"<Dial>{MARIE}</Dial>"
    carrier.call(JEANNE)
    assert carrier.ringing(MARIE)[0].shown == JEANNE
    carrier.in_call(JEANNE)[0].hang_up()
    carrier.call(JEANNE, shown_as="anonymous")
    assert carrier.ringing(MARIE)[0].shown == "anonymous"


@pytest.mark.parametrize(("number", "code"), [("12", 13223), ("+594694000000", 13227)])
def test_a_number_that_cannot_be_reached_fails_the_dial_alone(
    voice: Voice, number: str, code: int
) -> None:
    carrier = make_carrier(voice, closed_countries=["+594"])
    dialling(voice)
    voice.documents[START] = (
        f'<Dial callerId="{SERVICE}" action="/twilio/voice/after">{number}</Dial>'
    )
    call = carrier.call(JEANNE)
    assert (call.errors, call.heard) == ([code], ["Fini"])
    assert after(voice) == ("failed", "false")


# What is refused


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("<Enqueue>file</Enqueue>", 12200),
        ('<Say voise="x">Bonjour</Say>', 12200),
        ("<Say><blink>Bonjour</blink></Say>", 12200),
        ("<Say></Say>", 13520),
        (f"<Say>{'x' * 4097}</Say>", 13521),
        (f'<Say voice="Polly.Lea">{"x" * 3001}</Say>', 13521),
        ('<Gather input="fax"/>', 12200),
        ('<Gather method="GET"/>', 12200),
        ("<Gather><Record/></Gather>", 12200),
        ('<Record transcribe="true"/>', 12200),
        ("<Play/>", 12200),
        ("<Dial><Conference>a</Conference></Dial>", 12200),
        (f'<Dial record="record-from-answer">{MARIE}</Dial>', 12200),
        (f'<Dial callerId="{ALI}">{MARIE}</Dial>', 13214),
        ("<Say>Bonjour", 12100),
    ],
)
def test_what_cannot_be_done_is_refused_loudly(voice: Voice, document: str, code: int) -> None:
    voice.documents[START] = document
    the_call_breaks(make_carrier(voice), code)


# Failing webhooks


def test_a_service_that_fails_is_heard_as_an_application_error(
    voice: Voice, carrier: SimulatedCarrier
) -> None:
    the_call_breaks(carrier, 11200)
    voice.documents[START] = lambda: Response("", content_type="text/xml")
    the_call_breaks(carrier, 11770)
    voice.documents[START] = lambda: Response("<Response/>", content_type="text/plain")
    the_call_breaks(carrier, 12300)
    carrier.public_url = "http://127.0.0.1:9"
    the_call_breaks(carrier, 11205)


def test_a_service_that_takes_too_long_is_not_waited_for(
    voice: Voice, carrier: SimulatedCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert webhooks.READ_SECONDS == 15
    monkeypatch.setattr(webhooks, "READ_SECONDS", 0.1)

    def late() -> Response:
        time.sleep(0.3)
        return Response("<Response/>", content_type="text/xml")

    voice.documents[START] = late
    the_call_breaks(carrier, 11200)


def test_the_fallback_is_told_what_went_wrong_and_goes_on(voice: Voice) -> None:
    carrier = make_carrier(voice, voice_fallback_url=f"{voice.url}/fallback")
    voice.documents["/fallback"] = say("Rappelez plus tard")
    call = carrier.call(JEANNE)
    assert call.heard == ["Rappelez plus tard"]
    (form,) = voice.forms("/fallback")
    assert (form["ErrorCode"], form["ErrorUrl"]) == ("11200", voice.url + START)
    assert form["CallSid"] == call.leg.sid


def test_a_fallback_that_fails_too_ends_the_call(voice: Voice) -> None:
    carrier = make_carrier(voice, voice_fallback_url=f"{voice.url}/fallback")
    call = carrier.call(JEANNE)
    assert call.heard == [APPLICATION_ERROR]
    assert call.errors == [11200, 11200]


def test_a_call_that_is_placed_from_within_a_webhook_does_not_block(
    voice: Voice, carrier: SimulatedCarrier
) -> None:
    def place_another() -> Response:
        place(carrier, to=MARIE, sender=SERVICE, document="<Response/>")
        return Response("<Response><Gather/></Response>", content_type="text/xml")

    voice.documents[START] = place_another
    call: Call = carrier.call(JEANNE)
    assert len(carrier.ringing(MARIE)) == 1
    assert call.status == "in-progress"


def test_a_call_may_be_ended_from_within_its_own_webhook(
    voice: Voice, carrier: SimulatedCarrier
) -> None:
    def end_it() -> Response:
        (leg,) = carrier.switchboard.of(JEANNE)
        change(carrier, leg.sid, end="completed")
        return Response("<Response><Gather/></Response>", content_type="text/xml")

    voice.documents[START] = end_it
    assert carrier.call(JEANNE).status == "completed"


def test_a_telephone_that_is_switched_off_does_not_ring(
    voice: Voice, carrier: SimulatedCarrier
) -> None:
    carrier.add_phone("Marie", MARIE)
    carrier.break_phone(MARIE, 30003)
    dialling(voice)
    assert carrier.call(JEANNE).heard == ["Fini"]
    assert after(voice) == ("no-answer", "false")


def test_real_silence_really_ends(voice: Voice) -> None:
    voice.documents[START] = '<Gather timeout="1"/>' + say("Au revoir")
    carrier = SimulatedCarrier(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        numbers=[SERVICE],
        public_url=voice.url,
        clock=MovableClock(),
        rng=Random(1),
    )
    server = SimulatorServer(carrier, pump_every=0.02)
    leg = begin(carrier, JEANNE)
    assert leg.heard == []
    patience = 100
    while not leg.is_over and patience:
        time.sleep(0.05)
        patience -= 1
    assert [one.text for one in leg.heard] == ["Au revoir"]
    server.stop()
