"""The simulated carrier: its rules, its numbers and what becomes of every message.

    a person texts      text() -> webhook to the gateway -> (the gateway answers)
    the gateway sends   send() -> queued | Refused;   pump() -> sent -> delivered | undelivered
    a person calls      call() -> webhook -> the document is walked, verb by verb
    the gateway calls   REST -> the telephone rings; ringing() -> answer, decline, …

Nothing happens behind the caller's back: what is due is done by `pump`, which the demo calls a few
times a second and a test once the worker has sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gateway.simulator import calls, due, inbound, outbound, records, telephone
from gateway.simulator.account import AT_ONCE, Account, Clock, Pace
from gateway.simulator.outbound import BODY_LIMIT, segments_of
from gateway.simulator.store import Media, Message
from gateway.simulator.telephone import Call
from gateway.simulator.webhooks import API_VERSION

__all__ = [
    "API_VERSION",
    "AT_ONCE",
    "BODY_LIMIT",
    "Call",
    "Clock",
    "Pace",
    "SimulatedCarrier",
    "segments_of",
]


class SimulatedCarrier(Account):
    """One account at the carrier, with all that people and the gateway can do there."""

    # A person texts

    def text(
        self, from_number: str, body: str, to: str | None = None, media: Sequence[Media] = ()
    ) -> int | None:
        """Somebody texts the service; the HTTP status of its answer, None where there was none.

        `from_number` may be anything that a network shows: a short number, a name, nothing.
        ValueError for what no network carries.
        """
        return inbound.text(self, from_number, body, to, media)

    # The gateway sends

    def send(
        self,
        *,
        to: str,
        body: str,
        sender: str = "",
        service_sid: str | None = None,
        callback_url: str | None = None,
        send_at: datetime | None = None,
        keep_body: bool = True,
        direction: str = "outbound-api",
    ) -> Message:
        """Take a text from the gateway; Refused, and kept as a refusal, where a rule is against it.

        The text is queued; `pump` moves it on.
        """
        return outbound.send(
            self,
            to=to,
            body=body,
            sender=sender,
            service_sid=service_sid,
            callback_url=callback_url,
            send_at=send_at,
            keep_body=keep_body,
            direction=direction,
        )

    def message(self, sid: str) -> Message:
        """One message on record; Refused with 20404 where there is none."""
        return records.on_record(self, sid)

    def redact(self, sid: str) -> Message:
        """Empty a message on record; people's phones keep what they have."""
        return records.redact(self, sid)

    def delete(self, sid: str) -> None:
        """Take a message off the record; people's phones keep what they have."""
        records.delete(self, sid)

    def cancel(self, sid: str) -> Message:
        """Call back a text that was scheduled and has not left."""
        return records.cancel(self, sid)

    # Calls

    def call(self, number: str, *, to: str | None = None, shown_as: str = "") -> Call:
        """Somebody calls the service and listens; `shown_as` for a withheld or forged number.

        ValueError for a number that is not the service's, and while on the telephone already.
        """
        return Call(self, calls.call(self, number, to, shown_as))

    def ringing(self, number: str) -> list[Call]:
        """The calls that ring on somebody's telephone."""
        return telephone.ringing(self, number)

    def in_call(self, number: str) -> list[Call]:
        """The calls that somebody is in; at most one."""
        return telephone.current(self, number)

    # What is due

    def pump(self, now: datetime | None = None) -> int:
        """Do all that is due, in its order; how many things that was.

        May be called from several threads: nothing is done twice.
        """
        return due.pump(self, now)
