"""What is due: texts that reach a status, times that are over in a call, and the webhooks that tell
the gateway so.
"""

from __future__ import annotations

from datetime import datetime

import structlog

from gateway.simulator import store as kept
from gateway.simulator.account import Account
from gateway.simulator.inbound import post_webhook
from gateway.simulator.line import post_callbacks
from gateway.simulator.store import Message, Step
from gateway.simulator.webhooks import API_VERSION, post

log = structlog.get_logger()


def pump(account: Account, now: datetime | None = None) -> int:
    """Do all that is due, in its order; how many things that was.

    May be called from several threads: nothing is done twice.
    """
    done = 0
    while _do_one(account, now or account.now()):
        done += 1
    done += account.switchboard.pump(now or account.now())
    return done + post_callbacks(account)


def _do_one(account: Account, now: datetime) -> bool:
    with account.store.open():
        step = account.store.take_step(now)
        if step is None:
            return False
        (message,) = account.store.messages(kept.messages.c.id == step.message_id)
        # Taken and done at once, or two threads could let a text arrive before it was sent.
        if step.what == "status":
            _reach(account, message, step)
    if step.what == "status":
        account.tell()
    elif step.what == "callback":
        _post_callback(account, message, step)
    else:
        post_webhook(account, message, again=False)
    return True


def _reach(account: Account, message: Message, step: Step) -> None:
    now = account.now()
    account.store.change_message(
        message.id,
        status=step.status,
        error_code=step.error_code,
        updated_at=now,
        sent_at=message.sent_at or (None if step.status == "failed" else now),
        delivered_at=now if step.status == "delivered" else None,
    )


def _post_callback(account: Account, message: Message, step: Step) -> None:
    form = {
        "ApiVersion": API_VERSION,
        "MessageStatus": step.status,
        "SmsSid": message.sid,
        "SmsStatus": step.status,
        "To": message.recipient,
        "From": message.sender,
        "MessageSid": message.sid,
        "AccountSid": account.account_sid,
    }
    if message.service_sid:
        form["MessagingServiceSid"] = message.service_sid
    if step.error_code is not None:
        form["ErrorCode"] = str(step.error_code)
    answer = post(
        message.callback_url or "",
        form,
        auth_token=account.auth_token,
        idempotency_token=f"{message.sid}-{step.id}",
    )
    if answer.was_taken:
        return
    log.warning("callback_failed", sid=message.sid, status=step.status, reason=answer.reason)
    account.store.change_message(message.id, callback_error=f"{step.status}: {answer.reason}")
    account.tell()
