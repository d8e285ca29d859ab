"""The telephone: everything that can be done by text, for people who have only their voice.

steps.py         what happens in a call, and what the service does next
menu.py          every question and its choices, as rows: read it aloud
answering.py     one step of a call: keys, words, silence, wrong keys, back, a person
call_turn.py     what a step works with
welcome.py       the first words of a call, and of one that we place
form.py          asking for or offering a service
keypad.py        postal codes, letters and numbers by keys; names that are spelt
reading_out.py   one thing after the other: listings, answers, what is new
own_listings.py  one's own: heard, closed, taken away
ringing.py       being put through to a neighbour
a_person.py      the operator's line, and the recording
"""
