"""The simulated carrier does what Twilio does: asked through twilio-python, over real HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

import pytest
import requests
from flask import Flask, Response, request
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from werkzeug.serving import make_server

from gateway.clock import StoppedClock
from gateway.simulator.carrier import SimulatedCarrier, segments_of
from gateway.simulator.faults import Faults, Trouble
from gateway.simulator.numbers import Line, NumberError, line_of, read_number, shown
from gateway.simulator.server import SimulatorServer
from gateway.simulator.store import Media

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "a-token-for-tests"  # noqa: S105
SERVICE = "+33939980000"
JEANNE = "+33199000001"
ALI = "+33639980001"
MARIE = "+33639980002"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass
class Gateway:
    """What stands in for our gateway: it checks signatures and notes what it was told."""

    url: str = ""
    inbound: list[dict[str, str]] = field(default_factory=list)
    callbacks: list[dict[str, str]] = field(default_factory=list)
    fallbacks: list[dict[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answer: Callable[[], Response] = lambda: Response("<Response/>", content_type="text/xml")

    def statuses(self) -> list[str]:
        return [form["MessageStatus"] for form in self.callbacks]

    def app(self) -> Flask:
        app = Flask("gateway-for-tests")

        def take(notes: list[dict[str, str]]) -> bool:
            signature = request.headers.get("X-Twilio-Signature", "")
            url = self.url + request.path
            if not RequestValidator(TOKEN).validate(url, request.form, signature):
                return False
            notes.append(request.form.to_dict())
            self.headers.append(dict(request.headers))
            return True

        @app.post("/twilio/sms")
        def sms() -> Response:
            return self.answer() if take(self.inbound) else Response(status=403)

        @app.post("/twilio/sms/status")
        def status() -> Response:
            return Response(status=204 if take(self.callbacks) else 403)

        @app.post("/fallback")
        def fallback() -> Response:
            return Response(status=204 if take(self.fallbacks) else 403)

        return app


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    gateway = Gateway()
    server = make_server("127.0.0.1", 0, gateway.app(), threaded=True)
    gateway.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield gateway
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(NOON)


def make_carrier(clock: StoppedClock, public_url: str, **options: Any) -> SimulatedCarrier:
    return SimulatedCarrier(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        numbers=[SERVICE],
        public_url=public_url,
        clock=clock,
        rng=Random(1),
        **options,
    )


@pytest.fixture
def carrier(gateway: Gateway, clock: StoppedClock) -> SimulatedCarrier:
    return make_carrier(
        clock,
        gateway.url,
        names=["FilSolidair"],
        services={"MG" + "0" * 32: [SERVICE]},
        closed_countries=["+594"],
    )


@pytest.fixture
def server(carrier: SimulatedCarrier) -> Iterator[SimulatorServer]:
    server = SimulatorServer(carrier)
    yield server
    server.stop()


class ElsewhereHttpClient(TwilioHttpClient):
    """Twilio's own client, with only its base address changed."""

    def __init__(self, url: str, timeout: float = 10) -> None:
        super().__init__(timeout=timeout)
        self.url = url

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        address = url.replace("https://api.twilio.com", self.url)
        return super().request(method, address, *args, **kwargs)


@pytest.fixture
def client(server: SimulatorServer) -> Iterator[Client]:
    http_client = ElsewhereHttpClient(server.url)
    yield Client(ACCOUNT, TOKEN, http_client=http_client)
    assert http_client.session is not None
    http_client.session.close()


@pytest.fixture
def send(client: Client, gateway: Gateway) -> Callable[..., Any]:
    def send(to: str = ALI, body: str = "Bonjour", **options: Any) -> Any:
        options = {
            "from_": SERVICE,
            "status_callback": f"{gateway.url}/twilio/sms/status",
        } | options
        return client.messages.create(to=to, body=body, **options)

    return send


# A person texts


