"""The gateway sends: which texts the carrier refuses, and the course that all others take."""

from __future__ import annotations

from datetime import datetime, timedelta

import smsutil

from gateway.simulator.account import Account
from gateway.simulator.codes import FAIL_BEFORE_SENDING, REFUSALS, Refused
from gateway.simulator.numbers import NAME, Line, is_possible, line_of
from gateway.simulator.store import Message

BODY_LIMIT = 1600


def segments_of(text: str) -> int:
    """The number of segments in which the network carries a text, which is what it costs."""
    return len(smsutil.split(text).parts)


def send(
    account: Account,
    *,
    to: str,
    body: str,
    sender: str = "",
    service_sid: str | None = None,
    callback_url: str | None = None,
    send_at: datetime | None = None,
    keep_body: bool = True,
    direction: str = "outbound-api",
) -> Message:
    """Take a text from the gateway; Refused, and kept as a refusal, where a rule is against it.

    The text is queued; `pump` moves it on.
    """
    try:
        number = _allowed_sender(account, to, body, sender, service_sid)
    except Refused as refused:
        now = account.now()
        account.store.add_message(
            sid="",
            direction="refused",
            sender=sender or service_sid or "",
            recipient=to,
            body=body,
            text=body,
            status="refused",
            error_code=refused.code,
            segments=segments_of(body),
            created_at=now,
            updated_at=now,
        )
        account.tell()
        raise
    return accept(
        account,
        sender=number,
        recipient=to,
        body=body,
        service_sid=service_sid,
        callback_url=callback_url,
        send_at=send_at,
        keep_body=keep_body,
        direction=direction,
    )


def _allowed_sender(
    account: Account, to: str, body: str, sender: str, service_sid: str | None
) -> str:
    """The number or name that a text would come from; Refused where it may not leave."""
    if not to:
        raise Refused(21604)
    if not sender and not service_sid:
        raise Refused(21603)
    if not body.strip():
        raise Refused(21602)
    if len(body) > BODY_LIMIT:
        raise Refused(21617)
    if service_sid:
        if service_sid not in account.services:
            raise Refused(21701, service_sid)
        members = account.services[service_sid]
        if not members or (sender and sender not in members):
            raise Refused(21703, service_sid)
        sender = sender or members[0]
    elif sender not in account.numbers and not (NAME.fullmatch(sender) and sender in account.names):
        raise Refused(21606, sender)
    if not is_possible(to):
        raise Refused(21211, to)
    if to in account.numbers:
        raise Refused(21266, to)
    if line_of(to) is Line.LANDLINE:
        raise Refused(21614, to)
    if to.startswith(account.closed_countries):
        raise Refused(21408, to)
    if account.store.is_opted_out(to, sender):
        raise Refused(21610, to)
    code = account.fails_with(to)
    if code in REFUSALS:
        raise Refused(code, to)
    return sender


def accept(
    account: Account,
    *,
    sender: str,
    recipient: str,
    body: str,
    direction: str,
    service_sid: str | None = None,
    callback_url: str | None = None,
    send_at: datetime | None = None,
    keep_body: bool = True,
) -> Message:
    """Queue a text that no rule is against, with all that will become of it."""
    now = account.now()
    initial = "scheduled" if send_at else "accepted" if service_sid else "queued"
    with account.store.open():
        message = account.store.add_message(
            sid=account.new_sid("SM"),
            direction=direction,
            sender=sender,
            recipient=recipient,
            body=body if keep_body else "",
            text=body,
            status=initial,
            segments=segments_of(body),
            service_sid=service_sid,
            callback_url=callback_url,
            created_at=now,
            updated_at=now,
        )
        _plan(account, message, send_at or now)
    account.tell()
    return message


def _plan(account: Account, message: Message, start: datetime) -> None:
    """Write down when a text reaches each status, and when the gateway hears of it."""
    code = account.fails_with(message.recipient)
    if code is None and account.happens(account.faults.unreachable):
        code = 30003
    sent_at = start + account.pace.sending
    final_at = sent_at + account.pace.delivering
    course: list[tuple[datetime, str, int | None]]
    if code is None:
        course = [(sent_at, "sent", None), (final_at, "delivered", None)]
    elif code in FAIL_BEFORE_SENDING:
        course = [(sent_at, "failed", code)]
    else:
        course = [(sent_at, "sent", None), (final_at, "undelivered", code)]
    for at, status, error_code in course:
        account.store.add_step(at, "status", message, status=status, error_code=error_code)
    if message.callback_url is None:
        return
    calls = course
    if account.happens(account.faults.callbacks_reversed):
        calls = [(final_at, status, error_code) for _, status, error_code in reversed(course)]
    for due, status, error_code in calls:
        late = account.faults.late_seconds if account.happens(account.faults.callbacks_late) else 0
        at = due + timedelta(seconds=late)
        for _ in range(2 if account.happens(account.faults.callbacks_twice) else 1):
            account.store.add_step(at, "callback", message, status=status, error_code=error_code)
