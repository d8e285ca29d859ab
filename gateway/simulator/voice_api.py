"""The part of Twilio's REST API that the gateway uses: calls and recordings.

    POST    /2010-04-01/Accounts/<sid>/Calls.json             call somebody
    GET     /2010-04-01/Accounts/<sid>/Calls/<sid>.json       look a call up
    POST    /2010-04-01/Accounts/<sid>/Calls/<sid>.json       end it (Status=) or lead it elsewhere
    GET     /2010-04-01/Accounts/<sid>/Recordings/<sid>.json  look a recording up
    GET     /2010-04-01/Accounts/<sid>/Recordings/<sid>.wav   its sound
    DELETE  /2010-04-01/Accounts/<sid>/Recordings/<sid>.json

What the real API knows and this one does not is answered with 501, never ignored.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, request
from werkzeug.datastructures import MultiDict

from gateway.simulator import calls
from gateway.simulator.carrier import API_VERSION, SimulatedCarrier
from gateway.simulator.codes import Refused
from gateway.simulator.recordings import (
    Recording,
    delete_recording,
    recording_on_record,
    sound_of,
)
from gateway.simulator.switchboard import Leg

POST = re.compile("POST")
EVENTS = {"initiated", "ringing", "answered", "completed"}
CALL_PARAMETERS: dict[str, re.Pattern[str] | None] = {
    "To": None,
    "From": None,
    "Url": None,
    "Twiml": None,
    "Method": POST,
    "Timeout": re.compile(r"[1-9]\d{0,2}"),
    "StatusCallback": None,
    "StatusCallbackMethod": POST,
    "StatusCallbackEvent": None,
    "MachineDetection": re.compile("Enable|DetectMessageEnd"),
}
NOT_SIMULATED = {
    "ApplicationSid", "AsyncAmd", "AsyncAmdStatusCallback", "AsyncAmdStatusCallbackMethod", "Byoc",
    "CallReason", "CallToken", "CallerId", "FallbackMethod", "FallbackUrl",
    "MachineDetectionSilenceTimeout", "MachineDetectionSpeechEndThreshold",
    "MachineDetectionSpeechThreshold", "MachineDetectionTimeout", "Record", "RecordingChannels",
    "RecordingStatusCallback", "RecordingStatusCallbackEvent", "RecordingStatusCallbackMethod",
    "RecordingTrack", "SendDigits", "SipAuthPassword", "SipAuthUsername", "TimeLimit", "Trim",
}  # fmt: skip
CHANGES: dict[str, re.Pattern[str] | None] = {
    "Status": re.compile("completed|canceled"),
    "Url": None,
    "Twiml": None,
    "Method": POST,
}
LONGEST_TWIML = 4000
LONGEST_RING_SECONDS = 600


def add_voice(api: Blueprint, carrier: SimulatedCarrier) -> None:
    """Add the routes of calls and recordings to those of the account."""

    @api.post("/Accounts/<account_sid>/Calls.json")
    def place(account_sid: str) -> tuple[Response, int]:
        form = request.form
        _check(form, CALL_PARAMETERS)
        url, document = _where_to(form)
        if not url and not document:
            raise Refused(21205, "")
        ring_seconds = int(form.get("Timeout", "60"))
        if ring_seconds > LONGEST_RING_SECONDS:
            raise Refused(20001, f"Timeout={ring_seconds}")
        callback_url = form.get("StatusCallback") or None
        if callback_url is not None and not _is_address(callback_url):
            raise Refused(21609, callback_url)
        leg = calls.place(
            carrier,
            to=form.get("To", ""),
            sender=form.get("From", ""),
            url=url,
            document=document,
            ring_seconds=ring_seconds,
            callback_url=callback_url,
            callback_events=_events(form),
            detects_machine=form.get("MachineDetection", ""),
        )
        return jsonify(_call(leg, account_sid)), 201

    @api.get("/Accounts/<account_sid>/Calls/<sid>.json")
    def fetch_call(account_sid: str, sid: str) -> Response:
        return jsonify(_call(calls.on_record(carrier, sid), account_sid))

    @api.post("/Accounts/<account_sid>/Calls/<sid>.json")
    def change_call(account_sid: str, sid: str) -> Response:
        form = request.form
        _check(form, CHANGES)
        url, document = _where_to(form)
        end = form.get("Status", "")
        if not end and not url and not document:
            raise Refused(20001, "nothing to change")
        leg = calls.change(carrier, sid, end=end, url=url, document=document)
        return jsonify(_call(leg, account_sid))

    @api.get("/Accounts/<account_sid>/Recordings/<sid>.json")
    def fetch_recording(account_sid: str, sid: str) -> Response:
        return jsonify(_recording(recording_on_record(carrier, sid), account_sid))

    @api.get("/Accounts/<account_sid>/Recordings/<sid>.wav")
    @api.get("/Accounts/<account_sid>/Recordings/<sid>")
    def sound(account_sid: str, sid: str) -> Response:  # noqa: ARG001
        return Response(sound_of(recording_on_record(carrier, sid)), content_type="audio/x-wav")

    @api.delete("/Accounts/<account_sid>/Recordings/<sid>.json")
    @api.delete("/Accounts/<account_sid>/Recordings/<sid>")
    def delete_one(account_sid: str, sid: str) -> tuple[str, int]:  # noqa: ARG001
        delete_recording(carrier, sid)
        return "", 204


def _check(form: MultiDict[str, str], known: dict[str, re.Pattern[str] | None]) -> None:
    for name, value in form.items(multi=True):
        if name in NOT_SIMULATED:
            raise Refused(20501, f"{name}={value}")
        if name not in known:
            raise Refused(20001, name)
        if name == "Method" and value == "GET":
            raise Refused(20501, f"{name}={value}")
        pattern = known[name]
        if len(form.getlist(name)) > 1 and name != "StatusCallbackEvent":
            raise Refused(20001, f"{name}={value}")
        if pattern and not pattern.fullmatch(value):
            raise Refused(20001, f"{name}={value}")


def _where_to(form: MultiDict[str, str]) -> tuple[str, str]:
    """The address and the document of a request, at most one of which may be there."""
    url, document = form.get("Url", ""), form.get("Twiml", "")
    if url and (document or not _is_address(url)):
        raise Refused(21205, url)
    if len(document) > LONGEST_TWIML:
        raise Refused(20001, f"Twiml of {len(document)} characters")
    return url, document


def _is_address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.fragment


def _events(form: MultiDict[str, str]) -> frozenset[str]:
    # twilio-python sends one field per event; others send all of them in one.
    events = {event for value in form.getlist("StatusCallbackEvent") for event in value.split()}
    if events - EVENTS:
        raise Refused(20001, f"StatusCallbackEvent={sorted(events - EVENTS)}")
    return frozenset(events or {"completed"})


def _call(leg: Leg, account_sid: str) -> dict[str, Any]:
    """A call as the API shows it."""
    uri = f"/{API_VERSION}/Accounts/{account_sid}/Calls/{leg.sid}"
    return {
        "account_sid": account_sid,
        "annotation": None,
        "answered_by": leg.answered_by or None,
        "api_version": API_VERSION,
        "caller_name": None,
        "date_created": _rfc2822(leg.created_at),
        "date_updated": _rfc2822(leg.ended_at or leg.answered_at or leg.created_at),
        "direction": leg.direction,
        "duration": str(leg.duration) if leg.is_over else None,
        "end_time": _rfc2822(leg.ended_at),
        "forwarded_from": None,
        "from": leg.caller,
        "from_formatted": leg.caller,
        "group_sid": None,
        "parent_call_sid": leg.parent.sid if leg.parent else None,
        "phone_number_sid": None,
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "sid": leg.sid,
        "start_time": _rfc2822(leg.answered_at),
        "status": leg.status,
        "subresource_uris": {"recordings": f"{uri}/Recordings.json"},
        "to": leg.called,
        "to_formatted": leg.called,
        "trunk_sid": None,
        "uri": f"{uri}.json",
    }


def _recording(recording: Recording, account_sid: str) -> dict[str, Any]:
    """A recording as the API shows it."""
    uri = f"/{API_VERSION}/Accounts/{account_sid}/Recordings/{recording.sid}"
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "call_sid": recording.call_sid,
        "channels": 1,
        "conference_sid": None,
        "date_created": _rfc2822(recording.created_at),
        "date_updated": _rfc2822(recording.created_at),
        "duration": str(recording.seconds),
        "encryption_details": None,
        "error_code": None,
        "media_url": recording.url,
        "price": None,
        "price_unit": "USD",
        "sid": recording.sid,
        "source": "RecordVerb",
        "start_time": _rfc2822(recording.created_at),
        "status": "completed",
        "subresource_uris": {},
        "uri": f"{uri}.json",
    }


def _rfc2822(moment: datetime | None) -> str | None:
    return None if moment is None else format_datetime(moment.astimezone(UTC))
