"""What there is to judge by at the end: the database, the carrier's record, the people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from flows.phone_numbers import readable
from gateway.simulator.carrier import SimulatedCarrier
from gateway.simulator.store import Message
from gateway.torture.people import ERASE_ALL, Neighbour, reads
from models.disclosure import Disclosure
from models.introduction import Introduction
from models.listing import Listing
from models.messages import InboundMessage, OutboundMessage
from models.person import Person
from models.task import Task


@dataclass(frozen=True)
class Consent:
    """A giver's number may be read by a receiver, from this moment on. Both are numbers.

    `listing` is the receiver's, about which the giver was asked; `sid` is the text that said yes,
    where that is on record.
    """

    giver: str
    receiver: str
    given_at: datetime
    listing: int | None = None
    sid: str | None = None


@dataclass(frozen=True)
class Evidence:
    """All rows of the database, all messages of the carrier, and the people by their numbers."""

    now: datetime
    neighbours: Mapping[str, Neighbour]
    carried: list[Message]
    persons: list[Person]
    inbound: list[InboundMessage]
    outbound: list[OutboundMessage]
    listings: list[Listing]
    introductions: list[Introduction]
    consents: list[Consent]
    tasks: list[Task]

    @property
    def texts(self) -> list[Message]:
        """What people texted."""
        return [message for message in self.carried if message.direction == "inbound"]

    @property
    def sent(self) -> list[Message]:
        """What the service sent. The carrier's own answers (to STOP) are not among it."""
        return [message for message in self.carried if message.direction == "outbound-api"]

    @property
    def arrived(self) -> list[Message]:
        """What the service sent and a phone showed."""
        return [message for message in self.sent if message.delivered_at is not None]

    @property
    def erased(self) -> set[str]:
        """The numbers of those of whom nothing is left to compare: they wanted it, or were told so.

        A late OUI may confirm it before they do.
        """
        wanted = {one.number for one in self.neighbours.values() if one.has_erased}
        return wanted | set(self.told_of_erasure)

    @property
    def told_of_erasure(self) -> dict[str, datetime]:
        """Who was told that everything is erased, and when that was sent."""
        return {
            message.recipient: message.created_at
            for message in self.arrived
            if reads("erase.erased", message.text)
        }

    @property
    def stopped(self) -> set[str]:
        """The numbers of those who said STOP: what waited for them may never arrive."""
        return {
            one.number
            for one in self.neighbours.values()
            if one.has_left and one.number not in self.erased
        }

    @property
    def asked_to_be_erased(self) -> dict[str, int]:
        """Who texted EFFACER TOUT, and the row of the first such text (0: it has none)."""
        rows = {row.carrier_sid: row.id for row in self.inbound}
        asked: dict[str, int] = {}
        for text in self.texts:
            if text.text == ERASE_ALL:
                asked.setdefault(text.sender, rows.get(text.sid, 0))
        return asked

    @property
    def by_shown_number(self) -> dict[str, str]:
        """Every neighbour's number, by how a text shows it."""
        return {readable(number): number for number in self.neighbours}


def gather(
    session: Session,
    carrier: SimulatedCarrier,
    neighbours: Mapping[str, Neighbour],
    *,
    now: datetime,
) -> Evidence:
    return Evidence(
        now=now,
        neighbours=neighbours,
        carried=carrier.messages,
        persons=list(session.scalars(select(Person))),
        inbound=list(session.scalars(select(InboundMessage))),
        outbound=list(session.scalars(select(OutboundMessage))),
        listings=list(session.scalars(select(Listing))),
        introductions=list(session.scalars(select(Introduction))),
        consents=consents(session),
        tasks=list(session.scalars(select(Task))),
    )


def consents(session: Session) -> list[Consent]:
    """Who has agreed that whom gets the number, as far as both are still known."""
    found = []
    for disclosure in session.scalars(select(Disclosure)):
        giver = session.get_one(Person, disclosure.giver_id)
        receiver = session.get_one(Person, disclosure.receiver_id)
        if giver.number is None or receiver.number is None:
            continue
        introduction = session.get(Introduction, disclosure.introduction_id or 0)
        inbound = session.get(InboundMessage, disclosure.inbound_id or 0)
        found.append(
            Consent(
                giver.number,
                receiver.number,
                disclosure.given_at,
                introduction.side(introduction.side_of(receiver)).id if introduction else None,
                inbound.carrier_sid if inbound else None,
            )
        )
    return found
