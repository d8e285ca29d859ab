"""The addresses that the carrier calls: a text that came in, and the fate of one that went out.

Nothing here is believed unless it is signed. A text is stored, and the carrier answered at once
with nothing: the worker takes the turn, and whatever is said goes through the outbox.
"""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, abort, current_app, request

from gateway.calls import (
    ask_whoever_is_rung,
    begin_call,
    begin_placed_call,
    call_ended,
    take_step,
)
from gateway.carriers import InboundText
from gateway.carriers.twilio import REFERENCE, STATUSES, refusal
from gateway.inbound import store
from gateway.placing import note_call_ended
from gateway.receipts import note_receipt
from gateway.service import Service
from gateway.signature import is_genuine

NOTHING_TO_SAY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'

LONGEST_SID = 64
CALL_IS_OVER = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
LONGEST_NUMBER = 9
OPT_OUT_TYPES = frozenset({"STOP", "START", "HELP"})

log = structlog.get_logger()

webhooks = Blueprint("webhooks", __name__, url_prefix="/twilio")


def _service() -> Service:
    service: Service = current_app.extensions["service"]
    return service


@webhooks.before_request
def refuse_what_is_not_signed() -> None:
    settings = _service().settings
    if not is_genuine(public_url=settings.public_url, auth_tokens=settings.auth_tokens):
        log.warning("webhook refused", path=request.path)
        abort(403, "this request does not bear the carrier's signature")


@webhooks.post("/sms")
def text_came_in() -> Response:
    form = request.form
    sid = form.get("MessageSid", "")
    if not 0 < len(sid) <= LONGEST_SID:
        abort(400, "MessageSid is missing, or too long")
    store(
        _service(),
        InboundText(
            carrier_sid=sid,
            sender=form.get("From", ""),
            body=form.get("Body", ""),
            media_count=_whole_number(form.get("NumMedia")) or 0,
            opt_out_type=_opt_out_type(form.get("OptOutType", "")),
        ),
    )
    return Response(NOTHING_TO_SAY, content_type="text/xml; charset=utf-8")


@webhooks.post("/voice")
def call_came_in() -> Response:
    caller = request.form.get("From", "")
    return _spoken(begin_call(_service(), sid=_call_sid(), caller=caller))


@webhooks.post("/voice/placed/<int:outbound_id>")
def call_of_ours_was_answered(outbound_id: int) -> Response:
    return _spoken(begin_placed_call(_service(), sid=_call_sid(), outbound_id=outbound_id))


@webhooks.post("/voice/step/<int:step>")
def caller_did_something(step: int) -> Response:
    return _spoken(take_step(_service(), sid=_call_sid(), step=step, form=request.form))


@webhooks.post("/voice/step/<int:step>/again")
def caller_went_on_after_trouble(step: int) -> Response:
    form = request.form
    return _spoken(take_step(_service(), sid=_call_sid(), step=step, form=form, is_last_try=True))


@webhooks.post("/voice/whisper/<int:call_id>/<int:step>/<int:asked>")
def somebody_else_was_rung(call_id: int, step: int, asked: int) -> Response:
    form = request.form
    return _spoken(
        ask_whoever_is_rung(_service(), call_id=call_id, step=step, asked=asked, form=form)
    )


@webhooks.post("/voice/status")
def call_moved_on() -> Response:
    if request.form.get("CallStatus") in CALL_IS_OVER:
        call_ended(_service(), sid=_call_sid())
    return Response(status=204)


@webhooks.post("/voice/status/<int:outbound_id>")
def call_of_ours_moved_on(outbound_id: int) -> Response:
    status = request.form.get("CallStatus", "")
    if status in CALL_IS_OVER:
        note_call_ended(_service(), outbound_id, status)
    return Response(status=204)


def _call_sid() -> str:
    sid = request.form.get("CallSid", "")
    if not 0 < len(sid) <= LONGEST_SID:
        abort(400, "CallSid is missing, or too long")
    return sid


def _spoken(document: str) -> Response:
    return Response(document, content_type="text/xml; charset=utf-8")


@webhooks.post("/sms/status")
def text_moved_on() -> Response:
    form = request.form
    sid = form.get("MessageSid") or form.get("SmsSid")
    status = form.get("MessageStatus") or form.get("SmsStatus")
    if not sid or not status:
        abort(400, "MessageSid or MessageStatus is missing")
    code = _whole_number(form.get("ErrorCode"))
    error = refusal(status, code) if code else None
    if status in STATUSES:
        reference = _whole_number(request.args.get(REFERENCE))
        note_receipt(_service(), sid=sid, status=STATUSES[status], error=error, reference=reference)
    return Response(status=204)


def _opt_out_type(value: str) -> str | None:
    """What the carrier has itself answered; None for nothing, and for a word we don't know."""
    return value.upper() if value.upper() in OPT_OUT_TYPES else None


def _whole_number(value: str | None) -> int | None:
    """The number that a field holds; None for anything else, a number of 100 digits included."""
    is_one = value and len(value) <= LONGEST_NUMBER and value.isascii() and value.isdigit()
    return int(value) if value and is_one else None
