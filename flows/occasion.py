"""A moment at which the service acts: somebody has written, or the time for something has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from flows.day_time import end_of_day_time, next_day_time
from flows.gazetteer import Gazetteer
from flows.outgoing import put_in_outbox, words_for
from flows.rules import Rules
from models.introduction import Introduction
from models.listing import Listing
from models.messages import OutboundMessage, Purpose
from models.person import Person
from models.task import Task, TaskKind

# Where we know nothing of somebody's place, day and night are those of Paris.
HOME_ZONE = "Europe/Paris"


@dataclass
class Occasion:
    """What whoever acts needs: the database, the time, the rules, the places.

    `person` is whose turn it is; nobody, where the service acts by itself.
    """

    session: Session
    now: datetime
    rules: Rules
    gazetteer: Gazetteer
    person: Person | None

    def zone_of(self, place: str | None) -> str:
        """The time zone of a commune (INSEE code)."""
        return self.gazetteer[place].time_zone if place else HOME_ZONE

    def at_place(self, listing: Listing, reader: Person) -> str:
        """Where a listing is, as its reader says it: "à Ermont (95)"."""
        return words_for(reader).at_place(self.gazetteer[listing.commune_insee])

    def locked_listing(self, task: Task) -> Listing | None:
        """What a task is about, ours alone until the end of the transaction."""
        return self.session.get(
            Listing, task.listing_id, with_for_update={"key_share": True, "of": Listing}
        )

    def tell(
        self,
        person: Person,
        name: str,
        *,
        purpose: Purpose = Purpose.INTRODUCTION,
        introduction: Introduction | None = None,
        listing: Listing | None = None,
        **blanks: Any,
    ) -> OutboundMessage | None:
        """Write the text `name` to somebody else, unless that person wants nothing from us.

        What can wait for the day waits for it, where that person lives. `introduction` and
        `listing` are what it is about: once they are settled, it need not be sent any more.
        """
        if not person.is_reachable:
            return None
        zone = self._where(person, introduction, listing) if purpose.waits_for_the_day else None
        return put_in_outbox(
            self.session,
            person,
            words_for(person).say(name, **blanks),
            purpose=purpose,
            rules=self.rules,
            now=self.now,
            due_at=next_day_time(self.now, zone, self.rules) if zone else self.now,
            time_zone=zone,
            valid_until=self._until(zone, purpose, listing) if zone else None,
            introduction=introduction,
            listing=listing,
        )

    def _where(
        self, person: Person, introduction: Introduction | None, listing: Listing | None
    ) -> str:
        if introduction is not None:
            side = introduction.side_of(person)
            return self.zone_of(introduction.side(side).commune_insee)
        if listing is not None and listing.person_id == person.id:
            return self.zone_of(listing.commune_insee)
        return self.zone_of(person.commune_insee)

    def _until(self, zone: str, purpose: Purpose, listing: Listing | None) -> datetime | None:
        """Nothing is said of a listing after its end, and an alert not in the night after it."""
        ends = [listing.expires_at] if listing is not None else []
        if purpose is Purpose.ALERT:
            morning = next_day_time(self.now, zone, self.rules)
            night = end_of_day_time(morning, zone, self.rules)
            ends += [night] if night is not None else []
        return min(ends, default=None)

    def plan(self, kind: TaskKind, due_at: datetime, **what: Any) -> None:
        """Have something done at `due_at`."""
        self.session.add(Task(kind=kind.value, due_at=due_at, **what))
