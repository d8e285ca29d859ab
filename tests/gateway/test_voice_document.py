"""What a call does next, as the carrier reads it."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from flows.voice.steps import Answer, Connect, HangUp, Listen, Next, Record, Ring
from gateway.simulator.script import script_of, words_of
from gateway.voice_document import document, spoken
from tests.twiml_signatures import Unknown, check

ALI = "+33639980001"
SENTENCES = ("Bonjour.", "Pour demander de l'aide, tapez 1.")
EVERY_NEXT: tuple[Next, ...] = (
    Listen(),
    Listen(digits=5, finish="#", hints=("courses", "faire le ménage")),
    Record(),
    Ring(ALI),
    Connect(),
    HangUp(),
)


def _made(then: Next, *sentences: str, language: str = "fr", slowly: bool = False) -> Element:
    """The document, after the simulated carrier and twilio-python have both had a look at it."""
    made = document(
        Answer(sentences or SENTENCES, then, language=language, slowly=slowly),
        action="/twilio/voice/step/1",
        whisper="/twilio/voice/whisper",
        caller_id="+33939980000",
    )
    check(made)
    script_of(made)
    return ElementTree.fromstring(made)


def _tags(parent: Element) -> list[str]:
    return [child.tag for child in parent]


@pytest.mark.parametrize("then", EVERY_NEXT, ids=repr)
@pytest.mark.parametrize("slowly", [False, True])
@pytest.mark.parametrize(
    ("language", "voice"),
    [("fr", ("Polly.Lea-Neural", "fr-FR")), ("en", ("Polly.Amy-Neural", "en-GB"))],
)
def test_everything_is_said_in_a_voice_of_its_language(
    then: Next, language: str, voice: tuple[str, str], *, slowly: bool
) -> None:
    said = list(_made(then, language=language, slowly=slowly).iter("Say"))
    assert [words_of(say) for say in said] == list(SENTENCES)
    assert {(say.get("voice"), say.get("language")) for say in said} == {voice}
    assert all((say.find("prosody") is not None) is slowly for say in said)
    assert {rate.get("rate") for say in said for rate in say} == ({"80%"} if slowly else set())


@pytest.mark.parametrize("then", EVERY_NEXT, ids=repr)
def test_what_people_wrote_is_words_and_no_markup(then: Next) -> None:
    made = _made(then, 'Tom & <Hangup/> "ici"\x07', "", " ")
    assert [words_of(say) for say in made.iter("Say")] == ['Tom & <Hangup/> "ici"']


def test_a_menu_waits_for_one_key_or_for_words_and_is_interrupted_by_both() -> None:
    (gather,) = _made(Listen())
    assert _tags(gather) == ["Say", "Say"]
    assert gather.attrib == {
        "input": "dtmf speech",
        "numDigits": "1",
        "finishOnKey": "",
        "timeout": "8",
        "speechTimeout": "3",
        "language": "fr-FR",
        "profanityFilter": "false",
        "actionOnEmptyResult": "true",
        "action": "/twilio/voice/step/1",
        "method": "POST",
    }


def test_a_longer_number_ends_with_a_key_and_hints_help_to_hear() -> None:
    (gather,) = _made(Listen(digits=5, finish="#", hints=("courses", "ménage")), language="en")
    assert (gather.get("numDigits"), gather.get("finishOnKey")) == ("5", "#")
    assert (gather.get("hints"), gather.get("language")) == ("courses, ménage", "en-GB")


def test_a_recording_in_which_nobody_spoke_leads_on_all_the_same() -> None:
    made = _made(Record(seconds=60))
    assert _tags(made) == ["Say", "Say", "Record", "Redirect"]
    record, redirect = made[2], made[3]
    assert (record.get("maxLength"), record.get("playBeep")) == ("60", "true")
    assert record.get("action") == redirect.text == "/twilio/voice/step/1"


def test_another_telephone_rings_and_agrees_first() -> None:
    made = _made(Ring(ALI, seconds=20))
    assert _tags(made) == ["Say", "Say", "Dial"]
    assert made[2].attrib == {
        "callerId": "+33939980000",
        "timeout": "20",
        "timeLimit": "3600",
        "action": "/twilio/voice/step/1",
        "method": "POST",
    }
    (number,) = made[2]
    assert number.text == ALI
    assert number.attrib == {"url": "/twilio/voice/whisper", "method": "POST"}


def test_the_side_that_agrees_is_connected_by_the_end_of_the_document() -> None:
    assert _tags(_made(Connect(), "")) == []
    assert _tags(_made(HangUp())) == ["Say", "Say", "Hangup"]


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("Appelez le 06 39 98 00 02.", "Appelez le 0 6, 39, 98, 0 0, 0 2."),
        ("Le +262 692 12 34 56, à vous.", "Le plus 262, 692, 12, 34, 56, à vous."),
        ("Le +687 75.12.34!", "Le plus 687, 75, 12, 34!"),
        ("Annonce 1001: fermée", "Annonce 1 0 0 1: fermée"),
        ("Annonces 1001, 1002 ou 10003.", "Annonces 1 0 0 1, 1 0 0 2 ou 1 0 0 0 3."),
        ("Faites le 3919, ou le 112.", "Faites le 39 19, ou le 112."),
        ("Le 24/11 à 8h30, à 10 km, pour 1.", "Le 24/11 à 8h30, à 10 km, pour 1."),
    ],
)
def test_numbers_are_heard_so_that_they_can_be_keyed_in(written: str, heard: str) -> None:
    assert spoken(written, "fr") == heard


def test_in_english_a_telephone_number_goes_by_digits() -> None:
    assert spoken("Call 06 39 98 00 02 or 3919", "en") == "Call 0 6, 3 9, 9 8, 0 0, 0 2 or 3 9 1 9"


@pytest.mark.parametrize(
    "inside",
    [
        '<Say voise="x">a</Say>',
        "<Speak>a</Speak>",
        "<Append/>",
        '<Gather finishonkey="#"/>',
        '<Gather num_digits="1"/>',
        "<Gather><Dial/></Gather>",
        '<Say><prosody pace="80%">a</prosody></Say>',
        '<Gather action="/step?from=%2B33639980001"/>',
        "<Redirect>/step/06 39 98 00 01</Redirect>",
        '<Dial><Number url="/whisper/0639980001">+33639980001</Number></Dial>',
    ],
)
def test_a_slip_of_the_pen_and_a_number_in_an_address_are_found(inside: str) -> None:
    with pytest.raises(Unknown):
        check(f"<Response>{inside}</Response>")


def test_what_the_library_knows_is_let_through() -> None:
    check(
        '<Response><Say><break time="1s"/><say-as interpret-as="date">1</say-as></Say>'
        '<Dial callerId="+33939980000"><Number>+33639980001</Number></Dial><Hangup/></Response>'
    )
