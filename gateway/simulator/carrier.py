"""The simulated carrier: its rules, its numbers and what becomes of every message.

    a person texts      text() -> webhook to the gateway -> (the gateway answers)
    the gateway sends   send() -> queued | Refused;   pump() -> sent -> delivered | undelivered

Nothing happens behind the caller's back: what is due is done by `pump`, which the demo calls a few
times a second and a test once the worker has sent.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from threading import Condition, Lock
from typing import Protocol

import smsutil
import structlog

from gateway.simulator import store as kept
from gateway.simulator.codes import FAIL_BEFORE_SENDING, FAILURES, REFUSALS, Refused
from gateway.simulator.faults import Faults, Trouble
from gateway.simulator.keywords import ANSWERS, Keyword, keyword_in
from gateway.simulator.numbers import NAME, Line, is_possible, line_of
from gateway.simulator.store import Media, Message, Phone, Step, Store
from gateway.simulator.twiml import BadAnswer, Reply, replies
from gateway.simulator.webhooks import Answer, post

log = structlog.get_logger()

API_VERSION = "2010-04-01"
SMS_PATH = "/twilio/sms"
BODY_LIMIT = 1600


class Clock(Protocol):
    """A clock that can be moved."""

    def now(self) -> datetime: ...

    def forward(self, span: timedelta) -> None: ...


@dataclass(frozen=True)
class Pace:
    """How long a text is on its way, in the time of the carrier's clock."""

    sending: timedelta = timedelta(seconds=0.3)
    delivering: timedelta = timedelta(seconds=0.7)


AT_ONCE = Pace(timedelta(), timedelta())


def segments_of(text: str) -> int:
    """The number of segments in which the network carries a text, which is what it costs."""
    return len(smsutil.split(text).parts)


