"""Finds the commune that somebody means by what they typed or said, and the communes around it.

People write "st ouen laumone", "vitry s/ seine 94", "lyon 3e", "95120", "ermond". The gazetteer
holds every commune and every further name in memory and answers without a database, most often in
well under a millisecond (some tenths of a second once, when the first name is misspelt): an exact
name first, then one without its small words, then one that sounds or looks like it or begins so,
then one with a rare word in common.

How a place is understood, by example:

"saint denis 974"      a name and a hint: a département, in figures or in words, or a postal code
"paris XX"             a city in parts and the number of the part
"evry"                 a village of that name, and the former name of a town: both are candidates
"je suis a chatou"     words around the name are dropped, but only if nothing is called so

search.py        the gazetteer itself: candidates, the clear one among them, a commune's neighbours
hints.py         what stands beside a name: département, arrondissement, postal code, other words
names.py         names as they are written, their beginnings, their rare words
likeness.py      names that sound or look like what was written
scores.py        what each way to match is worth
spelling.py, sounds.py, similar.py, postal_codes.py, distances.py     what these are made of
"""

from __future__ import annotations

import functools
import gc
from collections.abc import Iterator
from contextlib import contextmanager

from flows.gazetteer.names import Name
from flows.gazetteer.search import Candidate, Gazetteer
from flows.gazetteer.spelling import normalise
from models.geography.table import read_table

__all__ = ["Candidate", "Gazetteer", "Name", "gazetteer", "normalise"]


@functools.cache
def gazetteer() -> Gazetteer:
    """The one gazetteer of the process, read at the first call."""
    with _no_garbage_collection():
        return Gazetteer(read_table())


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Loading makes some hundred thousand objects, all to stay, and no garbage.

    The collector would walk over them again and again: a third of the time that loading takes.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
