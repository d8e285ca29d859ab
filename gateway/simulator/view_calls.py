"""What the phones page shows of calls, in French: who rings, what is said, how it ended."""

from __future__ import annotations

from typing import Any

from gateway.simulator.carrier import SimulatedCarrier
from gateway.simulator.codes import WEBHOOK_FAILURES
from gateway.simulator.numbers import shown
from gateway.simulator.switchboard import Heard, Leg

ENDS = {
    "completed": "Appel terminé",
    "busy": "Occupé",
    "no-answer": "Pas de réponse",
    "failed": "L'appel n'a pas abouti",
    "canceled": "Appel manqué",
}
# What is shown for that which isn't words.
SOUNDS = {"pause": "silence de {} s", "beep": "bip", "tones": "touche {}", "play": "son : {}"}
WAITS = {
    "gather": "Le service attend votre réponse",
    "record": "Le service enregistre : parlez, puis raccrochez ou tapez une touche",
}


def view_of_calls(carrier: SimulatedCarrier) -> list[dict[str, Any]]:
    """The latest call of each phone."""
    latest = {leg.person: leg for leg in list(carrier.switchboard.legs.values())}
    for leg in list(carrier.switchboard.legs.values()):
        # A call under way hides one that only found the line busy.
        if not leg.is_over:
            latest[leg.person] = leg
    return [_call(leg) for leg in latest.values()]


def _call(leg: Leg) -> dict[str, Any]:
    state = "over" if leg.is_over else "ringing" if leg.is_ringing else "talking"
    return {
        "sid": leg.sid,
        "number": leg.person,
        "state": state,
        "incoming": leg.direction != "inbound",
        "other": shown(leg.called if leg.direction == "inbound" else leg.caller),
        "bridged": leg.other is not None,
        "note": _note(leg),
        "keys": leg.wait is not None and leg.wait.keys,
        "words": leg.wait is not None and leg.wait.words,
        "lines": [_line(one) for one in list(leg.heard)],
        "errors": [f"{code} : {WEBHOOK_FAILURES.get(code, 'erreur')}" for code in leg.errors],
    }


def _note(leg: Leg) -> str:
    if leg.is_over:
        return ENDS[leg.status]
    if leg.is_ringing:
        return f"Appel du {shown(leg.caller)}"
    if leg.other is not None:
        return "Vous êtes en communication avec quelqu'un"
    if leg.wait is None:
        return "En ligne"
    if leg.wait.what == "ringing":
        return "Ça sonne chez la personne appelée"
    return WAITS.get(leg.wait.what, "En ligne")


def _line(heard: Heard) -> dict[str, Any]:
    template = SOUNDS.get(heard.kind, "{}")
    return {
        "kind": heard.kind,
        "text": template.format(heard.text),
        "language": heard.language or "fr-FR",
    }