class SimulatedCarrier:
    """One account at the carrier, with its numbers, and everybody else's phones."""

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        numbers: Sequence[str],
        public_url: str,
        clock: Clock,
        rng: Random,
        database: str | Path = ":memory:",
        names: Sequence[str] = (),
        services: Mapping[str, Sequence[str]] | None = None,
        pace: Pace = AT_ONCE,
        fallback_url: str | None = None,
        closed_countries: Sequence[str] = (),
    ) -> None:
        """
        numbers           the account's own, in E.164; what people text is the first one
        public_url        where the gateway is reached; may be set later, before anybody texts
        names             alphanumeric senders that the account may use
        services          Messaging Services: SID -> their numbers
        fallback_url      asked when the webhook of an inbound message fails
        closed_countries  prefixes such as "+594" to which sending is not enabled (21408)
        """
        if not numbers:
            raise ValueError("the account needs a number that people can text")
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.numbers = tuple(numbers)
        self.public_url = public_url
        self.names = tuple(names)
        self.services = {sid: tuple(members) for sid, members in (services or {}).items()}
        self.pace = pace
        self.fallback_url = fallback_url
        self.closed_countries = tuple(closed_countries)
        self.faults = Faults()
        self._clock = clock
        self._rng = rng
        self._chance = Lock()
        self._news = Condition()
        self._tidings = 0
        self._closed = False
        self.store = Store(database)
        ahead = timedelta(seconds=float(self.store.fact("clock_ahead") or 0))
        self._ahead = ahead
        if ahead:
            clock.forward(ahead)
        if self.store.fact("born") is None:
            self.store.set_fact("born", uuid.uuid4().hex)
        self._give_up_on_webhooks_cut_short()

    def close(self) -> None:
        """Wake whoever waits for news and let go of the file."""
        with self._news:
            self._closed = True
            self._news.notify_all()
        self.store.close()

    # Time and news

    def now(self) -> datetime:
        return self._clock.now()

    def forward(self, span: timedelta) -> None:
        """Move the clock, and remember it for the next start; ValueError for going back."""
        self._clock.forward(span)
        self._ahead += span
        self.store.set_fact("clock_ahead", str(self._ahead.total_seconds()))
        self._tell()

    @property
    def last_change(self) -> int:
        return self.store.last_change

    @property
    def born(self) -> str:
        """A name for this very file, so that a page knows when it was replaced."""
        return self.store.fact("born") or ""

    @property
    def tidings(self) -> int:
        """How many times something has changed since the start."""
        return self._tidings

    def wait_for_news(self, heard: int, seconds: float) -> None:
        """Wait until there are other tidings than `heard`, or the time is over."""
        with self._news:
            self._news.wait_for(lambda: self._closed or self._tidings != heard, seconds)

    @property
    def is_closed(self) -> bool:
        return self._closed

    def _tell(self) -> None:
        with self._news:
            self._tidings += 1
            self._news.notify_all()

    # Chance

    def _happens(self, share: float) -> bool:
        # Chance is only drawn where it can matter, so that a test's seed means the same whatever
        # faults exist.
        if share <= 0:
            return False
        with self._chance:
            return self._rng.random() < share

    def trouble(self) -> Trouble:
        """What befalls the REST request that has just come in."""
        faults = self.faults
        if faults.too_many + faults.broken + faults.answer_lost <= 0:
            return Trouble.NONE
        with self._chance:
            return faults.trouble(self._rng.random())

    def _new_sid(self, prefix: str) -> str:
        while True:
            with self._chance:
                sid = f"{prefix}{self._rng.getrandbits(128):032x}"
            # A demo started again with the same seed draws the same numbers.
            if not self.store.messages(kept.messages.c.sid == sid):
                return sid

    def set_faults(self, faults: Faults) -> None:
        """From now on, this goes wrong."""
        self.faults = faults
        self._tell()

    # Phones

    @property
    def phones(self) -> list[Phone]:
        return self.store.phones()

    def add_phone(self, name: str, number: str) -> Phone:
        """Give somebody a phone; sqlalchemy.exc.IntegrityError where the number has one."""
        phone = self.store.add_phone(name, number)
        self._tell()
        return phone

    def break_phone(self, number: str, code: int | None) -> None:
        """Every text to this phone fails with `code` (30003: it is switched off), or none does."""
        if code is not None and code not in FAILURES and code not in REFUSALS:
            raise ValueError(f"{code} is no code that a text can fail with")
        self.store.change_phone(number, code)
        self._tell()

    def _fails_with(self, number: str) -> int | None:
        return next((p.fails_with for p in self.phones if p.number == number), None)

    # What people and tests see

    @property
    def messages(self) -> list[Message]:
        """What the carrier has on record, oldest first."""
        return self.store.messages(
            kept.messages.c.direction != "refused", kept.messages.c.deleted == 0
        )

    @property
    def refusals(self) -> list[Message]:
        """The sends that were refused, oldest first; `error_code` says why."""
        return self.store.messages(kept.messages.c.direction == "refused")

    def received(self, number: str) -> list[str]:
        """The texts that arrived on somebody's phone, in the order in which they did."""
        arrived = self.store.messages(
            kept.messages.c.recipient == number, kept.messages.c.delivered_at.is_not(None)
        )
        arrived.sort(key=lambda message: (message.delivered_at, message.id))
        return [message.text for message in arrived if message.direction != "inbound"]

    # A person texts

    def text(
        self, from_number: str, body: str, to: str | None = None, media: Sequence[Media] = ()
    ) -> int | None:
        """Somebody texts the service; the HTTP status of its answer, None where there was none.

        `from_number` may be anything that a network shows: a short number, a name, nothing.
        ValueError for what no network carries.
        """
        recipient = to or self.numbers[0]
        if recipient not in self.numbers:
            raise ValueError(f"{recipient} is not a number of this account")
        # A lone surrogate, half an emoji, cannot be sent by any phone.
        body = body.encode("utf-8", "replace").decode()
        if len(body) > BODY_LIMIT:
            raise ValueError(f"a text has at most {BODY_LIMIT} characters, not {len(body)}")
        now = self.now()
        message = self.store.add_message(
            sid=self._new_sid("MM" if media else "SM"),
            direction="inbound",
            sender=from_number,
            recipient=recipient,
            body=body,
            text=body,
            status="received",
            segments=segments_of(body),
            media=tuple(media),
            service_sid=self._service_of(recipient),
            created_at=now,
            updated_at=now,
            sent_at=now,
        )
        self._tell()
        self._obey(keyword_in(body), message)
        return self._post_webhook(message, again=self._happens(self.faults.webhooks_twice))

    def _service_of(self, number: str) -> str | None:
        return next((sid for sid, members in self.services.items() if number in members), None)

    def _obey(self, keyword: Keyword | None, message: Message) -> None:
        """STOP, START and HELP, which the carrier answers itself, in English as it does."""
        if keyword is None:
            return
        person = message.sender
        numbers = self.services.get(message.service_sid or "", (message.recipient,))
        if keyword is Keyword.STOP:
            heard = bool(sum(self.store.opt_out(person, number) for number in numbers))
        elif keyword is Keyword.START:
            heard = bool(sum(self.store.opt_in(person, number) for number in numbers))
        else:
            heard = not self.store.is_opted_out(person, message.recipient)
        if heard and line_of(person) in (Line.MOBILE, Line.FOREIGN):
            self._accept(
                sender=message.recipient,
                recipient=person,
                body=ANSWERS[keyword],
                direction="outbound-reply",
            )

    def _post_webhook(self, message: Message, *, again: bool) -> int | None:
        url = self.public_url.rstrip("/") + SMS_PATH
        form = self._inbound_form(message)
        answer, error = self._ask(url, form, message)
        if error is not None and self.fallback_url:
            form |= {"ErrorCode": str(error), "ErrorUrl": url}
            answer, error = self._ask(self.fallback_url, form, message)
        self.store.change_message(message.id, webhook_status=answer.status, webhook_error=error)
        if again:
            self.store.add_step(self.now(), "webhook", message)
        self._tell()
        return answer.status

    def _ask(
        self, url: str, form: Mapping[str, str], message: Message
    ) -> tuple[Answer, int | None]:
        """One webhook of an inbound message, with what its answer asks to send."""
        answer = post(url, form, auth_token=self.auth_token, idempotency_token=message.sid)
        try:
            wanted = replies(answer, url)
        except BadAnswer as error:
            log.warning("webhook_failed", sid=message.sid, code=error.code, reason=str(error))
            return answer, error.code
        for reply in wanted:
            self._send_reply(reply, message)
        return answer, None

    def _send_reply(self, reply: Reply, message: Message) -> None:
        try:
            self.send(
                to=reply.to or message.sender,
                sender=reply.sender or message.recipient,
                body=reply.text,
                callback_url=reply.callback_url,
                direction="outbound-reply",
            )
        except Refused as refused:
            # It is on record as a refusal; there is no request to refuse.
            log.warning("reply_refused", sid=message.sid, code=refused.code)

    def _inbound_form(self, message: Message) -> dict[str, str]:
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
            "AccountSid": self.account_sid,
            "From": message.sender,
            "ApiVersion": API_VERSION,
        }
        if message.service_sid:
            form["MessagingServiceSid"] = message.service_sid
        for place, media in enumerate(message.media):
            form[f"MediaUrl{place}"] = media.url
            form[f"MediaContentType{place}"] = media.content_type
        return form

    def _give_up_on_webhooks_cut_short(self) -> None:
        """Messages whose webhook was under way when the last run ended count as failed."""
        columns = kept.messages.c
        for message in self.store.messages(
            columns.direction == "inbound",
            columns.webhook_status.is_(None),
            columns.webhook_error.is_(None),
        ):
            self.store.change_message(message.id, webhook_error=11205)

    # The gateway sends

    def send(
        self,
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
            number = self._allowed_sender(to, body, sender, service_sid)
        except Refused as refused:
            now = self.now()
            self.store.add_message(
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
            self._tell()
            raise
        return self._accept(
            sender=number,
            recipient=to,
            body=body,
            service_sid=service_sid,
            callback_url=callback_url,
            send_at=send_at,
            keep_body=keep_body,
            direction=direction,
        )

    def _allowed_sender(self, to: str, body: str, sender: str, service_sid: str | None) -> str:
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
            if service_sid not in self.services:
                raise Refused(21701, service_sid)
            members = self.services[service_sid]
            if not members or (sender and sender not in members):
                raise Refused(21703, service_sid)
            sender = sender or members[0]
        elif sender not in self.numbers and not (NAME.fullmatch(sender) and sender in self.names):
            raise Refused(21606, sender)
        if not is_possible(to):
            raise Refused(21211, to)
        if to in self.numbers:
            raise Refused(21266, to)
        if line_of(to) is Line.LANDLINE:
            raise Refused(21614, to)
        if to.startswith(self.closed_countries):
            raise Refused(21408, to)
        if self.store.is_opted_out(to, sender):
            raise Refused(21610, to)
        code = self._fails_with(to)
        if code in REFUSALS:
            raise Refused(code, to)
        return sender

    def _accept(
        self,
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
        now = self.now()
        initial = "scheduled" if send_at else "accepted" if service_sid else "queued"
        with self.store.open():
            message = self.store.add_message(
                sid=self._new_sid("SM"),
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
            self._plan(message, send_at or now)
        self._tell()
        return message

    def _plan(self, message: Message, start: datetime) -> None:
        """Write down when a text reaches each status, and when the gateway hears of it."""
        code = self._fails_with(message.recipient)
        if code is None and self._happens(self.faults.unreachable):
            code = 30003
        sent_at = start + self.pace.sending
        final_at = sent_at + self.pace.delivering
        course: list[tuple[datetime, str, int | None]]
        if code is None:
            course = [(sent_at, "sent", None), (final_at, "delivered", None)]
        elif code in FAIL_BEFORE_SENDING:
            course = [(sent_at, "failed", code)]
        else:
            course = [(sent_at, "sent", None), (final_at, "undelivered", code)]
        for at, status, error_code in course:
            self.store.add_step(at, "status", message, status=status, error_code=error_code)
        if message.callback_url is None:
            return
        calls = course
        if self._happens(self.faults.callbacks_reversed):
            calls = [(final_at, status, error_code) for _, status, error_code in reversed(course)]
        for due, status, error_code in calls:
            late = self.faults.late_seconds if self._happens(self.faults.callbacks_late) else 0
            at = due + timedelta(seconds=late)
            for _ in range(2 if self._happens(self.faults.callbacks_twice) else 1):
                self.store.add_step(at, "callback", message, status=status, error_code=error_code)

    def message(self, sid: str) -> Message:
        """One message on record; Refused with 20404 where there is none."""
        columns = kept.messages.c
        found = self.store.messages(columns.sid == sid, columns.deleted == 0) if sid else []
        if not found:
            raise Refused(20404, f"Messages/{sid}")
        return found[0]

    def redact(self, sid: str) -> Message:
        """Empty a message on record; people's phones keep what they have."""
        message = self._finished(sid)
        changed = self.store.change_message(message.id, body="", updated_at=self.now())
        self._tell()
        return changed

    def delete(self, sid: str) -> None:
        """Take a message off the record; people's phones keep what they have."""
        message = self._finished(sid)
        self.store.change_message(message.id, body="", deleted=1, updated_at=self.now())
        self._tell()

    def cancel(self, sid: str) -> Message:
        """Call back a text that was scheduled and has not left."""
        with self.store.open():
            message = self.message(sid)
            if message.status != "scheduled":
                raise Refused(30409, message.status)
            self.store.drop_steps(message)
            changed = self.store.change_message(
                message.id, status="canceled", updated_at=self.now()
            )
        self._tell()
        return changed

    def _finished(self, sid: str) -> Message:
        # The carrier keeps a message untouched until its fate is known.
        message = self.message(sid)
        if not message.is_final:
            raise Refused(20009, message.status)
        return message

    # What is due

    def pump(self, now: datetime | None = None) -> int:
        """Do all that is due, in its order; how many things that was.

        May be called from several threads: nothing is done twice.
        """
        done = 0
        while self._do_one(now or self.now()):
            done += 1
        return done

    def _do_one(self, now: datetime) -> bool:
        with self.store.open():
            step = self.store.take_step(now)
            if step is None:
                return False
            (message,) = self.store.messages(kept.messages.c.id == step.message_id)
            # Taken and done at once, or two threads could let a text arrive before it was sent.
            if step.what == "status":
                self._reach(message, step)
        if step.what == "status":
            self._tell()
        elif step.what == "callback":
            self._post_callback(message, step)
        else:
            self._post_webhook(message, again=False)
        return True

    def _reach(self, message: Message, step: Step) -> None:
        now = self.now()
        self.store.change_message(
            message.id,
            status=step.status,
            error_code=step.error_code,
            updated_at=now,
            sent_at=message.sent_at or (None if step.status == "failed" else now),
            delivered_at=now if step.status == "delivered" else None,
        )

    def _post_callback(self, message: Message, step: Step) -> None:
        form = {
            "ApiVersion": API_VERSION,
            "MessageStatus": step.status,
            "SmsSid": message.sid,
            "SmsStatus": step.status,
            "To": message.recipient,
            "From": message.sender,
            "MessageSid": message.sid,
            "AccountSid": self.account_sid,
        }
        if message.service_sid:
            form["MessagingServiceSid"] = message.service_sid
        if step.error_code is not None:
            form["ErrorCode"] = str(step.error_code)
        answer = post(
            message.callback_url or "",
            form,
            auth_token=self.auth_token,
            idempotency_token=f"{message.sid}-{step.id}",
        )
        if answer.was_taken:
            return
        log.warning("callback_failed", sid=message.sid, status=step.status, reason=answer.reason)
        self.store.change_message(message.id, callback_error=f"{step.status}: {answer.reason}")
        self._tell()
