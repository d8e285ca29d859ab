"""Doing what is due: tasks are taken one by one, each in a transaction that also takes it away."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import structlog
from sqlalchemy import Select, bindparam, select

from flows.due import HANDLERS
from gateway.service import Service, occasion
from models.base import Moment
from models.task import Task, TaskKind, ensure_task

log = structlog.get_logger()

# So many tasks in one round; then whoever waits for an answer has his turn.
TASKS_AT_ONCE = 50
# A task that breaks is tried again later and later: a mistake of ours must not stop the others.
FIRST_RETRY_AFTER = timedelta(minutes=1)
LONGEST_RETRY_AFTER = timedelta(hours=6)


def next_due(kinds: Iterable[TaskKind]) -> Select[Task]:
    """The task of these kinds that has been due the longest at the moment `now`."""
    return (
        select(Task)
        .where(Task.due_at <= bindparam("now", type_=Moment), Task.kind.in_(list(kinds)))
        .order_by(Task.due_at, Task.id)
        .limit(1)
    )


NEXT_DUE = next_due(HANDLERS)
CLAIMABLE = NEXT_DUE.with_for_update(skip_locked=True)


def do_due_tasks(service: Service) -> int:
    """Do what is due, in one round. Returns how many tasks were done."""
    done = 0
    while done < TASKS_AT_ONCE and _do_next(service):
        done += 1
    return done


def _do_next(service: Service) -> bool:
    now = service.clock.now()
    with service.database.reading() as session:
        # Most of the time nothing is due: then no lock is taken.
        if session.scalar(NEXT_DUE.with_only_columns(Task.id), {"now": now}) is None:
            return False
    task_id = None
    try:
        with service.database.writing() as session:
            task = session.scalar(CLAIMABLE, {"now": now})
            if task is None:
                return False
            task_id, kind = task.id, task.kind
            HANDLERS[TaskKind(kind)](occasion(service, session, now), task)
            if task.due_at <= now:
                session.delete(task)
    except Exception:
        log.exception("task failed", task_id=task_id)
        if task_id is not None:
            put_off(service, task_id)
    else:
        log.info("task done", task_id=task_id, kind=kind)
    return True


def put_off(service: Service, task_id: int) -> None:
    """What broke is tried again, later and later."""
    now = service.clock.now()
    with service.database.writing() as session:
        task = session.get(Task, task_id, with_for_update=True)
        if task is not None:
            pause = FIRST_RETRY_AFTER * (1 << min(task.attempts, 16))
            task.due_at = now + min(LONGEST_RETRY_AFTER, pause)
            task.attempts += 1


def ensure_tasks(service: Service) -> None:
    """Make sure that what is done again and again has its task."""
    with service.database.writing() as session:
        for kind in (TaskKind.PURGE, TaskKind.RECONCILE):
            ensure_task(session, kind, now=service.clock.now())
