"""What a carrier does for us, and how it says no.

CarrierError          the carrier did not take a message or a call; `action` says what to do
└ OutcomeUnknown      it may have taken it or not: look it up before sending again
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from models.messages import OutboundStatus


class Action(StrEnum):
    """What to do when a message was refused or could not be delivered."""

    RETRY = "retry"
    WAIT_FOR_OPERATOR = "wait for operator"
    STOP_SENDER = "stop sender"
    GIVE_UP = "give up"
    USE_VOICE = "use voice"
    OPT_OUT = "opt out"


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a message is tried in all, how long we wait each time, and what we do at last."""

    tries: int
    after: timedelta
    at_last: Action


class CarrierError(Exception):
    """The carrier did not take a message, or could not deliver it.

    `code` is the carrier's own, None if it gave none; `patience` is set where the usual way of
    trying again does not fit; `retry_after` is what the carrier itself asked us to wait.
    """

    def __init__(
        self,
        words: str,
        *,
        action: Action,
        code: int | None = None,
        patience: Patience | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(words)
        self.action = action
        self.code = code
        self.patience = patience
        self.retry_after = retry_after


class OutcomeUnknown(CarrierError):
    """A time-out, a broken connection, a server error: it may be on its way all the same."""

    def __init__(self, words: str) -> None:
        super().__init__(words, action=Action.RETRY)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The carrier has taken a message under this id; so far it has come."""

    sid: str
    status: OutboundStatus


@dataclass(frozen=True, slots=True)
class InboundText:
    """A text that reached our number, as the carrier hands it over.

    `typed_at` is known where it is not handed over at once, but found in the carrier's record.
    """

    carrier_sid: str
    sender: str
    body: str
    media_count: int = 0
    opt_out_type: str | None = None
    typed_at: datetime | None = None


class Carrier(Protocol):
    """Whoever carries our messages. Everything here may raise CarrierError."""

    def send(
        self, to: str, body: str, *, reference: int, valid_for: timedelta | None = None
    ) -> Accepted:
        """Hand over one text, to be delivered within `valid_for` or not at all.

        `reference` comes back with every report of the text's fate.
        """

    def find(self, to: str, body: str, *, since: datetime) -> list[Accepted]:
        """The texts that the carrier took for this recipient and body, the oldest first."""

    def fate(self, sid: str) -> tuple[OutboundStatus, CarrierError | None] | None:
        """How far a text of ours has come, and why no further; None: it isn't on record."""

    def received(self, *, since: datetime) -> Iterable[InboundText]:
        """The texts that reached our number since then, the oldest first."""

    def redact(self, sid: str) -> None:
        """Empty a message on the carrier's record; one that isn't there is no error."""

    def call(self, to: str, *, url: str, status_url: str, ring_seconds: int) -> str:
        """Ring somebody up, for so long; returns the call's id.

        Whoever answers hears the document at `url`; `status_url` is told how the call ended.
        """

    def recording(self, sid: str) -> bytes | None:
        """What somebody said, as a WAV file; None: it isn't there, or not yet."""

    def delete_recording(self, sid: str) -> None:
        """Take a recording off the carrier's record; one that isn't there is no error."""
