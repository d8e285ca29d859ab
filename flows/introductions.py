"""Bringing two neighbours together: asking, answering, and giving numbers only by consent.

Jeanne texts: 1
Jeanne gets:  Demande envoyée à Marie. ...
Marie gets:   ... Jeanne, à Ermont (95), cherche: faire les courses. Répondez OUI ... ou NON.
Marie texts:  oui avec plaisir
Marie gets:   Merci Marie! Jeanne a votre numéro ...
Jeanne gets:  Marie (Ermont) veut bien vous aider: 06 39 98 00 02. ...
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session, aliased

from flows.open_questions import REMEMBERED_FOR, OpenQuestion, Question
from flows.phone_numbers import readable
from flows.turn import Turn
from flows.wording import wording
from models.introduction import AskedBy, Introduction, IntroductionStatus
from models.listing import Kind, Listing
from models.messages import OutboundMessage, OutboundStatus, Purpose
from models.person import Person


def came_too_late(session: Session, person: Person, *, now: datetime) -> bool:
    """Whether this person was asked lately, and the matter was settled without an answer."""
    offer = aliased(Listing)
    return (
        session.scalar(
            select(Introduction.id)
            .join(offer, Introduction.offer_id == offer.id)
            .where(
                offer.person_id == person.id,
                Introduction.asked_by != AskedBy.OFFER.value,
                Introduction.status == IntroductionStatus.EXPIRED.value,
                Introduction.answered_at > now - REMEMBERED_FOR,
            )
            .limit(1)
        )
        is not None
    )


def ask_neighbour(turn: Turn, own: Listing, other: Listing) -> None:
    """The person of this turn wants to meet the owner of `other` for its listing `own`."""
    # As it is now, and kept from being closed before we are done.
    turn.session.refresh(other, with_for_update={"read": True, "of": Listing})
    if not other.is_open(now=turn.now):
        turn.say("list.gone", number=other.id)
        return
    need, offer = (own, other) if own.kind == Kind.NEED else (other, own)
    asked_by = AskedBy(own.kind)
    introduction = turn.session.scalar(
        select(Introduction).where(
            Introduction.need_id == need.id, Introduction.offer_id == offer.id
        )
    )
    if introduction is None:
        introduction = Introduction(
            need=need,
            offer=offer,
            asked_by=asked_by.value,
            status=IntroductionStatus.PROPOSED.value,
            asked_at=turn.now,
        )
        turn.session.add(introduction)
        _send_proposal(turn, introduction, f"introduction.ask_{other.kind}")
        turn.say("introduction.sent", first_name=other.first_name)
        return
    i_am_asked = introduction.asked is own
    match introduction.status:
        case IntroductionStatus.ACCEPTED:
            _repeat_number(turn, introduction, other)
        case IntroductionStatus.PROPOSED if i_am_asked:
            # A number in a list is no consent: the yes has to be said.
            turn.say("introduction.proposal_again", number=other.id, first_name=other.first_name)
        case IntroductionStatus.CONDITIONAL if not i_am_asked:
            turn.say("introduction.proposal_again", number=other.id, first_name=other.first_name)
        case IntroductionStatus.PROPOSED if introduction.asked_by == asked_by:
            turn.say("introduction.sent_already", first_name=other.first_name)
        case IntroductionStatus.CONDITIONAL:
            turn.say("introduction.sent_already", first_name=other.first_name)
        case IntroductionStatus.DECLINED if not _declined_by(introduction, own):
            turn.say("introduction.declined_before", first_name=other.first_name)
        case _:
            # Alerted by the service before, out of time, or refused by whoever asks now.
            introduction.ask_anew(asked_by, now=turn.now)
            _send_proposal(turn, introduction, "introduction.chosen")
            turn.say("introduction.sent", first_name=other.first_name)


def _declined_by(introduction: Introduction, listing: Listing) -> bool:
    """Whether it was this side that said no: the one asked, or the one who disliked a condition."""
    who = introduction.asker if introduction.condition else introduction.asked
    return who is listing


def _send_proposal(turn: Turn, introduction: Introduction, text: str) -> None:
    asked, asker = introduction.asked, introduction.asker
    words = wording(asked.person.language)
    is_alert = introduction.asked_by == AskedBy.SERVICE
    turn.tell(
        asked.person,
        text,
        purpose=Purpose.ALERT if is_alert else Purpose.INTRODUCTION,
        introduction=introduction,
        association=turn.rules.association,
        first_name=asker.first_name,
        at_place=words.at_place(turn.gazetteer[asker.commune_insee]),
        services=_services_in_common(introduction, asked.person),
        number=asker.id,
    )


def _services_in_common(introduction: Introduction, reader: Person) -> str:
    need, offer = introduction.need, introduction.offer
    common = [slug for slug in need.categories if slug in offer.categories]
    return wording(reader.language).services(common or need.categories, need.details)


def propose_to_volunteer(turn: Turn, need: Listing, offer: Listing) -> None:
    """The service itself asks a volunteer about a need: an alert."""
    introduction = Introduction(
        need=need,
        offer=offer,
        asked_by=AskedBy.SERVICE.value,
        status=IntroductionStatus.PROPOSED.value,
        asked_at=turn.now,
    )
    turn.session.add(introduction)
    _send_proposal(turn, introduction, "introduction.alert")


def accept(turn: Turn, question: OpenQuestion) -> None:
    """The person of this turn says yes: numbers go as far as this yes reaches, and no further."""
    introduction = question.introduction
    if question.question is Question.SHARE:
        _share(turn, question)
        return
    # The first yes wins: whoever else says yes to this need at the same moment waits here.
    of_this_need = _lock(turn.session, Introduction.need_id == introduction.need_id)
    if not _still_stands(turn, introduction):
        turn.say("introduction.too_late")
        return
    introduction.accept(by=turn.person, now=turn.now)
    asked, asker = introduction.asked, introduction.asker
    if question.question is Question.CONDITION:
        _repeat_number(turn, introduction, asked)
        turn.tell(
            asked.person,
            f"introduction.accepted_by_{asked.kind}",
            introduction=introduction,
            own_name=asked.first_name,
            first_name=asker.first_name,
        )
    else:
        turn.say(
            f"introduction.accepted_by_{asked.kind}",
            own_name=asked.first_name,
            first_name=asker.first_name,
        )
        turn.tell(
            asker.person,
            f"introduction.news_for_{asker.kind}",
            introduction=introduction,
            first_name=asked.first_name,
            place=turn.gazetteer[asked.commune_insee].short_name,
            phone=_number(asked),
        )
    for other in of_this_need:
        # The need is served: the volunteers whom the service alerted needn't answer any more.
        if other is not introduction and other.is_open and other.asked_by == AskedBy.SERVICE:
            _end(turn, other)


def _still_stands(turn: Turn, introduction: Introduction) -> bool:
    """Whether a yes can still bring the two together: open listings, people we may write to."""
    sides = (introduction.need, introduction.offer)
    return introduction.is_open and all(
        listing.is_open(now=turn.now) and listing.person.is_reachable for listing in sides
    )


def _share(turn: Turn, question: OpenQuestion) -> None:
    if not question.other.person.is_reachable:
        turn.say("introduction.unreachable", first_name=question.other.first_name)
        return
    question.introduction.share(by=turn.person, now=turn.now)
    own, other = question.own, question.other
    turn.say("introduction.shared", first_name=other.first_name)
    turn.tell(
        other.person,
        "introduction.shared_news",
        introduction=question.introduction,
        first_name=own.first_name,
        place=turn.gazetteer[own.commune_insee].short_name,
        phone=_number(own),
    )


def answer_with_condition(turn: Turn, question: OpenQuestion, words: str) -> None:
    """ "Oui mais seulement jeudi": no plain yes. The words go to the other side, who decides."""
    introduction = question.introduction
    _lock(turn.session, Introduction.id == introduction.id)
    if not _still_stands(turn, introduction):
        turn.say("introduction.too_late")
        return
    introduction.answer_with_condition(words, by=turn.person, now=turn.now)
    asked, asker = introduction.asked, introduction.asker
    turn.say(
        "introduction.condition_thanks", own_name=asked.first_name, first_name=asker.first_name
    )
    turn.tell(
        asker.person,
        "introduction.condition_news",
        introduction=introduction,
        first_name=asked.first_name,
        place=turn.gazetteer[asked.commune_insee].short_name,
        condition=words,
        number=asked.id,
    )


def decline(turn: Turn, question: OpenQuestion) -> None:
    """The person of this turn says no."""
    introduction = question.introduction
    if question.question is Question.SHARE:
        introduction.keep_number(by=turn.person, now=turn.now)
        turn.say("introduction.not_shared")
        return
    _lock(turn.session, Introduction.id == introduction.id)
    if not introduction.is_open:
        turn.say("introduction.declined_thanks")
        return
    introduction.decline(by=turn.person, now=turn.now)
    asked, asker = introduction.asked, introduction.asker
    if question.question is Question.CONDITION:
        turn.say("introduction.condition_refused", first_name=asked.first_name)
        turn.tell(
            asked.person,
            "introduction.condition_refused_news",
            introduction=introduction,
            first_name=asker.first_name,
        )
        return
    turn.say("introduction.declined_thanks")
    if introduction.asked_by != AskedBy.SERVICE:
        turn.tell(
            asker.person,
            "introduction.declined_news",
            introduction=introduction,
            first_name=asked.first_name,
        )


def end_introductions(turn: Turn, listing: Listing) -> None:
    """A listing is closed or its owner gone: nobody has to answer, what waits isn't sent."""
    side = Introduction.need_id if listing.kind == Kind.NEED else Introduction.offer_id
    ended = [one for one in _lock(turn.session, side == listing.id) if one.is_open]
    turn.session.execute(
        update(OutboundMessage)
        .where(
            OutboundMessage.introduction_id.in_([introduction.id for introduction in ended]),
            OutboundMessage.status == OutboundStatus.WAITING.value,
        )
        .values(status=OutboundStatus.CANCELLED.value)
    )
    for introduction in ended:
        _end(turn, introduction)


