"""A simulated day of a département: what it costs, and how long people wait for a yes.

Made-up people (see people.py) write to the real service, which answers them through a carrier that
only counts; the clock is moved from one event to the next. What wave size and delay should be is
read from this.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich.table import Table
from sqlalchemy import event, func, select

from flows.day_time import end_of_day_time, next_day_time
from flows.gazetteer import gazetteer
from flows.rules import Rules
from flows.sms_text import segments
from gateway.bench.carrier import DeliversAtOnce
from gateway.bench.databases import prepared, sqlite_url
from gateway.bench.figures import percentile
from gateway.bench.listings import SERVICES, SERVICES_OF_AN_OFFER
from gateway.bench.people import FIRST_NAMES, Assumptions, first_message, is_text, reactions
from gateway.bench.run import Options
from gateway.carriers import InboundText
from gateway.clock import StoppedClock
from gateway.inbound import store
from gateway.service import Service
from gateway.settings import Settings
from gateway.worker import work_once
from models.database import Database, empty_all_tables
from models.geography.table import Place
from models.introduction import Introduction
from models.listing import Kind, Listing
from models.messages import OutboundMessage, OutboundStatus, Purpose
from models.person import lock_person
from models.task import Task

# A million inhabitants around Ermont; simulated is a part of it, with all who live there.
INHABITANTS: Final = 1_000_000
PART: Final = 0.1
CENTRE: Final = "95219"
# A Tuesday without a public holiday around. People write for a day, and are watched for two.
ZONE: Final = ZoneInfo("Europe/Paris")
MIDNIGHT: Final = datetime(2026, 11, 24, tzinfo=ZONE).astimezone(UTC)
WRITING: Final = timedelta(days=1)
WATCHED: Final = timedelta(days=2)
SOON_MINUTES: Final = 120
# What somebody gets who says yes after somebody else did.
IN_VAIN: Final = ("introduction.too_late", "list.gone")
# What is tried: how many volunteers in a wave, and how many minutes between two waves.
WAVES: Final = ((2, 30), (3, 30), (3, 60), (5, 30), (5, 60), (5, 120), (8, 60), (15, 60))


def measure(options: Options) -> Iterator[Table | str]:
    part = 1.0 if options.large else PART
    wish = Assumptions()
    title = f"A day of {INHABITANTS:,} inhabitants, simulated for some {part:.0%} of them"
    waves = "volunteers a wave", "minutes between"
    fare = Table(
        *waves, "needs", "served", "within 2 h", "median to yes", "90 %",
        "alerts a volunteer", "most", "yes in vain", title=title,
    )  # fmt: skip
    cost = Table(
        *waves, "texts out", "in", "segments out", "in", f"€ a day at {options.price}", "a need",
        title=title,
    )  # fmt: skip
    with sqlite_url() as url, prepared(url, options.settings.secrets) as database:
        _never_wait_for_the_disk(database)
        for size, minutes in WAVES:
            rules = replace(options.settings.rules, wave_size=size, wave_minutes=minutes)
            outcome = simulate(database, options.settings, rules, wish, part)
            fare.add_row(str(size), str(minutes), *outcome.how_people_fare())
            cost.add_row(str(size), str(minutes), *outcome.what_it_costs(options.price))
    yield fare
    yield cost
    yield f"For each thousand inhabitants: {wish}"


def _never_wait_for_the_disk(database: Database) -> None:
    @event.listens_for(database.engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    database.close()


@dataclass
class Outcome:
    """What a simulated day came to, for a `part` of the inhabitants."""

    part: float
    needs: int = 0
    minutes_to_yes: list[float] = field(default_factory=list)
    alerts: Counter[tuple[int, date]] = field(default_factory=Counter)
    volunteers: int = 0
    in_vain: int = 0
    texts_out: int = 0
    texts_in: int = 0
    segments_out: int = 0
    segments_in: int = 0

    def how_people_fare(self) -> Iterator[str]:
        """Cells of a table. Times are of needs that got a yes, by day; shares of all of them."""
        soon = sum(minutes <= SOON_MINUTES for minutes in self.minutes_to_yes)
        yield self._whole(self.needs)
        yield f"{len(self.minutes_to_yes) / self.needs:.0%}"
        yield f"{soon / self.needs:.0%}"
        yield f"{percentile(self.minutes_to_yes, 50):.0f} min"
        yield f"{percentile(self.minutes_to_yes, 90):.0f} min"
        yield f"{self.alerts.total() / self.volunteers:.2f}"
        yield f"{max(self.alerts.values(), default=0)} a day"
        yield self._whole(self.in_vain)

    def what_it_costs(self, price: float) -> Iterator[str]:
        for number in (self.texts_out, self.texts_in, self.segments_out, self.segments_in):
            yield self._whole(number)
        yield self._whole(self.segments_out * price)
        yield f"{self.segments_out * price / self.needs:.2f}"

    def _whole(self, number: float) -> str:
        """As it would be for all inhabitants."""
        return f"{number / self.part:,.0f}"


def simulate(
    database: Database, settings: Settings, rules: Rules, wish: Assumptions, part: float
) -> Outcome:
    """A day in an empty database; `part` of the million inhabitants live in it."""
    with database.writing() as session:
        empty_all_tables(session)
    day = _Day(database, settings, rules, wish, part)
    day.let_volunteers_offer()
    day.plan_first_messages()
    day.go_on_until(MIDNIGHT + WATCHED)
    return day.look_back()


class _Day:
    """Everybody's phones, what will be written on them, and the service that answers."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        rules: Rules,
        wish: Assumptions,
        part: float,
    ) -> None:
        self._rng = Random(1)
        self._wish = wish
        self._places = _around(CENTRE, INHABITANTS * part)
        self._names: dict[str, str] = {}
        # What will be written: when, in which order, by which number, what.
        self._planned: list[tuple[datetime, int, str, str]] = []
        self._order = count()
        # Whole communes only, so it is never quite the part that was asked for.
        self._inhabitants = sum(place.population for place in self._places)
        self._outcome = Outcome(self._inhabitants / INHABITANTS)
        self._clock = StoppedClock(MIDNIGHT)
        self._service = Service(
            # What the sender's pace would do to a part of the people says nothing of all of them.
            settings=settings.model_copy(update={"sender_segments_per_second": 1000.0}),
            rules=rules,
            database=database,
            clock=self._clock,
            carrier=DeliversAtOnce(self._deliver),
            gazetteer=gazetteer(),
        )

    # ---- People ---------------------------------------------------------------------------------

    def _deliver(self, to: str, body: str) -> None:
        """Somebody gets a text, and begins to think of an answer."""
        self._outcome.texts_out += 1
        self._outcome.segments_out += segments(body)
        self._outcome.in_vain += any(is_text(name, body) for name in IN_VAIN)
        # By themselves people decide the same, whatever the size of a wave.
        rng = Random(f"{to} {body}")
        for answer, delay in reactions(body, self._names[to], rng):
            self._plan(self._awake(self._clock.now() + delay), to, answer)

    def let_volunteers_offer(self) -> None:
        """Those who have offered something in the weeks before."""
        self._outcome.volunteers = round(self._wish.offers * self._inhabitants / 1000)
        slugs, often = list(SERVICES), list(SERVICES.values())
        with self._service.database.writing() as session:
            for _ in range(self._outcome.volunteers):
                posted_at = MIDNIGHT - timedelta(days=60) * self._rng.random()
                number = self._new_number()
                person = lock_person(session, number, now=posted_at)
                place = self._draw_place()
                person.commune_insee, person.noticed_at = place.insee, posted_at
                offer = Listing(
                    person=person,
                    kind=Kind.OFFER.value,
                    commune_insee=place.insee,
                    first_name=self._names[number],
                    details="aide",
                    posted_at=posted_at,
                    expires_at=posted_at + timedelta(days=self._service.rules.offer_days),
                )
                how_many = self._rng.choice(SERVICES_OF_AN_OFFER)
                chosen = self._rng.choices(slugs, often, k=how_many)
                offer.categories = tuple(dict.fromkeys(chosen))
                session.add(offer)

    def plan_first_messages(self) -> None:
        wish = self._wish
        for kind, share in ((Kind.NEED, wish.needs_a_day), (Kind.OFFER, wish.offers_a_day)):
            for _ in range(round(share * self._inhabitants / 1000)):
                number, place = self._new_number(), self._draw_place()
                hour = self._rng.choices(range(24), wish.posts_by_hour)[0]
                at = MIDNIGHT + timedelta(hours=hour + self._rng.random())
                text = first_message(kind, place, self._names[number], self._rng, wish)
                self._plan(at, number, text)

    def _new_number(self) -> str:
        """The next of the numbers kept for fiction, and somebody who has it."""
        number = f"+3363998{len(self._names):04}"
        self._names[number] = self._rng.choice(FIRST_NAMES)
        return number

    def _draw_place(self) -> Place:
        return self._rng.choices(self._places, [place.population for place in self._places])[0]

    def _plan(self, at: datetime, number: str, text: str) -> None:
        heapq.heappush(self._planned, (at, next(self._order), number, text))

    def _awake(self, moment: datetime) -> datetime:
        """This moment, unless people sleep then: as long after they wake up."""
        night, morning = self._wish.asleep
        local = moment.astimezone(ZONE)
        slept = (local.hour - night) % 24 + local.minute / 60
        is_asleep = slept < (morning - night) % 24
        return moment + timedelta(hours=(morning - night) % 24) if is_asleep else moment

    # ---- Time -----------------------------------------------------------------------------------

    def go_on_until(self, end: datetime) -> None:
        """From one event to the next: somebody writes, or the service has something to do."""
        while (at := self._next_event()) is not None and at <= end:
            self._clock.at = max(at, self._clock.at)
            busy = self._write_what_is_planned()
            while work_once(self._service):
                busy = True
            if not busy:
                # What is due waits for something that only time brings.
                self._clock.forward(timedelta(seconds=1))

    def _write_what_is_planned(self) -> bool:
        """Let people write whose moment has come. Returns whether anybody did."""
        written = False
        while self._planned and self._planned[0][0] <= self._clock.at:
            _, order, number, text = heapq.heappop(self._planned)
            self._receive(InboundText(f"SM-in-{order}", number, text))
            written = True
        return written

    def _next_event(self) -> datetime | None:
        with self._service.database.reading() as session:
            due = [
                session.scalar(select(func.min(Task.due_at))),
                session.scalar(
                    select(func.min(OutboundMessage.due_at)).where(
                        OutboundMessage.status == OutboundStatus.WAITING.value,
                        OutboundMessage.channel == "sms",
                    )
                ),
                self._planned[0][0] if self._planned else None,
            ]
        return min((moment for moment in due if moment is not None), default=None)

    def _receive(self, text: InboundText) -> None:
        self._outcome.texts_in += 1
        self._outcome.segments_in += segments(text.body)
        store(self._service, text)

    # ---- Looking back ---------------------------------------------------------------------------

    def look_back(self) -> Outcome:
        """Adds what only the database knows: when each need got its first yes, who was alerted."""
        first_yes = (
            select(func.min(Introduction.answered_at))
            .where(
                Introduction.need_id == Listing.id,
                Introduction.status.in_(("accepted", "ended")),
            )
            .scalar_subquery()
        )
        with self._service.database.reading() as session:
            needs = session.execute(
                select(Listing.posted_at, first_yes).where(Listing.kind == Kind.NEED.value)
            ).all()
            alerts = session.execute(
                select(OutboundMessage.person_id, OutboundMessage.settled_at).where(
                    OutboundMessage.purpose == Purpose.ALERT.value,
                    OutboundMessage.status == OutboundStatus.DELIVERED.value,
                )
            ).all()
        for person_id, settled_at in alerts:
            if settled_at is not None:
                self._outcome.alerts[person_id, settled_at.astimezone(ZONE).date()] += 1
        self._outcome.needs = len(needs)
        self._outcome.minutes_to_yes = [
            _minutes_by_day(posted_at, answered_at, self._service.rules)
            for posted_at, answered_at in needs
            if answered_at is not None
        ]
        return self._outcome


def _minutes_by_day(start: datetime, end: datetime, rules: Rules) -> float:
    """How long somebody waited. Nights, when nobody is asked, don't count."""
    waited, moment = timedelta(), next_day_time(start, ZONE.key, rules)
    while moment < end:
        night = end_of_day_time(moment, ZONE.key, rules) or end
        waited += min(night, end) - moment
        moment = next_day_time(night, ZONE.key, rules)
    return waited.total_seconds() / 60


def _around(insee: str, inhabitants: float) -> list[Place]:
    """The communes nearest to one, until so many people live in them."""
    communes = gazetteer()
    chosen: list[Place] = []
    for code, _ in communes.neighbours(insee, 50):
        if sum(place.population for place in chosen) >= inhabitants:
            break
        chosen.append(communes[code])
    return chosen