def test_a_text_reaches_the_gateway_signed_and_complete(
    carrier: SimulatedCarrier, gateway: Gateway
) -> None:
    assert carrier.text(ALI, "bonjour + voilà = 100 % l'été & 🙂\nà bientôt") == 200
    (form,) = gateway.inbound
    assert form["Body"] == "bonjour + voilà = 100 % l'été & 🙂\nà bientôt"
    assert (form["From"], form["To"], form["AccountSid"]) == (ALI, SERVICE, ACCOUNT)
    assert re.fullmatch("SM[0-9a-f]{32}", form["MessageSid"])
    assert form["MessageSid"] == form["SmsSid"] == form["SmsMessageSid"]
    assert (form["NumMedia"], form["NumSegments"], form["SmsStatus"]) == ("0", "1", "received")
    assert (form["ApiVersion"], form["FromCity"]) == ("2010-04-01", "")
    (headers,) = gateway.headers
    assert headers["User-Agent"] == "TwilioProxy/1.1"
    assert headers["I-Twilio-Idempotency-Token"]
    assert headers["Content-Type"].startswith("application/x-www-form-urlencoded")


def test_pictures_travel_as_addresses(carrier: SimulatedCarrier, gateway: Gateway) -> None:
    carrier.text(ALI, "", media=[Media("https://example.org/chat.jpg", "image/jpeg")])
    (form,) = gateway.inbound
    assert form["MessageSid"].startswith("MM")
    assert form["Body"] == ""
    assert (form["NumMedia"], form["MediaContentType0"]) == ("1", "image/jpeg")
    assert form["MediaUrl0"] == "https://example.org/chat.jpg"


@pytest.mark.parametrize("sender", ["36111", "ORANGE", "+33639980001", ""])
def test_whatever_the_network_shows_as_sender_is_passed_on(
    carrier: SimulatedCarrier, gateway: Gateway, sender: str
) -> None:
    assert carrier.text(sender, "bonjour") == 200
    assert gateway.inbound[0]["From"] == sender


def test_half_an_emoji_is_replaced_as_no_network_carries_it(
    carrier: SimulatedCarrier, gateway: Gateway
) -> None:
    assert carrier.text(ALI, "oui \ud83d") == 200
    assert gateway.inbound[0]["Body"] == "oui ?"


def test_a_text_of_1601_characters_is_refused_before_it_leaves(carrier: SimulatedCarrier) -> None:
    assert carrier.text(ALI, "a" * 1600) == 200
    with pytest.raises(ValueError, match="1600"):
        carrier.text(ALI, "a" * 1601)


def test_a_text_to_a_stranger_of_the_account_is_refused(carrier: SimulatedCarrier) -> None:
    with pytest.raises(ValueError, match="not a number of this account"):
        carrier.text(ALI, "bonjour", to=MARIE)


def test_a_webhook_that_nobody_answers_is_kept_as_failed(carrier: SimulatedCarrier) -> None:
    carrier.public_url = "http://127.0.0.1:9"
    assert carrier.text(ALI, "bonjour") is None
    (message,) = carrier.messages
    assert (message.webhook_status, message.webhook_error) == (None, 11205)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Response(status=500), 11200),
        (Response(status=302, headers={"Location": "/"}), 11200),
        (Response("bonjour", content_type="text/html"), 12300),
        (Response("<Response>", content_type="text/xml"), 12100),
        (Response("<Reponse/>", content_type="text/xml"), 12100),
        (Response("<Response><Redirect/></Response>", content_type="text/xml"), 12200),
    ],
)
def test_an_answer_that_is_no_use_is_kept_with_its_code(
    carrier: SimulatedCarrier, gateway: Gateway, answer: Response, code: int
) -> None:
    gateway.answer = lambda: answer
    assert carrier.text(ALI, "bonjour") == answer.status_code
    assert carrier.messages[0].webhook_error == code


def test_the_fallback_address_is_told_what_failed(
    carrier: SimulatedCarrier, gateway: Gateway
) -> None:
    gateway.answer = lambda: Response(status=500)
    carrier.fallback_url = f"{gateway.url}/fallback"
    assert carrier.text(ALI, "bonjour") == 204
    (form,) = gateway.fallbacks
    assert (form["ErrorCode"], form["ErrorUrl"]) == ("11200", f"{gateway.url}/twilio/sms")
    assert carrier.messages[0].webhook_error is None


