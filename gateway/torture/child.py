"""A command of the service with the shared clock: `python -m gateway.torture.child CLOCK COMMAND`.

Everything else is what an operator's `python -m gateway COMMAND` does. No setting can move the
clock of a real service.
"""

from __future__ import annotations

import sys
from pathlib import Path

from gateway.commands import main
from gateway.torture.clock import SharedClock

if __name__ == "__main__":
    clock, *command = sys.argv[1:]
    main(command, obj=SharedClock(Path(clock)))
