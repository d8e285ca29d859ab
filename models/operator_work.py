"""What waits for a human of the association: reports of abuse, and people to call back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.listing import Listing
from models.person import Person
from models.secrets import Sealed

if TYPE_CHECKING:
    from models.recording import Recording

# The reason of a call about a need to which nobody has said yes.
UNANSWERED = "unanswered"
# The reason where there is a spoken message to listen to first.
RECORDED = "recorded"


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

    `reason` is one of "asked" (by the person), "misunderstood"
    (twice in a row), "trouble" (our own
    mistake), "undelivered" (a text that never arrived), "unreached" (rung up in vain, as often as
    is done), "unanswered" (the need `listing_id`, to which nobody has said yes) and "recorded" (a
    spoken message, `recording_id`, which goes before the request does if it is old).

    `number` is one that was keyed in, where it isn't the person's own. Whoever hides their number
    is nobody whom we know: then there is no person, and only `number`, a recording or both.
    """

    __tablename__ = "callback_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    number: Mapped[str | None] = mapped_column(Sealed)
    reason: Mapped[str] = mapped_column(String(20))
    listing_id: Mapped[int | None] = mapped_column(
        ForeignKey("listing.id", ondelete="SET NULL"), index=True
    )
    recording_id: Mapped[int | None] = mapped_column(
        ForeignKey("recording.id", ondelete="SET NULL"), index=True
    )
    asked_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


def request_callback(
    session: Session,
    person: Person | None,
    reason: str,
    *,
    now: datetime,
    listing: Listing | None = None,
    recording: Recording | None = None,
    number: str | None = None,
) -> bool:
    """Note that a human should call somebody. False: that is noted already, and stays once.

    What it is about may be a `listing`: one call for each of them. A `recording` is always a
    request of its own, for each must be listened to. `number` (E.164) was keyed in.
    """
    if person is None and number is None and recording is None:
        raise ValueError("nobody to call, and nothing to listen to")
    about = listing.id if listing is not None else None
    waiting = None if recording is not None else _waiting(session, person, about, number)
    if waiting is None:
        session.add(
            CallbackRequest(
                person_id=person.id if person is not None else None,
                number=number,
                reason=reason,
                listing_id=about,
                recording_id=recording.id if recording is not None else None,
                asked_at=now,
            )
        )
    elif number is not None:
        # Whoever keys in another number wants to be called there.
        waiting.number = number
    return waiting is None


def _waiting(
    session: Session, person: Person | None, about: int | None, number: str | None
) -> CallbackRequest | None:
    """The request of the same person that waits already, or of a withheld one for this number."""
    requests = session.scalars(
        select(CallbackRequest)
        .where(
            CallbackRequest.person_id.is_not_distinct_from(person.id if person else None),
            CallbackRequest.listing_id.is_not_distinct_from(about),
            CallbackRequest.closed_at.is_(None),
        )
        .order_by(CallbackRequest.id)
    )
    return next((one for one in requests if person is not None or one.number == number), None)


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
