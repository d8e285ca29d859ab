"""Asking volunteers about a need: a few at a time, by day, and never more than they agreed to.

    publish ──▶ wave 1 ──60 min of day──▶ wave 2 ──▶ wave 3 ──▶ (the promise, flows/promise.py)

A wave chooses volunteers; what each of them is told waits for the day where they live, and what
comes together within an hour is told in one text. A yes ends the waves, a no brings them forward.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from flows.day_time import after_day_time, is_holiday, local_date, next_day_time, next_working_day
from flows.matching import find_volunteers
from flows.occasion import Occasion
from flows.proposals import write_list, write_proposal
from flows.rules import Rules
from models.introduction import AskedBy, Introduction, IntroductionStatus
from models.listing import Listing
from models.person import Person
from models.task import Task, TaskKind

# Whoever was told of a need is told of further ones an hour later, all of them in one text.
TOLD_TOGETHER_WITHIN = timedelta(hours=1)
NEEDS_IN_A_TEXT = 3
# Once its owner has had the news that we promised (flows/promise.py), we look once a day.
PROMISES = 2


def plan_wave(occasion: Occasion, need: Listing) -> None:
    """The next volunteers are asked now, or as soon as it is day."""
    due_at = next_day_time(occasion.now, occasion.zone_of(need.commune_insee), occasion.rules)
    occasion.plan(TaskKind.WAVE, due_at, listing_id=need.id, step=need.waves + 1)


def waves_of(occasion: Occasion, need: Listing) -> int:
    """How many waves a need has in all: as many again once we may look further away."""
    return occasion.rules.waves * (2 if need.radius_km else 1)


def run_wave(occasion: Occasion, task: Task) -> None:
    """Choose the next volunteers for a need, unless it is served or has moved on."""
    session, now, rules = occasion.session, occasion.now, occasion.rules
    need = occasion.locked_listing(task)
    if need is None or not need.still_waits(now=now) or need.waves != task.step - 1:
        return
    if need.waves >= waves_of(occasion, need) or not need.person.is_reachable:
        return
    zone = occasion.zone_of(need.commune_insee)
    departement = occasion.gazetteer[need.commune_insee].departement
    holiday = is_holiday(local_date(now, zone), departement)
    hour = timedelta(minutes=rules.wave_minutes)
    # Whoever was chosen by name has that time to answer first.
    chosen = _chosen(occasion, need)
    free_at = [after_day_time(asked.asked_at, hour, zone, rules) for asked in chosen]
    next_at = max([next_day_time(now, zone, rules), *free_at])
    if next_at > now:
        task.due_at = next_at
        return
    volunteers = find_volunteers(
        session,
        need,
        gazetteer=occasion.gazetteer,
        radius_km=need.radius_km or rules.radius_km,
        now=now,
        today=local_date(now, zone),
        alerts_per_day=rules.alerts_per_day,
        is_holiday=holiday,
        limit=rules.wave_size,
    )
    if not volunteers:
        # Nobody was asked, so it was no wave: somebody may be free again, or new, later on.
        looks_often = need.promises < PROMISES and not holiday
        task.due_at = (
            after_day_time(now, hour, zone, rules)
            if looks_often
            else next_working_day(now, zone, departement, rules)
        )
        return
    for match in volunteers:
        offer = match.listing
        session.add(
            Introduction(
                need=need,
                offer=offer,
                asked_by=AskedBy.SERVICE.value,
                status=IntroductionStatus.PROPOSED.value,
                asked_at=now,
            )
        )
        occasion.plan(TaskKind.ALERT, now, person_id=offer.person_id)
    _note_chosen(occasion, [match.listing.person_id for match in volunteers])
    need.waves = task.step
    if need.waves < waves_of(occasion, need):
        task.step += 1
        task.due_at = after_day_time(now, hour, zone, rules)


def _note_chosen(occasion: Occasion, volunteers: list[int]) -> None:
    """Others come first next time.

    Whoever is just writing to us is passed over: that turn may be about this very need, and wait
    for us in its turn.
    """
    for person in occasion.session.scalars(
        select(Person)
        .where(Person.id.in_(volunteers))
        .with_for_update(key_share=True, skip_locked=True)
    ):
        person.alerted_at = occasion.now


def _chosen(occasion: Occasion, need: Listing) -> list[Introduction]:
    """Whoever the poster of a need has asked by name, and who hasn't answered."""
    return list(
        occasion.session.scalars(
            select(Introduction).where(
                Introduction.need_id == need.id,
                Introduction.asked_by == AskedBy.NEED.value,
                Introduction.status == IntroductionStatus.PROPOSED.value,
            )
        )
    )


