"""What a person meant by one message: intent, services, commune, first name, reply.

    >>> understood = understand("jaurai besoin de qqun pour mes courses a ermont merci jeanne")
    >>> understood.intent, understood.categories, understood.commune, understood.name
    ('need', ('courses',), '95219', 'Jeanne')

Nothing leaves the machine, and the same text always gives the same answer. What few words say,
danger, places and names are rules, with tables of words beside this file: how people spell
(spelling_fr.toml), what they call the services (words_fr.toml), how they say what they want
(intents_fr.toml), first names (first_names.txt). What a sentence wants, and for which services, is
weighed (learnt.py), as annotated messages taught it (lessons/).
"""

from __future__ import annotations

from flows.understanding.reader import understand, warm_up
from flows.understanding.understood import Understood, as_json

__all__ = ["Understood", "as_json", "understand", "warm_up"]