def test_a_reply_in_the_answer_is_delivered(carrier: SimulatedCarrier, gateway: Gateway) -> None:
    gateway.answer = lambda: Response(
        '<Response><Message statusCallback="/twilio/sms/status">Bonjour &amp; merci</Message>'
        "<Message><Body>à </Body><Body>bientôt</Body></Message></Response>",
        content_type="application/xml; charset=utf-8",
    )
    carrier.text(ALI, "bonjour")
    carrier.pump()
    assert carrier.received(ALI) == ["Bonjour & merci", "à bientôt"]
    assert gateway.statuses() == ["sent", "delivered"]
    assert [m.direction for m in carrier.messages] == ["inbound", *["outbound-reply"] * 2]


def test_a_webhook_can_come_twice(carrier: SimulatedCarrier, gateway: Gateway) -> None:
    carrier.set_faults(Faults(webhooks_twice=1))
    carrier.text(ALI, "bonjour")
    carrier.pump()
    first, second = gateway.inbound
    assert first == second
    tokens = {headers["I-Twilio-Idempotency-Token"] for headers in gateway.headers}
    assert len(tokens) == 1


# The gateway sends


def test_a_text_is_queued_then_sent_then_delivered(
    send: Callable[..., Any], carrier: SimulatedCarrier, gateway: Gateway
) -> None:
    message = send(body="C'est publié, annonce 1.")
    assert message.status == "queued"
    assert re.fullmatch("SM[0-9a-f]{32}", message.sid)
    assert message.date_created == NOON
    assert (message.num_segments, message.direction) == ("1", "outbound-api")
    assert (message.error_code, message.messaging_service_sid) == (None, None)
    assert carrier.received(ALI) == []
    assert carrier.pump() == 4
    assert carrier.received(ALI) == ["C'est publié, annonce 1."]
    assert gateway.statuses() == ["sent", "delivered"]
    sent, _ = gateway.callbacks
    assert sent == {
        "ApiVersion": "2010-04-01",
        "MessageStatus": "sent",
        "SmsSid": message.sid,
        "SmsStatus": "sent",
        "To": ALI,
        "From": SERVICE,
        "MessageSid": message.sid,
        "AccountSid": ACCOUNT,
    }
    assert message.fetch().status == "delivered"
    assert message.fetch().date_sent == NOON


def test_through_a_messaging_service_a_text_is_first_accepted(
    send: Callable[..., Any], carrier: SimulatedCarrier, gateway: Gateway
) -> None:
    message = send(from_=None, messaging_service_sid="MG" + "0" * 32)
    assert (message.status, message.num_segments, message.from_) == ("accepted", "0", None)
    carrier.pump()
    assert message.fetch().from_ == SERVICE
    assert gateway.callbacks[0]["MessagingServiceSid"] == "MG" + "0" * 32


def test_a_name_can_send_where_the_account_has_it(
    send: Callable[..., Any], carrier: SimulatedCarrier
) -> None:
    send(from_="FilSolidair")
    with pytest.raises(TwilioRestException) as refused:
        send(from_="Banque")
    assert refused.value.code == 21606
    carrier.pump()
    assert len(carrier.received(ALI)) == 1


