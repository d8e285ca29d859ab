"""`<Dial>`: somebody else's telephone rings, hears the whisper, and is connected with the caller.

ringing -> the whisper's document -> bridged -> completed
        -> busy | no-answer | failed | canceled
"""

from __future__ import annotations

from datetime import timedelta
from xml.etree.ElementTree import Element

from gateway.simulator.account import Account
from gateway.simulator.line import farewell, fetch, note, reach
from gateway.simulator.numbers import is_possible
from gateway.simulator.script import Script
from gateway.simulator.switchboard import (
    Answered,
    Bridge,
    Course,
    Declined,
    HangUp,
    Heard,
    HungUp,
    Key,
    Leg,
    Moved,
    OtherEnded,
    TimeUp,
    Wait,
    Words,
)
from gateway.simulator.twiml import BadAnswer
from gateway.simulator.verbs import Ended, Turn
from gateway.simulator.walk import converse, ring


def dial(account: Account, leg: Leg, verb: Element, script: Script) -> Turn:
    """Ring the number, connect both, and go on with the action once that is over."""
    number = next(iter(verb), verb)
    to = "".join((number.text or "").split())
    caller_id = verb.get("callerId") or leg.caller
    if caller_id not in (*account.numbers, leg.caller, leg.called):
        raise BadAnswer(13214, f"{caller_id} is not ours, nor the caller's own")
    action = script.address(verb.get("action")) if verb.get("action") else None
    try:
        _check_reachable(account, to)
    except BadAnswer as error:
        note(leg, error, script.url)
        if action is None:
            return None
        return fetch(account, leg, action, DialCallStatus="failed", DialBridged="false")
    other = _leg_to(account, leg, verb, number, script, caller_id, to)
    whisper = number.get("url")
    other.url = script.address(whisper) if whisper else ""
    limit = timedelta(seconds=int(verb.get("timeLimit", "14400")))
    until = bridged_at = None
    try:
        account.switchboard.begin(other, _other_end(account, other))
        while not other.is_over:
            talks = bridged_at is not None
            event = yield Wait("bridged" if talks else "ringing", until, keys=talks, words=talks)
            if event == Bridge(other.sid):
                bridged_at = account.now()
                until = bridged_at + limit
                leg.other, other.other = other, leg
                account.tell()
            elif bridged_at and isinstance(event, Words | Key):
                if event == Key("*") and verb.get("hangupOnStar") == "true":
                    account.switchboard.tell(other, HangUp())
                else:
                    pass_on(account, other, event)
            elif isinstance(event, TimeUp):
                account.switchboard.tell(other, HangUp())
    except HungUp:
        account.switchboard.tell(other, HangUp("canceled"))
        _part(leg, other)
        if action:
            farewell(account, leg, action, **_outcome(other, bridged_at))
        raise
    except Moved:
        account.switchboard.tell(other, HangUp())
        _part(leg, other)
        raise
    _part(leg, other)
    if action is None:
        return None
    return fetch(account, leg, action, **_outcome(other, bridged_at))


def _check_reachable(account: Account, to: str) -> None:
    """A number that can't be reached fails the Dial, not the call."""
    if not is_possible(to):
        raise BadAnswer(13223, f"{to} is no number")
    if to.startswith(account.closed_countries):
        raise BadAnswer(13227, f"calls to {to} are not enabled")


def _part(leg: Leg, other: Leg) -> None:
    leg.other = other.other = None


def _outcome(other: Leg, bridged_at: object) -> dict[str, str]:
    return {
        "DialCallStatus": other.status if other.is_over else "completed",
        "DialCallSid": other.sid,
        "DialCallDuration": str(other.duration),
        "DialBridged": "true" if bridged_at else "false",
    }


def _leg_to(
    account: Account,
    leg: Leg,
    verb: Element,
    number: Element,
    script: Script,
    caller_id: str,
    to: str,
) -> Leg:
    callback = number.get("statusCallback")
    return Leg(
        sid=account.new_sid("CA"),
        direction="outbound-dial",
        caller=caller_id,
        called=to,
        person=to,
        parent=leg,
        created_at=account.now(),
        ring_seconds=int(verb.get("timeout", "30")),
        callback_url=script.address(callback) if callback else None,
        callback_events=frozenset(number.get("statusCallbackEvent", "completed").split()),
    )


def _other_end(account: Account, leg: Leg) -> Course:
    """The leg of whoever is called, from the first ring to the end."""
    assert leg.parent is not None
    status = "completed"
    reach(account, leg, "initiated")
    try:
        answer = yield from ring(account, leg)
        if isinstance(answer, Answered):
            reach(account, leg, "in-progress")
            if leg.url:
                yield from converse(account, leg, None)
            yield from _talk(account, leg)
        else:
            status = "busy" if isinstance(answer, Declined) else "no-answer"
    except HungUp:
        # Whoever gives up while it rings takes the call back.
        status = "completed" if leg.answered_at else "canceled"
    except Ended:
        pass
    reach(account, leg, status)
    account.switchboard.tell(leg.parent, OtherEnded(leg.sid))


def _talk(account: Account, leg: Leg) -> Course:
    """Connected with the caller until one of them hangs up."""
    assert leg.parent is not None
    account.switchboard.tell(leg.parent, Bridge(leg.sid))
    while True:
        event = yield Wait("bridged", None, keys=True, words=True)
        if leg.other is not None and isinstance(event, Words | Key):
            pass_on(account, leg.other, event)


def pass_on(account: Account, leg: Leg, event: Words | Key) -> None:
    """What one side says or presses comes out at the other."""
    heard = Heard("voice", event.text) if isinstance(event, Words) else Heard("tones", event.key)
    leg.heard.append(heard)
    account.tell()
