"""Twilio, or whatever speaks its REST API: the simulated carrier, a compatible provider.

There is no idempotency key on its messages: after a time-out one can't know whether a text was
taken. Such an outcome is raised as unknown, and `find` looks it up before anything is sent again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from gateway.carriers import Accepted, Action, CarrierError, OutcomeUnknown
from models.messages import OutboundStatus

TWILIO_API = "https://api.twilio.com"
TIMEOUT_SECONDS = 10.0
# The row's id in the address to which Twilio reports: it is signed with it, and says nothing.
REFERENCE = "message"
LOOKED_UP_AT_MOST = 20

# A broken line, a time-out, or an answer that isn't the JSON of a message (a proxy's page).
NO_CLEAR_ANSWER = (
    requests.RequestException,
    TwilioException,
    ValueError,
    TypeError,
    AttributeError,
    KeyError,
)

# What each code means for us. The numbers are from Twilio's error dictionary; Twilio itself warns
# that codes may change, so an unknown one has a cautious default (see `action_for`).
_RETRY = (20429, 21611, 30001, 30003, 30008, 30017, 30410, 30450, 63018)
_WAIT_FOR_OPERATOR = (
    20003, 20404, 21212, 21219, 21408, 21603, 21606, 21608, 21701, 21702, 21703, 21704, 21705,
    21712, 30002, 30007, 30018, 30022, 30023, 30024, 30027, 30034, 30035, 63038,
)  # fmt: skip
_USE_VOICE = (21612, 21614, 21635, 30004, 30006)
_GIVE_UP = (21201, 21211, 21217, 21266, 21602, 21604, 21617, 21618, 21620, 30005, 30036)
_OPT_OUT = (21610,)

ACTIONS: dict[int, Action] = {
    code: action
    for action, codes in (
        (Action.RETRY, _RETRY),
        (Action.WAIT_FOR_OPERATOR, _WAIT_FOR_OPERATOR),
        (Action.USE_VOICE, _USE_VOICE),
        (Action.GIVE_UP, _GIVE_UP),
        (Action.OPT_OUT, _OPT_OUT),
    )
    for code in codes
}


# Twilio's words for a message's fate, in ours.
STATUSES = {
    "accepted": OutboundStatus.QUEUED,
    "scheduled": OutboundStatus.QUEUED,
    "queued": OutboundStatus.QUEUED,
    "sending": OutboundStatus.QUEUED,
    "sent": OutboundStatus.SENT,
    "delivered": OutboundStatus.DELIVERED,
    "read": OutboundStatus.DELIVERED,
    "partially_delivered": OutboundStatus.DELIVERED,
    "undelivered": OutboundStatus.UNDELIVERED,
    "failed": OutboundStatus.FAILED,
    "canceled": OutboundStatus.CANCELLED,
}


def action_for(code: int | None) -> Action:
    """What to do about a code; an unknown one is tried again a few times, then left."""
    return ACTIONS.get(code or 0, Action.RETRY)


class _OtherBaseAddress(TwilioHttpClient):
    """Twilio's own HTTP client, with the one address of the API exchanged."""

    def __init__(self, base: str, **options: Any) -> None:
        super().__init__(**options)
        self._base = base

    def request(self, method: str, url: str, *rest: Any, **options: Any) -> Response:
        return super().request(method, url.replace(TWILIO_API, self._base, 1), *rest, **options)


class TwilioCarrier:
    """Sends through Twilio's REST API.

    `sender` is a number, a name or a Messaging Service; `status_url` is where Twilio reports the
    fate of each message.
    """

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        sender: str,
        status_url: str,
        api_url: str | None = None,
    ) -> None:
        self._sender = sender
        self._status_url = status_url
        # The library waits for ever unless told otherwise, and its own retries could send twice.
        http = _OtherBaseAddress(api_url or TWILIO_API, timeout=TIMEOUT_SECONDS)
        self._client = Client(account_sid, auth_token, http_client=http)

    def send(self, to: str, body: str, *, reference: int) -> Accepted:
        origin = "messaging_service_sid" if self._sender.startswith("MG") else "from_"
        try:
            message = self._client.messages.create(
                to=to,
                body=body,
                status_callback=f"{self._status_url}?{REFERENCE}={reference}",
                **{origin: self._sender},
            )
            return _accepted(message)
        except TwilioRestException as error:
            raise _as_carrier_error(error) from error
        except NO_CLEAR_ANSWER as error:
            raise OutcomeUnknown(type(error).__name__) from error

    def find(self, to: str, body: str, *, since: datetime) -> list[Accepted]:
        try:
            # Newest first. The list's own filter goes by when a text was sent, which one that is
            # still queued never was.
            messages = self._client.messages.list(to=to, limit=LOOKED_UP_AT_MOST)
        except TwilioRestException as error:
            raise _as_carrier_error(error) from error
        except NO_CLEAR_ANSWER as error:
            raise OutcomeUnknown(type(error).__name__) from error
        taken = [
            message
            for message in messages
            if message.body == body and message.date_created and message.date_created >= since
        ]
        return [_accepted(message) for message in reversed(taken)]


def _accepted(message: Any) -> Accepted:
    if not message.sid:
        raise OutcomeUnknown("the answer holds no message")
    # A word that Twilio adds one day still means that it has the message.
    return Accepted(message.sid, STATUSES.get(message.status, OutboundStatus.QUEUED))


def _as_carrier_error(error: TwilioRestException) -> CarrierError:
    if error.status >= 500:
        return OutcomeUnknown(f"HTTP {error.status}")
    # Too many at once: never processed, so it is always safe to send again.
    code = error.code or (20429 if error.status == 429 else None)
    return CarrierError(f"HTTP {error.status}, code {code}", action=action_for(code), code=code)
