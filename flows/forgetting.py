"""OUBLIE: an introduction comes to an end, and the other one is asked not to call any more.

Ali texts:  OUBLIE 1002
Ali gets:   C'est noté. Nous demandons à Marie de ne plus vous appeler. Nous cherchons quelqu'un ...
Marie gets: Ali préfère en rester là. N'appelez plus ce numéro, merci. ...
"""

from __future__ import annotations

from sqlalchemy import or_, select

from flows import promise
from flows.alerts import back_to_the_waves
from flows.introductions import lock_need
from flows.turn import Turn
from models.introduction import Introduction, IntroductionStatus
from models.listing import Listing


def forget(turn: Turn) -> None:
    """OUBLIE [number]: an introduction comes to an end, and the other one is asked not to call."""
    live = _live(turn)
    numbers, name = turn.understood.numbers, turn.understood.name
    meant = [one for one in live if _other(turn, one).id in numbers] or [
        one for one in live if one.side(one.side_of(turn.person)).id in numbers
    ]
    if not numbers:
        named = [one for one in live if _other(turn, one).first_name == name]
        meant = named or (live if len(live) == 1 else [])
    if not live or (numbers and not meant):
        turn.say("forget.none")
    elif len(meant) == 1:
        end(turn, meant[0])
    else:
        between = meant or live
        lines = " ".join(
            turn.wording.say(
                "line.question",
                number=_other(turn, one).id,
                first_name=_other(turn, one).first_name,
            )
            for one in between
        )
        turn.say("forget.which", lines=lines, number=_other(turn, between[-1]).id)


def _live(turn: Turn) -> list[Introduction]:
    """The accepted introductions in which this person has a part, the oldest first."""
    own = select(Listing.id).where(Listing.person_id == turn.person.id)
    return list(
        turn.session.scalars(
            select(Introduction)
            .where(
                Introduction.status == IntroductionStatus.ACCEPTED.value,
                or_(Introduction.need_id.in_(own), Introduction.offer_id.in_(own)),
            )
            .order_by(Introduction.id)
        )
    )


def _other(turn: Turn, introduction: Introduction) -> Listing:
    return introduction.side(introduction.side_of(turn.person).opposite)


def end(turn: Turn, introduction: Introduction) -> None:
    """The person of this turn wants no more of an introduction; the other one is told."""
    of_this_need = lock_need(turn.session, introduction)
    if introduction.status != IntroductionStatus.ACCEPTED:
        turn.say("forget.none")
        return
    own, other = introduction.side(introduction.side_of(turn.person)), _other(turn, introduction)
    introduction.end(by=turn.person, now=turn.now)
    turn.say("forget.done", first_name=other.first_name)
    need = introduction.need
    if not any(one.status == IntroductionStatus.ACCEPTED for one in of_this_need):
        need.served_at = None
    is_searched_again = need.still_waits(now=turn.now) and need.person.is_reachable
    when = promise.make(turn, need) if is_searched_again else {}
    if is_searched_again and own is need:
        turn.say("forget.search_again", **when)
    name = "forget.news"
    if is_searched_again and other is need:
        name = "forget.news_for_need"
    turn.tell(other.person, name, introduction=introduction, first_name=own.first_name, **when)
    back_to_the_waves(turn, need)
