"""What the simulated carrier knows: an account and its numbers, the phones, the time, the texts.

What becomes of a text is told by functions of an account, in inbound.py, outbound.py and due.py.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from threading import Condition, Lock
from typing import TYPE_CHECKING, Protocol

from gateway.simulator import store as kept
from gateway.simulator.codes import FAILURES, REFUSALS
from gateway.simulator.faults import Faults, Trouble
from gateway.simulator.store import Message, Phone, Store
from gateway.simulator.switchboard import Switchboard

if TYPE_CHECKING:
    from gateway.simulator.recordings import Recording


class Clock(Protocol):
    """A clock that can be moved."""

    def now(self) -> datetime: ...

    def forward(self, span: timedelta) -> None: ...


@dataclass(frozen=True)
class Pace:
    """How long things take, in the time of the carrier's clock."""

    sending: timedelta = timedelta(seconds=0.3)
    delivering: timedelta = timedelta(seconds=0.7)
    # In a call: how long the voice takes for a letter.
    speaking: timedelta = timedelta(seconds=0.065)


AT_ONCE = Pace(timedelta(), timedelta(), timedelta())


class Account:
    """One account at the carrier, and everybody else's phones. Nothing moves here by itself."""

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        numbers: Sequence[str],
        public_url: str,
        clock: Clock,
        rng: Random,
        database: str | Path = ":memory:",
        names: Sequence[str] = (),
        services: Mapping[str, Sequence[str]] | None = None,
        pace: Pace = AT_ONCE,
        fallback_url: str | None = None,
        voice_fallback_url: str | None = None,
        closed_countries: Sequence[str] = (),
    ) -> None:
        """
        numbers           the account's own, in E.164; what people text is the first one
        public_url        where the gateway is reached; may be set later, before anybody texts
        names             alphanumeric senders that the account may use
        services          Messaging Services: SID -> their numbers
        fallback_url      asked when the webhook of an inbound message fails
        voice_fallback_url  asked when a document of a call can't be had
        closed_countries  prefixes such as "+594" to which sending is not enabled (21408)
        """
        if not numbers:
            raise ValueError("the account needs a number that people can text")
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.numbers = tuple(numbers)
        self.public_url = public_url
        self.names = tuple(names)
        self.services = {sid: tuple(members) for sid, members in (services or {}).items()}
        self.pace = pace
        self.fallback_url = fallback_url
        self.voice_fallback_url = voice_fallback_url
        self.closed_countries = tuple(closed_countries)
        self.faults = Faults()
        # Where the REST API is reached; the server that carries it knows.
        self.api_url = "https://api.twilio.com"
        # Calls and recordings last as long as the process: a restart cuts every line.
        self.switchboard = Switchboard()
        self.recordings: dict[str, Recording] = {}
        self._clock = clock
        self._rng = rng
        self._chance = Lock()
        self._news = Condition()
        self._tidings = 0
        self._closed = False
        self.store = Store(database)
        ahead = timedelta(seconds=float(self.store.fact("clock_ahead") or 0))
        self._ahead = ahead
        if ahead:
            clock.forward(ahead)
        if self.store.fact("born") is None:
            self.store.set_fact("born", uuid.uuid4().hex)
        self._give_up_on_webhooks_cut_short()

    def close(self) -> None:
        """Wake whoever waits for news and let go of the file."""
        with self._news:
            self._closed = True
            self._news.notify_all()
        self.store.close()

    # Time and news

    def now(self) -> datetime:
        return self._clock.now()

    def forward(self, span: timedelta) -> None:
        """Move the clock, and remember it for the next start; ValueError for going back."""
        self._clock.forward(span)
        self._ahead += span
        self.store.set_fact("clock_ahead", str(self._ahead.total_seconds()))
        self.tell()

    @property
    def last_change(self) -> int:
        return self.store.last_change

    @property
    def born(self) -> str:
        """A name for this very file, so that a page knows when it was replaced."""
        return self.store.fact("born") or ""

    @property
    def tidings(self) -> int:
        """How many times something has changed since the start."""
        return self._tidings

    def wait_for_news(self, heard: int, seconds: float) -> None:
        """Wait until there are other tidings than `heard`, or the time is over."""
        with self._news:
            self._news.wait_for(lambda: self._closed or self._tidings != heard, seconds)

    @property
    def is_closed(self) -> bool:
        return self._closed

    def tell(self) -> None:
        """Something has changed: wake whoever waits for news."""
        with self._news:
            self._tidings += 1
            self._news.notify_all()

    # Chance

    def happens(self, share: float) -> bool:
        """Whether something befalls us that does so by this share, from 0 to 1."""
        # Chance is only drawn where it can matter, so that a test's seed means the same whatever
        # faults exist.
        if share <= 0:
            return False
        with self._chance:
            return self._rng.random() < share

    def trouble(self) -> Trouble:
        """What befalls the REST request that has just come in."""
        faults = self.faults
        if faults.too_many + faults.broken + faults.answer_lost <= 0:
            return Trouble.NONE
        with self._chance:
            return faults.trouble(self._rng.random())

    def new_sid(self, prefix: str) -> str:
        """A name for something new: "SM", with media "MM", for a call "CA", and 32 figures."""
        while True:
            with self._chance:
                sid = f"{prefix}{self._rng.getrandbits(128):032x}"
            # A demo started again with the same seed draws the same numbers.
            if not self.store.messages(kept.messages.c.sid == sid):
                return sid

    def set_faults(self, faults: Faults) -> None:
        """From now on, this goes wrong."""
        self.faults = faults
        self.tell()

    # Phones

    @property
    def phones(self) -> list[Phone]:
        return self.store.phones()

    def add_phone(self, name: str, number: str) -> Phone:
        """Give somebody a phone; sqlalchemy.exc.IntegrityError where the number has one."""
        phone = self.store.add_phone(name, number)
        self.tell()
        return phone

    def break_phone(self, number: str, code: int | None) -> None:
        """Every text to this phone fails with `code` (30003: it is switched off), or none does."""
        if code is not None and code not in FAILURES and code not in REFUSALS:
            raise ValueError(f"{code} is no code that a text can fail with")
        self.store.change_phone(number, code)
        self.tell()

    def fails_with(self, number: str) -> int | None:
        """The code with which every text to this phone fails; None where they arrive."""
        return next((p.fails_with for p in self.phones if p.number == number), None)

    def service_of(self, number: str) -> str | None:
        """The Messaging Service that a number belongs to."""
        return next((sid for sid, members in self.services.items() if number in members), None)

    # What people and tests see

    @property
    def messages(self) -> list[Message]:
        """What the carrier has on record, oldest first."""
        return self.store.messages(
            kept.messages.c.direction != "refused", kept.messages.c.deleted == 0
        )

    @property
    def refusals(self) -> list[Message]:
        """The sends that were refused, oldest first; `error_code` says why."""
        return self.store.messages(kept.messages.c.direction == "refused")

    def received(self, number: str) -> list[str]:
        """The texts that arrived on somebody's phone, in the order in which they did."""
        arrived = self.store.messages(
            kept.messages.c.recipient == number, kept.messages.c.delivered_at.is_not(None)
        )
        arrived.sort(key=lambda message: (message.delivered_at, message.id))
        return [message.text for message in arrived if message.direction != "inbound"]

    def _give_up_on_webhooks_cut_short(self) -> None:
        """Messages whose webhook was under way when the last run ended count as failed."""
        columns = kept.messages.c
        for message in self.store.messages(
            columns.direction == "inbound",
            columns.webhook_status.is_(None),
            columns.webhook_error.is_(None),
        ):
            self.store.change_message(message.id, webhook_error=11205)