@pytest.mark.parametrize(
    ("what", "status", "code"),
    [
        ({"to": JEANNE}, 400, 21614),
        ({"to": "+33939981234"}, 400, 21614),
        ({"to": "+590590123456"}, 400, 21614),
        ({"to": "+594594123456"}, 400, 21614),
        ({"to": "+596596123456"}, 400, 21614),
        ({"to": "+262262123456"}, 400, 21614),
        ({"to": "+262263123456"}, 400, 21614),
        ({"to": "+262269123456"}, 400, 21614),
        ({"to": "+442079460018"}, 400, 21614),
        ({"to": "+594694123456"}, 400, 21408),
        ({"to": "06 39 98 00 01"}, 400, 21211),
        ({"to": "+336"}, 400, 21211),
        ({"to": "ORANGE"}, 400, 21211),
        ({"to": ""}, 400, 21604),
        ({"to": SERVICE}, 400, 21266),
        ({"from_": MARIE}, 400, 21606),
        ({"from_": ""}, 400, 21603),
        ({"from_": "", "messaging_service_sid": "MG" + "f" * 32}, 404, 21701),
        ({"body": ""}, 400, 21602),
        ({"body": "a" * 1601}, 400, 21617),
        ({"status_callback": "twilio/sms"}, 400, 21609),
        ({"status_callback": "http://my_host/"}, 400, 21609),
        ({"status_callback": "http://host/#rc=3"}, 501, 20501),
        ({"validity_period": 36001}, 400, 20001),
        ({"validity_period": 0}, 400, 20001),
        ({"media_url": ["https://example.org/a.jpg"]}, 501, 20501),
        ({"smart_encoded": True}, 501, 20501),
        ({"address_retention": "obfuscate"}, 501, 20501),
    ],
)
def test_what_the_carrier_refuses_is_refused_with_its_code(
    send: Callable[..., Any],
    carrier: SimulatedCarrier,
    what: dict[str, Any],
    status: int,
    code: int,
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        send(**what)
    assert (refused.value.status, refused.value.code) == (status, code)
    assert carrier.messages == []


def test_a_refused_text_stays_visible_with_its_reason(
    send: Callable[..., Any], carrier: SimulatedCarrier
) -> None:
    with pytest.raises(TwilioRestException):
        send(to=JEANNE, body="Bonjour Jeanne")
    (refusal,) = carrier.refusals
    assert (refusal.recipient, refusal.text, refusal.error_code) == (
        JEANNE,
        "Bonjour Jeanne",
        21614,
    )


def test_an_unknown_parameter_is_refused(server: SimulatorServer) -> None:
    answer = requests.post(
        f"{server.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
        data={"To": ALI, "From": SERVICE, "Body": "a", "Colour": "red"},
        auth=(ACCOUNT, TOKEN),
        timeout=5,
    )
    assert answer.status_code == 400
    assert answer.json() == {
        "code": 20001,
        "message": "Invalid parameter: Colour",
        "more_info": "https://www.twilio.com/docs/errors/20001",
        "status": 400,
    }


@pytest.mark.parametrize(
    ("sid", "token"), [(ACCOUNT, "wrong"), ("AC" + "f" * 32, TOKEN), (ACCOUNT, "")]
)
def test_wrong_credentials_are_refused(server: SimulatorServer, sid: str, token: str) -> None:
    address = f"{server.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    answer = requests.get(address, auth=(sid, token), timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert requests.get(address, timeout=5).status_code == 401


def test_what_is_not_there_is_not_found(server: SimulatorServer) -> None:
    for path in (
        "Accounts/AC1/Calls.json",
        "Accounts.json",
        f"Accounts/{ACCOUNT}/Messages/SM1.json",
    ):
        answer = requests.get(f"{server.url}/2010-04-01/{path}", auth=(ACCOUNT, TOKEN), timeout=5)
        assert (answer.status_code, answer.json()["code"]) in {(404, 20404), (401, 20003)}


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("é" * 160, 1),
        ("ê" * 70, 1),
        ("ê" * 71, 2),
        ("🙂" * 35, 1),
        ("🙂" * 36, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("a" * 80 + "\r\n" + "a" * 79, 2),
    ],
)
def test_segments_are_counted_as_the_network_does(text: str, segments: int) -> None:
    assert segments_of(text) == segments


# STOP


@pytest.mark.parametrize("word", ["STOP", " stop ", "Unsubscribe", "OPTOUT", "quit"])
def test_stop_ends_the_texts_from_that_number(
    carrier: SimulatedCarrier, gateway: Gateway, send: Callable[..., Any], word: str
) -> None:
    carrier.text(ALI, word)
    carrier.pump()
    assert gateway.inbound[0]["Body"] == word
    assert carrier.received(ALI)[0].startswith("You have successfully been unsubscribed.")
    with pytest.raises(TwilioRestException) as refused:
        send()
    assert refused.value.code == 21610
    # Another sender is another pair.
    send(from_="FilSolidair")
    send(to=MARIE)


@pytest.mark.parametrize("word", ["START", "yes", "unstop"])
def test_start_lifts_a_stop(carrier: SimulatedCarrier, send: Callable[..., Any], word: str) -> None:
    carrier.text(ALI, "STOP")
    carrier.text(ALI, word)
    send()
    carrier.pump()
    assert len(carrier.received(ALI)) == 3
    assert "re-subscribed" in carrier.received(ALI)[1]


