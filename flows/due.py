"""What the service does by itself when its time has come: one row a kind of task.

What needs the carrier (having it empty a message, comparing with its record) is the gateway's.
"""

from __future__ import annotations

from collections.abc import Callable

from flows import alerts, expiry, introductions, promise, retention
from flows.occasion import Occasion
from models.task import Task, TaskKind

HANDLERS: dict[TaskKind, Callable[[Occasion, Task], None]] = {
    TaskKind.WAVE: alerts.run_wave,
    TaskKind.ALERT: alerts.tell_volunteer,
    TaskKind.PROMISE: promise.keep,
    TaskKind.SILENCE: introductions.tell_of_silence,
    TaskKind.KEEP: expiry.ask_to_keep,
    TaskKind.EXPIRY: expiry.end,
    TaskKind.PURGE: retention.purge,
}
