"""What the simulated carrier keeps: phones, messages, opt-outs, what is still to be done, and how
far the clock was moved. One small SQLite file, so that a demo started again shows the same threads.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Dialect,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    TypeDecorator,
    create_engine,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.pool import StaticPool


class Moment(TypeDecorator[datetime]):
    """An aware time, kept as UTC text that sorts as time does."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without its zone cannot be kept")
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


@dataclass(frozen=True)
class Media:
    """A picture or sound of an inbound MMS."""

    url: str
    content_type: str


class MediaList(TypeDecorator[tuple[Media, ...]]):
    impl = String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        return json.dumps([(media.url, media.content_type) for media in value or ()])

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[Media, ...]:
        return tuple(Media(url, content_type) for url, content_type in json.loads(value))


@dataclass(frozen=True)
class Phone:
    """Somebody's phone on the page."""

    id: int
    name: str
    number: str
    # The code with which every text to this phone fails; None: they arrive.
    fails_with: int | None
    change: int


@dataclass(frozen=True)
class Message:
    """One text, in either direction, or one that was refused (then it has no SID)."""

    id: int
    sid: str
    direction: str  # inbound, outbound-api, outbound-reply, or refused
    sender: str
    recipient: str
    body: str  # the carrier's record: redaction empties it
    text: str  # what the handset keeps
    status: str
    error_code: int | None
    segments: int
    media: tuple[Media, ...]
    service_sid: str | None
    callback_url: str | None
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    deleted: bool  # from the carrier's record; the handset still has it
    # What became of the webhook of an inbound message: both None while it is under way.
    webhook_status: int | None
    webhook_error: int | None
    # The last status callback that the gateway did not take, in a few words.
    callback_error: str | None
    change: int

    @property
    def is_final(self) -> bool:
        """Whether its status can no longer change."""
        return self.status in FINAL


FINAL = {"delivered", "undelivered", "failed", "canceled", "received", "refused"}


@dataclass(frozen=True)
class Step:
    """Something to do when its time has come: a status reached, a callback or a webhook to post."""

    id: int
    due_at: datetime
    what: str  # status, callback or webhook
    message_id: int
    status: str
    error_code: int | None


metadata = MetaData()

phones = Table(
    "phones",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("number", String, nullable=False, unique=True),
    Column("fails_with", Integer),
    Column("change", Integer, nullable=False),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sid", String, nullable=False, index=True),
    Column("direction", String, nullable=False),
    Column("sender", String, nullable=False),
    Column("recipient", String, nullable=False),
    Column("body", String, nullable=False),
    Column("text", String, nullable=False),
    Column("status", String, nullable=False),
    Column("error_code", Integer),
    Column("segments", Integer, nullable=False),
    Column("media", MediaList, nullable=False, default=()),
    Column("service_sid", String),
    Column("callback_url", String),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("delivered_at", Moment),
    Column("deleted", Integer, nullable=False, default=0),
    Column("webhook_status", Integer),
    Column("webhook_error", Integer),
    Column("callback_error", String),
    Column("change", Integer, nullable=False, index=True),
)

steps = Table(
    "steps",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("due_at", Moment, nullable=False, index=True),
    Column("what", String, nullable=False),
    Column("message_id", Integer, nullable=False, index=True),
    Column("status", String, nullable=False, default=""),
    Column("error_code", Integer),
)

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("person", String, primary_key=True),
    Column("number", String, primary_key=True),
)

facts = Table(
    "facts",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)


