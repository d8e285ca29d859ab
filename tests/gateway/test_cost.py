"""What a conversation costs: segments that an association pays, and queries of the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select

from flows.sms_text import segments
from gateway.carriers import InboundText
from models.database import Database
from models.messages import OutboundMessage
from tests.stage import CAST, Stage, receive

JOURNEY = ("bonjour j'aurais besoin de quelqu'un pour mes courses a ermont merci ali", "oui")
# All that goes out, the alerts to the volunteers included.
MOST_SEGMENTS = 4
MOST_QUERIES = 20


@contextmanager
def _queries(database: Database) -> Iterator[list[str]]:
    """The statements sent to the database while the block runs."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


def test_the_common_journey_costs_at_most_four_segments_in_all(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    for name, commune in (("Marie", "Ermont"), ("Paul", "Eaubonne")):
        stage.text(name, f"OFFRE COURSES {commune} {name}")
        stage.text(name, "oui")
    got = [(name, text) for body in JOURNEY for name, text in stage.text("Ali", body)]
    cost = {name: 0 for name, _ in got}
    for name, text in got:
        cost[name] += segments(text)
    record_property("segments in all", sum(cost.values()))
    assert sum(cost.values()) <= MOST_SEGMENTS
    assert cost == {"Ali": 2, "Marie": 1, "Paul": 1}


def test_what_is_stored_as_cost_is_what_the_carrier_counts(stage: Stage) -> None:
    stage.text("Ali", "AIDE")
    with stage.service.database.reading() as session:
        ours = session.scalars(select(OutboundMessage.segments)).all()
    assert ours == [m.segments for m in stage.carrier.messages if m.direction != "inbound"]


@pytest.mark.parametrize("volunteers", [1, 5])
def test_the_queries_of_a_message_do_not_grow_with_the_volunteers(
    stage: Stage, volunteers: int, record_property: Callable[[str, object], None]
) -> None:
    stage.numbers |= {f"V{n}": f"+33639982{n:03}" for n in range(volunteers)}
    for n in range(volunteers):
        stage.text(f"V{n}", "OFFRE COURSES ERMONT Marie")
        stage.text(f"V{n}", "oui")
    stage.text("Ali", JOURNEY[0])
    with _queries(stage.service.database) as seen:
        receive(stage.service, InboundText("SMcost", CAST["Ali"], "oui"))
    reads = [statement for statement in seen if statement.lstrip().startswith(("SELECT", "WITH"))]
    record_property("reads", len(reads))
    record_property("statements", len(seen))
    assert len(reads) <= MOST_QUERIES
