"""Only what the carrier signed is believed, and what it signed is believed as it stands."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from gateway.app import create_app
from gateway.inbound import answer_waiting
from gateway.service import Service
from gateway.settings import DEMO_ACCOUNT_SID, DEMO_AUTH_TOKEN, read_settings
from models.database import Database
from models.messages import InboundMessage, OutboundMessage
from models.secrets import Keyring
from tests.stage import CAST, SECRET, Stage

PUBLIC = "https://fil.example.org"
NEXT_TOKEN = "the token that takes over"  # noqa: S105


def _sms(**fields: str) -> MultiDict[str, str]:
    return MultiDict(
        {
            "MessageSid": "SM" + "1" * 32,
            "AccountSid": DEMO_ACCOUNT_SID,
            "From": CAST["Ali"],
            "To": "+33939980000",
            "Body": "bonjour",
            "NumMedia": "0",
            "FromCity": "",
        }
        | fields
    )


class Carrier:
    """Posts to the service as the carrier would, from behind a proxy that ends TLS."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def post(
        self,
        form: MultiDict[str, str],
        *,
        path: str = "/twilio/sms",
        signed_as: str | None = None,
        token: str = DEMO_AUTH_TOKEN,
        **changes: str | None,
    ) -> int:
        """The HTTP status; `signed_as` is the address that is signed, if not the real one."""
        signature = RequestValidator(token).compute_signature(signed_as or PUBLIC + path, form)
        headers = {"X-Twilio-Signature": changes.get("signature", signature)}
        answer = self.client.post(
            path,
            data=urlencode(list(form.items(multi=True))),
            content_type="application/x-www-form-urlencoded",
            headers={name: value for name, value in headers.items() if value is not None},
            # What the proxy talks to is neither the public host nor its scheme.
            base_url="http://10.0.0.7:8000",
        )
        return answer.status_code


@pytest.fixture
def service(stage: Stage) -> Service:
    settings = read_settings(
        _env_file=None, public_url=PUBLIC, twilio_auth_token=f"{NEXT_TOKEN},{DEMO_AUTH_TOKEN}"
    )
    return Service(
        settings=settings,
        rules=settings.rules,
        database=stage.service.database,
        clock=stage.clock,
        carrier=stage.service.carrier,
        gazetteer=stage.service.gazetteer,
    )


@pytest.fixture
def carrier(service: Service) -> Carrier:
    return Carrier(create_app(service).test_client())


def _count(database: Database, table: type) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_signed_text_is_taken_and_answered_with_nothing(
    carrier: Carrier, database: Database
) -> None:
    signature = RequestValidator(DEMO_AUTH_TOKEN).compute_signature(PUBLIC + "/twilio/sms", _sms())
    answer = carrier.client.post(
        "/twilio/sms", data=_sms(), headers={"X-Twilio-Signature": signature}
    )
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/xml")
    assert answer.text.endswith("<Response/>")
    assert _count(database, InboundMessage) == 1


def test_a_forged_text_is_refused_and_leaves_nothing(carrier: Carrier, database: Database) -> None:
    assert carrier.post(_sms(), signature="bm90IHNpZ25lZA==") == 403
    assert carrier.post(_sms(), token="somebody else's token") == 403
    assert _count(database, InboundMessage) == 0


def test_a_text_without_signature_is_refused(carrier: Carrier) -> None:
    assert carrier.post(_sms(), signature=None) == 403
    assert carrier.post(_sms(), signature="") == 403


def test_both_tokens_count_while_one_takes_over_from_the_other(carrier: Carrier) -> None:
    assert carrier.post(_sms(), token=NEXT_TOKEN) == 200
    assert carrier.post(_sms(MessageSid="SM2"), token=DEMO_AUTH_TOKEN) == 200


@pytest.mark.parametrize(
    "path",
    [
        "/twilio/sms?a=1&b=2",
        "/twilio/sms?name=Th%C3%A9o",
        "/twilio/sms?path=a%2Fb",
        "/twilio/sms?empty=&plus=a+b",
    ],
)
def test_a_query_counts_exactly_as_it_was_sent(carrier: Carrier, path: str) -> None:
    assert carrier.post(_sms(), path=path) == 200
    assert carrier.post(_sms(MessageSid="SM2"), path=path, signed_as=f"{PUBLIC}/twilio/sms") == 403


