"""Reading the document with which the gateway answers an inbound message.

Only `<Message>` with text is simulated; anything else is refused loudly.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin
from xml.etree import ElementTree

from gateway.simulator.webhooks import Answer

XML_TYPES = {"text/xml", "application/xml"}


class BadAnswer(Exception):
    """The gateway's answer cannot be used; `code` is one of `codes.WEBHOOK_FAILURES`."""

    def __init__(self, code: int, about: str) -> None:
        self.code = code
        super().__init__(f"{code}: {about}")


@dataclass(frozen=True)
class Reply:
    """One `<Message>`: empty `to` and `sender` mean the two numbers of the inbound message."""

    text: str
    to: str
    sender: str
    callback_url: str | None


def replies(answer: Answer, url: str) -> list[Reply]:
    """The texts that an answer asks to send back; BadAnswer where it is no use."""
    root = root_of(answer)
    if root is None:
        return []
    if root.tag != "Response":
        raise BadAnswer(12100, f"<{root.tag}> instead of <Response>")
    return [_reply(verb, url) for verb in root]


def root_of(answer: Answer) -> ElementTree.Element | None:
    """The document of an answer, None where it is empty; BadAnswer where it is no use."""
    if answer.status is None:
        # Nobody there, or nothing heard within the time that a webhook has.
        raise BadAnswer(11200 if "ReadTimeout" in answer.reason else 11205, answer.reason)
    if not answer.was_taken:
        raise BadAnswer(11200, answer.reason)
    if not answer.body:
        return None
    content_type = answer.content_type.partition(";")[0].strip().lower()
    if content_type not in XML_TYPES:
        raise BadAnswer(12300, content_type or "no content type")
    try:
        return ElementTree.fromstring(answer.body)
    except ElementTree.ParseError as error:
        raise BadAnswer(12100, str(error)) from error


def _reply(verb: ElementTree.Element, url: str) -> Reply:
    if verb.tag != "Message":
        raise BadAnswer(12200, f"<{verb.tag}> is not simulated")
    unknown = set(verb.keys()) - {"to", "from", "action", "method", "statusCallback"}
    nouns = {noun.tag for noun in verb} - {"Body"}
    if unknown or nouns or verb.get("method", "POST") != "POST":
        raise BadAnswer(12200, f"not simulated in <Message>: {sorted(unknown | nouns)}")
    text = "".join([verb.text or "", *("".join(noun.itertext()) for noun in verb)]).strip()
    callback = verb.get("statusCallback") or verb.get("action")
    return Reply(
        text=text,
        to=verb.get("to", ""),
        sender=verb.get("from", ""),
        callback_url=urljoin(url, callback) if callback else None,
    )
