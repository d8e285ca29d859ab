"""The gateway asks for what is on record of a text, empties or deletes it, or calls it back."""

from __future__ import annotations

from gateway.simulator import store as kept
from gateway.simulator.account import Account
from gateway.simulator.codes import Refused
from gateway.simulator.store import Message


def on_record(account: Account, sid: str) -> Message:
    """One message on record; Refused with 20404 where there is none."""
    columns = kept.messages.c
    found = account.store.messages(columns.sid == sid, columns.deleted == 0) if sid else []
    if not found:
        raise Refused(20404, f"Messages/{sid}")
    return found[0]


def redact(account: Account, sid: str) -> Message:
    """Empty a message on record; people's phones keep what they have."""
    message = _finished(account, sid)
    changed = account.store.change_message(message.id, body="", updated_at=account.now())
    account.tell()
    return changed


def delete(account: Account, sid: str) -> None:
    """Take a message off the record; people's phones keep what they have."""
    message = _finished(account, sid)
    account.store.change_message(message.id, body="", deleted=1, updated_at=account.now())
    account.tell()


def cancel(account: Account, sid: str) -> Message:
    """Call back a text that was scheduled and has not left."""
    with account.store.open():
        message = on_record(account, sid)
        if message.status != "scheduled":
            raise Refused(30409, message.status)
        account.store.drop_steps(message)
        changed = account.store.change_message(
            message.id, status="canceled", updated_at=account.now()
        )
    account.tell()
    return changed


def _finished(account: Account, sid: str) -> Message:
    # The carrier keeps a message untouched until its fate is known.
    message = on_record(account, sid)
    if not message.is_final:
        raise Refused(20009, message.status)
    return message
