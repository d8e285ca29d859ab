"""Calls begin, are looked up and are led elsewhere: by people, and by the gateway over REST."""

from __future__ import annotations

from gateway.simulator.account import Account
from gateway.simulator.codes import Refused
from gateway.simulator.dial import dial
from gateway.simulator.line import VOICE_PATH, VOICE_STATUS_PATH
from gateway.simulator.numbers import is_possible
from gateway.simulator.switchboard import Event, HangUp, Heard, Key, Leg, Moved, Words
from gateway.simulator.verbs import PERFORM
from gateway.simulator.walk import called_by_somebody, placed_by_the_gateway

# The walk needs <Dial>, and <Dial> the walk: whoever begins calls has both.
PERFORM["Dial"] = dial

# What the network shows of whoever withholds a number; the second spells ANONYMOUS on a keypad.
WITHHELD = ("anonymous", "+266696687")


def call(account: Account, person: str, to: str | None = None, shown_as: str = "") -> Leg:
    """Somebody calls the service, perhaps shown as somebody else (`WITHHELD`).

    ValueError for a number that is not the service's, and while on the telephone already.
    """
    called = to or account.numbers[0]
    if called not in account.numbers:
        raise ValueError(f"{called} is not a number of this account")
    if account.switchboard.of(person):
        raise ValueError(f"{person} is on the telephone already")
    base = account.public_url.rstrip("/")
    leg = Leg(
        sid=account.new_sid("CA"),
        direction="inbound",
        caller=shown_as or person,
        called=called,
        person=person,
        created_at=account.now(),
        status="ringing",
        url=base + VOICE_PATH,
        callback_url=base + VOICE_STATUS_PATH,
    )
    account.switchboard.begin(leg, called_by_somebody(account, leg))
    return leg


def place(
    account: Account,
    *,
    to: str,
    sender: str,
    url: str = "",
    document: str = "",
    ring_seconds: int = 60,
    callback_url: str | None = None,
    callback_events: frozenset[str] = frozenset({"completed"}),
    detects_machine: str = "",
) -> Leg:
    """The gateway calls somebody, whose telephone rings; Refused where a rule is against it."""
    if not to:
        raise Refused(21201)
    if not sender:
        raise Refused(21213)
    if sender not in account.numbers:
        raise Refused(21210, sender)
    if not is_possible(to):
        raise Refused(21211, to)
    if to in account.numbers:
        raise Refused(21266, to)
    if to.startswith(account.closed_countries):
        raise Refused(21215, to)
    leg = Leg(
        sid=account.new_sid("CA"),
        direction="outbound-api",
        caller=sender,
        called=to,
        person=to,
        created_at=account.now(),
        url=url,
        document=document,
        ring_seconds=ring_seconds,
        callback_url=callback_url,
        callback_events=callback_events,
        detects_machine=detects_machine,
    )
    account.switchboard.begin(leg, placed_by_the_gateway(account, leg))
    return leg


def on_record(account: Account, sid: str) -> Leg:
    """One call; Refused with 20404 where there is none."""
    found = account.switchboard.legs.get(sid)
    if found is None:
        raise Refused(20404, f"Calls/{sid}")
    return found


def change(account: Account, sid: str, *, end: str = "", url: str = "", document: str = "") -> Leg:
    """End a call (`completed`, or `canceled` before its answer), or lead it elsewhere."""
    leg = on_record(account, sid)
    if leg.is_over or (end == "canceled" and leg.answered_at is not None):
        raise Refused(21220, leg.status)
    if not end and leg.answered_at is None:
        raise Refused(21220, leg.status)
    event: Event = HangUp(end) if end else Moved(url, document)
    account.switchboard.tell(leg, event)
    return leg


def happens_to(account: Account, leg: Leg, event: Event) -> None:
    """A person does something with a telephone: it is shown there, and has its consequences."""
    if leg.is_over:
        raise ValueError("this call is over")
    if isinstance(event, Key):
        leg.heard.append(Heard("typed", event.key))
    elif isinstance(event, Words):
        leg.heard.append(Heard("spoken", event.text))
    account.switchboard.tell(leg, event)
    account.tell()
