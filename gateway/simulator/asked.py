"""What the page asks, as JSON, and how it is told that something cannot be done."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request


class Unusable(Exception):
    """What was asked cannot be done; the message tells the person, in French."""


def asked() -> dict[str, Any]:
    """The request; Unusable where it is no JSON object."""
    told = request.get_json()
    if not isinstance(told, dict):
        raise Unusable("La demande est illisible.")
    return told


def text_of(name: str) -> str:
    """A text of the request; Unusable where there is none."""
    value = asked().get(name)
    if not isinstance(value, str):
        raise Unusable("La demande est illisible.")
    return value


def explained(error: Unusable) -> tuple[Response, int]:
    """The answer to what cannot be done."""
    return jsonify({"error": str(error)}), 422
