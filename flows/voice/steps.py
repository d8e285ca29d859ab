"""What happens in a call, and what the service does next, without a word of the carrier's.

One step of a call is an event (`Began`, `Keys`, `Words` …) and the answer to it: sentences to be
said, and one thing to do after them (`Listen`, `Record`, `Ring`, `Connect`, `HangUp`).
"""

from __future__ import annotations

from dataclasses import dataclass

# ---- What happens -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Began:
    """Somebody is on the line, and nothing has been said yet."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys that were pressed: digits, `*` and `#`."""

    keys: str


@dataclass(frozen=True, slots=True)
class Words:
    """What was said, as the carrier's machine has written it down."""

    text: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing came for as long as we waited."""


@dataclass(frozen=True, slots=True)
class Rang:
    """Another telephone has rung, and that is over: they talked, or nobody came to the phone."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Somebody has spoken after the beep."""

    carrier_sid: str
    seconds: int


Event = Began | Keys | Words | Silence | Rang | Recorded


# ---- What comes next ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listen:
    """Wait for keys or words. `digits` at most, then it goes on; `finish` is a key that ends them.

    `hints` help the carrier's machine to hear what is likely.
    """

    digits: int = 1
    finish: str = ""
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """Record what is said after a beep, for so many seconds at most."""

    seconds: int = 120


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring another telephone (E.164) for so long, and connect both once that side agrees."""

    number: str
    seconds: int = 25


@dataclass(frozen=True, slots=True)
class Connect:
    """The side that was rung agrees: both talk with each other now."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """The call is over."""


Next = Listen | Record | Ring | Connect | HangUp


@dataclass(frozen=True, slots=True)
class Answer:
    """The sentences to be said, in which language, how slowly, and what is done after them."""

    sentences: tuple[str, ...]
    then: Next
    language: str = "fr"
    slowly: bool = False
