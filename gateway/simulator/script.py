"""What a voice document may contain here: every verb with its attributes and their values.

What the real carrier knows and this one does not is refused with 12200, never ignored.
Attributes and defaults: https://www.twilio.com/docs/voice/twiml
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from gateway.simulator.twiml import BadAnswer, root_of
from gateway.simulator.webhooks import Answer

ANY = re.compile(r"(?s).*")
ADDRESS = re.compile(r"\S+")
WHOLE = re.compile(r"\d{1,5}")
ABOVE_ZERO = re.compile(r"[1-9]\d{0,4}")
YES_OR_NO = re.compile("true|false")
POST = re.compile("POST")
EVENTS = re.compile(r"((initiated|ringing|answered|completed)( (?=\w)|$))+")


VERBS: dict[str, dict[str, re.Pattern[str]]] = {
    "Say": {"voice": ANY, "language": ANY, "loop": ABOVE_ZERO},
    "Play": {"loop": ABOVE_ZERO, "digits": re.compile("[0-9*#wW]+")},
    "Pause": {"length": WHOLE},
    "Gather": {
        "action": ADDRESS,
        "method": POST,
        "input": re.compile("dtmf|speech|dtmf speech|speech dtmf"),
        "numDigits": ABOVE_ZERO,
        "finishOnKey": re.compile("[0-9*#]?"),
        "timeout": ABOVE_ZERO,
        "speechTimeout": re.compile(r"auto|[1-9]\d*"),
        "maxSpeechTime": ABOVE_ZERO,
        "actionOnEmptyResult": YES_OR_NO,
        "bargeIn": YES_OR_NO,
        "language": ANY,
        "hints": ANY,
        "speechModel": ANY,
        "profanityFilter": YES_OR_NO,
        "enhanced": YES_OR_NO,
    },
    "Record": {
        "action": ADDRESS,
        "method": POST,
        "timeout": WHOLE,
        "finishOnKey": re.compile("[0-9*#]*"),
        "maxLength": ABOVE_ZERO,
        "playBeep": YES_OR_NO,
        "trim": re.compile("trim-silence|do-not-trim"),
        "recordingStatusCallback": ADDRESS,
        "recordingStatusCallbackMethod": POST,
        "recordingStatusCallbackEvent": re.compile("completed"),
        "transcribe": re.compile("false"),
    },
    "Redirect": {"method": POST},
    "Dial": {
        "action": ADDRESS,
        "method": POST,
        "callerId": ANY,
        "timeout": ABOVE_ZERO,
        "timeLimit": ABOVE_ZERO,
        "hangupOnStar": YES_OR_NO,
        "answerOnBridge": YES_OR_NO,
        "ringTone": re.compile("[a-z-]+"),
        "record": re.compile("do-not-record"),
    },
    "Hangup": {},
    "Reject": {"reason": re.compile("rejected|busy")},
}
NUMBER: dict[str, re.Pattern[str]] = {
    "url": ADDRESS,
    "method": POST,
    "statusCallback": ADDRESS,
    "statusCallbackMethod": POST,
    "statusCallbackEvent": EVENTS,
}
NESTED = {"Gather": {"Say", "Play", "Pause"}, "Dial": {"Number"}}
SSML = {"break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"}
# A longer <Say> is refused (13520 invalid, 13521 too long); names of voices tell whose they are.
SAY_LIMITS = {"Polly": 3000, "Google": 4500}
BASIC_SAY_LIMIT = 4096


@dataclass(frozen=True)
class Script:
    """A document and the address that relative ones in it start from; "" where it has none."""

    verbs: tuple[Element, ...]
    url: str

    def address(self, given: str | None) -> str:
        """Where a verb leads to: to the address that it gives, else to the document itself."""
        address = urljoin(self.url, given) if given else self.url
        if not address.startswith(("http://", "https://")):
            raise BadAnswer(11100, f"{given or 'no action'} in a document without an address")
        return address


def script_in(answer: Answer, url: str) -> Script:
    """The document that a webhook answered with; BadAnswer where it is no use."""
    root = root_of(answer)
    if root is None:
        # An empty answer ends a call, and is an error for the real carrier too.
        raise BadAnswer(11770, "an empty answer")
    return _checked(root, url)


def script_of(document: str) -> Script:
    """The document that came with a REST request."""
    try:
        root = ElementTree.fromstring(document)
    except ElementTree.ParseError as error:
        raise BadAnswer(12100, str(error)) from error
    return _checked(root, "")


def _checked(root: Element, url: str) -> Script:
    if root.tag != "Response":
        raise BadAnswer(12100, f"<{root.tag}> instead of <Response>")
    for verb in root:
        _check(verb)
    return Script(tuple(root), url)


def _check(verb: Element) -> None:
    known = VERBS.get(verb.tag)
    if known is None:
        raise BadAnswer(12200, f"<{verb.tag}> is not simulated")
    _check_attributes(verb, known)
    if verb.tag == "Say":
        _check_say(verb)
        return
    for child in verb:
        if child.tag not in NESTED.get(verb.tag, ()):
            raise BadAnswer(12200, f"<{child.tag}> in <{verb.tag}> is not simulated")
        if child.tag == "Number":
            _check_attributes(child, NUMBER)
        else:
            _check(child)
    if verb.tag == "Dial" and len(verb) > 1:
        raise BadAnswer(12200, "several <Number> in <Dial> are not simulated")
    if verb.tag == "Play" and not (verb.text or "").strip() and not verb.get("digits"):
        raise BadAnswer(12200, "<Play> without anything to play")


def _check_attributes(verb: Element, known: dict[str, re.Pattern[str]]) -> None:
    for name, value in verb.items():
        if name not in known or not known[name].fullmatch(value):
            raise BadAnswer(12200, f'{name}="{value}" in <{verb.tag}> is not simulated')


def _check_say(verb: Element) -> None:
    voice = verb.get("voice", "")
    strange = {child.tag for child in verb.iter() if child is not verb} - SSML
    if strange:
        raise BadAnswer(12200, f"{sorted(strange)} in <Say> is not simulated")
    text = words_of(verb)
    limit = SAY_LIMITS.get(voice.partition(".")[0], BASIC_SAY_LIMIT)
    if len(text) > limit:
        raise BadAnswer(13521, f"{len(text)} characters in <Say>")
    has_words = text or any(child.tag == "sub" or child.tag == "break" for child in verb.iter())
    if not has_words:
        raise BadAnswer(13520, "<Say> without a word")


def words_of(verb: Element) -> str:
    """The words of a <Say>, as they are heard: without markup, with substitutes in place."""
    parts = [verb.text or ""]
    for child in verb:
        inside = child.get("alias", "") if child.tag == "sub" else words_of(child)
        # Two sentences or paragraphs are never run together.
        parts.append(f" {inside} " if child.tag in ("p", "s", "break") else inside)
        parts.append(child.tail or "")
    text = "".join(parts)
    return " ".join(text.split()) if verb.tag == "Say" else text


def markup_of(verb: Element) -> str:
    """The inside of a <Say> with its markup; "" where it has none."""
    if not len(verb):
        return ""
    inner = "".join(ElementTree.tostring(child, "unicode") for child in verb)
    return ((verb.text or "") + inner).strip()
