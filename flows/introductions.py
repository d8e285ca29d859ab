"""Bringing two neighbours together: asking, answering, and giving numbers only by consent.

Jeanne texts: 1
Jeanne gets:  Demande envoyée à Marie. ...
Marie gets:   ... Jeanne, à Ermont (95), cherche: faire les courses. Répondez OUI ... ou NON.
Marie texts:  oui avec plaisir
Marie gets:   Merci Marie! Jeanne a votre numéro ...
Jeanne gets:  Marie (Ermont) veut bien vous aider: 06 39 98 00 02. ...
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from flows.alerts import back_to_the_waves
from flows.day_time import after_day_time
from flows.occasion import Occasion
from flows.open_questions import REMEMBERED_FOR, NeighbourQuestion, Question
from flows.phone_numbers import readable
from flows.proposals import stop_what_waits, write_proposal
from flows.turn import Turn
from models.disclosure import Consent, Disclosure
from models.introduction import AskedBy, Introduction, IntroductionStatus
from models.listing import Kind, Listing
from models.messages import Purpose
from models.operator_work import close_unanswered
from models.person import Person
from models.task import Task, TaskKind


def came_too_late(
    session: Session, person: Person, *, now: datetime, numbers: Sequence[int] = ()
) -> bool:
    """Whether this person was asked lately, and the matter was settled without an answer.

    With `numbers`: asked about one of these needs.
    """
    offer = aliased(Listing)
    asked = (
        select(Introduction.id)
        .join(offer, Introduction.offer_id == offer.id)
        .where(
            offer.person_id == person.id,
            Introduction.asked_by != AskedBy.OFFER.value,
            Introduction.status == IntroductionStatus.EXPIRED.value,
            Introduction.told_at.is_not(None),
            Introduction.answered_at > now - REMEMBERED_FOR,
        )
    )
    if numbers:
        asked = asked.where(Introduction.need_id.in_(numbers))
    return session.scalar(asked.limit(1)) is not None


def ask_neighbour(turn: Turn, own: Listing, other: Listing) -> None:
    """The person of this turn wants to meet the owner of `other` for its listing `own`."""
    # As it is now, and kept from being closed before we are done.
    turn.session.refresh(other, with_for_update={"read": True, "of": Listing})
    if not other.is_open(now=turn.now):
        turn.say("list.gone", number=other.id)
        return
    # A yes of somebody else may be under way: then this one is not asked any more.
    turn.session.refresh(own, with_for_update={"read": True, "of": Listing})
    if own.kind == Kind.NEED and own.served_at is not None and own.served_at > turn.now:
        turn.say("introduction.too_late")
        return
    asked_by = AskedBy(own.kind)
    # The other one may be answering at this very moment: then that answer counts.
    introduction = between(turn.session, own, other)
    if introduction is None:
        introduction = _propose(turn, own, other)
        _ask(turn, introduction, f"introduction.ask_{other.kind}")
        return
    i_am_asked = introduction.asked is own
    match introduction.status:
        case IntroductionStatus.ACCEPTED:
            _repeat_number(turn, introduction, other)
        case IntroductionStatus.PROPOSED if i_am_asked:
            # A number in a list is no consent: the yes has to be said. Where an alert still waits
            # for the day, this is how the question reaches its volunteer.
            introduction.told_at = introduction.told_at or turn.now
            turn.say("introduction.proposal_again", number=other.id, first_name=other.first_name)
        case IntroductionStatus.CONDITIONAL if not i_am_asked:
            turn.say("introduction.proposal_again", number=other.id, first_name=other.first_name)
        case IntroductionStatus.PROPOSED if introduction.asked_by == asked_by:
            turn.say("introduction.sent_already", first_name=other.first_name)
        case IntroductionStatus.CONDITIONAL:
            turn.say("introduction.sent_already", first_name=other.first_name)
        case IntroductionStatus.ENDED:
            turn.say("introduction.declined_before", first_name=other.first_name)
        case IntroductionStatus.DECLINED if not declined_by(introduction, own):
            turn.say("introduction.declined_before", first_name=other.first_name)
        case _:
            # Alerted by the service before, out of time, or refused by whoever asks now.
            introduction.ask_anew(asked_by, now=turn.now)
            _ask(turn, introduction, "introduction.chosen")


def declined_by(introduction: Introduction, listing: Listing) -> bool:
    """Whether it was this side that said no: the one asked, or the one who disliked a condition."""
    who = introduction.asker if introduction.condition else introduction.asked
    return who is listing


def _ask(turn: Turn, introduction: Introduction, text: str) -> None:
    """Put a neighbour's question, and look after it once there was time to answer."""
    write_proposal(turn, introduction, text)
    asked, told_at = introduction.asked, introduction.told_at or turn.now
    zone = turn.zone_of(asked.commune_insee)
    if told_at > turn.now:
        when = turn.wording.moment(told_at, now=turn.now, zone=zone)
        turn.say("introduction.sent_later", first_name=asked.first_name, **when)
    else:
        turn.say("introduction.sent", first_name=asked.first_name)
    time_to_answer = timedelta(minutes=turn.rules.wave_minutes)
    silent_at = after_day_time(told_at, time_to_answer, zone, turn.rules)
    turn.plan(TaskKind.SILENCE, silent_at, introduction_id=introduction.id)