@pytest.mark.parametrize("text", ["STOP PLEASE", "arret", "stop.", "yes", "oui", "bus stop"])
def test_other_words_are_left_to_the_gateway(carrier: SimulatedCarrier, text: str) -> None:
    carrier.text(ALI, text)
    carrier.pump()
    assert carrier.received(ALI) == []


def test_help_is_answered_in_english_and_passed_on(
    carrier: SimulatedCarrier, gateway: Gateway
) -> None:
    carrier.text(ALI, "help")
    carrier.pump()
    assert carrier.received(ALI) == ["Reply STOP to unsubscribe. Msg&Data Rates May Apply."]
    assert len(gateway.inbound) == 1


# What is on record


def test_messages_are_listed_newest_first_by_number_and_time_in_pages(
    client: Client, carrier: SimulatedCarrier, send: Callable[..., Any], clock: StoppedClock
) -> None:
    carrier.text(ALI, "bonjour")
    for count in range(5):
        send(body=f"texte {count}")
        carrier.pump()
        clock.forward(timedelta(hours=6))
    send(to=MARIE, body="pour Marie")

    to_ali = client.messages.list(to=ALI, page_size=2)
    assert [m.body for m in to_ali] == [f"texte {count}" for count in (4, 3, 2, 1, 0)]
    assert [m.body for m in client.messages.list(from_=ALI)] == ["bonjour"]
    assert len(client.messages.list()) == 7
    assert len(client.messages.list(limit=3, page_size=2)) == 3
    later = client.messages.list(to=ALI, date_sent_after=NOON + timedelta(hours=12))
    assert [m.body for m in later] == ["texte 4", "texte 3", "texte 2"]
    before = client.messages.list(to=ALI, date_sent_before=NOON + timedelta(hours=6))
    assert [m.body for m in before] == ["texte 1", "texte 0"]
    assert [m.body for m in client.messages.list(to=ALI, date_sent="2026-03-03")] == [
        "texte 4", "texte 3", "texte 2"
    ]  # fmt: skip


def test_new_messages_do_not_push_old_ones_over_the_edge_of_a_page(
    client: Client, send: Callable[..., Any]
) -> None:
    for count in range(4):
        send(body=f"texte {count}")
    page = client.messages.page(page_size=2)
    first = [m.body for m in page]
    send(body="encore un")
    following = page.next_page()
    assert following is not None
    assert first + [m.body for m in following] == ["texte 3", "texte 2", "texte 1", "texte 0"]


def test_what_is_still_queued_has_no_time_of_sending(
    client: Client, send: Callable[..., Any]
) -> None:
    send()
    assert client.messages.list(to=ALI)[0].date_sent is None
    assert client.messages.list(to=ALI, date_sent_after=NOON - timedelta(days=1)) == []


def test_redacting_and_deleting_empty_the_record_and_not_the_phone(
    client: Client, carrier: SimulatedCarrier, send: Callable[..., Any]
) -> None:
    message = send(body="06 39 98 00 02")
    with pytest.raises(TwilioRestException) as refused:
        message.update(body="")
    assert refused.value.code == 20009
    carrier.pump()
    assert message.update(body="").body == ""
    assert message.delete()
    assert client.messages.list() == []
    with pytest.raises(TwilioRestException) as refused:
        message.fetch()
    assert refused.value.status == 404
    assert carrier.received(ALI) == ["06 39 98 00 02"]


def test_a_text_can_be_left_off_the_record_from_the_start(
    carrier: SimulatedCarrier, send: Callable[..., Any]
) -> None:
    assert send(body="secret", content_retention="discard").body == ""
    carrier.pump()
    assert carrier.received(ALI) == ["secret"]


