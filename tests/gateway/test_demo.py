"""The demo ends within seconds, whatever is under way in it, and nothing of that is lost."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.demo import ENDS_WITHIN_SECONDS
from tests.programs import LONGEST_WAIT_SECONDS, environment, free_port, is_free, wait_for
from tests.stage import CAST

# What the machine may take for it on top, when it has much else to do.
AT_MOST_SECONDS = ENDS_WITHIN_SECONDS + 5
READY = b"Fil Solidaire is ready"


class Demo:
    """The demo of one folder, started and ended as often as is wanted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._web, self._phones = free_port(), free_port()
        self.log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str, output: int | None = None) -> None:
        command = [sys.executable, "-m", "gateway", "demo", "--port", str(self._phones), *options]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self._folder,
                env={**environment(), "PORT": str(self._web)},
                stdout=output or log,
                stderr=output or log,
            )

    def is_there(self) -> bool:
        """Whether the page with the phones is."""
        try:
            with self._ask("/"):
                return True
        except OSError:
            return False

    def is_ready(self) -> bool:
        return READY in self.log.read_bytes()

    def end(self, signals: Sequence[signal.Signals] = (signal.SIGTERM,)) -> int:
        """Returns the exit status; fails where it takes too long, or keeps a port."""
        assert self._process is not None
        for number in signals:
            self._process.send_signal(number)
        status = self._process.wait(AT_MOST_SECONDS)
        assert is_free(self._web)
        assert is_free(self._phones)
        return status

    def kill(self) -> None:
        """For a test that has failed."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def do(self, what: str, **how: object) -> None:
        """Press a button of the page."""
        with self._ask(f"/phones{what}", json.dumps(how).encode()) as answer:
            answer.read()

    @contextmanager
    def watched(self) -> Iterator[Any]:
        """The page is open in a browser; yields what it shows first."""
        with self._ask("/phones/events") as stream:
            stream.readline()
            yield json.loads(stream.readline().removeprefix(b"data: "))

    def received(self) -> Counter[str]:
        """How many texts have arrived on each phone; the number as it is dialled."""
        with self.watched() as page:
            texts = [m for m in page["messages"] if not m["typed"] and m["fate"] == "remis"]
        return Counter(text["number"] for text in texts)

    def _ask(self, path: str, body: bytes | None = None) -> Any:
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self._phones}{path}", body, {"Content-Type": "application/json"}
        )
        return urllib.request.urlopen(asked, timeout=LONGEST_WAIT_SECONDS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a demo runs; the communes are loaded once, by the first one."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture
def demo(folder: Path) -> Iterator[Demo]:
    demo = Demo(folder)
    yield demo
    demo.kill()


@pytest.mark.parametrize(
    "signals",
    [(signal.SIGTERM,), (signal.SIGINT,), (signal.SIGTERM, signal.SIGINT, signal.SIGTERM)],
    ids=["SIGTERM", "SIGINT", "both"],
)
def test_it_ends_while_people_look_on_talk_and_write(
    demo: Demo, signals: tuple[signal.Signals, ...]
) -> None:
    demo.start("--fresh")
    wait_for(demo.is_ready)
    with demo.watched(), demo.watched():
        demo.do("/calls", number=CAST["Jeanne"], hidden=False)
        demo.do("/calls/keys", number=CAST["Jeanne"], key="1")
        for name in ("Ali", "Marie", "Paul"):
            demo.do("/texts", number=CAST[name], body="aide")
        assert demo.end(signals) == 0
    # Whoever was told something until the end was still there.
    assert b"callback_failed" not in demo.log.read_bytes()


def test_a_slow_carrier_does_not_keep_it_and_what_it_left_is_sent_once_by_the_next(
    demo: Demo,
) -> None:
    demo.start("--fresh")
    wait_for(demo.is_ready)
    people = [f"+336399801{number:02}" for number in range(30)]
    for number in people:
        demo.do("", name=number, number=f"0{number.removeprefix('+33')}")
    demo.do("/faults", faults=["slow_seconds"])
    for number in people:
        demo.do("/texts", number=number, body="aide")
    wait_for(lambda: any(demo.received()[number] for number in people))
    demo.end()
    demo.start()
    wait_for(demo.is_ready)
    # Later than any claim, so that nobody waits for those that were cut short.
    demo.do("/clock", move="two-hours")
    wait_for(lambda: all(demo.received()[number] for number in people))
    assert {demo.received()[number] for number in people} == {1}
    assert demo.end() == 0


def test_it_ends_though_nobody_reads_what_it_says(demo: Demo) -> None:
    # The first one in a folder says that it loads the communes, before it listens.
    demo.start("--fresh")
    wait_for(demo.is_there)
    demo.end()
    reader, writer = os.pipe()
    try:
        # Full: whoever says anything waits for a reader.
        os.write(writer, bytes(fcntl.fcntl(writer, fcntl.F_GETPIPE_SZ)))
        demo.start("--fresh", output=writer)
        wait_for(demo.is_there)
        demo.end()
    finally:
        os.close(writer)
        os.close(reader)


def test_one_that_is_told_to_stop_at_once_leaves_the_beginning_to_the_next(demo: Demo) -> None:
    demo.start("--fresh")
    wait_for(demo.is_there)
    demo.end()
    demo.start()
    wait_for(lambda: demo.is_there() and demo.received()[CAST["Marie"]] > 0)
    demo.end()
