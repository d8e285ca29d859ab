"""What a carrier does wrong, switched on by share so that tests and the demo can meet all of it.

A share is between 0 (never) and 1 (always); chance comes from the carrier's own random numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum, auto


class Trouble(Enum):
    """What befalls one request to the REST API."""

    NONE = auto()
    TOO_MANY = auto()
    BROKEN = auto()
    ANSWER_LOST = auto()


@dataclass(frozen=True)
class Faults:
    """Nothing goes wrong unless it is asked for."""

    # The REST API
    slow_seconds: float = 0.0
    too_many: float = 0.0
    broken: float = 0.0
    # The request is carried out, but its answer never arrives: after `silence_seconds` the
    # connection is cut.
    answer_lost: float = 0.0
    silence_seconds: float = 0.0
    # Delivery to the handset: undelivered, 30003
    unreachable: float = 0.0
    # Status callbacks
    callbacks_late: float = 0.0
    late_seconds: float = 30.0
    callbacks_reversed: float = 0.0
    callbacks_twice: float = 0.0
    # Inbound messages: told twice, or never, which leaves them on the carrier's record alone
    webhooks_twice: float = 0.0
    webhooks_lost: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            amount = getattr(self, field.name)
            if isinstance(amount, bool) or not isinstance(amount, int | float) or amount < 0:
                raise ValueError(f"{field.name} must be a number from 0, not {amount!r}")
            if not field.name.endswith("_seconds") and amount > 1:
                raise ValueError(f"{field.name} is a share and cannot be over 1")
        if self.too_many + self.broken + self.answer_lost > 1:
            raise ValueError("the shares of troubled requests add up to more than 1")

    def trouble(self, chance: float) -> Trouble:
        """What happens to the request that drew `chance`, from 0 up to but not including 1."""
        for share, trouble in (
            (self.too_many, Trouble.TOO_MANY),
            (self.broken, Trouble.BROKEN),
            (self.answer_lost, Trouble.ANSWER_LOST),
        ):
            if chance < share:
                return trouble
            chance -= share
        return Trouble.NONE
