"""The part of Twilio's REST API that the gateway uses: messages; for calls see voice_api.py.

    POST    /2010-04-01/Accounts/<sid>/Messages.json        send
    GET     /2010-04-01/Accounts/<sid>/Messages.json        list: To, From, DateSent, pages
    GET     /2010-04-01/Accounts/<sid>/Messages/<sid>.json  look one up
    POST    /2010-04-01/Accounts/<sid>/Messages/<sid>.json  redact (Body=) or cancel
    DELETE  /2010-04-01/Accounts/<sid>/Messages/<sid>.json

Fields and parameters as twilio-python 9.13.0 sends and reads them. What the real API knows and
this one does not is answered with 501, never ignored.
"""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, jsonify, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from gateway.simulator.carrier import API_VERSION, SimulatedCarrier
from gateway.simulator.codes import Refused, in_english
from gateway.simulator.faults import Trouble
from gateway.simulator.store import Message
from gateway.simulator.voice_api import add_voice

# Parameters of a send that are simulated, each with the values that are.
SEND_PARAMETERS: dict[str, re.Pattern[str] | None] = {
    "To": None,
    "From": None,
    "MessagingServiceSid": None,
    "Body": None,
    "StatusCallback": None,
    "SendAt": None,
    "ScheduleType": re.compile("fixed"),
    "ValidityPeriod": re.compile(r"[1-9]\d{0,3}|[12]\d{4}|3[0-5]\d{3}|36000"),
    "ContentRetention": re.compile("retain|discard"),
    "AddressRetention": re.compile("retain"),
    "SmartEncoded": re.compile("false"),
    "ShortenUrls": re.compile("false"),
    "ProvideFeedback": re.compile("false"),
    "RiskCheck": re.compile("enable|disable"),
}
# Parameters and values that the real API knows and this one does not.
NOT_SIMULATED = {
    "ApplicationSid", "Attempt", "ContentSid", "ContentVariables", "FallbackFrom", "ForceDelivery",
    "MaxPrice", "MediaUrl", "MessageIntent", "PersistentAction", "SendAsMms", "TrafficType",
}  # fmt: skip
VALUES_NOT_SIMULATED = {
    ("AddressRetention", "obfuscate"),
    ("SmartEncoded", "true"),
    ("ShortenUrls", "true"),
    ("ProvideFeedback", "true"),
}
LIST_PARAMETERS = {
    "To", "From", "DateSent", "DateSent<", "DateSent>", "Page", "PageSize", "PageToken"
}  # fmt: skip
SEND_AT_SOONEST = timedelta(seconds=300)
SEND_AT_LATEST = timedelta(days=35)


