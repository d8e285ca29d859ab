"""The worker: everything that is due, again and again, until it is told to stop.

Any number of workers may run, on any number of machines. Each does several things side by side, so
that a carrier that is slow keeps nobody waiting for his turn.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from flows.my_data import forget_erased, to_be_forgotten
from gateway.errands import do_errands
from gateway.inbound import answer_waiting
from gateway.outbox import send_due
from gateway.placing import place_due
from gateway.service import Service
from gateway.tasks import do_due_tasks, ensure_tasks

log = structlog.get_logger()

# An answer leaves within a fraction of a second, and an idle worker asks the database ten times a
# second, over indexes that hold only what waits.
IDLE_SECONDS = 0.1
# The database may be away for a while; whoever waits asks it less often.
TROUBLE_SECONDS = 2.0
# So many calls to the carrier may be under way at the same time. Who may send how fast is another
# matter (gateway/pace.py).
SENDERS = 3


def work(service: Service, stopped: threading.Event) -> None:
    """Do what is due until `stopped` is set; what is in hand is finished first."""
    log.info("worker started")
    _until_it_works(ensure_tasks, service, stopped)
    rounds: list[Callable[[Service], int]] = [take_turns_and_tasks, do_errands, place_due]
    rounds += [send_due] * SENDERS
    threads = [
        threading.Thread(target=_again_and_again, args=(one, service, stopped), name=one.__name__)
        for one in rounds
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.info("worker stopped")


def _again_and_again(
    do_round: Callable[[Service], int], service: Service, stopped: threading.Event
) -> None:
    while not stopped.is_set():
        try:
            if not do_round(service):
                stopped.wait(IDLE_SECONDS)
        except Exception:
            # One bad row, or a database that is away, must not end the work for everybody.
            log.exception("worker trouble")
            stopped.wait(TROUBLE_SECONDS)


def _until_it_works(
    do_once: Callable[[Service], None], service: Service, stopped: threading.Event
) -> None:
    while not stopped.is_set():
        try:
            do_once(service)
        except Exception:
            log.exception("worker trouble")
            stopped.wait(TROUBLE_SECONDS)
        else:
            return


def work_once(service: Service) -> bool:
    """One round of everything, one thing after the other. Returns whether there was anything."""
    done = take_turns_and_tasks(service) + send_due(service)
    done += place_due(service) + do_errands(service)
    return done > 0


def take_turns_and_tasks(service: Service) -> int:
    """Answer whoever waits, then do what is due. Returns how much there was to do."""
    return answer_waiting(service) + do_due_tasks(service) + _forget(service)


def _forget(service: Service) -> int:
    with service.database.reading() as session:
        if session.scalar(to_be_forgotten().limit(1)) is None:
            return 0
    with service.database.writing() as session:
        return forget_erased(session, now=service.clock.now())
