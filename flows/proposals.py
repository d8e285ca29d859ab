"""How a neighbour's question is written: who, where, what for, and how to answer."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, or_, select, update

from flows.occasion import Occasion
from flows.outgoing import words_for
from models.introduction import AskedBy, Introduction, IntroductionStatus
from models.listing import Listing
from models.messages import OutboundMessage, OutboundStatus, Purpose
from models.person import Person
from models.task import TaskKind

# What is void when a listing is served, closed or gone. Answers, and numbers that were given with
# somebody's consent, still leave.
STOPPABLE = (Purpose.REQUEST.value, Purpose.NEWS.value, Purpose.ALERT.value)
UNDER_WAY = (OutboundStatus.SENDING.value, OutboundStatus.UNKNOWN.value)


def write_proposal(occasion: Occasion, introduction: Introduction, text: str) -> None:
    """Ask the side that is to answer; by day, where that person lives."""
    asked, asker = introduction.asked, introduction.asker
    is_alert = introduction.asked_by == AskedBy.SERVICE
    message = occasion.tell(
        asked.person,
        text,
        purpose=Purpose.ALERT if is_alert else Purpose.REQUEST,
        introduction=introduction,
        listing=introduction.need,
        association=occasion.rules.association,
        first_name=asker.first_name,
        at_place=occasion.at_place(asker, asked.person),
        services=services_in_common(introduction, asked.person),
        number=asker.id,
    )
    note_told(occasion, [introduction], message)


def write_list(occasion: Occasion, volunteer: Person, asked: list[Introduction]) -> None:
    """Ask a volunteer about several needs in one text."""
    words = words_for(volunteer)
    lines = " ".join(
        words.say(
            "line.alert",
            number=introduction.need.id,
            first_name=introduction.need.first_name,
            at_place=occasion.at_place(introduction.need, volunteer),
            services=services_in_common(introduction, volunteer),
        )
        for introduction in asked
    )
    message = occasion.tell(
        volunteer,
        "introduction.alerts",
        purpose=Purpose.ALERT,
        introduction=asked[0],
        association=occasion.rules.association,
        lines=lines,
        number=asked[0].need.id,
    )
    note_told(occasion, asked, message)


def note_told(
    occasion: Occasion, told: list[Introduction], message: OutboundMessage | None
) -> None:
    """Remember by which row of the outbox somebody is told, and when it is to leave."""
    if message is None:
        return
    occasion.session.flush()
    for introduction in told:
        introduction.told_at, introduction.told_by = message.due_at, message.id


def services_in_common(introduction: Introduction, reader: Person) -> str:
    need, offer = introduction.need, introduction.offer
    common = [slug for slug in need.categories if slug in offer.categories]
    return words_for(reader).services(common or need.categories, need.details)


def stop_what_waits(occasion: Occasion, listing: Listing, ended: list[Introduction]) -> None:
    """Nothing more is sent for a listing, nor about introductions that have ended.

    What is under way, a text or the call in which it is told, is not tried again. A text about
    several needs that waits too is written anew without it.
    """
    told_by = [introduction.told_by for introduction in ended if introduction.told_by]
    is_void = and_(
        OutboundMessage.purpose.in_(STOPPABLE),
        or_(
            OutboundMessage.listing_id == listing.id,
            OutboundMessage.introduction_id.in_([introduction.id for introduction in ended]),
            OutboundMessage.id.in_(told_by),
        ),
    )
    stopped = occasion.session.scalars(
        update(OutboundMessage)
        .where(OutboundMessage.status == OutboundStatus.WAITING.value, is_void)
        .values(status=OutboundStatus.CANCELLED.value, settled_at=occasion.now)
        .returning(OutboundMessage.id)
        .execution_options(synchronize_session=False)
    ).all()
    # Whoever has claimed a row keeps it: as long as it is being told, nobody else rings there.
    occasion.session.execute(
        update(OutboundMessage)
        .where(OutboundMessage.status.in_(UNDER_WAY), is_void)
        .values(valid_until=occasion.now)
        .execution_options(synchronize_session=False)
    )
    tell_anew(occasion, stopped, but_not=ended)


def tell_anew(
    occasion: Occasion, unsent: Sequence[int], *, but_not: Sequence[Introduction] = ()
) -> None:
    """Alerts (rows of the outbox) that were not sent: their volunteers are still to be told."""
    untold = occasion.session.scalars(
        select(Introduction).where(
            Introduction.told_by.in_(unsent),
            Introduction.status == IntroductionStatus.PROPOSED.value,
            Introduction.asked_by == AskedBy.SERVICE.value,
            Introduction.id.not_in([introduction.id for introduction in but_not]),
        )
    )
    for introduction in untold:
        introduction.told_at = introduction.told_by = None
        occasion.plan(TaskKind.ALERT, occasion.now, person_id=introduction.offer.person_id)
