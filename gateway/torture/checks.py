"""What must be true at the end, one function a claim: each looks at all evidence for what is wrong.

What people who had everything erased wrote and were told is gone from the database, and with it
what it could be compared to: they are left out where that matters, and a note says how many.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from flows.phone_numbers import readable
from gateway.carriers.twilio import REFERENCE
from gateway.inbound import FAILED
from gateway.simulator.store import Message
from gateway.torture.evidence import Evidence
from gateway.torture.people import reads
from models.introduction import AskedBy, IntroductionStatus
from models.messages import STILL_TO_LEAVE, Channel, Purpose

LISTING_NUMBER = re.compile(r"\b\d{4,}\b")
SHOWN_NUMBER = re.compile(r"\b0\d(?: \d\d){4}\b")
# A task due this long ago should have been done; one that came due just now may wait its turn.
STUCK_AFTER = timedelta(seconds=30)


@dataclass(frozen=True)
class Finding:
    """A claim, how many things it was held against, and which of them it is not true of."""

    claim: str
    looked_at: int
    wrong: list[str]
    note: str = ""

    @property
    def holds(self) -> bool:
        return not self.wrong


def every_text_is_kept(evidence: Evidence) -> Finding:
    """Every text on the carrier's record has its row."""
    kept = Counter(row.carrier_sid for row in evidence.inbound)
    expected = [text for text in evidence.texts if text.sender not in evidence.erased]
    return Finding(
        "every text has its row, once",
        len(expected),
        [f"{text.sid} has {kept[text.sid]} rows" for text in expected if kept[text.sid] != 1],
        _without_erased(evidence),
    )


def every_turn_is_taken(evidence: Evidence) -> Finding:
    """Every text has an outcome, and none was given up on."""
    return Finding(
        "every text had its turn",
        len(evidence.inbound),
        [
            f"{row.carrier_sid}: {row.outcome}"
            for row in evidence.inbound
            if row.outcome is None or row.outcome == FAILED
        ],
    )


def every_answer_arrived(evidence: Evidence) -> Finding:
    """Every text was answered, once, and the answer reached the phone."""
    arrived = {message.sid for message in evidence.arrived}
    answers = defaultdict(list)
    for answer in evidence.outbound:
        if answer.purpose == Purpose.ANSWER:
            answers[answer.inbound_id].append(answer)
    senders = {text.sid: text.sender for text in evidence.texts}
    left_out = evidence.erased | evidence.stopped
    expected = [row for row in evidence.inbound if senders.get(row.carrier_sid) not in left_out]
    wrong = []
    for row in expected:
        fates = [
            "arrived" if answer.carrier_sid in arrived else answer.status
            for answer in answers[row.id]
        ]
        if fates != ["arrived"]:
            wrong.append(f"{row.carrier_sid} ({row.outcome}): {fates or 'no answer'}")
    note = f"without {len(evidence.stopped)} who said STOP, {len(evidence.erased)} erased"
    return Finding("every text was answered, once", len(expected), wrong, note)


def every_listing_exists_once(evidence: Evidence) -> Finding:
    """What somebody confirmed is there, once, under the number that this person was told.

    A plain OUI to a neighbour may publish what is not read back yet, so somebody may have more
    than was confirmed, but never more than was begun.
    """
    owners = {person.id: person.number for person in evidence.persons}
    listed, told, begun = defaultdict(set), defaultdict(set), Counter[str]()
    for listing in evidence.listings:
        listed[owners.get(listing.person_id)].add(listing.id)
    for message in evidence.arrived:
        if found := reads("published.published", message.text):
            told[message.recipient].add(int(found["number"]))
        if reads("introduction.first_your_listing", message.text):
            begun[message.recipient] += 1
    confirmed, wrong = 0, []
    for number, one in evidence.neighbours.items():
        if number in evidence.erased:
            continue
        confirmed += one.confirmed
        mine, known = listed[number], told[number]
        if number in evidence.stopped:
            # STOP may have been heard before the OUI, or before the answer to it was sent.
            is_right = known <= mine
        else:
            is_right = known == mine and len(mine) >= one.confirmed
        if not is_right or len(mine) > begun[number] + one.begun:
            wrong.append(
                f"{number} confirmed {one.confirmed}, was told {sorted(known)}, has {sorted(mine)}"
            )
    return Finding(
        "every confirmed listing exists, once", confirmed, wrong, _without_erased(evidence)
    )


