"""The page with the phones, in a real browser: what people see, by mouse and by keyboard alone."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from threading import Thread
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, Response
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from werkzeug.serving import make_server

from gateway.clock import StoppedClock
from gateway.simulator.carrier import SimulatedCarrier
from gateway.simulator.cast import SERVICE_NUMBER, give_phones
from gateway.simulator.codes import Refused
from gateway.simulator.server import SimulatorServer

JEANNE = "+33199000001"
ALI = "+33639980001"
MARIE = "+33639980002"
NOON_IN_PARIS = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        reason = "no Chromium: the phones page is not looked at (apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def gateway_url() -> Iterator[str]:
    """A gateway that takes everything and says nothing."""
    app = Flask("gateway-for-tests")

    @app.post("/twilio/<path:path>")
    def take(path: str) -> Response:
        return Response(status=204)

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def carrier(gateway_url: str) -> SimulatedCarrier:
    carrier = SimulatedCarrier(
        account_sid="AC" + "0" * 32,
        auth_token="a-token-for-tests",
        numbers=[SERVICE_NUMBER],
        public_url=gateway_url,
        clock=StoppedClock(NOON_IN_PARIS),
        rng=Random(1),
    )
    give_phones(carrier)
    return carrier


@pytest.fixture
def server(carrier: SimulatedCarrier) -> Iterator[SimulatorServer]:
    server = SimulatorServer(carrier)
    yield server
    server.stop()


@pytest.fixture
def page(browser: Browser, server: SimulatorServer) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1600, "height": 1000}, locale="fr-FR")
    page = context.new_page()
    page.set_default_timeout(10_000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request",
        lambda request: wrong.append(request.url) if server.url not in request.url else None,
    )
    page.goto(server.url)
    expect(page.get_by_role("article")).to_have_count(4)
    yield page
    context.close()
    assert wrong == [], "an error in the page, or a request that leaves this machine"


def phone(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=name, exact=True)


def write(page: Page, name: str, text: str) -> None:
    box = phone(page, name).get_by_role("textbox")
    box.fill(text)
    box.press("Enter")


def send(carrier: SimulatedCarrier, to: str, body: str) -> None:
    carrier.send(to=to, body=body, sender=SERVICE_NUMBER)


def last_message(page: Page, name: str) -> Locator:
    return phone(page, name).locator(".message").last


def test_four_phones_stand_side_by_side_and_say_whose_they_are(page: Page) -> None:
    for name, number, kind in (
        ("Jeanne", "01 99 00 00 01", "fixe"),
        ("Ali", "06 39 98 00 01", "mobile"),
        ("Marie", "06 39 98 00 02", "mobile"),
        ("Paul", "06 39 98 00 03", "mobile"),
    ):
        expect(phone(page, name).locator("header")).to_contain_text(f"{number} {kind}")
    boxes = [phone.bounding_box() for phone in page.get_by_role("article").all()]
    bottoms = {round(box["y"] + box["height"]) for box in boxes if box}
    assert len(boxes) == 4
    assert len(bottoms) == 1
    expect(page.get_by_text("09 39 98 00 00")).to_be_visible()


def test_a_text_that_is_typed_appears_and_is_taken_by_the_service(
    page: Page, carrier: SimulatedCarrier
) -> None:
    write(page, "Ali", "bonjour & <b>merci</b> <img src=x onerror=alert(1)>")
    message = last_message(page, "Ali")
    expect(message.locator(".text")).to_have_text(
        "bonjour & <b>merci</b> <img src=x onerror=alert(1)>"
    )
    expect(message).to_contain_text("reçu par le service")
    expect(page.locator("img")).to_have_count(0)
    expect(phone(page, "Ali").get_by_role("textbox")).to_have_value("")
    assert [message.text for message in carrier.messages] == [
        "bonjour & <b>merci</b> <img src=x onerror=alert(1)>"
    ]


def test_a_text_from_the_service_appears_live_with_segments_and_fate(
    page: Page, carrier: SimulatedCarrier
) -> None:
    send(carrier, MARIE, "é" * 161)
    message = last_message(page, "Marie")
    expect(message).to_contain_text("2 segments")
    expect(message.locator(".fate")).to_have_text("en attente")
    expect(message.locator("time")).to_have_text("12:00")
    carrier.pump()
    expect(message.locator(".fate")).to_have_text("remis")
    expect(phone(page, "Ali").locator(".message")).to_have_count(0)


def test_a_text_to_the_landline_is_shown_as_refused_and_why(
    page: Page, carrier: SimulatedCarrier
) -> None:
    expect(phone(page, "Jeanne")).to_contain_text("il ne reçoit pas de textos")
    with pytest.raises(Refused):
        send(carrier, JEANNE, "Bonjour Jeanne")
    expect(last_message(page, "Jeanne").locator(".fate")).to_have_text(
        "refusé : 21614, ce numéro est un fixe, il ne reçoit pas de textos"
    )


def test_a_text_after_stop_is_shown_as_refused_and_why(
    page: Page, carrier: SimulatedCarrier
) -> None:
    write(page, "Marie", "STOP")
    expect(last_message(page, "Marie")).to_contain_text("unsubscribed")
    with pytest.raises(Refused):
        send(carrier, MARIE, "Bonjour Marie")
    expect(last_message(page, "Marie")).to_contain_text(
        "refusé : 21610, cette personne a écrit STOP"
    )


def test_a_text_that_the_service_does_not_take_is_shown_as_lost(
    page: Page, carrier: SimulatedCarrier
) -> None:
    carrier.public_url = "http://127.0.0.1:9"
    write(page, "Ali", "bonjour")
    expect(last_message(page, "Ali").locator(".fate")).to_have_text(
        "perdu : le service n'a pas répondu (11205)"
    )


def test_a_phone_is_switched_off_and_on(page: Page, carrier: SimulatedCarrier) -> None:
    power = phone(page, "Marie").get_by_role("button", name="Éteindre le téléphone de Marie")
    power.click()
    expect(power).to_have_attribute("aria-pressed", "true")
    send(carrier, MARIE, "Bonjour")
    expect(last_message(page, "Marie").locator(".fate")).to_have_text("en attente")
    carrier.pump()
    expect(last_message(page, "Marie").locator(".fate")).to_have_text(
        "non remis : 30003, téléphone éteint ou hors réseau"
    )
    expect(page.get_by_role("status")).to_contain_text("Marie : texto non remis")
    power.click()
    expect(power).to_have_attribute("aria-pressed", "false")
    expect(phone(page, "Jeanne").locator(".power")).to_be_hidden()


def test_the_clock_moves_forward_and_says_so(page: Page, carrier: SimulatedCarrier) -> None:
    expect(page.locator("#now")).to_have_text("lundi 2 mars 2026 à 12:00")
    page.get_by_role("button", name="2 heures plus tard").click()
    expect(page.locator("#now")).to_have_text("lundi 2 mars 2026 à 14:00")
    page.get_by_role("button", name="Demain 9 h").click()
    expect(page.locator("#now")).to_have_text("mardi 3 mars 2026 à 09:00")
    expect(page.get_by_role("status")).to_have_text(
        "Nous sommes maintenant le mardi 3 mars 2026 à 09:00."
    )
    page.get_by_role("button", name="1 semaine plus tard").click()
    page.get_by_role("button", name="1 jour plus tard").click()
    expect(page.locator("#now")).to_have_text("mercredi 11 mars 2026 à 09:00")
    assert carrier.now() == datetime(2026, 3, 11, 8, 0, tzinfo=UTC)


def test_each_day_of_a_thread_has_its_name(page: Page, carrier: SimulatedCarrier) -> None:
    send(carrier, ALI, "hier")
    page.get_by_role("button", name="Demain 9 h").click()
    expect(page.locator("#now")).to_contain_text("mardi")
    send(carrier, ALI, "aujourd'hui")
    expect(phone(page, "Ali").locator(".day")).to_have_text(["lundi 2 mars", "mardi 3 mars"])


def test_a_phone_is_added_with_any_number_and_errors_are_kind(page: Page) -> None:
    page.get_by_role("button", name="Ajouter un téléphone").click()
    dialog = page.get_by_role("dialog", name="Ajouter un téléphone")
    error = dialog.get_by_role("alert")
    add = dialog.get_by_role("button", name="Ajouter")
    add.click()
    expect(error).to_have_text("Donnez un prénom ou un nom.")
    dialog.get_by_label("Prénom ou nom").fill("Théo")
    number = dialog.get_by_label("Numéro")
    for typed, told in (
        ("06 39", "Un numéro français a dix chiffres, celui-ci en a 4."),
        ("06 39 98 00 02", "Ce numéro est déjà celui de Marie."),
        ("09 39 98 00 00", "C'est le numéro du service"),
        ("112", "C'est un numéro d'urgence"),
    ):
        number.fill(typed)
        number.press("Enter")
        expect(error).to_contain_text(told)
        expect(number).to_be_focused()
    number.fill("+32 470 12 34 56")
    number.press("Enter")
    expect(dialog).to_be_hidden()
    expect(phone(page, "Théo").locator("header")).to_contain_text("+32 470 12 34 56")
    expect(phone(page, "Théo").get_by_role("textbox")).to_be_focused()


def test_texts_to_a_number_without_a_phone_are_not_hidden(
    page: Page, carrier: SimulatedCarrier
) -> None:
    send(carrier, "+33639980009", "Bonjour Théo")
    page.get_by_role("button", name="Donner un téléphone au 06 39 98 00 09").click()
    page.get_by_label("Prénom ou nom").fill("Théo")
    page.get_by_label("Prénom ou nom").press("Enter")
    expect(last_message(page, "Théo")).to_contain_text("Bonjour Théo")
    expect(page.locator("#elsewhere")).to_be_hidden()


def test_the_page_loaded_again_shows_the_same(page: Page, carrier: SimulatedCarrier) -> None:
    write(page, "Ali", "bonjour")
    expect(last_message(page, "Ali")).to_contain_text("reçu par le service")
    send(carrier, ALI, "bienvenue")
    expect(last_message(page, "Ali")).to_contain_text("bienvenue")
    page.reload()
    expect(phone(page, "Ali").locator(".text")).to_have_text(["bonjour", "bienvenue"])


def test_two_pages_show_the_same(page: Page, server: SimulatorServer) -> None:
    other = page.context.new_page()
    other.goto(server.url)
    write(page, "Ali", "bonjour")
    expect(last_message(other, "Ali")).to_contain_text("bonjour")


def test_faults_are_folded_away_and_can_be_switched(page: Page, carrier: SimulatedCarrier) -> None:
    twice = page.get_by_label("Accusés de réception en double")
    expect(twice).to_be_hidden()
    page.get_by_text("Pannes de l'opérateur").click()
    twice.check()
    expect(page.locator("#faults-on")).to_have_text("(1 en cours)")
    assert carrier.faults.callbacks_twice == 1
    twice.uncheck()
    expect(page.locator("#faults-on")).to_be_empty()
    assert carrier.faults.callbacks_twice == 0


def test_everything_can_be_done_by_keyboard(page: Page, carrier: SimulatedCarrier) -> None:
    keyboard = page.keyboard
    keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller aux téléphones")).to_be_focused()
    for name in ("2 heures plus tard", "Demain 9 h", "1 jour plus tard", "1 semaine plus tard"):
        keyboard.press("Tab")
        expect(page.get_by_role("button", name=name)).to_be_focused()
    for name in ("Jeanne", "Ali"):
        keyboard.press("Tab")
        expect(page.get_by_role("link", name=name)).to_be_focused()
    keyboard.press("Enter")
    box = phone(page, "Ali").get_by_role("textbox", name="Écrire un texto avec le téléphone d")
    expect(box).to_be_focused()
    keyboard.type("bonjour")
    keyboard.press("Shift+Enter")
    keyboard.type("besoin de courses")
    expect(box).to_have_value("bonjour\nbesoin de courses")
    keyboard.press("Enter")
    expect(last_message(page, "Ali").locator(".text")).to_have_text("bonjour\nbesoin de courses")
    expect(box).to_be_focused()
    # Back to what was said, then on to the next phone.
    keyboard.press("Shift+Tab")
    expect(phone(page, "Ali").get_by_role("log")).to_be_focused()
    keyboard.press("Tab")
    keyboard.press("Tab")
    expect(phone(page, "Ali").get_by_role("button", name="Envoyer")).to_be_focused()
    keyboard.press("Tab")
    expect(phone(page, "Marie").get_by_role("button").first).to_be_focused()
    assert len(carrier.messages) == 1


def test_an_example_is_written_for_whoever_does_not_know_what_to_say(page: Page) -> None:
    ali = phone(page, "Ali")
    ali.get_by_role("button", name="Par exemple").click()
    expect(ali.get_by_role("textbox")).to_have_value(re.compile("courses a ermont"))
    expect(ali.get_by_role("textbox")).to_be_focused()
    expect(ali.locator(".message")).to_have_count(0)


def test_a_screen_reader_is_told_of_new_texts_and_who_wrote_them(
    page: Page, carrier: SimulatedCarrier
) -> None:
    log = phone(page, "Ali").get_by_role("log", name="Messages de Ali")
    expect(log).to_have_attribute("aria-live", "polite")
    write(page, "Ali", "bonjour")
    expect(log.get_by_role("listitem").last).to_contain_text("Ali : bonjour")
    send(carrier, ALI, "bienvenue")
    expect(log.get_by_role("listitem").last).to_contain_text("Le service : bienvenue")
    assert page.locator("html").get_attribute("lang") == "fr"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1600])
def test_nothing_stands_in_the_way_of_anybody(
    page: Page, carrier: SimulatedCarrier, scheme: Literal["light", "dark"], width: int
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    write(page, "Ali", "bonjour")
    send(carrier, ALI, "bienvenue")
    with pytest.raises(Refused):
        send(carrier, JEANNE, "Bonjour")
    carrier.break_phone(MARIE, 30003)
    send(carrier, MARIE, "Bonjour")
    send(carrier, "+33639980009", "Bonjour")
    carrier.pump()
    page.get_by_text("Pannes de l'opérateur").click()
    expect(last_message(page, "Marie")).to_contain_text("30003")
    expect(page.locator("#elsewhere")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Ajouter un téléphone").click()
    page.get_by_role("button", name="Ajouter", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("alert")).not_to_be_empty()
    assert violations(page) == []


def violations(page: Page) -> list[str]:
    """What axe finds wrong, with the place."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]


def test_on_a_small_screen_unseen_texts_are_counted_beside_the_name(
    page: Page, carrier: SimulatedCarrier
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    expect(phone(page, "Jeanne")).to_be_in_viewport()
    expect(phone(page, "Paul")).not_to_be_in_viewport()
    send(carrier, "+33639980003", "Bonjour Paul")
    paul = page.get_by_role("link", name="Paul")
    expect(paul).to_contain_text("1 nouveau texto")
    paul.click()
    expect(phone(page, "Paul")).to_be_in_viewport()
    expect(paul.locator(".unread")).to_be_hidden()
