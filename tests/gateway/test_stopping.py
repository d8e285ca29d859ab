"""A program of ours ends when it is told to, at whatever moment that is, and how often."""

from __future__ import annotations

import subprocess
import sys

from tests.programs import LONGEST_WAIT_SECONDS, ROOT, environment

# Within everything that it does to wait, and to be told, the program is told again.
AT_EVERY_LINE = """
import os, signal, sys, threading
from gateway.stopping import until_signalled

def tell(frame, what, _):
    if frame.f_code.co_filename == threading.__file__ and what == "line":
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
    return tell

stopped = until_signalled()
sys.settrace(tell)
stopped.wait()
stopped.wait(1)
stopped.set()
sys.settrace(None)
"""


def test_signals_stop_a_program_whatever_it_is_doing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", AT_EVERY_LINE],
        cwd=ROOT,
        env=environment(),
        timeout=LONGEST_WAIT_SECONDS,
        check=False,
    )
    assert done.returncode == 0