def no_need_is_served_twice(evidence: Evidence) -> Finding:
    """The first volunteer who says yes gets it; whoever was asked before that is too late.

    Whom the poster asks afterwards, knowing of the first, may say yes as well; so may neighbours
    who offer themselves.
    """
    yeses = defaultdict(list)
    for introduction in evidence.introductions:
        by_yes = introduction.status == IntroductionStatus.ACCEPTED
        if by_yes and introduction.asked_by != AskedBy.OFFER:
            yeses[introduction.need_id].append(introduction)
    wrong = []
    for need, accepted in yeses.items():
        # The volunteer's number is given by the yes itself.
        first = min(one.offer_shared_at for one in accepted if one.offer_shared_at is not None)
        late = [
            one.offer_id
            for one in accepted
            if one.asked_at < first and one.offer_shared_at != first
        ]
        if late:
            wrong.append(f"need {need} was served at {first}, and again by offers {late}")
    return Finding("no need has two volunteers", len(yeses), wrong)


def no_number_is_given_without_consent(evidence: Evidence) -> Finding:
    """Whoever read a neighbour's number was to have it."""
    since = {}
    for consent in sorted(evidence.consents, key=lambda one: one.given_at, reverse=True):
        since[consent.giver, consent.receiver] = consent.given_at
    given, wrong = 0, []
    for giver, message in _numbers_read(evidence):
        if giver == message.recipient or {giver, message.recipient} & evidence.erased:
            continue
        given += 1
        at = since.get((giver, message.recipient))
        if at is None or at > message.created_at:
            wrong.append(f"{message.sid} tells {message.recipient} the number {giver}: {at}")
    return Finding("no number is given without consent", given, wrong, _without_erased(evidence))


def nobody_consents_before_being_asked(evidence: Evidence) -> Finding:
    """A yes is one to a question that has left: to its listing's number, or to a neighbour's own.

    A text that was late, or typed when the question was still waiting here, is no answer to it.
    """
    typed_at = {text.sid: text.created_at for text in evidence.texts}
    asked_at: dict[tuple[str, str], datetime] = {}
    for message in evidence.sent:
        for name in (*LISTING_NUMBER.findall(message.text), *SHOWN_NUMBER.findall(message.text)):
            asked_at.setdefault((message.recipient, name), message.created_at)
    wrong = []
    for consent in evidence.consents:
        names = (str(consent.listing), readable(consent.receiver))
        questions = [asked_at.get((consent.giver, name)) for name in names]
        first = min((at for at in questions if at is not None), default=None)
        said_at = typed_at.get(consent.sid or "", consent.given_at)
        if first is None or first > said_at:
            wrong.append(
                f"{consent.giver} said yes to {consent.receiver} ({consent.listing})"
                f" at {said_at}, and was asked at {first}"
            )
    return Finding("nobody consents before being asked", len(evidence.consents), wrong)


def _numbers_read(evidence: Evidence) -> Iterator[tuple[str, Message]]:
    """Every neighbour's number in a text that arrived, with that text."""
    numbers = evidence.by_shown_number
    for message in evidence.arrived:
        for shown in SHOWN_NUMBER.findall(message.text):
            if shown in numbers:
                yield numbers[shown], message


def nothing_is_sent_twice(evidence: Evidence) -> Finding:
    """No row of the outbox became two messages at the carrier.

    The carrier's list shows a message from the instant in which it was taken, and a row is taken
    up again only after its last try is over: every double could have been ruled out, so each one
    counts. Two rows that say the same to the same person are told apart by nothing in that list.
    One may be taken for the other there, which is no harm as long as two messages are two rows.
    """
    owners = {person.id: person.number for person in evidence.persons}
    rows, sent = defaultdict(set), Counter[tuple[str, str]]()
    for message in evidence.sent:
        same = (message.recipient, message.text)
        sent[same] += 1
        rows[same].add(_row_of(message))
    for row in evidence.outbound:
        if row.carrier_sid is not None:
            rows[owners.get(row.person_id) or "", row.body or ""].add(row.id)
    return Finding(
        "nothing is sent twice",
        len(evidence.sent),
        [
            f"{recipient} got {sent[recipient, text]} for {len(rows[recipient, text])}: {text}"
            for recipient, text in sent
            if sent[recipient, text] > len(rows[recipient, text])
        ],
    )


