"""The worker: everything that is due, again and again, until it is told to stop.

Any number of workers may run, on any number of machines.
"""

from __future__ import annotations

import threading
from datetime import timedelta

import structlog
from sqlalchemy import select

from flows.my_data import forget_erased, to_be_forgotten
from gateway.inbound import take_turns
from gateway.outbox import send_due
from gateway.service import Service
from gateway.tasks import do_due_tasks
from models.messages import InboundMessage

log = structlog.get_logger()

# An answer leaves within a fraction of a second, and an idle worker asks the database ten times a
# second, over an index that holds only what waits.
IDLE_SECONDS = 0.1
# The database may be away for a while; whoever waits asks it less often.
TROUBLE_SECONDS = 2.0
# The webhook takes each turn itself. What is still unanswered after this has lost its process.
LEFT_BEHIND_AFTER = timedelta(seconds=20)
TURNS_AT_ONCE = 50


def work(service: Service, stopped: threading.Event) -> None:
    """Do what is due until `stopped` is set; the round in hand is finished first."""
    log.info("worker started")
    while not stopped.is_set():
        try:
            if not work_once(service):
                stopped.wait(IDLE_SECONDS)
        except Exception:
            # One bad row, or a database that is away, must not end the sending for everybody.
            log.exception("worker trouble")
            stopped.wait(TROUBLE_SECONDS)
    log.info("worker stopped")


def work_once(service: Service) -> bool:
    """One round of everything that is due. Returns whether there was anything."""
    answered = answer_left_behind(service)
    done = do_due_tasks(service)
    sent = send_due(service)
    forgotten = _forget(service)
    return bool(answered or done or sent or forgotten)


def answer_left_behind(service: Service) -> int:
    """Take the turns that a crash or a failure left untaken. Returns how many people waited."""
    with service.database.reading() as session:
        waiting = session.scalars(
            select(InboundMessage.person_id)
            .where(
                InboundMessage.outcome.is_(None),
                InboundMessage.received_at < service.clock.now() - LEFT_BEHIND_AFTER,
                InboundMessage.person_id.is_not(None),
            )
            .distinct()
            .limit(TURNS_AT_ONCE)
        ).all()
    for person_id in waiting:
        if person_id is None:
            continue
        try:
            take_turns(service, person_id)
        except Exception:
            # The others still get their answer.
            log.exception("turn left behind", person_id=person_id)
    return len(waiting)


def _forget(service: Service) -> int:
    with service.database.reading() as session:
        if session.scalar(to_be_forgotten().limit(1)) is None:
            return 0
    with service.database.writing() as session:
        return forget_erased(session)
