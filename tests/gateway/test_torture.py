"""The proof of "nothing lost, nothing twice": that it is one, and that it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from rich.console import Console

from flows.understanding import understand
from flows.wording import wording
from gateway.local_postgres import find_binaries
from gateway.simulator.carrier import SimulatedCarrier
from gateway.simulator.faults import Faults
from gateway.simulator.store import Message
from gateway.torture.checks import CHECKS, judge
from gateway.torture.clock import SharedClock
from gateway.torture.evidence import Consent, Evidence
from gateway.torture.people import (
    NAMES,
    NEEDS,
    OFFERS,
    PLACES,
    SERVICES,
    Leaving,
    Neighbour,
    invite,
    reads,
)
from gateway.torture.run import KINDS, Plan, fresh_database, show, torture
from models.introduction import AskedBy, Introduction, IntroductionStatus
from models.listing import Listing
from models.messages import InboundMessage, OutboundMessage, Purpose
from models.person import Person
from models.task import Task
from tests.conftest import IN_CI

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
JEANNE, MARIE, PAUL, NADIA = (f"+3363998000{n}" for n in range(1, 5))
OURS = "+33939980000"
NEED, OFFER, OTHER_OFFER = 1001, 1002, 1003


# ---- The whole run ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_lost_and_nothing_happens_twice(kind: str, tmp_path: Path) -> None:
    if kind == "postgresql" and find_binaries() is None and not IN_CI:
        pytest.skip("no PostgreSQL: its programs were not found")
    with fresh_database(kind, tmp_path) as url:
        outcome = torture(url, tmp_path, Plan(seconds=15, people=30))
    show(outcome, kind, Console())
    assert outcome.is_good
    held_against = {finding.claim: finding.looked_at for finding in outcome.findings}
    assert held_against["every text has its row, once"] > 100
    assert held_against["every confirmed listing exists, once"] > 20
    assert held_against["no number is given without consent"] > 5
    assert held_against["who was erased is gone"] > 0
    assert outcome.counted["worker killed"] > 0
    assert kind == "sqlite" or outcome.counted["database line cut"] > 0


# ---- The checks ---------------------------------------------------------------------------------


def _message(**values: object) -> Message:
    """A message of the carrier, of which only this matters."""
    common = {
        "id": 0, "body": "", "error_code": None, "segments": 1, "media": (), "service_sid": None,
        "callback_url": None, "created_at": NOW, "updated_at": NOW, "sent_at": NOW,
        "delivered_at": NOW, "deleted": False, "webhook_status": 200, "webhook_error": None,
        "callback_error": None, "change": 0, "status": "delivered",
    }  # fmt: skip
    return Message(**common | values)  # type: ignore[arg-type]


def _typed(sid: str, sender: str, text: str) -> Message:
    return _message(
        sid=sid, direction="inbound", sender=sender, recipient=OURS, text=text, status="received"
    )


def _sent(sid: str, to: str, text: str, row: int, *, minutes: int = 0) -> Message:
    return _message(
        sid=sid,
        direction="outbound-api",
        sender=OURS,
        recipient=to,
        text=text,
        callback_url=f"http://127.0.0.1/twilio/sms/status?message={row}",
        created_at=NOW + timedelta(minutes=minutes),
    )


def _row(row: int, person: int, text: str, sid: str, **values: object) -> OutboundMessage:
    common = {"purpose": Purpose.ANSWER.value, "channel": "sms", "status": "delivered"}
    return OutboundMessage(
        **common | values,
        id=row,
        person_id=person,
        body=text,
        carrier_sid=sid,
        due_at=NOW,
    )


def _accepted(need: int, offer: int, asked_by: AskedBy, *, minutes: int) -> Introduction:
    """An introduction asked at NOW, to which the volunteer said yes some minutes later."""
    return Introduction(
        need_id=need,
        offer_id=offer,
        asked_by=asked_by.value,
        status=IntroductionStatus.ACCEPTED.value,
        asked_at=NOW,
        offer_shared_at=NOW + timedelta(minutes=minutes),
    )


def _neighbour(number: str, **values: object) -> Neighbour:
    common = {"name": "x", "posts": [], "leaving": Leaving.STAYS, "rng": Random(1)}
    return Neighbour(number, **common | values)  # type: ignore[arg-type]


def good() -> Evidence:
    """Jeanne has asked, Marie was asked and said yes; Paul had everything erased."""
    published = wording("fr").say("published.published", number=NEED)
    question = wording("fr").say(
        "introduction.alert",
        association="Fil",
        first_name="Jeanne",
        at_place="à Ermont",
        services="courses",
        number=NEED,
    )
    news = wording("fr").say(
        "introduction.news_for_need", first_name="Marie", place="Ermont", phone="06 39 98 00 02"
    )
    erased = wording("fr").say("erase.erased")
    return Evidence(
        now=NOW + timedelta(hours=1),
        neighbours={
            JEANNE: _neighbour(JEANNE, begun=1, confirmed=1),
            MARIE: _neighbour(MARIE),
            PAUL: _neighbour(PAUL, leaving=Leaving.ERASE, has_left=True, has_erased=True),
        },
        carried=[
            _typed("in-1", JEANNE, "oui"),
            _sent("out-1", JEANNE, published, row=1),
            _sent("out-2", MARIE, question, row=2),
            _sent("out-3", JEANNE, news, row=3, minutes=2),
            _typed("in-2", PAUL, "EFFACER TOUT"),
            _sent("out-4", PAUL, erased, row=4),
        ],
        persons=[Person(id=1, number=JEANNE), Person(id=2, number=MARIE)],
        inbound=[
            InboundMessage(
                id=1, carrier_sid="in-1", person_id=1, outcome="answered", received_at=NOW
            )
        ],
        outbound=[
            _row(1, 1, published, "out-1", inbound_id=1),
            _row(2, 2, question, "out-2", purpose=Purpose.ALERT.value),
            _row(3, 1, news, "out-3", purpose=Purpose.INTRODUCTION.value),
        ],
        listings=[Listing(id=NEED, person_id=1)],
        introductions=[_accepted(NEED, OFFER, AskedBy.SERVICE, minutes=1)],
        consents=[Consent(MARIE, JEANNE, NOW + timedelta(minutes=1), NEED)],
        tasks=[Task(id=1, kind="purge", due_at=NOW + timedelta(days=1), attempts=0)],
    )


def test_where_nothing_is_wrong_every_claim_holds() -> None:
    findings = judge(good())
    assert [(finding.claim, finding.wrong) for finding in findings if not finding.holds] == []
    assert all(finding.looked_at for finding in findings)


def _a_text_has_no_row(good: Evidence) -> Evidence:
    return replace(good, inbound=[])


def _a_text_waits_for_its_turn(good: Evidence) -> Evidence:
    good.inbound[0].outcome = None
    return good


def _a_turn_was_given_up(good: Evidence) -> Evidence:
    good.inbound[0].outcome = "failed"
    return good


def _a_text_was_not_answered(good: Evidence) -> Evidence:
    return replace(good, outbound=good.outbound[1:])


def _a_text_was_answered_twice(good: Evidence) -> Evidence:
    return replace(good, outbound=[*good.outbound, good.outbound[0]])


def _an_answer_did_not_arrive(good: Evidence) -> Evidence:
    lost = replace(good.carried[1], delivered_at=None, status="undelivered")
    return replace(good, carried=[good.carried[0], lost, *good.carried[2:]])


def _a_listing_is_lost(good: Evidence) -> Evidence:
    return replace(good, listings=[])


def _a_listing_is_doubled(good: Evidence) -> Evidence:
    again = wording("fr").say("published.published", number=NEED + 5)
    return replace(
        good,
        listings=[*good.listings, Listing(id=NEED + 5, person_id=1)],
        carried=[*good.carried, _sent("out-5", JEANNE, again, row=5)],
    )


def _a_listing_was_never_told_of(good: Evidence) -> Evidence:
    return replace(good, carried=[m for m in good.carried if m.sid != "out-1"])


def _two_volunteers_were_accepted(good: Evidence) -> Evidence:
    late = _accepted(NEED, OTHER_OFFER, AskedBy.NEED, minutes=3)
    return replace(good, introductions=[*good.introductions, late])


def _a_number_was_given_without_consent(good: Evidence) -> Evidence:
    return replace(good, consents=[])


def _a_number_was_given_too_early(good: Evidence) -> Evidence:
    late = replace(good.consents[0], given_at=NOW + timedelta(minutes=3))
    return replace(good, consents=[late])


def _a_number_was_given_to_a_third(good: Evidence) -> Evidence:
    leak = _sent("out-5", NADIA, "Appelez le 06 39 98 00 02!", row=5, minutes=9)
    return replace(good, carried=[*good.carried, leak])


def _a_yes_came_before_the_question(good: Evidence) -> Evidence:
    late = replace(good.carried[2], created_at=NOW + timedelta(seconds=90))
    return replace(good, carried=[*good.carried[:2], late, *good.carried[3:]])


def _an_older_text_counted_as_yes(good: Evidence) -> Evidence:
    typed = replace(_typed("in-3", MARIE, "oui"), created_at=NOW - timedelta(seconds=1))
    consent = replace(good.consents[0], sid="in-3")
    row = InboundMessage(carrier_sid="in-3", id=3, person_id=2, outcome="answered", received_at=NOW)
    answer = _row(5, 2, "Merci", "out-5", inbound_id=3)
    sent = _sent("out-5", MARIE, "Merci", row=5)
    return replace(
        good,
        carried=[*good.carried, typed, sent],
        consents=[consent],
        inbound=[*good.inbound, row],
        outbound=[*good.outbound, answer],
    )


def _a_text_was_sent_twice(good: Evidence) -> Evidence:
    return replace(good, carried=[*good.carried, replace(good.carried[2], sid="out-5")])


def _a_text_still_waits(good: Evidence) -> Evidence:
    waiting = _row(9, 2, "x", "", status="waiting", purpose=Purpose.NEWS.value)
    waiting.carrier_sid = None
    return replace(good, outbound=[*good.outbound, waiting])


def _a_text_counts_as_delivered_and_is_not(good: Evidence) -> Evidence:
    failed = replace(good.carried[2], status="undelivered")
    return replace(good, carried=[*good.carried[:2], failed, *good.carried[3:]])


def _the_carrier_never_had_a_text(good: Evidence) -> Evidence:
    unknown = _row(9, 2, "x", "out-9", purpose=Purpose.NEWS.value)
    return replace(good, outbound=[*good.outbound, unknown])


def _a_task_is_stuck(good: Evidence) -> Evidence:
    good.tasks[0].due_at = NOW
    return good


def _somebody_was_not_told_of_being_erased(good: Evidence) -> Evidence:
    return replace(good, carried=good.carried[:-1])


def _somebody_was_erased_who_did_not_ask(good: Evidence) -> Evidence:
    return replace(good, carried=[m for m in good.carried if m.sid != "in-2"])


def _an_erased_listing_is_still_there(good: Evidence) -> Evidence:
    return replace(
        good,
        persons=[*good.persons, Person(id=3, number=PAUL)],
        listings=[*good.listings, Listing(id=1009, person_id=3)],
    )


def _an_erased_text_is_still_there(good: Evidence) -> Evidence:
    asked = InboundMessage(id=3, carrier_sid="in-2", outcome="answered", received_at=NOW)
    row = InboundMessage(id=2, carrier_sid="in-0", person_id=3, outcome="answered", received_at=NOW)
    return replace(
        good,
        persons=[*good.persons, Person(id=3, number=PAUL)],
        inbound=[*good.inbound, row, asked],
    )


BROKEN: dict[Callable[[Evidence], Evidence], str] = {
    _a_text_has_no_row: "every text has its row, once",
    _a_text_waits_for_its_turn: "every text had its turn",
    _a_turn_was_given_up: "every text had its turn",
    _a_text_was_not_answered: "every text was answered, once",
    _a_text_was_answered_twice: "every text was answered, once",
    _an_answer_did_not_arrive: "every text was answered, once",
    _a_listing_is_lost: "every confirmed listing exists, once",
    _a_listing_is_doubled: "every confirmed listing exists, once",
    _a_listing_was_never_told_of: "every confirmed listing exists, once",
    _two_volunteers_were_accepted: "no need has two volunteers",
    _a_number_was_given_without_consent: "no number is given without consent",
    _a_number_was_given_too_early: "no number is given without consent",
    _a_number_was_given_to_a_third: "no number is given without consent",
    _a_yes_came_before_the_question: "nobody consents before being asked",
    _an_older_text_counted_as_yes: "nobody consents before being asked",
    _a_text_was_sent_twice: "nothing is sent twice",
    _a_text_still_waits: "nothing is left in the outbox",
    _a_text_counts_as_delivered_and_is_not: "no receipt is wrong",
    _the_carrier_never_had_a_text: "no receipt is wrong",
    _a_task_is_stuck: "no task is stuck",
    _somebody_was_not_told_of_being_erased: "who was erased is gone",
    _somebody_was_erased_who_did_not_ask: "who was erased is gone",
    _an_erased_listing_is_still_there: "who was erased is gone",
    _an_erased_text_is_still_there: "who was erased is gone",
}


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__.strip("_"))
def test_what_is_wrong_is_found(broken: Callable[[Evidence], Evidence]) -> None:
    wrong = [finding.claim for finding in judge(broken(good())) if not finding.holds]
    assert BROKEN[broken] in wrong


def test_every_check_has_been_seen_to_fail() -> None:
    assert {finding.claim for finding in judge(good())} == set(BROKEN.values())
    assert len(CHECKS) == len(set(BROKEN.values()))


def test_volunteers_asked_after_the_first_yes_may_say_yes_too() -> None:
    asked_later = _accepted(NEED, OTHER_OFFER, AskedBy.NEED, minutes=5)
    asked_later.asked_at = NOW + timedelta(minutes=4)
    evidence = good()
    evidence.introductions.append(asked_later)
    assert all(finding.holds for finding in judge(evidence))


def test_two_rows_that_say_the_same_are_no_double() -> None:
    evidence = good()
    twin = _row(7, 2, evidence.outbound[1].body or "", "out-7", purpose=Purpose.ALERT.value)
    # Row 7 took over the message that row 2 had sent, and row 2 sent another one.
    evidence.outbound.append(twin)
    evidence.carried.append(replace(evidence.carried[2], sid="out-7"))
    assert all(finding.holds for finding in judge(evidence))


# ---- The people, the clock, the carrier's faults ------------------------------------------------


@pytest.mark.parametrize("kind", ["need", "offer"])
def test_what_people_ask_for_is_understood_at_once(kind: str) -> None:
    # Nobody here answers what is asked back.
    missing = {
        text
        for template in (NEEDS if kind == "need" else OFFERS)
        for service in SERVICES
        for place in PLACES
        for name in NAMES
        for text in [template.format(service=service, place=place, name=name)]
        for understood in [understand(text, None)]
        if understood.kind != kind
        or not (understood.commune and understood.name and understood.categories)
    }
    assert missing == set()


def test_the_same_seed_invites_the_same_people() -> None:
    def told(seed: int) -> list[tuple[str, tuple[str, ...]]]:
        return [(one.number, tuple(one.posts)) for one in invite(20, seed)]

    assert told(1) == told(1)
    assert told(1) != told(2)


def test_people_read_our_sentences() -> None:
    text = wording("fr").say("published.published", number=1004) + " Des voisins proposent: ..."
    found = reads("published.published", text)
    assert found is not None
    assert found["number"] == "1004"
    assert reads("introduction.condition_news", text) is None


def test_a_question_that_arrives_twice_is_answered_once() -> None:
    marie = Neighbour(MARIE, "Marie", [], Leaving.STAYS, Random(3))
    question = wording("fr").say(
        "introduction.condition_news", first_name="A", place="B", condition="jeudi", number=1001
    )
    assert [len(marie.hears(question)), len(marie.hears(question))] == [1, 0]


def test_the_clock_is_shared_and_never_goes_back(tmp_path: Path) -> None:
    mine, yours = SharedClock(tmp_path / "clock"), SharedClock(tmp_path / "clock")
    mine.forward(timedelta(hours=2))
    mine.forward(timedelta(hours=1))
    assert yours.ahead == timedelta(hours=3)
    with pytest.raises(ValueError, match="forward"):
        yours.forward(timedelta(seconds=-1))


def test_a_lost_webhook_leaves_the_text_on_the_carriers_record_alone() -> None:
    carrier = SimulatedCarrier(
        account_sid="AC1",
        auth_token="x",
        numbers=[OURS],
        # Nobody listens there, and nobody is asked.
        public_url="http://127.0.0.1:9",
        clock=SharedClock(Path("never written")),
        rng=Random(1),
    )
    carrier.set_faults(Faults(webhooks_lost=1))
    assert carrier.text(JEANNE, "oui") is None
    (message,) = carrier.messages
    assert (message.text, message.webhook_error) == ("oui", 11205)
    carrier.close()
