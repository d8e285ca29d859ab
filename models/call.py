"""A telephone call: who is on it, what was asked last, and what the answer will be about."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.secrets import Sealed, SealedJSON


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class Call(Base):
    """One call, from its first word to its last, kept between two steps of it.

    `question` is what was asked last, `path` the questions before it (for going back), `kept` what
    the answer will be about. `steps` counts the turns: a step that the carrier asks for twice is
    answered with the same `document`. `misses` are the silences and wrong answers in a row.

    Whoever calls may show any number. Only a call that we have placed (`Direction.OUT`) proves that
    its number is in that person's hands. `person_id` is None where the number was withheld.
    """

    __tablename__ = "call"

    id: Mapped[int] = mapped_column(primary_key=True)
    carrier_sid: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    direction: Mapped[str] = mapped_column(String(3))
    # The row of the outbox for which it was placed; such rows are purged, so no reference is kept.
    outbound_id: Mapped[int | None]
    question: Mapped[str | None] = mapped_column(String(30))
    path: Mapped[list[str]] = mapped_column(JSON)
    kept: Mapped[dict[str, Any]] = mapped_column(SealedJSON)
    steps: Mapped[int] = mapped_column(default=0, server_default="0")
    misses: Mapped[int] = mapped_column(default=0, server_default="0")
    document: Mapped[str | None] = mapped_column(Sealed)
    started_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]

    # How often has this person called lately, and is anybody of theirs on the telephone now?
    __table_args__ = (Index("ix_call_person_id_started_at", "person_id", "started_at"),)

    @property
    def is_proven(self) -> bool:
        """Whether the number is known to be in the hands of whoever is on the telephone."""
        return self.direction == Direction.OUT

    def keep(self, **what: Any) -> None:
        """Remember something for the next steps. The whole is replaced, so it is noticed."""
        self.kept = {**self.kept, **what}

    def end(self, *, now: datetime) -> None:
        """Nobody is on the telephone any more: what was kept for the next step is let go."""
        self.ended_at = self.ended_at or now
        self.kept, self.path, self.document = {}, [], None