def _end(turn: Turn, introduction: Introduction) -> None:
    """Nobody's answer is wanted any more; whoever waits for one is told."""
    was_conditional = introduction.status == IntroductionStatus.CONDITIONAL
    introduction.expire(now=turn.now)
    asked, asker = introduction.asked, introduction.asker
    if was_conditional and asked.person is not turn.person:
        turn.tell(
            asked.person,
            "introduction.condition_refused_news",
            introduction=introduction,
            first_name=asker.first_name,
        )
    if introduction.asked_by != AskedBy.SERVICE and asker.person is not turn.person:
        turn.tell(
            asker.person,
            "introduction.declined_news",
            introduction=introduction,
            first_name=asked.first_name,
        )


def _lock(session: Session, which: ColumnElement[bool]) -> list[Introduction]:
    """These introductions as they are now, kept from everybody else's moves until we are done.

    Always in the order of their ids: two turns that want the same rows can't block each other.
    """
    return list(
        session.scalars(
            select(Introduction)
            .where(which)
            .order_by(Introduction.id)
            .with_for_update(of=Introduction, key_share=True)
            .execution_options(populate_existing=True)
        )
    )


def _repeat_number(turn: Turn, introduction: Introduction, other: Listing) -> None:
    """Say the other side's number, as far as that side has agreed to it."""
    if not other.person.is_reachable:
        turn.say("introduction.unreachable", first_name=other.first_name)
        return
    if introduction.shared_at(Kind(other.kind)) is None:
        turn.say("introduction.wait_for_call", first_name=other.first_name)
        return
    turn.say(
        "introduction.number_again",
        first_name=other.first_name,
        place=turn.gazetteer[other.commune_insee].short_name,
        phone=_number(other),
    )


def _number(listing: Listing) -> str:
    number = listing.person.number
    if number is None:
        raise RuntimeError(f"listing {listing.id} is active, but its owner was erased")
    return readable(number)