def _row_of(message: Message) -> int:
    """The row of the outbox that a message was sent for: it stands in its callback's address."""
    query = parse_qs(urlsplit(message.callback_url or "").query)
    return int(query[REFERENCE][0])


def nothing_waits(evidence: Evidence) -> Finding:
    """The outbox is at rest: nothing due, nothing in anybody's hands."""
    return Finding(
        "nothing is left in the outbox",
        len(evidence.outbound),
        [
            f"row {row.id}: {row.status} since {row.due_at}"
            for row in evidence.outbound
            if row.channel == Channel.SMS
            and row.status in STILL_TO_LEAVE
            and row.due_at <= evidence.now
        ],
    )


def no_receipt_is_wrong(evidence: Evidence) -> Finding:
    """Nothing counts as delivered that isn't, and the carrier knows of all that it was given.

    A row may be behind: a callback that met no web is not repeated.
    """
    record = {message.sid: message for message in evidence.sent}
    handed_over = [row for row in evidence.outbound if row.carrier_sid is not None]
    wrong, behind = [], 0
    for row in handed_over:
        message = record.get(row.carrier_sid or "")
        fate = "not known" if message is None else message.status
        if message is None or (row.status == "delivered") > (fate == "delivered"):
            wrong.append(f"row {row.id} is {row.status}, {row.carrier_sid} is {fate}")
        behind += row.status != fate
    return Finding("no receipt is wrong", len(handed_over), wrong, f"{behind} are behind")


def no_task_is_stuck(evidence: Evidence) -> Finding:
    return Finding(
        "no task is stuck",
        len(evidence.tasks),
        [
            f"task {task.id} {task.kind}: due at {task.due_at}, {task.attempts} attempts"
            for task in evidence.tasks
            if task.due_at < evidence.now - STUCK_AFTER
        ],
    )


def who_was_erased_is_gone(evidence: Evidence) -> Finding:
    """Whoever asked for it is told that everything is erased, and nothing from before is kept.

    A text that was on its way all the time may have come after: it makes its sender known again.
    """
    told, asked = evidence.told_of_erasure, evidence.asked_to_be_erased
    wrong = [f"{number} was not told so" for number in evidence.erased - set(told)]
    wrong += [f"{number} did not ask for it" for number in set(told) - set(asked)]
    known_again = {
        person.id: person.number
        for person in evidence.persons
        if person.number is not None and person.number in told
    }
    wrong += [
        f"{known_again[listing.person_id]} still has listing {listing.id}"
        for listing in evidence.listings
        if listing.person_id in known_again
    ]
    for row in evidence.inbound:
        number = known_again.get(row.person_id or 0)
        # By the order in which they were stored: a late text bears the time when it was typed.
        if number in asked and row.id < asked[number]:
            wrong.append(f"{number} still has text {row.carrier_sid}")
    note = f"{len(known_again)} known again by a late text"
    return Finding("who was erased is gone", len(told), wrong, note)


def _without_erased(evidence: Evidence) -> str:
    return f"without {len(evidence.erased)} erased"


CHECKS: tuple[Callable[[Evidence], Finding], ...] = (
    every_text_is_kept,
    every_turn_is_taken,
    every_answer_arrived,
    every_listing_exists_once,
    no_need_is_served_twice,
    no_number_is_given_without_consent,
    nobody_consents_before_being_asked,
    nothing_is_sent_twice,
    nothing_waits,
    no_receipt_is_wrong,
    no_task_is_stuck,
    who_was_erased_is_gone,
)


def judge(evidence: Evidence) -> list[Finding]:
    """Hold every claim against the evidence."""
    return [check(evidence) for check in CHECKS]
