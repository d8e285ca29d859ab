"""What our messages come from, and how fast it may send."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Sender(Base):
    """A number, name or service that we send from: its bucket of segments, shared by all workers.

    `segments` is what the bucket held at `filled_at`; it may be below zero after a long message.
    `paused_until`: the carrier says that this sender can't send, and somebody has to look.
    """

    __tablename__ = "sender"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    segments: Mapped[float]
    filled_at: Mapped[datetime]
    paused_until: Mapped[datetime | None]
    paused_for: Mapped[int | None]