def tell_of_silence(occasion: Occasion, task: Task) -> None:
    """Whoever was asked by name hasn't answered: whoever asked needn't go on waiting in vain.

    The question stays open: a late yes is as good as an early one, as long as nobody else said it.
    The waves, which held back for it, go on by themselves.
    """
    introduction = occasion.session.get(Introduction, task.introduction_id)
    if introduction is None or introduction.asked_by == AskedBy.SERVICE:
        return
    if introduction.status != IntroductionStatus.PROPOSED or introduction.need.served_at:
        return
    asker = introduction.asker
    occasion.tell(
        asker.person,
        f"introduction.silent_for_{asker.kind}",
        purpose=Purpose.NEWS,
        listing=asker,
        first_name=introduction.asked.first_name,
    )


def accept(turn: Turn, question: NeighbourQuestion) -> None:
    """The person of this turn says yes: numbers go as far as this yes reaches, and no further."""
    introduction = question.introduction
    if question.question is Question.SHARE:
        _share(turn, question)
        return
    # The first yes wins: whoever else says yes to this need at the same moment waits here.
    of_this_need = lock_need(turn.session, introduction)
    if not _still_stands(turn, introduction):
        turn.say("introduction.too_late")
        return
    introduction.accept(by=turn.person, now=turn.now)
    asked, asker = introduction.asked, introduction.asker
    by_condition = question.question is Question.CONDITION
    _record(turn, introduction, asked, Consent.CONDITION if by_condition else Consent.ACCEPTED)
    if by_condition:
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
    _serve(turn, introduction, of_this_need)


def _serve(
    occasion: Occasion, introduction: Introduction, of_this_need: list[Introduction]
) -> None:
    """A neighbour has said yes to a need: nobody else is waited for.

    The other volunteers who were asked needn't answer any more. Those who offered themselves were
    not asked by anybody, and still have the poster's answer to come.
    """
    need = introduction.need
    need.served_at = occasion.now
    close_unanswered(occasion.session, need, now=occasion.now)
    others = [
        other
        for other in of_this_need
        if other is not introduction and other.is_open and other.asked_by != AskedBy.OFFER
    ]
    _end_all(occasion, need, others)


def between(session: Session, own: Listing, other: Listing) -> Introduction | None:
    """The introduction of these two listings, whoever asked; locked."""
    need, offer = _need_and_offer(own, other)
    pair = (Introduction.need_id == need.id) & (Introduction.offer_id == offer.id)
    return next(iter(_lock(session, pair)), None)


def _need_and_offer(own: Listing, other: Listing) -> tuple[Listing, Listing]:
    return (own, other) if own.kind == Kind.NEED else (other, own)


def _propose(occasion: Occasion, own: Listing, other: Listing) -> Introduction:
    """A new introduction, asked for by the owner of `own`."""
    need, offer = _need_and_offer(own, other)
    introduction = Introduction(
        need=need,
        offer=offer,
        asked_by=AskedBy(own.kind).value,
        status=IntroductionStatus.PROPOSED.value,
        asked_at=occasion.now,
    )
    occasion.session.add(introduction)
    return introduction


def _ask_in_call(occasion: Occasion, own: Listing, other: Listing) -> Introduction:
    """`own`'s owner asks by telephone, while the owner of `other` holds the receiver."""
    introduction = between(occasion.session, own, other)
    if introduction is None:
        introduction = _propose(occasion, own, other)
        introduction.told_at = occasion.now
        occasion.session.flush()
    elif introduction.status in (IntroductionStatus.EXPIRED, IntroductionStatus.DECLINED):
        introduction.ask_anew(AskedBy(own.kind), now=occasion.now)
    return introduction


