"""Programs of ours that a test starts as an operator does, in processes of their own."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
LONGEST_WAIT_SECONDS = 30


def environment() -> dict[str, str]:
    """What a program finds around it, without any of our settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT)}


def free_port() -> int:
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        port: int = any_port.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether a program could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def wait_for(what: Callable[[], bool]) -> None:
    until = time.monotonic() + LONGEST_WAIT_SECONDS
    while not what():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.05)
