"""Whether a webhook really comes from the carrier.

The carrier signs the address as it called it and every field of the form (Twilio's
X-Twilio-Signature, HMAC-SHA1 with the account's token). The address is therefore built from
PUBLIC_URL and the raw path and query of the request: what the framework shows behind a proxy, or
after decoding, is not what was signed.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request
from twilio.request_validator import RequestValidator


def signed_url(public_url: str, raw_uri: str) -> str:
    """The address that was signed, from the public base and the request's own raw target."""
    target = urlsplit(raw_uri)
    query = f"?{target.query}" if target.query else ""
    return f"{public_url}{target.path}{query}"


def is_genuine(*, public_url: str, auth_tokens: list[str]) -> bool:
    """Whether the current request bears the carrier's signature, by any of our tokens."""
    raw_uri = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.path
    url = signed_url(public_url, raw_uri)
    # A missing header must be an empty one: the library breaks on None.
    signature = request.headers.get("X-Twilio-Signature", "")
    # The whole form as it came: fields that stand twice and empty fields are signed too.
    return any(
        RequestValidator(token).validate(url, request.form, signature) for token in auth_tokens
    )
