"""Calls on the page with the phones, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from gateway.simulator.carrier import SimulatedCarrier
from tests.gateway.calling import JEANNE, MARIE, SERVICE, Voice, served
from tests.gateway.test_browser_phones import browser as browser
from tests.gateway.test_browser_phones import carrier as carrier
from tests.gateway.test_browser_phones import page as page
from tests.gateway.test_browser_phones import phone, violations
from tests.gateway.test_browser_phones import server as server


@pytest.fixture
def voice() -> Iterator[Voice]:
    with served() as voice:
        yield voice


@pytest.fixture
def gateway_url(voice: Voice) -> str:
    """A service that asks for a key, or for words, and then puts people through."""
    voice.documents |= {
        "/twilio/voice": (
            '<Gather input="dtmf speech" numDigits="1" action="/twilio/voice/menu">'
            '<Say voice="Polly.Lea" language="fr-FR">Bonjour. Tapez 1.</Say></Gather>'
            '<Say language="fr-FR">Au revoir.</Say>'
        ),
        "/twilio/voice/menu": (
            f'<Say language="fr-FR">Je vous passe Marie.</Say>'
            f'<Dial callerId="{SERVICE}" action="/twilio/voice/after">{MARIE}</Dial>'
        ),
        "/twilio/voice/after": '<Say language="fr-FR">Terminé.</Say>',
    }
    return voice.url


def call(page: Page, name: str) -> Locator:
    one = phone(page, name)
    one.get_by_role("button", name="Appeler le service").click()
    return one


def heard(one: Locator) -> Locator:
    return one.locator(".heard li")


def test_a_call_by_keys_rings_and_connects_two_telephones(
    page: Page, carrier: SimulatedCarrier
) -> None:
    jeanne = call(page, "Jeanne")
    expect(heard(jeanne)).to_have_text(["Bonjour. Tapez 1."])
    expect(jeanne.locator(".state")).to_have_text("Le service attend votre réponse")
    jeanne.get_by_role("button", name="1", exact=True).click()
    marie = phone(page, "Marie")
    expect(marie.locator(".state")).to_have_text("Appel du 09 39 98 00 00")
    marie.get_by_role("button", name="Répondre").click()
    expect(marie.locator(".state")).to_have_text("Vous êtes en communication avec quelqu'un")
    marie.get_by_label("Dire au téléphone").fill("Bonjour Jeanne")
    marie.get_by_label("Dire au téléphone").press("Enter")
    expect(heard(jeanne).last).to_have_text("Bonjour Jeanne")
    marie.get_by_role("button", name="Raccrocher").click()
    expect(heard(jeanne).last).to_have_text("Terminé.")
    expect(jeanne.locator(".state")).to_have_text("Appel terminé")


def test_a_call_by_words_and_one_that_is_declined(page: Page, carrier: SimulatedCarrier) -> None:
    jeanne = call(page, "Jeanne")
    expect(heard(jeanne)).to_have_count(1)
    jeanne.get_by_label("Dire au téléphone").fill("mes <b>courses</b>")
    jeanne.get_by_label("Dire au téléphone").press("Enter")
    phone(page, "Marie").get_by_role("button", name="Refuser").click()
    expect(heard(jeanne)).to_have_text(
        ["Bonjour. Tapez 1.", "mes <b>courses</b>", "Je vous passe Marie.", "Terminé."]
    )
    expect(phone(page, "Marie").locator(".state")).to_have_text("Occupé")


def test_silence_ends_a_question_by_itself(page: Page, carrier: SimulatedCarrier) -> None:
    jeanne = call(page, "Jeanne")
    expect(heard(jeanne)).to_have_count(1)
    carrier.in_call(JEANNE)[0].stay_silent()
    expect(heard(jeanne).last).to_have_text("Au revoir.")


def test_a_number_can_be_withheld_and_an_error_is_shown(
    page: Page, carrier: SimulatedCarrier, voice: Voice
) -> None:
    voice.documents["/twilio/voice"] = "<Enqueue/>"
    ali = phone(page, "Ali")
    ali.get_by_label("numéro masqué").check()
    call(page, "Ali")
    expect(ali.locator(".errors")).to_contain_text("12200")
    assert voice.forms("/twilio/voice")[0]["From"] == "anonymous"


@pytest.mark.parametrize("width", [390, 1600])
def test_nothing_stands_in_the_way_of_a_caller(
    page: Page, carrier: SimulatedCarrier, width: int
) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 844})
    jeanne = call(page, "Jeanne")
    jeanne.get_by_role("button", name="1", exact=True).click()
    expect(phone(page, "Marie").get_by_role("button", name="Répondre")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_call_is_made_by_keyboard_alone(
    page: Page, carrier: SimulatedCarrier, voice: Voice
) -> None:
    phone(page, "Jeanne").get_by_role("button", name="Appeler le service").press("Enter")
    key = phone(page, "Jeanne").get_by_role("button", name="1", exact=True)
    expect(key).to_be_visible()
    key.focus()
    page.keyboard.press("1")
    expect(heard(phone(page, "Jeanne")).last).to_have_text("Je vous passe Marie.")
    assert voice.forms("/twilio/voice/menu")[0]["Digits"] == "1"
