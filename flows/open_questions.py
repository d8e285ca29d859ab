"""What waits for somebody's answer: neighbours' questions, and ours about their own listings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import BindParameter, Select, and_, bindparam, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager

from models.base import Moment
from models.introduction import AskedBy, Introduction, IntroductionStatus
from models.listing import Kind, Listing, ListingQuestion, ListingStatus
from models.person import Person

# For how long after a yes the side that asked may still give its number with a simple OUI, and
# whoever comes late is still told that it is too late.
REMEMBERED_FOR = timedelta(days=7)


class Question(StrEnum):
    """What somebody still has to answer about an introduction, or about an own listing."""

    PROPOSAL = "proposal"
    CONDITION = "condition"
    SHARE = "share"
    WIDEN = ListingQuestion.WIDEN.value
    KEEP = ListingQuestion.KEEP.value


QUESTIONS = {
    IntroductionStatus.PROPOSED: Question.PROPOSAL,
    IntroductionStatus.CONDITIONAL: Question.CONDITION,
    IntroductionStatus.ACCEPTED: Question.SHARE,
}


@dataclass(frozen=True, slots=True)
class OwnQuestion:
    """The service waits for a word about a person's own listing."""

    question: Question
    listing: Listing
    asked_at: datetime

    @property
    def number(self) -> int:
        """What stands behind OUI or NON to answer it."""
        return self.listing.id


@dataclass(frozen=True, slots=True)
class NeighbourQuestion:
    """An introduction that waits for an answer of `own`'s owner."""

    question: Question
    introduction: Introduction
    asked_at: datetime

    @property
    def number(self) -> int:
        """What stands behind OUI or NON to answer it."""
        return self.other.id

    @property
    def own_side(self) -> Kind:
        side = self.introduction.asked_side
        return side if self.question is Question.PROPOSAL else side.opposite

    @property
    def own(self) -> Listing:
        return self.introduction.side(self.own_side)

    @property
    def other(self) -> Listing:
        return self.introduction.side(self.own_side.opposite)


OpenQuestion = NeighbourQuestion | OwnQuestion


def _waiting_for_an_answer() -> Select[Introduction]:
    """The introductions that wait for an answer of the person :person, since :since for numbers."""
    person: BindParameter[int] = bindparam("person")
    need, offer = aliased(Listing), aliased(Listing)
    asked_is_need = Introduction.asked_by == AskedBy.OFFER.value
    is_asked = or_(
        and_(asked_is_need, need.person_id == person),
        and_(~asked_is_need, offer.person_id == person),
    )
    has_asked = or_(
        and_(asked_is_need, offer.person_id == person),
        and_(~asked_is_need, need.person_id == person),
    )
    asker_shared = or_(
        and_(asked_is_need, Introduction.offer_shared_at.is_not(None)),
        and_(~asked_is_need, Introduction.need_shared_at.is_not(None)),
    )
    now = bindparam("now", type_=Moment)
    return (
        select(Introduction)
        .join(need, Introduction.need_id == need.id)
        .join(offer, Introduction.offer_id == offer.id)
        .options(
            contains_eager(Introduction.need.of_type(need)).joinedload(need.person),
            contains_eager(Introduction.offer.of_type(offer)).joinedload(offer.person),
        )
        .where(
            or_(need.person_id == person, offer.person_id == person),
            # Nothing is given for what is closed.
            *(side.status == ListingStatus.ACTIVE.value for side in (need, offer)),
            *(side.expires_at > now for side in (need, offer)),
            or_(
                and_(
                    Introduction.status == IntroductionStatus.PROPOSED.value,
                    is_asked,
                    # A volunteer whose alert has not been written yet has nothing to answer.
                    Introduction.told_at.is_not(None),
                ),
                and_(Introduction.status == IntroductionStatus.CONDITIONAL.value, has_asked),
                and_(
                    Introduction.status == IntroductionStatus.ACCEPTED.value,
                    has_asked,
                    ~asker_shared,
                    Introduction.kept_at.is_(None),
                    Introduction.answered_at > bindparam("since", type_=Moment),
                ),
            ),
        )
        .order_by(Introduction.asked_at, Introduction.id)
    )


def _asked_about_own_listings() -> Select[Listing]:
    return select(Listing).where(
        Listing.person_id == bindparam("person"),
        Listing.question.is_not(None),
        Listing.status == ListingStatus.ACTIVE.value,
        Listing.expires_at > bindparam("now", type_=Moment),
    )


# Asked at every message, so they are put together once.
WAITING_FOR_AN_ANSWER = _waiting_for_an_answer()
ASKED_ABOUT_OWN_LISTINGS = _asked_about_own_listings()


def open_questions(session: Session, person: Person, *, now: datetime) -> list[OpenQuestion]:
    """What this person has still to answer, the oldest first. Two queries."""
    found = session.scalars(
        WAITING_FOR_AN_ANSWER,
        {"person": person.id, "now": now, "since": now - REMEMBERED_FOR},
    )
    questions: list[OpenQuestion] = []
    for introduction in found:
        question = QUESTIONS[IntroductionStatus(introduction.status)]
        asked_at = introduction.answered_at or introduction.told_at or introduction.asked_at
        questions.append(NeighbourQuestion(question, introduction, asked_at))
    for listing in session.scalars(ASKED_ABOUT_OWN_LISTINGS, {"person": person.id, "now": now}):
        assert listing.question is not None
        asked_at = listing.question_asked_at or listing.posted_at
        questions.append(OwnQuestion(Question(listing.question), listing, asked_at))
    return sorted(questions, key=lambda open_question: open_question.asked_at)