def test_the_public_port_may_be_part_of_what_was_signed(carrier: Carrier) -> None:
    assert carrier.post(_sms(), signed_as="https://fil.example.org:443/twilio/sms") == 200


def test_a_connection_override_in_the_address_is_not_signed(carrier: Carrier) -> None:
    # The carrier takes "#rc=3" from the address that an operator entered, and signs without it.
    assert carrier.post(_sms(), signed_as=f"{PUBLIC}/twilio/sms") == 200


def test_fields_that_stand_twice_and_empty_fields_are_signed_too(carrier: Carrier) -> None:
    form = _sms()
    form.add("MediaUrl0", "https://a.example")
    form.add("MediaUrl0", "https://b.example")
    assert carrier.post(form) == 200


def test_a_changed_field_breaks_the_signature(carrier: Carrier) -> None:
    signature = RequestValidator(DEMO_AUTH_TOKEN).compute_signature(PUBLIC + "/twilio/sms", _sms())
    assert carrier.post(_sms(Body="EFFACER TOUT"), signature=signature) == 403


def test_accents_newlines_and_pictures_are_signed_as_they_are(carrier: Carrier) -> None:
    assert carrier.post(_sms(Body="ça va ?\nÀ bientôt & merci + 👍 = \u202e")) == 200


def test_a_field_that_the_carrier_adds_one_day_changes_nothing(carrier: Carrier) -> None:
    assert carrier.post(_sms(NewField="new")) == 200


def test_a_signed_request_without_its_id_is_named_as_wrong(carrier: Carrier) -> None:
    form = _sms()
    del form["MessageSid"]
    assert carrier.post(form) == 400


def test_a_huge_request_is_refused_before_it_is_read(carrier: Carrier) -> None:
    assert carrier.post(_sms(Body="a" * 200_000)) == 413


def test_webhooks_are_posted_not_fetched(carrier: Carrier) -> None:
    answer = carrier.client.get("/twilio/sms", headers={"X-Twilio-Signature": "x"})
    assert answer.status_code in (403, 405)


def test_a_text_delivered_twice_is_answered_once(
    carrier: Carrier, service: Service, database: Database
) -> None:
    assert carrier.post(_sms()) == 200
    assert carrier.post(_sms()) == 200
    answer_waiting(service)
    assert carrier.post(_sms()) == 200
    answer_waiting(service)
    assert _count(database, InboundMessage) == 1
    assert _count(database, OutboundMessage) == 1


def test_fields_of_absurd_size_lose_no_text(carrier: Carrier, database: Database) -> None:
    assert carrier.post(_sms(NumMedia="9" * 400, OptOutType="x" * 400)) == 200
    assert carrier.post(_sms(MessageSid="SM" * 100)) == 400
    assert _count(database, InboundMessage) == 1


def test_the_fate_of_an_unknown_text_is_no_error(carrier: Carrier) -> None:
    form = MultiDict({"MessageSid": "SM404", "MessageStatus": "delivered"})
    assert carrier.post(form, path="/twilio/sms/status") == 204


def test_a_forged_fate_is_refused(carrier: Carrier) -> None:
    form = MultiDict({"MessageSid": "SM404", "MessageStatus": "delivered"})
    assert carrier.post(form, path="/twilio/sms/status", signature="x") == 403


def test_a_proxy_prefix_in_the_public_address_is_part_of_it(service: Service) -> None:
    settings = service.settings.model_copy(update={"public_url": "https://asso.example/fil"})
    prefixed = Service(**{**vars(service), "settings": settings})
    carrier = Carrier(create_app(prefixed).test_client())
    assert carrier.post(_sms(), signed_as="https://asso.example/fil/twilio/sms") == 200


def test_the_health_pages_need_no_signature(carrier: Carrier) -> None:
    assert carrier.client.get("/healthz").json == {"status": "ok"}
    answer = carrier.client.get("/readyz")
    assert (answer.status_code, answer.json and answer.json["status"]) == (200, "ok")


def test_readiness_says_when_the_database_is_away(service: Service, tmp_path: object) -> None:
    away = Database(f"sqlite:///{tmp_path}/not/there.db", Keyring([SECRET]))
    broken = Service(**{**vars(service), "database": away})
    answer = create_app(broken).test_client().get("/readyz")
    assert answer.status_code == 503
    away.close()
