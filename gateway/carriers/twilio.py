"""Twilio, or whatever speaks its REST API: the simulated carrier, a compatible provider.

There is no idempotency key on its messages: after a time-out one can't know whether a text was
taken. Such an outcome is raised as unknown, and `find` looks it up before anything is sent again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from gateway.carriers import (
    Accepted,
    Action,
    CarrierError,
    InboundText,
    OutcomeUnknown,
    Patience,
)
from models.messages import OutboundStatus

TWILIO_API = "https://api.twilio.com"
TIMEOUT_SECONDS = 10.0
# The row's id in the address to which Twilio reports: it is signed with it, and says nothing.
REFERENCE = "message"
LOOKED_UP_AT_MOST = 20
RECEIVED_AT_MOST = 10_000
LARGEST_PAGE = 1000
# Twilio delivers for ten hours unless told otherwise, and takes no longer span.
SHORTEST_VALIDITY = timedelta(seconds=1)
LONGEST_VALIDITY = timedelta(hours=10)
# Two minutes of a telephone's sound, as a WAV file, are 2 MB.
LARGEST_RECORDING_BYTES = 8 * 1024 * 1024
TOO_MANY = 20429
NOT_FOUND = 20404

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
# that codes may change, so an unknown one has a cautious default (see `refusal`).
_RETRY = (20429, 21611, 30001, 30003, 30005, 30008, 30017, 30410, 30450, 63018)
_WAIT_FOR_OPERATOR = (
    13227, 21205, 21210, 21213, 21215, 21219, 21408, 21608, 30007, 30022, 30023, 30027, 30034,
    30035,
)  # fmt: skip
_STOP_SENDER = (
    20003, 20404, 21212, 21603, 21606, 21701, 21702, 21703, 21704, 21705, 21712, 30002, 30018,
    30024, 63038,
)  # fmt: skip
_USE_VOICE = (21612, 21614, 21635, 30004, 30006)
_GIVE_UP = (
    13223, 13224, 13225, 21201, 21211, 21214, 21216, 21217, 21266, 21602, 21604, 21617, 21618,
    21620, 30036,
)  # fmt: skip
_OPT_OUT = (21610,)

ACTIONS: dict[int, Action] = {
    code: action
    for action, codes in (
        (Action.RETRY, _RETRY),
        (Action.WAIT_FOR_OPERATOR, _WAIT_FOR_OPERATOR),
        (Action.STOP_SENDER, _STOP_SENDER),
        (Action.USE_VOICE, _USE_VOICE),
        (Action.GIVE_UP, _GIVE_UP),
        (Action.OPT_OUT, _OPT_OUT),
    )
    for code in codes
}

# Where the usual way of trying again does not fit: a handset that is off, an unknown one, an
# unknown reason, a block against fraud that lasts half an hour.
PATIENCE: dict[int, Patience] = {
    30003: Patience(3, timedelta(hours=8), Action.USE_VOICE),
    30005: Patience(2, timedelta(days=1), Action.USE_VOICE),
    30008: Patience(2, timedelta(minutes=10), Action.GIVE_UP),
    30410: Patience(3, timedelta(minutes=10), Action.GIVE_UP),
    30450: Patience(4, timedelta(minutes=30), Action.GIVE_UP),
}
# A code that we have never heard of: once more, and then an operator sees it.
UNHEARD_OF = Patience(2, timedelta(minutes=10), Action.GIVE_UP)


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


def refusal(words: str, code: int | None, *, retry_after: timedelta | None = None) -> CarrierError:
    """What a code means, as an error to be acted upon; without any code it is tried again."""
    action = ACTIONS.get(code or 0, Action.RETRY)
    patience = PATIENCE.get(code or 0)
    if code is not None and code not in ACTIONS:
        patience = UNHEARD_OF
    return CarrierError(words, action=action, code=code, patience=patience, retry_after=retry_after)


class _TooManyAtOnce(Exception):
    """HTTP 429. The library's own error does not tell how long we are asked to wait."""

    def __init__(self, retry_after: timedelta | None) -> None:
        super().__init__("HTTP 429")
        self.retry_after = retry_after


class _OurHttpClient(TwilioHttpClient):
    """Twilio's own HTTP client, with the address of the API exchanged, and an ear for 429."""

    def __init__(self, base: str, **options: Any) -> None:
        super().__init__(**options)
        self._base = base

    def request(self, method: str, url: str, *rest: Any, **options: Any) -> Response:
        response = super().request(method, self._ours(url), *rest, **options)
        _refuse_too_many(response.status_code, response.headers or {})
        return response

    def download(self, url: str, *, auth: tuple[str, str], at_most: int) -> bytes | None:
        """The bytes at an address of the API, which the library would take for text; None: none."""
        with self.session.get(
            self._ours(url), auth=auth, timeout=self.timeout, stream=True
        ) as response:
            if response.status_code == 404:
                return None
            _refuse_too_many(response.status_code, response.headers)
            if response.status_code != 200:
                raise TwilioRestException(response.status_code, url)
            content = bytearray()
            for chunk in response.iter_content(64 * 1024):
                content += chunk
                if len(content) > at_most:
                    raise CarrierError(f"more than {at_most} bytes", action=Action.GIVE_UP)
            return bytes(content)

    def _ours(self, url: str) -> str:
        return url.replace(TWILIO_API, self._base, 1)


def _refuse_too_many(status: int, headers: Mapping[str, str]) -> None:
    if status == 429:
        seconds = str(headers.get("Retry-After", ""))
        raise _TooManyAtOnce(timedelta(seconds=int(seconds)) if seconds.isdigit() else None)