def back_to_the_waves(occasion: Occasion, need: Listing) -> None:
    """Nothing came of an introduction. If nobody else is to answer, the next are asked at once."""
    if not need.still_waits(now=occasion.now):
        return
    somebody_may_answer = occasion.session.scalar(
        select(Introduction.id)
        .where(
            Introduction.need_id == need.id,
            Introduction.status.in_(
                (IntroductionStatus.PROPOSED.value, IntroductionStatus.CONDITIONAL.value)
            ),
        )
        .limit(1)
    )
    if somebody_may_answer is None:
        plan_wave(occasion, need)


def tell_volunteer(occasion: Occasion, task: Task) -> None:
    """Write to a volunteer about all needs that wait to be told, in one text."""
    session, now = occasion.session, occasion.now
    person = session.get(Person, task.person_id, with_for_update={"key_share": True})
    if person is None:
        return
    untold = _untold(occasion, person)
    if not untold:
        return
    if not person.is_reachable or person.paused_at is not None:
        for introduction in untold:
            introduction.expire(now=now)
        return
    may_be_told_at = _may_be_told_at(occasion, person, untold[0])
    if may_be_told_at > now:
        task.due_at = may_be_told_at
        return
    told, later = untold[:NEEDS_IN_A_TEXT], untold[NEEDS_IN_A_TEXT:]
    if len(told) == 1:
        write_proposal(occasion, told[0], "introduction.alert")
    else:
        write_list(occasion, person, told)
    zone = occasion.zone_of(told[0].offer.commune_insee)
    person.count_alert(now=now, today=local_date(now, zone))
    if later:
        task.due_at = now + TOLD_TOGETHER_WITHIN


def _untold(occasion: Occasion, volunteer: Person) -> list[Introduction]:
    """What a volunteer is to be asked and has not been, the oldest first, locked."""
    found = occasion.session.scalars(
        select(Introduction)
        .join(Introduction.offer)
        .where(
            Listing.person_id == volunteer.id,
            Introduction.asked_by == AskedBy.SERVICE.value,
            Introduction.status == IntroductionStatus.PROPOSED.value,
            Introduction.told_at.is_(None),
        )
        .order_by(Introduction.id)
        .with_for_update(of=Introduction, key_share=True)
        .options(joinedload(Introduction.need), joinedload(Introduction.offer))
        .execution_options(populate_existing=True)
    )
    now = occasion.now
    return [one for one in found if one.need.still_waits(now=now) and one.offer.is_open(now=now)]


def _may_be_told_at(occasion: Occasion, person: Person, about: Introduction) -> datetime:
    """When this volunteer may next be told of a need: not too often, and never at night.

    A public holiday is a day like others only for those who said so.
    """
    place, rules = about.offer.commune_insee, occasion.rules
    zone, departement = occasion.zone_of(place), occasion.gazetteer[place].departement
    moment = occasion.now
    if person.told_at is not None:
        moment = max(moment, person.told_at + TOLD_TOGETHER_WITHIN)
    moment = next_day_time(moment, zone, rules)
    day = local_date(moment, zone)
    rests = is_holiday(day, departement) and not person.wants_holidays
    if rests or has_had_enough(person, day, rules):
        return next_working_day(moment, zone, departement, rules)
    return moment


def has_had_enough(person: Person, today: date, rules: Rules) -> bool:
    """Whether somebody has been told of neighbours as often as may be on one day."""
    return person.alerted_on == today and person.alerts_that_day >= rules.alerts_per_day
