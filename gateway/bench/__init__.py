"""How fast the service is and what a day of it costs: `python -m gateway bench`.

run.py             which parts there are, and printing what they measured
understanding.py   texts understood a second
inbound.py         texts stored a second, and turns taken a second
matching.py        time to find matches and volunteers among many listings
outbox.py          texts sent a second
day.py             a simulated day of a département: costs, and how long people wait

databases.py       the databases that are measured, each made for the purpose
listings.py        made-up listings all over France
figures.py         medians and the like
"""

from __future__ import annotations

# In this order: what is understood is measured first, while the process is still small.
PARTS = ("understanding", "inbound", "matching", "outbox", "day")