def connect_in_call(occasion: Occasion, own: Listing, other: Listing) -> bool:
    """Both want to talk now. False: the matter is settled, or one of them is gone."""
    introduction = _ask_in_call(occasion, own, other)
    if introduction.status == IntroductionStatus.ACCEPTED:
        return True
    of_this_need = lock_need(occasion.session, introduction)
    if not _still_stands(occasion, introduction):
        return False
    introduction.connect(now=occasion.now)
    _serve(occasion, introduction, of_this_need)
    return True


def decline_in_call(occasion: Occasion, own: Listing, other: Listing) -> None:
    """The owner of `other` was rung for `own`, and says no."""
    introduction = _ask_in_call(occasion, own, other)
    if introduction.is_open and introduction.asked is other:
        introduction.decline(by=other.person, now=occasion.now)
        back_to_the_waves(occasion, introduction.need)


def say_number(turn: Turn, other: Listing) -> None:
    """Say somebody's number, which they have agreed to give."""
    turn.say("line.number", first_name=other.first_name, phone=_number(other))


def _record(turn: Turn, introduction: Introduction, giver: Listing, consent: Consent) -> None:
    """Write down that a number was given, to whom, and by which word of its owner."""
    receiver = introduction.side(Kind(giver.kind).opposite)
    turn.session.add(
        Disclosure(
            giver_id=giver.person_id,
            receiver_id=receiver.person_id,
            receiver_name=receiver.first_name,
            introduction_id=introduction.id,
            inbound_id=turn.inbound_id if giver.person_id == turn.person.id else None,
            consent=consent.value,
            given_at=turn.now,
        )
    )


def _still_stands(occasion: Occasion, introduction: Introduction) -> bool:
    """Whether a yes can still bring the two together: open listings, people we may write to."""
    sides = (introduction.need, introduction.offer)
    return introduction.is_open and all(
        listing.is_open(now=occasion.now) and listing.person.is_reachable for listing in sides
    )


def _share(turn: Turn, question: NeighbourQuestion) -> None:
    if not question.other.person.is_reachable:
        turn.say("introduction.unreachable", first_name=question.other.first_name)
        return
    question.introduction.share(by=turn.person, now=turn.now)
    own, other = question.own, question.other
    _record(turn, question.introduction, own, Consent.SHARED)
    turn.say("introduction.shared", first_name=other.first_name)
    turn.tell(
        other.person,
        "introduction.shared_news",
        introduction=question.introduction,
        first_name=own.first_name,
        place=turn.gazetteer[own.commune_insee].short_name,
        phone=_number(own),
    )


def answer_with_condition(turn: Turn, question: NeighbourQuestion, words: str) -> None:
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


def decline(turn: Turn, question: NeighbourQuestion) -> None:
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
    else:
        turn.say("introduction.declined_thanks")
        if introduction.asked_by != AskedBy.SERVICE:
            turn.tell(
                asker.person,
                f"introduction.declined_news_for_{asker.kind}",
                introduction=introduction,
                first_name=asked.first_name,
            )
    back_to_the_waves(turn, introduction.need)


def end_introductions(occasion: Occasion, listing: Listing) -> None:
    """A listing is closed or its owner gone: nobody has to answer, what waits isn't sent."""
    side = Introduction.need_id if listing.kind == Kind.NEED else Introduction.offer_id
    ended = [one for one in _lock(occasion.session, side == listing.id) if one.is_open]
    _end_all(occasion, listing, ended)
    close_unanswered(occasion.session, listing, now=occasion.now)
    if listing.kind == Kind.OFFER:
        for introduction in ended:
            back_to_the_waves(occasion, introduction.need)


def _end_all(occasion: Occasion, listing: Listing, ended: list[Introduction]) -> None:
    """Nobody's answer is wanted any more; whoever waits for one is told."""
    stop_what_waits(occasion, listing, ended)
    owner = listing.person
    for introduction in ended:
        was_conditional = introduction.status == IntroductionStatus.CONDITIONAL
        introduction.expire(now=occasion.now)
        asked, asker = introduction.asked, introduction.asker
        if was_conditional and asked.person is not owner:
            occasion.tell(
                asked.person,
                "introduction.condition_refused_news",
                introduction=introduction,
                first_name=asker.first_name,
            )
        if introduction.asked_by != AskedBy.SERVICE and asker.person is not owner:
            occasion.tell(
                asker.person,
                f"introduction.declined_news_for_{asker.kind}",
                introduction=introduction,
                first_name=asked.first_name,
            )


def lock_need(session: Session, introduction: Introduction) -> list[Introduction]:
    """A need and all introductions of it, the need first: in the order in which it is closed."""
    session.refresh(introduction.need, with_for_update={"key_share": True, "of": Listing})
    return _lock(session, Introduction.need_id == introduction.need_id)


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