def test_only_a_scheduled_text_can_be_canceled(
    carrier: SimulatedCarrier, send: Callable[..., Any], clock: StoppedClock
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        send().update(status="canceled")
    assert refused.value.code == 30409
    later = send(
        from_=None,
        messaging_service_sid="MG" + "0" * 32,
        schedule_type="fixed",
        send_at=NOON + timedelta(hours=1),
        body="plus tard",
    )
    assert later.status == "scheduled"
    assert later.update(status="canceled").status == "canceled"
    clock.forward(timedelta(hours=2))
    carrier.pump()
    assert carrier.received(ALI) == ["Bonjour"]


# Faults


def test_a_phone_that_is_switched_off_is_reported_undelivered(
    carrier: SimulatedCarrier, gateway: Gateway, send: Callable[..., Any]
) -> None:
    carrier.add_phone("Ali", ALI)
    carrier.break_phone(ALI, 30003)
    message = send()
    carrier.pump()
    assert gateway.statuses() == ["sent", "undelivered"]
    assert [form.get("ErrorCode") for form in gateway.callbacks] == [None, "30003"]
    fetched = message.fetch()
    assert (fetched.status, fetched.error_code) == ("undelivered", 30003)
    assert fetched.error_message == "Unreachable destination handset"
    assert carrier.received(ALI) == []
    carrier.break_phone(ALI, 30001)
    assert send().status == "queued"
    carrier.pump()
    assert gateway.statuses()[2:] == ["failed"]
    carrier.break_phone(ALI, 21612)
    with pytest.raises(TwilioRestException) as refused:
        send()
    assert refused.value.code == 21612


@pytest.mark.parametrize(
    ("faults", "statuses"),
    [
        (Faults(callbacks_twice=1), ["sent", "sent", "delivered", "delivered"]),
        (Faults(callbacks_reversed=1), ["delivered", "sent"]),
        (Faults(unreachable=1), ["sent", "undelivered"]),
    ],
)
def test_callbacks_come_twice_reversed_or_with_bad_news(
    carrier: SimulatedCarrier,
    gateway: Gateway,
    send: Callable[..., Any],
    faults: Faults,
    statuses: list[str],
) -> None:
    carrier.set_faults(faults)
    send()
    carrier.pump()
    assert gateway.statuses() == statuses


def test_callbacks_can_be_late_by_the_clock(
    carrier: SimulatedCarrier, gateway: Gateway, send: Callable[..., Any], clock: StoppedClock
) -> None:
    carrier.set_faults(Faults(callbacks_late=1, late_seconds=60))
    send()
    carrier.pump()
    assert carrier.received(ALI) == ["Bonjour"]
    assert gateway.callbacks == []
    clock.forward(timedelta(seconds=60))
    carrier.pump()
    assert gateway.statuses() == ["sent", "delivered"]


def test_a_callback_that_nobody_takes_is_noted(
    carrier: SimulatedCarrier, send: Callable[..., Any], gateway: Gateway
) -> None:
    send(status_callback=f"{gateway.url}/nowhere")
    carrier.pump()
    assert carrier.messages[0].callback_error == "delivered: HTTP 404"


@pytest.mark.parametrize(
    ("faults", "status", "code"), [(Faults(too_many=1), 429, 20429), (Faults(broken=1), 500, 20500)]
)
def test_the_api_can_be_too_busy_or_broken_and_then_nothing_is_sent(
    carrier: SimulatedCarrier, send: Callable[..., Any], faults: Faults, status: int, code: int
) -> None:
    carrier.set_faults(faults)
    with pytest.raises(TwilioRestException) as refused:
        send()
    assert (refused.value.status, refused.value.code) == (status, code)
    assert carrier.messages == []


def test_an_answer_can_be_lost_though_the_text_is_sent(
    carrier: SimulatedCarrier, send: Callable[..., Any], client: Client
) -> None:
    carrier.set_faults(Faults(answer_lost=1))
    with pytest.raises(requests.ConnectionError):
        send(body="parti quand même")
    carrier.set_faults(Faults())
    assert [m.body for m in client.messages.list(to=ALI)] == ["parti quand même"]


def test_an_answer_can_take_longer_than_a_client_waits(
    carrier: SimulatedCarrier, server: SimulatorServer
) -> None:
    carrier.set_faults(Faults(answer_lost=1, silence_seconds=0.5))
    impatient = ElsewhereHttpClient(server.url, timeout=0.1)
    with pytest.raises(requests.ReadTimeout):
        Client(ACCOUNT, TOKEN, http_client=impatient).messages.create(
            to=ALI, from_=SERVICE, body="Bonjour"
        )
    assert impatient.session is not None
    impatient.session.close()
    assert len(carrier.messages) == 1


def test_shares_of_trouble_are_drawn_from_one_chance() -> None:
    faults = Faults(too_many=0.2, broken=0.3, answer_lost=0.1)
    drawn = [faults.trouble(chance) for chance in (0.1, 0.2, 0.49, 0.55, 0.61, 0.99)]
    assert drawn == [
        Trouble.TOO_MANY,
        Trouble.BROKEN,
        Trouble.BROKEN,
        Trouble.ANSWER_LOST,
        Trouble.NONE,
        Trouble.NONE,
    ]


@pytest.mark.parametrize(
    "shares", [{"broken": 1.5}, {"broken": -1}, {"broken": "a"}, {"broken": 0.6, "too_many": 0.6}]
)
def test_a_share_that_makes_no_sense_is_an_error(shares: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"share|number"):
        Faults(**shares)


# Started again


def test_a_carrier_started_again_has_the_same_threads_and_the_same_time(
    tmp_path: Path, gateway: Gateway, clock: StoppedClock
) -> None:
    database = tmp_path / "carrier.sqlite"
    first = make_carrier(clock, gateway.url, database=database)
    first.add_phone("Ali", ALI)
    first.text(ALI, "STOP")
    first.pump()
    first.forward(timedelta(hours=2))
    born = first.born
    first.close()

    second = make_carrier(StoppedClock(NOON), gateway.url, database=database)
    assert [phone.name for phone in second.phones] == ["Ali"]
    assert len(second.received(ALI)) == 1
    assert second.now() == NOON + timedelta(hours=2)
    assert second.born == born
    # The same seed must not give a SID twice.
    second.text(ALI, "encore")
    assert len({message.sid for message in second.messages}) == 3
    second.close()


def test_a_webhook_cut_short_by_the_end_of_a_run_counts_as_failed(
    tmp_path: Path, gateway: Gateway, clock: StoppedClock
) -> None:
    database = tmp_path / "carrier.sqlite"
    first = make_carrier(clock, gateway.url, database=database)
    first.text(ALI, "bonjour")
    first.store.change_message(1, webhook_status=None)
    first.close()
    second = make_carrier(clock, gateway.url, database=database)
    assert second.messages[0].webhook_error == 11205
    second.close()


# Many at once


def test_nothing_is_lost_or_done_twice_when_many_send_and_several_pump(
    carrier: SimulatedCarrier, gateway: Gateway
) -> None:
    def sender(name: int) -> None:
        for count in range(10):
            carrier.send(
                to=ALI,
                body=f"{name}-{count}",
                sender=SERVICE,
                callback_url=f"{gateway.url}/twilio/sms/status",
            )

    senders = [Thread(target=sender, args=(name,)) for name in range(6)]
    pumps = [Thread(target=carrier.pump) for _ in range(3)]
    for thread in senders + pumps:
        thread.start()
    for thread in senders + pumps:
        thread.join()
    carrier.pump()
    texts = {f"{name}-{count}" for name in range(6) for count in range(10)}
    assert sorted(carrier.received(ALI)) == sorted(texts)
    told = [(form["MessageSid"], form["MessageStatus"]) for form in gateway.callbacks]
    assert len(told) == len(set(told)) == 120


def test_a_server_told_to_pump_delivers_by_itself(carrier: SimulatedCarrier) -> None:
    server = SimulatorServer(carrier, pump_every=0.01)
    carrier.send(to=ALI, body="Bonjour", sender=SERVICE)
    for _ in range(100):
        heard = carrier.tidings
        if carrier.received(ALI):
            break
        carrier.wait_for_news(heard, 0.1)
    assert carrier.received(ALI) == ["Bonjour"]
    server.stop()


# What the page asks


def first_event(server: SimulatorServer, last_id: str = "") -> dict[str, Any]:
    headers = {"Last-Event-ID": last_id} if last_id else {}
    with requests.get(
        f"{server.url}/phones/events", headers=headers, stream=True, timeout=5
    ) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        lines = answer.iter_lines()
        assert next(lines).startswith(b"id: ")
        state: dict[str, Any] = json.loads(next(lines).removeprefix(b"data: "))
        return state


def test_events_tell_what_changed_since_the_last_one_heard(
    carrier: SimulatedCarrier, server: SimulatorServer
) -> None:
    carrier.add_phone("Ali", ALI)
    carrier.text(ALI, "bonjour")
    state = first_event(server)
    assert [message["text"] for message in state["messages"]] == ["bonjour"]
    carrier.send(to=ALI, body="bienvenue", sender=SERVICE)
    later = first_event(server, str(state["change"]))
    assert [message["text"] for message in later["messages"]] == ["bienvenue"]
    assert later["born"] == state["born"]
    assert len(first_event(server, "nonsense")["messages"]) == 2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/phones", {"name": "", "number": "06 39 98 00 05"}),
        ("/phones", {"name": "x" * 41, "number": "06 39 98 00 05"}),
        ("/phones", {"name": "Théo", "number": 7}),
        ("/phones", []),
        ("/phones/texts", {"number": ALI, "body": "   "}),
        ("/phones/texts", {"number": ALI, "body": "a" * 1601}),
        ("/phones/texts", {"number": MARIE, "body": "bonjour"}),
        ("/phones/clock", {"move": "yesterday"}),
        ("/phones/faults", {"faults": ["gremlins", []]}),
        ("/phones/faults", {"faults": "all"}),
        ("/phones/power", {"number": MARIE, "off": True}),
    ],
)
def test_what_the_page_cannot_do_is_explained(
    carrier: SimulatedCarrier, server: SimulatorServer, path: str, body: Any
) -> None:
    carrier.add_phone("Ali", ALI)
    answer = requests.post(server.url + path, json=body, timeout=5)
    assert answer.status_code == 422
    assert answer.json()["error"].endswith(".")
    assert carrier.messages == []


