"""What the ways in which a name can match are worth, in points, and where lines are drawn."""

from __future__ import annotations

import math
from typing import Final

# A homonym that many times larger than all others is what people mean; the confirmation that
# follows shows its département, so the few others can still correct it.
CLEARLY_LARGER: Final = 10
# ... unless the smaller one is a town in its own right, of which enough people will write.
A_TOWN: Final = 1_500
# A town that people name together with a quarter or a station of it.
A_TOWN_WITH_QUARTERS: Final = 5_000
# How much a tenfold population counts against likeness, in points of the score. With this unit
# "clearly larger" is one step, and so is a name that is less alike by twelve points.
POINTS_FOR_TENFOLD: Final = 12.0
CLEAR_LEAD: Final = POINTS_FOR_TENFOLD * math.log10(CLEARLY_LARGER)

# Scores of the ways in which a name can match.
EXACT: Final = 100.0
RUN_TOGETHER: Final = 99.0
SMALL_WORDS_APART: Final = 97.0
BEGINNING: Final = 85.0
FIRST_WORDS: Final = 77.0
WORD_WITHIN: Final = 75.0
# So like it that no slip of the finger has to be looked for.
SURELY_HEARD: Final = 88.0
PLAUSIBLE: Final = 72.0
SURE_ENOUGH: Final = 75.0
# Where a number says it all, nothing has to be weighed.
CERTAIN: Final = 200.0
# A name that is only similar needs people who may have meant it, too ("urgent" isn't Courgent).
LIKELY_ENOUGH: Final = 101.0
# Somebody named a département and the only match lies elsewhere: one of the two is wrong.
CONTRADICTED: Final = 30.0

# Behind by that much (a thousandfold population, say), nothing casts a doubt any more.
NO_DOUBT: Final = 3 * POINTS_FOR_TENFOLD
# How much a commune next to the one named before is ahead of a far one, and how fast that fades.
POINTS_FOR_NEAR: Final = 60.0
NEAR_KM: Final = 60.0
