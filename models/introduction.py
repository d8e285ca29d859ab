"""Bringing two neighbours together: one need, one offer, and what each of them agreed to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.listing import Kind, Listing, NotAllowed
from models.person import Person
from models.secrets import Sealed


class AskedBy(StrEnum):
    NEED = "need"
    OFFER = "offer"
    SERVICE = "service"


class IntroductionStatus(StrEnum):
    PROPOSED = "proposed"
    CONDITIONAL = "conditional"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    ENDED = "ended"


class Introduction(Base):
    """A possible meeting of one need and one offer.

        proposed ──accept──────────────▶ accepted ──share──▶ (the other number is given too)
           │  └──answer_with_condition──▶ conditional ──accept──▶ accepted ──end──▶ ended
           │                                  │
           ├──────────────connect─────────────┼──▶ accepted (they talk, and no number is given)
           ├──────────────decline─────────────┴──▶ declined
           └──────────────expire──────────────────▶ expired

    The side that did not ask is asked. Accepting shares the number of the side that was asked;
    the number of the side that asked is given only by its own `share`. The two `…_shared_at`
    columns say whose number the other side has, and since when; the full record of each giving is
    a Disclosure. `kept_at` is when the side that asked said that it keeps its own. `told_at` is
    when the side that was asked is told of it: alerts wait for the day, and may share a text. The
    row of the outbox that tells is `told_by` (no reference is kept, for such rows are purged).
    """

    __tablename__ = "introduction"

    id: Mapped[int] = mapped_column(primary_key=True)
    need_id: Mapped[int] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), index=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), index=True)
    asked_by: Mapped[str] = mapped_column(String(7))
    status: Mapped[str] = mapped_column(String(11), default=IntroductionStatus.PROPOSED.value)
    condition: Mapped[str | None] = mapped_column(Sealed)
    asked_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    told_by: Mapped[int | None] = mapped_column(index=True)
    answered_at: Mapped[datetime | None]
    need_shared_at: Mapped[datetime | None]
    offer_shared_at: Mapped[datetime | None]
    kept_at: Mapped[datetime | None]

    need: Mapped[Listing] = relationship(foreign_keys=[need_id], lazy="joined", innerjoin=True)
    offer: Mapped[Listing] = relationship(foreign_keys=[offer_id], lazy="joined", innerjoin=True)

    __table_args__ = (UniqueConstraint("need_id", "offer_id"),)

    @property
    def is_open(self) -> bool:
        """Whether somebody's answer is still wanted."""
        return self.status in (IntroductionStatus.PROPOSED, IntroductionStatus.CONDITIONAL)

    @property
    def asked_side(self) -> Kind:
        """Which side has to answer: the offer, unless the offer was the one who asked."""
        return Kind.NEED if self.asked_by == AskedBy.OFFER else Kind.OFFER

    @property
    def asked(self) -> Listing:
        return self.side(self.asked_side)

    @property
    def asker(self) -> Listing:
        return self.side(self.asked_side.opposite)

    def side(self, kind: Kind) -> Listing:
        return self.need if kind is Kind.NEED else self.offer

    def side_of(self, person: Person) -> Kind:
        """On which side a person stands; NotAllowed for somebody else."""
        if person.id == self.need.person_id:
            return Kind.NEED
        if person.id == self.offer.person_id:
            return Kind.OFFER
        raise NotAllowed(f"person {person.id} has no part in introduction {self.id}")

    def shared_at(self, side: Kind) -> datetime | None:
        return self.need_shared_at if side is Kind.NEED else self.offer_shared_at

    def accept(self, *, by: Person, now: datetime) -> None:
        """The side that was asked says yes, and so gives its number to the other.

        A conditional answer is accepted by the side that asked: the condition suits it, and the
        number is given with the consent of the answer that named the condition.
        """
        conditional = self.status == IntroductionStatus.CONDITIONAL
        answering = self.asked_side.opposite if conditional else self.asked_side
        self._require(IntroductionStatus.PROPOSED, IntroductionStatus.CONDITIONAL)
        self._require_side(by, answering)
        self.status = IntroductionStatus.ACCEPTED.value
        if not conditional:
            self.answered_at = now
        self._share(self.asked_side, now)

    def answer_with_condition(self, words: str, *, by: Person, now: datetime) -> None:
        """The side that was asked says yes, but …; the words go to the other side."""
        self._require(IntroductionStatus.PROPOSED)
        self._require_side(by, self.asked_side)
        self.status = IntroductionStatus.CONDITIONAL.value
        self.condition = words
        self.answered_at = now

    def decline(self, *, by: Person, now: datetime) -> None:
        self._require(IntroductionStatus.PROPOSED, IntroductionStatus.CONDITIONAL)
        conditional = self.status == IntroductionStatus.CONDITIONAL
        self._require_side(by, self.asked_side.opposite if conditional else self.asked_side)
        self.status = IntroductionStatus.DECLINED.value
        self.answered_at = now

    def expire(self, *, now: datetime) -> None:
        """Nobody answered in time, or the need is served or closed."""
        self._require(IntroductionStatus.PROPOSED, IntroductionStatus.CONDITIONAL)
        self.status = IntroductionStatus.EXPIRED.value
        self.answered_at = now

    def connect(self, *, now: datetime) -> None:
        """Both talk with each other in a call that we connect: a yes of both, and no number given.

        The side that asked is not asked for its number afterwards either.
        """
        self._require(IntroductionStatus.PROPOSED, IntroductionStatus.CONDITIONAL)
        self.status = IntroductionStatus.ACCEPTED.value
        self.answered_at = self.kept_at = now

    def end(self, *, by: Person, now: datetime) -> None:
        """One of the two wants no more of it (OUBLIE)."""
        self._require(IntroductionStatus.ACCEPTED)
        self.side_of(by)
        self.status = IntroductionStatus.ENDED.value
        self.answered_at = now

    def share(self, *, by: Person, now: datetime) -> None:
        """The side that asked gives its number too."""
        self._require(IntroductionStatus.ACCEPTED)
        self._require_side(by, self.asked_side.opposite)
        self._share(self.asked_side.opposite, now)

    def keep_number(self, *, by: Person, now: datetime) -> None:
        """The side that asked does not give its number."""
        self._require(IntroductionStatus.ACCEPTED)
        self._require_side(by, self.asked_side.opposite)
        self.kept_at = now

    def ask_anew(self, asked_by: AskedBy, *, now: datetime) -> None:
        """The question is put once more, by `asked_by`, after it was declined or ran out.

        Also turns an alert of the service into a personal question.
        """
        self._require(
            IntroductionStatus.PROPOSED, IntroductionStatus.DECLINED, IntroductionStatus.EXPIRED
        )
        self.asked_by = asked_by.value
        self.status = IntroductionStatus.PROPOSED.value
        self.condition = None
        self.asked_at = now
        self.told_at = self.told_by = None
        self.answered_at = None

    def _share(self, side: Kind, now: datetime) -> None:
        if side is Kind.NEED:
            self.need_shared_at = now
        else:
            self.offer_shared_at = now

    def _require(self, *statuses: IntroductionStatus) -> None:
        if self.status not in statuses:
            raise NotAllowed(f"introduction {self.id} is {self.status}")

    def _require_side(self, person: Person, side: Kind) -> None:
        if self.side(side).person_id != person.id:
            raise NotAllowed(f"the {side.value} side of introduction {self.id} must answer")
