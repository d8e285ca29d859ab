"""What a worker asks all the time is found among what waits, however much has come and gone."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from gateway.errands import COMPARED_EVERY
from gateway.outbox import waiting_since
from gateway.tasks import ensure_tasks
from gateway.worker import work_once
from models import every_table
from tests.stage import Stage

# A task is gone once it is done; of the other tables these indexes hold some rows only.
OF_WHAT_WAITS = {"ix_task_due_at"} | {
    str(index.name)
    for table in every_table().tables.values()
    for index in table.indexes
    if index.dialect_options["sqlite"]["where"] is not None
}


def _is_among_what_waits(step: str) -> bool:
    """Whether a step of a plan of SQLite's looks at what waits, or at one row or person."""
    if not step.startswith(("SCAN", "SEARCH")):
        return True
    return "=?" in step or any(f"USING INDEX {name} " in f"{step} " for name in OF_WHAT_WAITS)


# PostgreSQL reads the values too, and chooses a plan by how many rows there are.
@pytest.mark.parametrize("prepared_database", ["sqlite"], indirect=True)
def test_an_idle_worker_looks_only_at_what_waits(stage: Stage) -> None:
    database = stage.service.database
    ensure_tasks(stage.service)
    stage.settle()
    asked: dict[str, object] = {}

    def note(_connection: object, _cursor: object, what: str, values: object, *_: object) -> None:
        if what.startswith("SELECT"):
            asked[what] = values

    event.listen(database.engine, "before_cursor_execute", note)
    work_once(stage.service)
    # Then the carrier's record is looked at.
    stage.clock.forward(COMPARED_EVERY)
    work_once(stage.service)
    with database.reading() as session:
        waiting_since(session, now=stage.clock.now())
    event.remove(database.engine, "before_cursor_execute", note)

    with database.reading() as session:
        connection = session.connection()
        steps = {
            f"{step.detail} <- {what}"
            for what, values in asked.items()
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {what}", values)
        }
    used = {name for name in OF_WHAT_WAITS if any(f" {name}" in step for step in steps)}
    assert used >= {name for name in OF_WHAT_WAITS if "message" in name}
    assert [step for step in steps if not _is_among_what_waits(step.partition(" <- ")[0])] == []