@contextmanager
def _saying_what_it_means() -> Iterator[None]:
    """Every way in which a request can fail, as a CarrierError."""
    try:
        yield
    except _TooManyAtOnce as error:
        # Never processed, so it is always safe to send again.
        raise refusal("HTTP 429", TOO_MANY, retry_after=error.retry_after) from error
    except TwilioRestException as error:
        if error.status >= 500:
            raise OutcomeUnknown(f"HTTP {error.status}") from error
        raise refusal(f"HTTP {error.status}, code {error.code}", error.code) from error
    except NO_CLEAR_ANSWER as error:
        raise OutcomeUnknown(type(error).__name__) from error


class TwilioCarrier:
    """Sends through Twilio's REST API.

    `sender` is a number, a name or a Messaging Service; `number` is the one that people text, and
    `voice_number` the one that those whom we call see; `status_url` is where Twilio reports the
    fate of each message.
    """

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        sender: str,
        number: str,
        voice_number: str,
        status_url: str,
        api_url: str | None = None,
    ) -> None:
        self._sender = sender
        self._number = number
        self._voice_number = voice_number
        self._status_url = status_url
        # The library waits for ever unless told otherwise, and its own retries could send twice.
        self._http = _OurHttpClient(api_url or TWILIO_API, timeout=TIMEOUT_SECONDS)
        self._client = Client(account_sid, auth_token, http_client=self._http)

    def send(
        self, to: str, body: str, *, reference: int, valid_for: timedelta | None = None
    ) -> Accepted:
        origin = "messaging_service_sid" if self._sender.startswith("MG") else "from_"
        options: dict[str, Any] = {origin: self._sender}
        if valid_for is not None:
            options["validity_period"] = _validity(valid_for)
        with _saying_what_it_means():
            message = self._client.messages.create(
                to=to,
                body=body,
                status_callback=f"{self._status_url}?{REFERENCE}={reference}",
                **options,
            )
            return _accepted(message)

    def find(self, to: str, body: str, *, since: datetime) -> list[Accepted]:
        with _saying_what_it_means():
            # Newest first. The list's own filter goes by when a text was sent, which one that is
            # still queued never was.
            messages = self._client.messages.list(to=to, limit=LOOKED_UP_AT_MOST)
            taken = [
                message
                for message in messages
                if message.direction != "inbound"
                and message.body == body
                and message.date_created
                and message.date_created >= since
            ]
            return [_accepted(message) for message in reversed(taken)]

    def fate(self, sid: str) -> tuple[OutboundStatus, CarrierError | None] | None:
        try:
            with _saying_what_it_means():
                message = self._client.messages(sid).fetch()
                status = _accepted(message).status
                code = int(message.error_code) if message.error_code else None
                return status, refusal(str(message.status), code) if code else None
        except CarrierError as error:
            if error.code == NOT_FOUND:
                return None
            raise

    def received(self, *, since: datetime) -> list[InboundText]:
        with _saying_what_it_means():
            messages = self._client.messages.list(
                to=self._number,
                date_sent_after=since,
                limit=RECEIVED_AT_MOST,
                page_size=LARGEST_PAGE,
            )
            return [
                InboundText(
                    carrier_sid=message.sid,
                    sender=message.from_ or "",
                    body=message.body or "",
                    media_count=int(message.num_media or 0),
                    typed_at=message.date_created,
                )
                for message in reversed(messages)
                if message.direction == "inbound"
            ]

    def redact(self, sid: str) -> None:
        try:
            with _saying_what_it_means():
                self._client.messages(sid).update(body="")
        except CarrierError as error:
            if error.code != NOT_FOUND:
                raise

    def call(self, to: str, *, url: str, status_url: str, ring_seconds: int) -> str:
        with _saying_what_it_means():
            placed = self._client.calls.create(
                to=to,
                from_=self._voice_number,
                url=url,
                method="POST",
                status_callback=status_url,
                status_callback_method="POST",
                timeout=ring_seconds,
            )
            if not placed.sid:
                raise OutcomeUnknown("the answer holds no call")
            return str(placed.sid)

    def recording(self, sid: str) -> bytes | None:
        account = f"{TWILIO_API}/2010-04-01/Accounts/{self._client.account_sid}"
        with _saying_what_it_means():
            sound = self._http.download(
                f"{account}/Recordings/{quote(sid, safe='')}.wav",
                # Where the account asks for it, as it should; otherwise it does no harm.
                auth=(self._client.username, self._client.password),
                at_most=LARGEST_RECORDING_BYTES,
            )
        if sound is not None and not sound.startswith(b"RIFF"):
            # A proxy's page: whoever took it for the voice would have the voice deleted.
            raise OutcomeUnknown("the answer is no sound")
        return sound

    def delete_recording(self, sid: str) -> None:
        try:
            with _saying_what_it_means():
                self._client.recordings(sid).delete()
        except CarrierError as error:
            if error.code != NOT_FOUND:
                raise


def _validity(span: timedelta) -> int:
    """Seconds, as many as Twilio takes."""
    return int(min(max(span, SHORTEST_VALIDITY), LONGEST_VALIDITY).total_seconds())


def _accepted(message: Any) -> Accepted:
    if not message.sid:
        raise OutcomeUnknown("the answer holds no message")
    # A word that Twilio adds one day still means that it has the message.
    return Accepted(message.sid, STATUSES.get(message.status, OutboundStatus.QUEUED))
