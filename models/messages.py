"""What came in, and what goes out: every text message, stored before anything is done with it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BindParameter, ForeignKey, Index, String, bindparam, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.introduction import Introduction
from models.listing import Listing
from models.person import Person
from models.secrets import Sealed


class InboundMessage(Base):
    """A text that reached us.

    `outcome` is empty until the turn is taken; then "answered", or "ignored" for machines and
    senders who can't or mustn't be answered.
    """

    __tablename__ = "inbound_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    carrier_sid: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    sender: Mapped[str | None] = mapped_column(Sealed)
    body: Mapped[str | None] = mapped_column(Sealed)
    media_count: Mapped[int] = mapped_column(default=0)
    opt_out_type: Mapped[str | None] = mapped_column(String(10))
    received_at: Mapped[datetime]
    outcome: Mapped[str | None] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        Index(
            "ix_inbound_message_unanswered",
            "received_at",
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
    )


class Channel(StrEnum):
    SMS = "sms"
    VOICE = "voice"


class OutboundStatus(StrEnum):
    """The fate of an outbound message, in the carrier's own words once it has it."""

    WAITING = "waiting"
    SENDING = "sending"
    UNKNOWN = "unknown"
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


STILL_TO_LEAVE = (OutboundStatus.WAITING, OutboundStatus.SENDING, OutboundStatus.UNKNOWN)

# Words that say of a text that the carrier has taken it, and not that it came to nothing.
ON_ITS_WAY = frozenset({OutboundStatus.QUEUED, OutboundStatus.SENT, OutboundStatus.DELIVERED})

FINAL = frozenset(
    {
        OutboundStatus.DELIVERED,
        OutboundStatus.UNDELIVERED,
        OutboundStatus.FAILED,
        OutboundStatus.CANCELLED,
    }
)


def written_out(*words: str) -> BindParameter[Any]:
    """Words for `in_`, or one for `==`, that stand in the statement itself.

    SQLite takes an index of some rows only where it reads, in the words and the order of the index,
    that it has all that are sought.
    """
    several = len(words) > 1
    return bindparam(
        "written_out",
        list(words) if several else words[0],
        unique=True,
        expanding=several,
        literal_execute=True,
    )


class Purpose(StrEnum):
    """Why a message is sent, the most pressing first."""

    ANSWER = "answer"
    """To what the person has just written."""
    INTRODUCTION = "introduction"
    """What a neighbour said, which the person waits for."""
    REQUEST = "request"
    """A neighbour asks this person."""
    NEWS = "news"
    """The service has something to say by itself."""
    ALERT = "alert"
    """Somebody needs a volunteer."""

    @property
    def priority(self) -> int:
        """Lower goes first."""
        return list(Purpose).index(self)

    @property
    def waits_for_the_day(self) -> bool:
        """Whether nobody is woken for it: only answers and awaited news come at any hour."""
        return self in (Purpose.REQUEST, Purpose.NEWS, Purpose.ALERT)


class OutboundMessage(Base):
    """A row of the outbox: somebody is to be told something at `due_at`.

        waiting ──claim──▶ sending ──▶ queued ──▶ sent ──▶ delivered
           ▲                  │  │                   └────▶ undelivered
           └───try again──────┘  ├──▶ failed
                                 └──▶ unknown (the carrier did not say; looked up before a retry)

    `cancelled` is for what needn't be said any more. A message for a landline has the channel
    "voice" and is said in a call.

    `time_zone`: only sent by day, as it is there; None: at any hour. After `valid_until` it is of
    no use any more. `claimed_until` is also the mark by which a worker knows that a row is still
    its own. `tried_at` is when its first try began, or the latest one where nothing was in doubt;
    `taken_at` is when we learnt that the carrier has it, which is later. A text that the carrier
    took and could not deliver may be tried once more, as a row of its own: `retry_of_id` is the row
    before it. A message with the channel "voice" is "sending" from the moment at which we ring
    until the call has told it ("delivered") or was in vain. `leads_to` is the question with which
    the call goes on that brings a message.
    """

    __tablename__ = "outbound_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    inbound_id: Mapped[int | None] = mapped_column(
        ForeignKey("inbound_message.id", ondelete="SET NULL"), index=True
    )
    introduction_id: Mapped[int | None] = mapped_column(
        ForeignKey("introduction.id", ondelete="SET NULL"), index=True
    )
    listing_id: Mapped[int | None] = mapped_column(
        ForeignKey("listing.id", ondelete="SET NULL"), index=True
    )
    channel: Mapped[str] = mapped_column(String(5), default=Channel.SMS.value)
    purpose: Mapped[str] = mapped_column(String(12))
    priority: Mapped[int]
    body: Mapped[str | None] = mapped_column(Sealed)
    segments: Mapped[int]
    status: Mapped[str] = mapped_column(String(11), default=OutboundStatus.WAITING.value)
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    carrier_sid: Mapped[str | None] = mapped_column(String(64), unique=True)
    error_code: Mapped[int | None]
    settled_at: Mapped[datetime | None]
    time_zone: Mapped[str | None] = mapped_column(String(40))
    valid_until: Mapped[datetime | None]
    leads_to: Mapped[str | None] = mapped_column(String(30))
    retry_of_id: Mapped[int | None] = mapped_column(
        ForeignKey("outbound_message.id", ondelete="SET NULL"), index=True
    )

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)
    introduction: Mapped[Introduction | None] = relationship()
    listing: Mapped[Listing | None] = relationship()

    __table_args__ = (
        # What the worker asks, many times a second: what is due?
        Index(
            "ix_outbound_message_due",
            "due_at",
            sqlite_where=text("status IN ('waiting', 'sending', 'unknown')"),
            postgresql_where=text("status IN ('waiting', 'sending', 'unknown')"),
        ),
        # Who is to be rung up? Not to be searched for among the texts that wait.
        Index(
            "ix_outbound_message_to_be_told",
            "due_at",
            sqlite_where=text("channel = 'voice' AND status IN ('waiting', 'sending')"),
            postgresql_where=text("channel = 'voice' AND status IN ('waiting', 'sending')"),
        ),
        # Of what has the carrier not told the end?
        Index(
            "ix_outbound_message_unsettled",
            "tried_at",
            sqlite_where=text("status IN ('queued', 'sent')"),
            postgresql_where=text("status IN ('queued', 'sent')"),
        ),
        {"sqlite_autoincrement": True},
    )

    def is_stale(self, *, now: datetime) -> bool:
        """Whether it has become of no use."""
        return self.valid_until is not None and now >= self.valid_until
