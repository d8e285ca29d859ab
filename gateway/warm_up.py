"""Loading what every message needs before the first message comes."""

from __future__ import annotations

import gc

from flows import understanding


def warm_up() -> None:
    """Load the words and the communes, a second or two, and keep them out of the collector's way.

    Some hundred thousand objects live as long as the process. Unless they are set aside, Python's
    garbage collector walks through all of them again and again while messages are answered.
    """
    understanding.warm_up()
    gc.collect()
    gc.freeze()