class Store:
    """The file and its one connection, used by one thread at a time."""

    def __init__(self, database: str | Path) -> None:
        """`database` is a path, or ":memory:"; a missing folder is an error."""
        self.lock = RLock()
        self._engine = create_engine(
            URL.create("sqlite", database=str(database)),
            poolclass=StaticPool,
            connect_args={"check_same_thread": False},
        )
        # A demo may lose its last moment with the power; it need not wait for the disk.
        event.listen(self._engine, "connect", _do_not_wait_for_the_disk)
        metadata.create_all(self._engine)
        self._connection: Connection | None = None
        with self.open() as connection:
            phone_change = connection.scalar(select(func.max(phones.c.change))) or 0
            message_change = connection.scalar(select(func.max(messages.c.change))) or 0
        self.last_change = max(phone_change, message_change)

    @contextmanager
    def open(self) -> Iterator[Connection]:
        """One transaction, joined by whatever the same thread opens inside it."""
        with self.lock:
            if self._connection is not None:
                yield self._connection
                return
            with self._engine.begin() as connection:
                self._connection = connection
                try:
                    yield connection
                finally:
                    self._connection = None

    def close(self) -> None:
        """Let go of the file."""
        with self.lock:
            self._engine.dispose()

    def _next_change(self) -> int:
        self.last_change += 1
        return self.last_change

    def fact(self, name: str) -> str | None:
        with self.open() as connection:
            return connection.scalar(select(facts.c.value).where(facts.c.name == name))

    def set_fact(self, name: str, value: str) -> None:
        with self.open() as connection:
            if not connection.execute(
                update(facts).where(facts.c.name == name).values(value=value)
            ).rowcount:
                connection.execute(insert(facts).values(name=name, value=value))

    def add_phone(self, name: str, number: str) -> Phone:
        """Keep a phone; IntegrityError where the number has one already."""
        with self.open() as connection:
            row = connection.execute(
                insert(phones)
                .values(name=name, number=number, change=self._next_change())
                .returning(phones)
            ).one()
        return Phone(*row)

    def change_phone(self, number: str, fails_with: int | None) -> None:
        """KeyError where no phone has this number."""
        with self.open() as connection:
            if not connection.execute(
                update(phones)
                .where(phones.c.number == number)
                .values(fails_with=fails_with, change=self._next_change())
            ).rowcount:
                raise KeyError(number)

    def phones(self) -> list[Phone]:
        with self.open() as connection:
            return [Phone(*row) for row in connection.execute(select(phones).order_by("id"))]

    def add_message(self, **values: Any) -> Message:
        with self.open() as connection:
            row = connection.execute(
                insert(messages).values(**values, change=self._next_change()).returning(messages)
            ).one()
        return _message(row)

    def change_message(self, message_id: int, **values: Any) -> Message:
        """Write new values; KeyError where there is no such message."""
        with self.open() as connection:
            row = connection.execute(
                update(messages)
                .where(messages.c.id == message_id)
                .values(**values, change=self._next_change())
                .returning(messages)
            ).one_or_none()
        if row is None:
            raise KeyError(message_id)
        return _message(row)

    def messages(self, *conditions: Any) -> list[Message]:
        """All messages for which the conditions hold, oldest first."""
        with self.open() as connection:
            found = connection.execute(select(messages).where(*conditions).order_by(messages.c.id))
            return [_message(row) for row in found]

    def add_step(self, due_at: datetime, what: str, message: Message, **values: Any) -> None:
        with self.open() as connection:
            connection.execute(
                insert(steps).values(due_at=due_at, what=what, message_id=message.id, **values)
            )

    def take_step(self, now: datetime) -> Step | None:
        """The next step that is due, which nobody else will get."""
        with self.open() as connection:
            row = connection.execute(
                select(steps)
                .where(steps.c.due_at <= now)
                .order_by(steps.c.due_at, steps.c.id)
                .limit(1)
            ).one_or_none()
            if row is None:
                return None
            connection.execute(steps.delete().where(steps.c.id == row.id))
        return Step(*row)

    def next_step_at(self) -> datetime | None:
        """When the next step is due; None where nothing is left to do."""
        with self.open() as connection:
            at: datetime | None = connection.scalar(select(func.min(steps.c.due_at)))
        return at

    def drop_steps(self, message: Message) -> None:
        """Nothing more happens to a message."""
        with self.open() as connection:
            connection.execute(steps.delete().where(steps.c.message_id == message.id))

    def opt_out(self, person: str, number: str) -> bool:
        """True where it is new."""
        with self.open() as connection:
            if self.is_opted_out(person, number):
                return False
            connection.execute(insert(opt_outs).values(person=person, number=number))
            return True

    def opt_in(self, person: str, number: str) -> bool:
        """True where there was an opt-out to lift."""
        pair = (opt_outs.c.person == person, opt_outs.c.number == number)
        with self.open() as connection:
            return bool(connection.execute(opt_outs.delete().where(*pair)).rowcount)

    def is_opted_out(self, person: str, number: str) -> bool:
        pair = (opt_outs.c.person == person, opt_outs.c.number == number)
        with self.open() as connection:
            return connection.execute(select(opt_outs).where(*pair)).first() is not None


def _do_not_wait_for_the_disk(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")


def _message(row: Row[Any]) -> Message:
    values = row._asdict()
    values["deleted"] = bool(values["deleted"])
    return Message(**values)
