"""The proof of "nothing lost, nothing twice": the whole service under everything that goes wrong.

run.py        one run against one database, from the first process to the table of findings
people.py     neighbours with phones, and what each of them answers to what arrives there
crowd.py      their thumbs: threads that read the phones and text
processes.py  the real web and worker processes: started, killed, started again
child.py      what such a process runs: a command of ours with a clock that can be moved
clock.py      that clock
trouble.py    what goes wrong meanwhile, at the carrier, with processes and with the database
drain.py      letting everything come to rest, by moving the clock from one due moment to the next
evidence.py   what the database, the carrier and the people say at the end
checks.py     what must be true of it, one function a claim
"""