def test_another_web_site_cannot_use_the_phones(
    carrier: SimulatedCarrier, server: SimulatorServer
) -> None:
    carrier.add_phone("Ali", ALI)
    body = json.dumps({"number": ALI, "body": "bonjour"})
    answer = requests.post(
        f"{server.url}/phones/texts", data=body, headers={"Content-Type": "text/plain"}, timeout=5
    )
    assert answer.status_code == 415
    assert carrier.messages == []
    policy = requests.get(server.url, timeout=5).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy


# Numbers


@pytest.mark.parametrize(
    ("number", "line"),
    [
        (JEANNE, Line.LANDLINE),
        (ALI, Line.MOBILE),
        ("+33712345678", Line.MOBILE),
        ("+33939981234", Line.LANDLINE),
        ("+33800123456", Line.LANDLINE),
        ("+262639123456", Line.MOBILE),
        ("+262269123456", Line.LANDLINE),
        ("+590690123456", Line.MOBILE),
        ("+508551234", Line.MOBILE),
        ("+32470123456", Line.FOREIGN),
        ("36111", Line.SHORT),
        ("ORANGE", Line.NAME),
    ],
)
def test_a_line_is_told_by_its_number(number: str, line: Line) -> None:
    assert line_of(number) is line


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("06 39 98 00 05", "+33639980005"),
        ("06.39.98.00.05", "+33639980005"),
        ("+33 (0)6 39 98 00 05", "+33639980005"),
        ("0033639980005", "+33639980005"),
        ("0690 12 34 56", "+590690123456"),
        ("0692123456", "+262692123456"),
        ("+32 470 12 34 56", "+32470123456"),
        (" Orange ", "Orange"),
        ("36 111", "36111"),
    ],
)
def test_a_number_is_read_as_people_write_it(typed: str, number: str) -> None:
    assert read_number(typed) == number


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "06 39 98",
        "112",
        "17",
        "639980005",
        "Société",
        "un nom trop long",
        "+33 6",
        "+999123456",
    ],
)
def test_what_is_no_number_is_explained_in_french(typed: str) -> None:
    with pytest.raises(NumberError) as explained:
        read_number(typed)
    assert str(explained.value).endswith((".", "56."))


def test_a_number_is_shown_as_it_is_printed() -> None:
    assert [shown(number) for number in (ALI, "+590690123456", "ORANGE")] == [
        "06 39 98 00 01",
        "+590 690 12 34 56",
        "ORANGE",
    ]
