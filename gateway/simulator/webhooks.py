"""The requests that the carrier makes to the gateway: signed, form-encoded, over real HTTP.

Time limits, the one retry (only where no connection came about) and the headers are Twilio's:
https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urldefrag, urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from twilio.request_validator import RequestValidator
from urllib3.util.retry import Retry

API_VERSION = "2010-04-01"
CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0

# One more try where the connection failed, none after anything was sent.
CONNECT_RETRY = Retry(
    total=1, connect=1, read=0, redirect=0, status=0, other=0, allowed_methods=None
)


@dataclass(frozen=True)
class Answer:
    """What came back: a status and a document, or nothing but the reason."""

    status: int | None
    content_type: str = ""
    body: bytes = b""
    reason: str = ""

    @property
    def was_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def signed_url(url: str) -> str:
    """The address as it is signed and called: without fragment, user and password."""
    parts = urlsplit(urldefrag(url).url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def post(url: str, form: Mapping[str, str], *, auth_token: str, idempotency_token: str) -> Answer:
    """Call the gateway once, as the carrier does. Every way of failing is an Answer too."""
    address = signed_url(url)
    headers = {
        "X-Twilio-Signature": RequestValidator(auth_token).compute_signature(address, form),
        "I-Twilio-Idempotency-Token": idempotency_token,
        "User-Agent": "TwilioProxy/1.1",
        "Accept": "*/*",
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
    }
    with requests.Session() as session:
        # A proxy or netrc of this machine has nothing to do with a carrier's request.
        session.trust_env = False
        adapter = HTTPAdapter(max_retries=CONNECT_RETRY)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        try:
            response = session.post(
                address,
                data=form,
                headers=headers,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                # A webhook that answers with a redirect has the wrong address: better to see it.
                allow_redirects=False,
            )
        except requests.RequestException as error:
            # The retrying adapter wraps a time that is over into another error.
            late = "Read timed out" in str(error)
            return Answer(None, reason="ReadTimeout" if late else type(error).__name__)
    return Answer(
        response.status_code,
        response.headers.get("Content-Type", ""),
        response.content,
        reason=f"HTTP {response.status_code}",
    )
