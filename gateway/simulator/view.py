"""What the phones page shows, in French: phones, messages and their fate."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from gateway.simulator import store as kept
from gateway.simulator.carrier import SimulatedCarrier
from gateway.simulator.cast import example_for
from gateway.simulator.codes import WEBHOOK_FAILURES, in_french
from gateway.simulator.numbers import line_of, shown
from gateway.simulator.store import Message, Phone
from gateway.simulator.view_calls import view_of_calls

# A status of the carrier: its French, and whether it is good, bad or not known yet.
FATES = {
    "accepted": ("en attente", "waiting"),
    "queued": ("en attente", "waiting"),
    "scheduled": ("programmé", "waiting"),
    "sent": ("envoyé", "waiting"),
    "delivered": ("remis", "good"),
    "undelivered": ("non remis", "bad"),
    "failed": ("non envoyé", "bad"),
    "refused": ("refusé", "bad"),
    "canceled": ("annulé", "bad"),
}


def view(carrier: SimulatedCarrier, since: int) -> dict[str, Any]:
    """Everything on the page; of the messages, those that changed after `since`."""
    with carrier.store.open():
        changed = carrier.store.messages(kept.messages.c.change > since)
        phones = carrier.phones
        last_change = carrier.last_change
    return {
        "born": carrier.born,
        "change": last_change,
        "now": carrier.now().isoformat(),
        "phones": [_phone(phone) for phone in phones],
        "messages": [_message(message) for message in changed],
        "calls": view_of_calls(carrier),
        "faults": asdict(carrier.faults),
    }


def _phone(phone: Phone) -> dict[str, Any]:
    line = line_of(phone.number)
    return {
        "id": phone.id,
        "name": phone.name,
        "number": phone.number,
        "shown": shown(phone.number),
        "line": line.name.lower(),
        "kind": line.value,
        "off": phone.fails_with is not None,
        "example": example_for(phone.number),
    }


def _message(message: Message) -> dict[str, Any]:
    typed = message.direction == "inbound"
    number = message.sender if typed else message.recipient
    fate, tone = _fate_of_typed(message) if typed else _fate_of_sent(message)
    return {
        "id": message.id,
        "number": number,
        "shown": shown(number),
        "typed": typed,
        "text": message.text,
        "at": message.created_at.isoformat(),
        "segments": message.segments,
        "fate": fate,
        "tone": tone,
    }


def _fate_of_typed(message: Message) -> tuple[str, str]:
    if message.webhook_error is not None:
        why = WEBHOOK_FAILURES[message.webhook_error]
        status = f", HTTP {message.webhook_status}" if message.webhook_status else ""
        return f"perdu : {why} ({message.webhook_error}{status})", "bad"
    if message.webhook_status is None:
        return "en route", "waiting"
    return "reçu par le service", "good"


def _fate_of_sent(message: Message) -> tuple[str, str]:
    fate, tone = FATES[message.status]
    if message.error_code is not None:
        fate = f"{fate} : {message.error_code}, {in_french(message.error_code)}"
    if message.callback_error is not None:
        fate = f"{fate} (accusé non pris par le service : {message.callback_error})"
    return fate, tone
