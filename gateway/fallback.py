"""What the carrier is told when a webhook of ours is broken: documents that need nothing of ours.

A caller hears an apology in French instead of the carrier's own words in English. A texter gets
nothing: the text stays on the carrier's record, is found there and then answered.

Unlike a webhook these are served to anybody. They do nothing and tell nothing, and a signature that
doesn't fit, after a change of token or address, is one of the faults that they are there for.
"""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response

DOCUMENTS = Path(__file__).parents[1] / "deploy"
# Read at the start: a file that is missing is noticed then, not during a fault.
FOR_CALLERS = (DOCUMENTS / "fallback-voice.xml").read_bytes()
FOR_TEXTERS = (DOCUMENTS / "fallback-sms.xml").read_bytes()

fallback = Blueprint("fallback", __name__, url_prefix="/twilio/fallback")


@fallback.route("/voice", methods=["GET", "POST"])
def apologise_to_the_caller() -> Response:
    return Response(FOR_CALLERS, content_type="text/xml; charset=utf-8")


@fallback.route("/sms", methods=["GET", "POST"])
def leave_the_text_for_later() -> Response:
    return Response(FOR_TEXTERS, content_type="text/xml; charset=utf-8")
