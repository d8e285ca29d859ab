"""The promise: whoever posts a need is told by when there will be news, and then there is.

    publish ──▶ "before 13h" ──▶ nobody yet: look further away? ──▶ the mairie, and a human calls
                            └──▶ somebody said yes: did it work out?

It is kept whatever has happened, unless its owner has closed the need: a task lies ready from the
start, and finds out when its time has come how things stand.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from flows.alerts import plan_wave
from flows.day_time import (
    after_day_time,
    is_holiday,
    is_quiet,
    local_date,
    next_day_time,
    next_working_day,
)
from flows.occasion import Occasion
from flows.outgoing import words_for
from flows.phone_numbers import readable
from flows.rules import Rules
from flows.turn import Turn
from models.introduction import Introduction, IntroductionStatus
from models.listing import Listing, ListingQuestion
from models.messages import Purpose
from models.operator_work import UNANSWERED, request_callback
from models.task import Task, TaskKind

# "Before 13h" is easier to remember than "before 12h47", and we write a little earlier than that.
ROUNDED_TO = timedelta(minutes=30)
EARLIER_BY = timedelta(minutes=5)
# How much further we look once its owner agrees, within reason.
FURTHER = 2
FURTHEST_KM = 50.0


def make(occasion: Occasion, need: Listing) -> dict[str, Any]:
    """Promise news about a need, for when all its waves have had their time.

    Returns when that is, as the blanks `day` and `clock` of a text for its owner.
    """
    rules, zone = occasion.rules, occasion.zone_of(need.commune_insee)
    departement = occasion.gazetteer[need.commune_insee].departement
    moment = _after_the_waves(occasion.now, zone, departement, rules)
    while is_quiet(moment - EARLIER_BY, zone, rules):
        moment += ROUNDED_TO
    occasion.plan(TaskKind.PROMISE, moment - EARLIER_BY, listing_id=need.id, step=need.promises + 1)
    return words_for(need.person).moment(moment, now=occasion.now, zone=zone)


def _after_the_waves(start: datetime, zone: str, departement: str, rules: Rules) -> datetime:
    """When all waves have had their time; on a public holiday hardly anybody is asked."""
    waves = timedelta(minutes=rules.waves * rules.wave_minutes)
    if is_holiday(local_date(start, zone), departement):
        start = next_working_day(start, zone, departement, rules)
    moment = _round_up(next_day_time(after_day_time(start, waves, zone, rules), zone, rules))
    if is_holiday(local_date(moment, zone), departement):
        return _after_the_waves(moment, zone, departement, rules)
    return moment


def keep(occasion: Occasion, task: Task) -> None:
    """The time has come: tell the owner how things stand, and what comes next."""
    now = occasion.now
    need = occasion.locked_listing(task)
    if need is None or not need.is_open(now=now) or need.promises != task.step - 1:
        return
    need.promises = task.step
    if need.served_at is not None:
        _ask_how_it_went(occasion, need)
        return
    request_callback(occasion.session, need.person, UNANSWERED, now=now, listing=need)
    if _may_widen(occasion, need):
        _ask_to_widen(occasion, need)
    else:
        occasion.tell(
            need.person,
            _mairie_text(occasion, need),
            purpose=Purpose.NEWS,
            listing=need,
            **_mairie(occasion, need),
        )


def _ask_how_it_went(occasion: Occasion, need: Listing) -> None:
    helper = occasion.session.scalar(
        select(Introduction)
        .where(
            Introduction.need_id == need.id,
            Introduction.status == IntroductionStatus.ACCEPTED.value,
        )
        .order_by(Introduction.answered_at.desc())
        .limit(1)
    )
    if helper is not None:
        occasion.tell(
            need.person,
            "promise.served",
            purpose=Purpose.NEWS,
            listing=need,
            number=need.id,
            first_name=helper.offer.first_name,
        )


def _ask_to_widen(occasion: Occasion, need: Listing) -> None:
    when = make(occasion, need)
    need.ask(ListingQuestion.WIDEN, now=occasion.now)
    occasion.tell(
        need.person,
        "promise.widen",
        purpose=Purpose.NEWS,
        listing=need,
        number=need.id,
        count=_asked_so_far(occasion, need),
        km=round(wider(occasion)),
        **when,
    )


def _may_widen(occasion: Occasion, need: Listing) -> bool:
    """Whether its owner can still be asked to look further; one question is enough."""
    is_new = need.radius_km is None and need.question != ListingQuestion.WIDEN
    return is_new and wider(occasion) > occasion.rules.radius_km


def _asked_so_far(occasion: Occasion, need: Listing) -> int:
    asked = select(func.count()).where(
        Introduction.need_id == need.id, Introduction.told_at.is_not(None)
    )
    return occasion.session.scalar(asked) or 0


def wider(occasion: Occasion) -> float:
    """How far we look once the owner of a need agrees to look further, in kilometres."""
    return min(FURTHEST_KM, FURTHER * occasion.rules.radius_km)


def answer_widen(turn: Turn, need: Listing, *, yes: bool) -> None:
    """May we ask further away? The owner has said."""
    need.settle()
    # What was promised with the question is told now, or promised anew.
    need.promises += 1
    if not yes:
        turn.say("promise.as_it_is")
        turn.say(_mairie_text(turn, need), **_mairie(turn, need))
        return
    need.radius_km = wider(turn)
    turn.say("promise.widened", km=round(need.radius_km), **make(turn, need))
    plan_wave(turn, need)


def _mairie_text(occasion: Occasion, need: Listing) -> str:
    phone = occasion.gazetteer[need.commune_insee].mairie_phone
    return "promise.mairie" if phone else "promise.mairie_without_phone"


def _mairie(occasion: Occasion, need: Listing) -> dict[str, Any]:
    place = occasion.gazetteer[need.commune_insee]
    return {
        "number": need.id,
        "place": place.short_name,
        "phone": readable(place.mairie_phone) if place.mairie_phone else "",
    }


def _round_up(moment: datetime) -> datetime:
    """The next full or half hour; zones are apart from UTC by such."""
    past = timedelta(minutes=moment.minute % 30, seconds=moment.second)
    past += timedelta(microseconds=moment.microsecond)
    return moment + (ROUNDED_TO - past) if past else moment
