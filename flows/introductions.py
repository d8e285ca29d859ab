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
from models.messages import OutboundMessage, OutboundStatus
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
    if introduction.status == IntroductionStatus.ACCEPTED:
        _repeat_number(turn, introduction, other)
    elif introduction.status == IntroductionStatus.DECLINED:
        turn.say("introduction.declined_before", first_name=other.first_name)
    elif introduction.status == IntroductionStatus.PROPOSED and introduction.asked is own:
        # The other one asked first: choosing him is the yes that he waits for.
        accept(turn, OpenQuestion(Question.PROPOSAL, introduction, introduction.asked_at))
    elif introduction.status == IntroductionStatus.PROPOSED and introduction.asked_by == asked_by:
        turn.say("introduction.sent_already", first_name=other.first_name)
    elif introduction.status == IntroductionStatus.CONDITIONAL and introduction.asker is own:
        accept(turn, OpenQuestion(Question.CONDITION, introduction, introduction.asked_at))
    else:
        # Alerted by the service before, or the question ran out: now it is a personal one.
        introduction.asked_by = asked_by.value
        introduction.status = IntroductionStatus.PROPOSED.value
        introduction.asked_at = turn.now
        introduction.answered_at = None
        _send_proposal(turn, introduction, "introduction.chosen")
        turn.say("introduction.sent", first_name=other.first_name)


def _send_proposal(turn: Turn, introduction: Introduction, text: str) -> None:
    asked, asker = introduction.asked, introduction.asker
    words = wording(asked.person.language)
    turn.tell(
        asked.person,
        text,
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
    if not introduction.is_open:
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
            other.expire(now=turn.now)


def _share(turn: Turn, question: OpenQuestion) -> None:
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
    if not introduction.is_open:
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


def expire_open_introductions(session: Session, listing: Listing, *, now: datetime) -> None:
    """A listing is closed: whoever was asked needn't answer, and what still waits isn't sent."""
    side = Introduction.need_id if listing.kind == Kind.NEED else Introduction.offer_id
    ended = [one for one in _lock(session, side == listing.id) if one.is_open]
    for introduction in ended:
        introduction.expire(now=now)
    session.execute(
        update(OutboundMessage)
        .where(
            OutboundMessage.introduction_id.in_([introduction.id for introduction in ended]),
            OutboundMessage.status == OutboundStatus.WAITING.value,
        )
        .values(status=OutboundStatus.CANCELLED.value)
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
    if introduction.shared_at(Kind(other.kind)) is None:
        turn.say("introduction.sent_already", first_name=other.first_name)
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
