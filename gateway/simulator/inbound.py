"""A person texts the service: the carrier's own keywords, the webhook, the replies it asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog

from gateway.simulator.account import Account
from gateway.simulator.codes import Refused
from gateway.simulator.keywords import ANSWERS, Keyword, keyword_in
from gateway.simulator.numbers import Line, line_of
from gateway.simulator.outbound import BODY_LIMIT, accept, segments_of, send
from gateway.simulator.store import Media, Message
from gateway.simulator.twiml import BadAnswer, Reply, replies
from gateway.simulator.webhooks import API_VERSION, Answer, post

log = structlog.get_logger()

SMS_PATH = "/twilio/sms"


def text(
    account: Account,
    from_number: str,
    body: str,
    to: str | None = None,
    media: Sequence[Media] = (),
) -> int | None:
    """Somebody texts the service; the HTTP status of its answer, None where there was none.

    `from_number` may be anything that a network shows: a short number, a name, nothing.
    ValueError for what no network carries.
    """
    recipient = to or account.numbers[0]
    if recipient not in account.numbers:
        raise ValueError(f"{recipient} is not a number of this account")
    # A lone surrogate, half an emoji, cannot be sent by any phone.
    body = body.encode("utf-8", "replace").decode()
    if len(body) > BODY_LIMIT:
        raise ValueError(f"a text has at most {BODY_LIMIT} characters, not {len(body)}")
    now = account.now()
    message = account.store.add_message(
        sid=account.new_sid("MM" if media else "SM"),
        direction="inbound",
        sender=from_number,
        recipient=recipient,
        body=body,
        text=body,
        status="received",
        segments=segments_of(body),
        media=tuple(media),
        service_sid=account.service_of(recipient),
        created_at=now,
        updated_at=now,
        sent_at=now,
    )
    account.tell()
    _obey(account, keyword_in(body), message)
    if account.happens(account.faults.webhooks_lost):
        account.store.change_message(message.id, webhook_error=11205)
        account.tell()
        return None
    return post_webhook(account, message, again=account.happens(account.faults.webhooks_twice))


def _obey(account: Account, keyword: Keyword | None, message: Message) -> None:
    """STOP, START and HELP, which the carrier answers itself, in English as it does."""
    if keyword is None:
        return
    person = message.sender
    numbers = account.services.get(message.service_sid or "", (message.recipient,))
    if keyword is Keyword.STOP:
        heard = bool(sum(account.store.opt_out(person, number) for number in numbers))
    elif keyword is Keyword.START:
        heard = bool(sum(account.store.opt_in(person, number) for number in numbers))
    else:
        heard = not account.store.is_opted_out(person, message.recipient)
    if heard and line_of(person) in (Line.MOBILE, Line.FOREIGN):
        accept(
            account,
            sender=message.recipient,
            recipient=person,
            body=ANSWERS[keyword],
            direction="outbound-reply",
        )


def post_webhook(account: Account, message: Message, *, again: bool) -> int | None:
    """Tell the gateway of an inbound message; the status of its answer, None where none came.

    `again`: it will hear of it a second time, as happens when its first answer went astray.
    """
    url = account.public_url.rstrip("/") + SMS_PATH
    form = _form(account, message)
    answer, error = _ask(account, url, form, message)
    if error is not None and account.fallback_url:
        form |= {"ErrorCode": str(error), "ErrorUrl": url}
        answer, error = _ask(account, account.fallback_url, form, message)
    account.store.change_message(message.id, webhook_status=answer.status, webhook_error=error)
    if again:
        account.store.add_step(account.now(), "webhook", message)
    account.tell()
    return answer.status


def _ask(
    account: Account, url: str, form: Mapping[str, str], message: Message
) -> tuple[Answer, int | None]:
    """One webhook of an inbound message, with what its answer asks to send."""
    answer = post(url, form, auth_token=account.auth_token, idempotency_token=message.sid)
    try:
        wanted = replies(answer, url)
    except BadAnswer as error:
        log.warning("webhook_failed", sid=message.sid, code=error.code, reason=str(error))
        return answer, error.code
    for reply in wanted:
        _send_reply(account, reply, message)
    return answer, None


def _send_reply(account: Account, reply: Reply, message: Message) -> None:
    try:
        send(
            account,
            to=reply.to or message.sender,
            sender=reply.sender or message.recipient,
            body=reply.text,
            callback_url=reply.callback_url,
            direction="outbound-reply",
        )
    except Refused as refused:
        # It is on record as a refusal; there is no request to refuse.
        log.warning("reply_refused", sid=message.sid, code=refused.code)


def _form(account: Account, message: Message) -> dict[str, str]:
    """The fields of the webhook, all that the real one has."""
    form = {
        "ToCountry": "FR",
        "ToState": "",
        "SmsMessageSid": message.sid,
        "NumMedia": str(len(message.media)),
        "ToCity": "",
        "FromZip": "",
        "SmsSid": message.sid,
        "FromState": "",
        "SmsStatus": "received",
        "FromCity": "",
        "Body": message.text,
        "FromCountry": "FR" if message.sender.startswith("+33") else "",
        "To": message.recipient,
        "ToZip": "",
        "NumSegments": str(message.segments),
        "MessageSid": message.sid,
        "AccountSid": account.account_sid,
        "From": message.sender,
        "ApiVersion": API_VERSION,
    }
    if message.service_sid:
        form["MessagingServiceSid"] = message.service_sid
    for place, media in enumerate(message.media):
        form[f"MediaUrl{place}"] = media.url
        form[f"MediaContentType{place}"] = media.content_type
    return form
