"""A carrier that runs on this machine: it behaves as Twilio does, over real HTTP, and gives every
person of the demo a phone in the browser.

    carrier.py    the rules and what is kept of phones and messages; no HTTP server
    webhooks.py   the signed requests that the carrier makes to the gateway
    api.py        Twilio's REST API for messages
    phones.py     the page with the phones
    server.py     both of them served from a thread
"""
