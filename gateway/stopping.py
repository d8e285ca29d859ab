"""Being told to stop by SIGTERM or Ctrl-C: at any moment, and any number of times."""

from __future__ import annotations

import os
import signal
import threading
import time

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def until_signalled(*, out_after: float | None = None) -> threading.Event:
    """An event that SIGTERM and SIGINT set, so that work in hand is finished first.

    Ask for it before any thread is begun: a signal must find all of them deaf but the one that
    waits for it. A handler would run in the midst of whatever the main thread does; if that is the
    same for a first signal (`make` passes on what a terminal sends to both), the two wait for each
    other for ever.

    `out_after`: so many seconds after the signal it is over in any case, as if we were killed.
    """
    stopped = threading.Event()

    def wait() -> None:
        signal.sigwait(SIGNALS)
        stopped.set()
        if out_after is not None:
            time.sleep(out_after)
            # No clean end, which would wait for whoever is stuck.
            os._exit(1)

    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    threading.Thread(target=wait, name="signals", daemon=True).start()
    return stopped
