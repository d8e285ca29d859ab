"""A carrier that runs on this machine: it behaves as Twilio does, over real HTTP, and gives every
person of the demo a phone in the browser.

    carrier.py      all that people and the gateway can do there, in one class; no HTTP server
    account.py      what the carrier knows: numbers, phones, time, chance, the texts in store.py
    inbound.py      a person texts
    outbound.py     the gateway sends: what is refused, and the course of what is not
    records.py      the gateway looks a text up, empties, deletes or cancels it
    due.py          the next status, callback or webhook whose time has come
    calls.py        calls begin, are looked up, led elsewhere; telephone.py: as a person lives them
    switchboard.py  the calls that are under way, each of them waiting for something
    walk.py         the course of a call; verbs.py and dial.py: what each verb of a document does
    script.py       what a document may contain; line.py: how it is fetched; recordings.py
    webhooks.py     the signed requests that the carrier makes to the gateway
    api.py          Twilio's REST API for messages; voice_api.py: for calls and recordings
    phones.py       the page with the phones
    server.py       both of them served from a thread
"""
