"""The words that the carrier itself understands, in English as it does, before the gateway sees
them.

A message counts only when it is that single word ("STOP PLEASE" is not a STOP).
Source: https://help.twilio.com/articles/223134027 and, for REVOKE and OPTOUT,
https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
"""

from __future__ import annotations

from enum import Enum


class Keyword(Enum):
    STOP = "STOP"
    START = "START"
    HELP = "HELP"


WORDS = {
    Keyword.STOP: {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"},
    Keyword.START: {"START", "YES", "UNSTOP"},
    Keyword.HELP: {"HELP", "INFO"},
}

ANSWERS = {
    Keyword.STOP: (
        "You have successfully been unsubscribed. You will not receive any more messages from this"
        " number. Reply START to resubscribe."
    ),
    Keyword.START: (
        "You have successfully been re-subscribed to messages from this number. Reply HELP for"
        " help. Reply STOP to unsubscribe. Msg&Data Rates May Apply."
    ),
    Keyword.HELP: "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


def keyword_in(body: str) -> Keyword | None:
    """The keyword that a message is, if it is one."""
    word = body.strip().upper()
    return next((keyword for keyword, words in WORDS.items() if word in words), None)
