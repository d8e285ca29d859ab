"""The record of every number that was given to somebody: whose, to whom, when, by which consent."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Consent(StrEnum):
    """By which words a number was given."""

    ACCEPTED = "accepted"
    """OUI to a neighbour who asked."""
    CONDITION = "condition"
    """ "Oui mais …", and the neighbour agreed to it."""
    SHARED = "shared"
    """OUI to giving one's own number back."""


class Disclosure(Base):
    """`giver` agreed that `receiver` gets the number, by the message `inbound_id`.

    Kept as long as both people are; it holds no number itself.
    """

    __tablename__ = "disclosure"

    id: Mapped[int] = mapped_column(primary_key=True)
    giver_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    receiver_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    introduction_id: Mapped[int | None] = mapped_column(
        ForeignKey("introduction.id", ondelete="SET NULL"), index=True
    )
    inbound_id: Mapped[int | None] = mapped_column(
        ForeignKey("inbound_message.id", ondelete="SET NULL"), index=True
    )
    receiver_name: Mapped[str] = mapped_column(String(40))
    consent: Mapped[str] = mapped_column(String(9))
    given_at: Mapped[datetime]
