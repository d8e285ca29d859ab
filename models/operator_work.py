"""What waits for a human of the association: reports of abuse, and people to call back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.listing import Listing
from models.person import Person
from models.secrets import Sealed

# The reason of a call about a need to which nobody has said yes.
UNANSWERED = "unanswered"


class Report(Base):
    """A complaint about a listing or its owner, in the words of whoever complains."""

    __tablename__ = "report"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    listing_id: Mapped[int | None] = mapped_column(
        ForeignKey("listing.id", ondelete="SET NULL"), index=True
    )
    words: Mapped[str | None] = mapped_column(Sealed)
    made_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class CallbackRequest(Base):
    """Somebody whom a human should call.

    `reason` is one of "asked" (by the person), "called" (nobody answers calls yet), "misunderstood"
    (twice in a row), "landline" (a text from a number that no text can answer), "trouble" (our own
    mistake), "undelivered" (a text that never arrived) and "unanswered" (the need `listing_id`, to
    which nobody has said yes).
    """

    __tablename__ = "callback_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(String(20))
    listing_id: Mapped[int | None] = mapped_column(
        ForeignKey("listing.id", ondelete="SET NULL"), index=True
    )
    asked_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


def request_callback(
    session: Session,
    person: Person,
    reason: str,
    *,
    now: datetime,
    listing: Listing | None = None,
) -> bool:
    """Note that a human should call somebody. False: that is noted already, and stays once.

    What it is about may be a `listing`: one call for each of them.
    """
    about = listing.id if listing is not None else None
    waiting = session.scalar(
        select(CallbackRequest.id)
        .where(
            CallbackRequest.person_id == person.id,
            CallbackRequest.listing_id.is_not_distinct_from(about),
            CallbackRequest.closed_at.is_(None),
        )
        .limit(1)
    )
    if waiting is None:
        session.add(
            CallbackRequest(person_id=person.id, reason=reason, listing_id=about, asked_at=now)
        )
    return waiting is None


def close_unanswered(session: Session, need: Listing, *, now: datetime) -> None:
    """Somebody has said yes to a need, or it is closed: nobody has to look after it any more."""
    session.execute(
        update(CallbackRequest)
        .where(
            CallbackRequest.listing_id == need.id,
            CallbackRequest.reason == UNANSWERED,
            CallbackRequest.closed_at.is_(None),
        )
        .values(closed_at=now)
    )
