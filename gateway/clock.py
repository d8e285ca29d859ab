"""What time it is: the one place of the project that asks the machine's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that says what time it is, in aware UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class MovableClock:
    """A clock that runs like the real one and can be moved forward: for the demo."""

    def __init__(self, ahead: timedelta = timedelta()) -> None:
        self.ahead = ahead

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def forward(self, span: timedelta) -> None:
        """Move forward by `span`; ValueError if it is negative, for time never goes back."""
        if span < timedelta():
            raise ValueError("time only moves forward")
        self.ahead += span


class StoppedClock:
    """A clock that stands still until it is moved: for tests and transcripts."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def forward(self, span: timedelta) -> None:
        """Move forward by `span`; ValueError if it is negative, for time never goes back."""
        if span < timedelta():
            raise ValueError("time only moves forward")
        self.at += span
