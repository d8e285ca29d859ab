"""Where a conversation stands between two messages: what was asked, what is filled in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.secrets import SealedJSON

# A half-done draft and an open question are kept for a day.
KEPT_FOR = timedelta(days=1)


class Conversation(Base):
    """One person's conversation.

    `awaiting` is the name of the question asked last ("commune", "confirmation", …), `drafts` the
    listings being filled in (the last one is the current one), `shown` what the numbered lines
    shown last stand for, `search` what list was shown, so that SUITE can go on with it.
    `answered_at` is when the last OUI or NON was taken: what was asked before it is not answered
    by another plain OUI.
    """

    __tablename__ = "conversation"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    awaiting: Mapped[str | None] = mapped_column(String(30))
    asked_at: Mapped[datetime | None]
    drafts: Mapped[list[dict[str, Any]]] = mapped_column(SealedJSON)
    answered_at: Mapped[datetime | None]
    shown: Mapped[dict[str, list[Any]]] = mapped_column(JSON)
    search: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    misunderstandings: Mapped[int] = mapped_column(default=0)

    @classmethod
    def new(cls, person_id: int) -> Conversation:
        return cls(person_id=person_id, drafts=[], shown={}, search=None, misunderstandings=0)

    def ask(self, question: str, *, now: datetime) -> None:
        """Remember that `question` was asked, as the last one."""
        self.awaiting = question
        self.asked_at = now

    def show(self, kind: str, items: list[Any]) -> None:
        """Remember what the lines just numbered stand for: "listings", "communes", "own"."""
        self.shown = {kind: items}

    def shown_as(self, kind: str) -> list[Any]:
        """What the numbered lines stand for, if they were of this kind; else nothing."""
        return self.shown.get(kind, [])

    def settle(self) -> None:
        """No question of ours is open any more."""
        self.awaiting = None
        self.asked_at = None

    def is_stale(self, *, now: datetime) -> bool:
        """Whether the question asked last is too old to be answered."""
        return self.asked_at is not None and now - self.asked_at > KEPT_FOR
