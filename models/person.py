"""Somebody with a telephone: the number, and the little that is remembered for it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, ScalarSelect, String, false, select, text, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.secrets import Sealed, keyring_of


class Person(Base):
    """A telephone number and what its holder chose.

    A person is found by `number_hash` (see `find_person`); `number` itself is sealed. Only a
    person who said STOP and then had everything erased has no number: the hash alone is kept, so
    that the STOP still holds.

    `alerted_at` is when this volunteer was last chosen to be told of a need, `told_at` when last
    told something without having written; `alerted_on` is the day, where that person lives, of
    which `alerts_that_day` is the count.
    """

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    number_hash: Mapped[str] = mapped_column(String(64), unique=True)
    number: Mapped[str | None] = mapped_column(Sealed)
    language: Mapped[str] = mapped_column(String(2), default="fr")
    # None: the kind of number decides. False: the carrier said that it takes no texts.
    takes_texts: Mapped[bool | None]
    # False: never rung up; whoever chose that calls us to hear what is new.
    takes_calls: Mapped[bool] = mapped_column(default=True, server_default=true())
    # Asked for once, and remembered for every call after.
    speak_slowly: Mapped[bool] = mapped_column(default=False, server_default=false())
    commune_insee: Mapped[str | None] = mapped_column(
        ForeignKey("commune.insee", ondelete="SET NULL")
    )
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    noticed_at: Mapped[datetime | None]
    opted_out_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    wants_holidays: Mapped[bool] = mapped_column(default=False, server_default=false())
    alerted_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    alerted_on: Mapped[date | None]
    alerts_that_day: Mapped[int] = mapped_column(default=0, server_default="0")
    blocked_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]

    __table_args__ = (
        # Whom the worker still has to let go of; it asks all the time.
        Index(
            "ix_person_erased",
            "erased_at",
            sqlite_where=text("erased_at IS NOT NULL"),
            postgresql_where=text("erased_at IS NOT NULL"),
        ),
    )

    @property
    def is_reachable(self) -> bool:
        """Whether we may write or call at all."""
        return self.opted_out_at is None and self.blocked_at is None and self.erased_at is None

    def count_alert(self, *, now: datetime, today: date) -> None:
        """Note that this person is told something unasked, where it is the day `today`."""
        if self.alerted_on != today:
            self.alerts_that_day = 0
        self.alerted_on = today
        self.alerts_that_day += 1
        self.told_at = now


def find_person(session: Session, number: str) -> Person | None:
    """Who has this number (E.164)? Found under the current secret or an older one."""
    hashes = keyring_of(session).fingerprints(number)
    return session.scalar(select(Person).where(Person.number_hash.in_(hashes)))


def person_with(session: Session, number: str) -> ScalarSelect[int]:
    """The id of whoever has this number (E.164), as a part of another statement."""
    hashes = keyring_of(session).fingerprints(number)
    return select(Person.id).where(Person.number_hash.in_(hashes)).scalar_subquery()


def lock_person(session: Session, number: str, *, now: datetime) -> Person:
    """The person with this number (E.164), made if new, locked until the transaction ends.

    The lock is what takes two messages of one person one after the other, on any number of
    machines: a row lock in PostgreSQL, the one write lock of SQLite.
    """
    hashes = keyring_of(session).fingerprints(number)
    # NO KEY UPDATE: a row that refers to this person may be added elsewhere meanwhile. Two people
    # who write to each other at the same moment would otherwise wait for each other for ever.
    locked = select(Person).where(Person.number_hash.in_(hashes)).with_for_update(key_share=True)
    person = session.scalar(locked)
    if person is None:
        session.execute(
            insert_unless_there(session, Person)
            .values(
                number_hash=hashes[0],
                number=number,
                language="fr",
                created_at=now,
                last_seen_at=now,
            )
            .on_conflict_do_nothing()
        )
        person = session.scalars(locked).one()
    return person


def insert_unless_there(session: Session, table: type[Base]) -> Any:
    """An INSERT that can say ON CONFLICT DO NOTHING, in the words of the session's database."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)
