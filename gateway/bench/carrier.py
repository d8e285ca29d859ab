"""A carrier that delivers every text at once and tells whoever wants to know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from gateway.carriers import Accepted, CarrierError, InboundText
from models.messages import OutboundStatus


class DeliversAtOnce:
    """`delivered` is called with each text's recipient and words."""

    def __init__(self, delivered: Callable[[str, str], None]) -> None:
        self._delivered = delivered

    def send(
        self, to: str, body: str, *, reference: int, valid_for: timedelta | None = None
    ) -> Accepted:
        self._delivered(to, body)
        return Accepted(f"SM{reference}", OutboundStatus.DELIVERED)

    def find(self, to: str, body: str, *, since: datetime) -> list[Accepted]:
        return []

    def fate(self, sid: str) -> tuple[OutboundStatus, CarrierError | None] | None:
        return OutboundStatus.DELIVERED, None

    def received(self, *, since: datetime) -> list[InboundText]:
        return []

    def redact(self, sid: str) -> None:
        """Nothing is on record."""

    def call(self, to: str, *, url: str, status_url: str, ring_seconds: int) -> str:
        """Nobody answers, and nobody says so."""
        del to, status_url, ring_seconds
        return f"CA{url}"

    def recording(self, sid: str) -> None:
        del sid

    def delete_recording(self, sid: str) -> None:
        del sid
