"""What a carrier does for us, and how it says no.

CarrierError          the carrier did not take a message; `action` says what to do about it
└ OutcomeUnknown      it may have taken it or not: look it up before sending again
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from models.messages import OutboundStatus


class Action(StrEnum):
    """What to do when a message was refused or could not be delivered."""

    RETRY = "retry"
    WAIT_FOR_OPERATOR = "wait for operator"
    GIVE_UP = "give up"
    USE_VOICE = "use voice"
    OPT_OUT = "opt out"


class CarrierError(Exception):
    """The carrier did not take a message. `code` is the carrier's own, None if it gave none."""

    def __init__(self, words: str, *, action: Action, code: int | None = None) -> None:
        super().__init__(words)
        self.action = action
        self.code = code


class OutcomeUnknown(CarrierError):
    """A time-out, a broken connection, a server error: the message may be on its way."""

    def __init__(self, words: str) -> None:
        super().__init__(words, action=Action.RETRY)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The carrier has taken a message under this id; so far it has come."""

    sid: str
    status: OutboundStatus


class Carrier(Protocol):
    """Whoever carries our messages."""

    def send(self, to: str, body: str, *, reference: int) -> Accepted:
        """Hand over one text; CarrierError if it isn't taken.

        `reference` comes back with every report of the text's fate.
        """

    def find(self, to: str, body: str, *, since: datetime) -> list[Accepted]:
        """The texts that the carrier took for this recipient and body, the oldest first."""
