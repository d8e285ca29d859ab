"""A need or an offer that somebody published."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.person import Person
from models.secrets import Sealed

# When somebody was alerted who never was: sorts before everybody else.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
# Listing numbers start here, so that they are never mistaken for a line of a list ("1", "le 2").
FIRST_NUMBER = 1001


class Kind(StrEnum):
    NEED = "need"
    OFFER = "offer"

    @property
    def opposite(self) -> Kind:
        return Kind.OFFER if self is Kind.NEED else Kind.NEED


class ListingStatus(StrEnum):
    ACTIVE = "active"
    DONE = "done"
    DELETED = "deleted"
    EXPIRED = "expired"


class ListingQuestion(StrEnum):
    """What the service may ask an owner about a listing: look further away? keep it longer?"""

    WIDEN = "widen"
    KEEP = "keep"


class NotAllowed(Exception):
    """A move that the lifecycle of a listing or an introduction doesn't have."""


class ListingCategory(Base):
    """One service of a listing, filed so that matching finds it in a table of any size.

    Beside the service the row repeats what matching asks by, about the listing and about its
    owner; `models/filing.py` keeps that in step, and nobody else writes it. `is_open`: neither
    closed nor served. `is_away`: the owner can't be asked. `alerted_at` is NEVER for who never was.
    """

    __tablename__ = "listing_category"

    listing_id: Mapped[int] = mapped_column(
        ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True
    )
    slug: Mapped[str] = mapped_column(String(30), primary_key=True)
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(5))
    commune_insee: Mapped[str] = mapped_column(String(5))
    posted_at: Mapped[datetime] = mapped_column()
    is_open: Mapped[bool]
    is_away: Mapped[bool]
    wants_holidays: Mapped[bool]
    alerted_at: Mapped[datetime]

    # What matching reads: the rows of one service in one commune, in the order in which they are
    # shown, or in which volunteers are asked, so that the first few are enough. Few volunteers
    # want to be asked on holidays: they have an index of their own, so that nobody reads past the
    # others.
    __table_args__ = (
        Index(
            "ix_listing_category_shown",
            "slug",
            "kind",
            "commune_insee",
            posted_at.desc(),
            "listing_id",
            sqlite_where=text("is_open = 1 AND is_away = 0"),
            postgresql_where=text("is_open AND NOT is_away"),
        ),
        Index(
            "ix_listing_category_asked",
            "slug",
            "commune_insee",
            "alerted_at",
            posted_at.desc(),
            "listing_id",
            sqlite_where=text("kind = 'offer' AND is_open = 1 AND is_away = 0"),
            postgresql_where=text("kind = 'offer' AND is_open AND NOT is_away"),
        ),
        Index(
            "ix_listing_category_asked_on_holidays",
            "slug",
            "commune_insee",
            "alerted_at",
            posted_at.desc(),
            "listing_id",
            sqlite_where=text(
                "kind = 'offer' AND is_open = 1 AND is_away = 0 AND wants_holidays = 1"
            ),
            postgresql_where=text("kind = 'offer' AND is_open AND NOT is_away AND wants_holidays"),
        ),
    )


class Listing(Base):
    """A need or an offer.

        active ──close──▶ done
           ├────delete──▶ deleted
           └────expire──▶ expired

    `id` is the number that people see and type. `details` are the few words that say what an
    "autre" service is; no other free text of a person is ever shown to neighbours. Some time after
    it was closed a listing loses its person, its name and its words (see `flows/retention.py`).

    Of a need: `served_at` is when a neighbour said yes, and empty again if that comes to nothing;
    `waves` counts the rounds of volunteers asked so far, `promises` the times when its owner was
    told how things stand; `radius_km` is how far we look once its owner has agreed to look
    further. `question` is what the service has asked the owner about it and not heard yet.
    """

    __tablename__ = "listing"

    id: Mapped[int] = mapped_column(Identity(start=FIRST_NUMBER), primary_key=True)
    # Empty once anonymised: such a listing is only counted, and never loaded (see `person`).
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True, nullable=True
    )
    kind: Mapped[str] = mapped_column(String(5))
    commune_insee: Mapped[str] = mapped_column(ForeignKey("commune.insee"))
    first_name: Mapped[str] = mapped_column(String(40))
    details: Mapped[str | None] = mapped_column(Sealed)
    status: Mapped[str] = mapped_column(String(7), default=ListingStatus.ACTIVE.value)
    posted_at: Mapped[datetime] = mapped_column()
    expires_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    served_at: Mapped[datetime | None]
    waves: Mapped[int] = mapped_column(default=0, server_default="0")
    promises: Mapped[int] = mapped_column(default=0, server_default="0")
    radius_km: Mapped[float | None]
    question: Mapped[str | None] = mapped_column(String(5))
    question_asked_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)
    category_rows: Mapped[list[ListingCategory]] = relationship(
        order_by=ListingCategory.position, lazy="selectin", cascade="all, delete-orphan"
    )

    __table_args__ = (
        CheckConstraint("kind IN ('need', 'offer')", name="kind"),
        # What is asked where any service will do: a commune's listings, the freshest first.
        Index("ix_listing_open", "commune_insee", "kind", "status", posted_at.desc(), "id"),
        {"sqlite_autoincrement": True},
    )

    @property
    def categories(self) -> tuple[str, ...]:
        return tuple(row.slug for row in self.category_rows)

    @categories.setter
    def categories(self, slugs: tuple[str, ...]) -> None:
        self.category_rows = [
            ListingCategory(slug=slug, position=position) for position, slug in enumerate(slugs)
        ]

    def is_open(self, *, now: datetime) -> bool:
        return self.status == ListingStatus.ACTIVE and now < self.expires_at

    def still_waits(self, *, now: datetime) -> bool:
        """Whether a need is open and nobody has said yes to it yet."""
        return self.is_open(now=now) and self.served_at is None

    def ask(self, question: ListingQuestion, *, now: datetime) -> None:
        """The service asks the owner something about this listing."""
        self.question = question.value
        self.question_asked_at = now

    def settle(self) -> None:
        """The owner has answered, or needn't any more."""
        self.question = None
        self.question_asked_at = None

    def keep_until(self, moment: datetime) -> None:
        """Its owner wants to keep it longer; NotAllowed unless active."""
        if self.status != ListingStatus.ACTIVE:
            raise NotAllowed(f"listing {self.id} is {self.status}, it can't be kept")
        self.expires_at = moment
        self.settle()

    def close(self, *, now: datetime) -> None:
        """The matter is settled; NotAllowed unless active."""
        self._leave(ListingStatus.DONE, now)

    def delete(self, *, now: datetime) -> None:
        """Its owner takes it back; NotAllowed unless active."""
        self._leave(ListingStatus.DELETED, now)

    def expire(self, *, now: datetime) -> None:
        """Its time is over; NotAllowed unless active."""
        self._leave(ListingStatus.EXPIRED, now)

    def _leave(self, status: ListingStatus, now: datetime) -> None:
        if self.status != ListingStatus.ACTIVE:
            raise NotAllowed(f"listing {self.id} is {self.status}, it can't become {status.value}")
        self.status = status.value
        self.closed_at = now
        self.settle()
