"""Processes of the service, started for a measurement with settings of its own."""

from __future__ import annotations

import multiprocessing
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.process import BaseProcess

from gateway.logs import set_up_logs
from gateway.service import open_service
from gateway.settings import Settings
from gateway.worker import work

# A process of its own from the start: nothing that this one has open is shared.
SPAWN = multiprocessing.get_context("spawn")
ENDS_WITHIN_SECONDS = 20
# Only what goes wrong: lines of a log would cost time that the service's own log has elsewhere.
ONLY_TROUBLE = 30


@contextmanager
def running(target: Callable[..., None], *given: object) -> Iterator[BaseProcess]:
    """One process that lives as long as the block."""
    process = SPAWN.Process(target=target, args=given, daemon=False)
    process.start()
    try:
        yield process
    finally:
        process.terminate()
        process.join(ENDS_WITHIN_SECONDS)
        if process.is_alive():
            process.kill()
            process.join()


@contextmanager
def running_workers(count: int, settings: Settings) -> Iterator[None]:
    """So many workers, as long as the block."""
    with ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(running(work_until_ended, settings))
        yield


def work_until_ended(settings: Settings) -> None:
    """What a worker's process does; SIGTERM ends it."""
    set_up_logs(level=ONLY_TROUBLE)
    work(open_service(settings), threading.Event())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