def rest_api(carrier: SimulatedCarrier) -> Blueprint:
    """The routes, for one account."""
    api = Blueprint("rest_api", __name__, url_prefix=f"/{API_VERSION}")

    @api.before_request
    def be_in_trouble_or_check_who_asks() -> Response | None:
        faults = carrier.faults
        if faults.slow_seconds:
            time.sleep(faults.slow_seconds)
        trouble = carrier.trouble()
        if trouble is Trouble.TOO_MANY:
            raise Refused(20429)
        if trouble is Trouble.BROKEN:
            raise Refused(20500)
        who = request.authorization
        account = (request.view_args or {}).get("account_sid")
        if (
            who is None
            or who.type != "basic"
            or not _same(who.username, carrier.account_sid)
            or not _same(who.password, carrier.auth_token)
            or (account is not None and account != carrier.account_sid)
        ):
            raise Refused(20003)
        if trouble is Trouble.ANSWER_LOST:
            request.environ["simulator.answer_lost"] = True
        return None

    @api.after_request
    def lose_the_answer(response: Response) -> Response:
        if request.environ.get("simulator.answer_lost"):
            time.sleep(carrier.faults.silence_seconds)
            _hang_up()
        return response

    @api.post("/Accounts/<account_sid>/Messages.json")
    def send(account_sid: str) -> tuple[Response, int]:
        form = request.form
        _check_send(form)
        callback_url = form.get("StatusCallback") or None
        if callback_url is not None:
            _check_callback(callback_url)
        message = carrier.send(
            to=form.get("To", ""),
            body=form.get("Body", ""),
            sender=form.get("From", ""),
            service_sid=form.get("MessagingServiceSid") or None,
            callback_url=callback_url,
            send_at=_send_at(form, carrier.now()),
            keep_body=form.get("ContentRetention", "retain") == "retain",
        )
        return jsonify(_resource(message, account_sid)), 201

    @api.get("/Accounts/<account_sid>/Messages.json")
    def messages(account_sid: str) -> Response:
        for name in request.args:
            if name not in LIST_PARAMETERS:
                raise Refused(20001, name)
        found = [message for message in reversed(carrier.messages) if _is_asked_for(message)]
        return jsonify(_page(found, account_sid))

    @api.get("/Accounts/<account_sid>/Messages/<sid>.json")
    def fetch(account_sid: str, sid: str) -> Response:
        return jsonify(_resource(carrier.message(sid), account_sid))

    @api.post("/Accounts/<account_sid>/Messages/<sid>.json")
    def change(account_sid: str, sid: str) -> Response:
        for name, value in request.form.items(multi=True):
            if (name, value) not in {("Body", ""), ("Status", "canceled")}:
                raise Refused(20001, f"{name}={value}")
        message = carrier.message(sid)
        if "Status" in request.form:
            message = carrier.cancel(sid)
        if "Body" in request.form:
            message = carrier.redact(sid)
        return jsonify(_resource(message, account_sid))

    @api.delete("/Accounts/<account_sid>/Messages/<sid>.json")
    def delete(account_sid: str, sid: str) -> tuple[str, int]:  # noqa: ARG001
        carrier.delete(sid)
        return "", 204

    add_voice(api, carrier)

    @api.route("/<path:path>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def unknown(path: str) -> Response:
        raise Refused(20404, f"/{API_VERSION}/{path}")

    @api.errorhandler(Refused)
    def refuse(refused: Refused) -> tuple[Response, int]:
        return _error(refused.code, refused.message, refused.http_status)

    @api.errorhandler(HTTPException)
    def refuse_the_request(error: HTTPException) -> tuple[Response, int]:
        return _error(20004, error.name, error.code or 500)

    return api


def _error(code: int, message: str, status: int) -> tuple[Response, int]:
    more_info = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": message, "more_info": more_info, "status": status}
    return jsonify(body), status


def _same(given: str | None, right: str) -> bool:
    return hmac.compare_digest((given or "").encode(), right.encode())


def _hang_up() -> None:
    """End the connection of this request without an answer, as a network does."""
    connection = request.environ["werkzeug.socket"]
    # Whoever asked may be gone already.
    with suppress(OSError):
        connection.shutdown(2)


def _check_send(form: MultiDict[str, str]) -> None:
    for name, value in form.items(multi=True):
        if name in NOT_SIMULATED or (name, value) in VALUES_NOT_SIMULATED:
            raise Refused(20501, f"{name}={value}")
        if name not in SEND_PARAMETERS:
            raise Refused(20001, name)
        pattern = SEND_PARAMETERS[name]
        if len(form.getlist(name)) > 1 or (pattern and not pattern.fullmatch(value)):
            raise Refused(20001, f"{name}={value}")


def _check_callback(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "_" in parts.hostname:
        raise Refused(21609, url)
    if parts.fragment:
        raise Refused(20501, "connection overrides in the fragment of StatusCallback")


def _send_at(form: MultiDict[str, str], now: datetime) -> datetime | None:
    if "SendAt" not in form:
        return None
    if "MessagingServiceSid" not in form:
        raise Refused(35118)
    moment = _moment(form["SendAt"])
    if not now + SEND_AT_SOONEST <= moment <= now + SEND_AT_LATEST:
        raise Refused(35111, form["SendAt"])
    return moment


def _moment(text: str) -> datetime:
    """A time of the API, in UTC where it does not say; Refused for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(20001, text) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_asked_for(message: Message) -> bool:
    """Whether a message passes the filters of the request.

    A filter by time is on the time of sending, so that it hides what is still queued.
    """
    asked = request.args
    if asked.get("To", message.recipient) != message.recipient:
        return False
    if asked.get("From", message.sender) != message.sender:
        return False
    for name in ("DateSent", "DateSent<", "DateSent>"):
        if name not in asked:
            continue
        if message.sent_at is None:
            return False
        # A day means all of it; a moment is compared by the second, as it is shown.
        first = _moment(asked[name])
        last = first + timedelta(days=1, seconds=-1) if len(asked[name]) == 10 else first
        sent_at = message.sent_at.replace(microsecond=0)
        if (name != "DateSent<" and sent_at < first) or (name != "DateSent>" and sent_at > last):
            return False
    return True


def _page(found: list[Message], account_sid: str) -> dict[str, Any]:
    number = _whole("Page", default=0, least=0)
    size = min(_whole("PageSize", default=50, least=1), 1000)
    # Pages start after a message, so that new ones do not push the old ones over the edge.
    token = request.args.get("PageToken", "")
    if token and not re.fullmatch(r"PASM[0-9a-f]{32}|PAMM[0-9a-f]{32}", token):
        raise Refused(20001, f"PageToken={token}")
    places = {message.sid: place for place, message in enumerate(found)}
    start = places.get(token[2:], -1) + 1 if token else number * size
    shown = found[start : start + size]
    more = len(found) > start + size
    path = f"/{API_VERSION}/Accounts/{account_sid}/Messages.json"
    filters = {
        name: value
        for name, value in request.args.items()
        if name not in ("Page", "PageSize", "PageToken")
    }

    def uri(page: int, **token: str) -> str:
        return f"{path}?{urlencode({**filters, 'PageSize': size, 'Page': page, **token})}"

    return {
        "first_page_uri": uri(0),
        "next_page_uri": uri(number + 1, PageToken=f"PA{shown[-1].sid}") if more else None,
        "previous_page_uri": uri(number - 1) if number else None,
        "uri": uri(number),
        "page": number,
        "page_size": size,
        "start": start,
        "end": start + max(len(shown) - 1, 0),
        "messages": _resources(shown, account_sid),
    }


def _whole(name: str, *, default: int, least: int) -> int:
    text = request.args.get(name, str(default))
    if not text.isdecimal() or int(text) < least:
        raise Refused(20001, f"{name}={text}")
    return int(text)


def _resources(messages: Iterable[Message], account_sid: str) -> list[dict[str, Any]]:
    return [_resource(message, account_sid) for message in messages]


def _resource(message: Message, account_sid: str) -> dict[str, Any]:
    """A message as the API shows it: every field, counts as text, times as in e-mail."""
    uri = f"/{API_VERSION}/Accounts/{account_sid}/Messages/{message.sid}"
    # With a Messaging Service, the sender is chosen after the message was accepted.
    chosen = message.status not in ("accepted", "scheduled")
    failed = message.error_code is not None
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": message.body,
        "date_created": _rfc2822(message.created_at),
        "date_sent": _rfc2822(message.sent_at),
        "date_updated": _rfc2822(message.updated_at),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": in_english(message.error_code) if failed and message.error_code else None,
        "from": message.sender if chosen else None,
        "messaging_service_sid": message.service_sid,
        "num_media": str(len(message.media)),
        "num_segments": str(message.segments) if chosen else "0",
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.recipient,
        "uri": f"{uri}.json",
    }


def _rfc2822(moment: datetime | None) -> str | None:
    return None if moment is None else format_datetime(moment.astimezone(UTC))
