"""The real processes of the service: started as an operator does, killed without warning."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

# Below the range from which systems take ports for outgoing connections: one of those may not
# come to sit on the web's port while the web is down.
PORTS = range(18_000, 32_000)
STARTS_AGAIN_AFTER_SECONDS = 0.5
ENDS_WITHIN_SECONDS = 30.0
PROJECT = Path(__file__).parents[2]


class Child:
    """One command of the service in a process of its own, started again whenever it ends."""

    def __init__(
        self, command: str, *, name: str, settings: Mapping[str, str], clock: Path, folder: Path
    ) -> None:
        self.name = name
        self.starts = 0
        self._command = [sys.executable, "-m", "gateway.torture.child", str(clock), command]
        # Nothing of this shell's own environment, and no .env file, is to be seen.
        self._environment = {"PYTHONPATH": str(PROJECT), **settings}
        self._folder = folder
        self.log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._ended_at = 0.0
        self._groups: list[int] = []

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A group of its own, so that whoever is left of it can be found.
                start_new_session=True,
            )
        self._groups.append(self._process.pid)
        self.starts += 1

    def start_again_if_ended(self) -> None:
        """What a supervisor does: a little after its end, a process is started again."""
        if self._process is not None and self._process.poll() is not None:
            self._process = None
            self._ended_at = time.monotonic()
        if self._process is None and time.monotonic() - self._ended_at > STARTS_AGAIN_AFTER_SECONDS:
            self.start()

    def kill(self) -> bool:
        """SIGKILL to the process itself, not to those that it started. False: it was not there."""
        if self._process is None:
            return False
        self._process.kill()
        self._process.wait()
        return True

    def kill_one_of_its_own(self, rng: random.Random) -> bool:
        """SIGKILL to one of the processes that it started. False: there was none."""
        own = [] if self._process is None else children_of(self._process.pid)
        if not own:
            return False
        with suppress(ProcessLookupError):
            os.kill(rng.choice(own), signal.SIGKILL)
        return True

    def ask_to_stop(self) -> None:
        """SIGTERM, so that work in hand is finished."""
        if self._process is not None:
            self._process.terminate()

    def stop(self) -> None:
        """Wait for the end, or bring it about; after that nothing of it is left."""
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(ENDS_WITHIN_SECONDS)
            self._process.kill()
            self._process.wait()
            self._process = None
        for group in self._groups:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        self._groups.clear()


def stop_all(children: Sequence[Child]) -> None:
    """Stop these at the same time, each with what it has in hand done."""
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.stop()


def children_of(pid: int) -> list[int]:
    """The processes that a process has started; none where the system doesn't tell (not Linux)."""
    try:
        told = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
    except OSError:
        return []
    return [int(child) for child in told.split()]


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("every port is taken")
