"""What the carrier tells the gateway about a call: signed requests for documents, and callbacks."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC
from email.utils import format_datetime

import structlog

from gateway.simulator.account import Account
from gateway.simulator.script import Script, script_in
from gateway.simulator.switchboard import FINAL, Callback, Leg
from gateway.simulator.twiml import BadAnswer
from gateway.simulator.webhooks import API_VERSION, post

log = structlog.get_logger()

VOICE_PATH = "/twilio/voice"
VOICE_STATUS_PATH = "/twilio/voice/status"


class Broken(Exception):
    """The call can't go on: neither the address nor the fallback gave a document."""


def fetch(account: Account, leg: Leg, url: str, **more: str) -> Script:
    """The document at an address, or else the one of the fallback; Broken where both fail."""
    form = form_of(account, leg) | more
    try:
        return _ask(account, leg, url, form)
    except BadAnswer as error:
        note(leg, error, url)
        code = error.code
    return fall_back(account, leg, code, url)


def farewell(account: Account, leg: Leg, url: str, **more: str) -> None:
    """Tell the gateway how something ended because the caller hung up; its answer is not walked."""
    leg.status = "completed"
    with suppress(Broken):
        fetch(account, leg, url, **more)


def fall_back(account: Account, leg: Leg, code: int, url: str) -> Script:
    """The document of the fallback, which is told of the error; Broken where there is none."""
    fallback = account.voice_fallback_url
    if not fallback or url == fallback:
        raise Broken
    form = form_of(account, leg) | {"ErrorCode": str(code), "ErrorUrl": url}
    try:
        return _ask(account, leg, fallback, form)
    except BadAnswer as error:
        note(leg, error, fallback)
        raise Broken from error


def note(leg: Leg, error: BadAnswer, url: str) -> None:
    """Keep an error where people and tests see it."""
    leg.errors.append(error.code)
    log.warning("call_failed", sid=leg.sid, url=url, code=error.code, reason=str(error))


def _ask(account: Account, leg: Leg, url: str, form: dict[str, str]) -> Script:
    token = f"{leg.sid}-{account.new_sid('IT')}"
    answer = post(url, form, auth_token=account.auth_token, idempotency_token=token)
    return script_in(answer, url)


def form_of(account: Account, leg: Leg) -> dict[str, str]:
    """The fields that every request about a call has.

    https://www.twilio.com/docs/voice/twiml#request-parameters
    """
    form = {
        "AccountSid": account.account_sid,
        "ApiVersion": API_VERSION,
        "CallSid": leg.sid,
        "CallStatus": leg.status,
        "Direction": leg.direction,
        "From": leg.caller,
        "Caller": leg.caller,
        "To": leg.called,
        "Called": leg.called,
    }
    for end, number in (
        ("From", leg.caller),
        ("Caller", leg.caller),
        ("To", leg.called),
        ("Called", leg.called),
    ):
        form |= {f"{end}City": "", f"{end}State": "", f"{end}Zip": ""}
        form[f"{end}Country"] = "FR" if number.startswith("+33") else ""
    if leg.parent is not None:
        form["ParentCallSid"] = leg.parent.sid
    if leg.answered_by:
        form["AnsweredBy"] = leg.answered_by
    return form


def reach(account: Account, leg: Leg, status: str) -> None:
    """A leg has a new status; the gateway hears of it where it asked to."""
    leg.status = status
    now = account.now()
    if status == "in-progress":
        leg.answered_at = now
    if status in FINAL:
        leg.ended_at = now
    event = "completed" if status in FINAL else "answered" if status == "in-progress" else status
    if leg.callback_url and event in leg.callback_events:
        form = form_of(account, leg) | {
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(leg.sequence),
            "Timestamp": format_datetime(now.astimezone(UTC)),
        }
        if status in FINAL:
            form |= {"CallDuration": str(leg.duration), "Duration": str(-(-leg.duration // 60))}
        leg.sequence += 1
        call_back(account, leg.callback_url, form, f"{leg.sid}-{leg.sequence}")
    account.tell()


def call_back(account: Account, url: str, form: dict[str, str], token: str) -> None:
    """Something that the gateway shall hear; `pump` posts it."""
    account.switchboard.callbacks.append(Callback(url, form, token))


def post_callbacks(account: Account) -> int:
    """Post all callbacks that wait; how many."""
    done = 0
    waiting = account.switchboard.callbacks
    while waiting:
        try:
            callback = waiting.popleft()
        except IndexError:
            break  # another thread took the last one
        answer = post(
            callback.url,
            callback.form,
            auth_token=account.auth_token,
            idempotency_token=callback.token,
        )
        if not answer.was_taken:
            sid = callback.form.get("CallSid", "")
            log.warning("callback_failed", sid=sid, reason=answer.reason)
        done += 1
    return done
