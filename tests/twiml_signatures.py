"""Holds a voice document to twilio-python: no tag and no attribute that the library doesn't know.

The library passes on whatever it is given, and the carrier ignores what it doesn't know: a slip of
the pen would go unnoticed until somebody misses what it should have done.
"""

from __future__ import annotations

import inspect
import re
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from twilio.twiml import TwiML, lower_camel, voice_response

# Parameters that become the text of an element, and no attribute.
TEXT = {"message", "words", "number", "phone_number"}
ADDRESSES = {"action", "url", "waitUrl", "statusCallback", "recordingStatusCallback"}
# As many digits as the shortest way of writing a French number has.
A_PHONE_NUMBER = re.compile(r"\d{9,}")


class Unknown(AssertionError):
    """A tag or an attribute that twilio-python doesn't know, or a number in an address."""


def check(document: str) -> None:
    """Raise `Unknown` unless all of a document is as twilio-python would make it."""
    root = ElementTree.fromstring(document)
    if root.tag != "Response" or root.attrib:
        raise Unknown(f"<{root.tag} {root.attrib}> instead of <Response>")
    _check_children(root, voice_response.VoiceResponse)


def _check_children(parent: Element, made_by: type[TwiML]) -> None:
    for child in parent:
        name = _snake(child.tag)
        method = getattr(made_by, name, None) or getattr(made_by, f"{name}_", None)
        if method is None or name in vars(TwiML):
            raise Unknown(f"<{child.tag}> in <{parent.tag}>")
        parameters = [p for p in inspect.signature(method).parameters.values() if p.name != "self"]
        known = {
            lower_camel(TwiML.MAP.get(p.name, p.name))
            for p in parameters
            if p.kind is not p.VAR_KEYWORD and p.name not in TEXT and not _is_text(child.tag, p)
        }
        strange = set(child.attrib) - known
        if strange:
            raise Unknown(f"{sorted(strange)} in <{child.tag}>")
        _check_addresses(child)
        _check_children(child, _class_of(child.tag))


def _is_text(tag: str, parameter: inspect.Parameter) -> bool:
    return tag in ("Redirect", "Play") and parameter.name == "url"


def _class_of(tag: str) -> type[TwiML]:
    pascal = "".join(part[:1].upper() + part[1:] for part in tag.split("-"))
    found = getattr(voice_response, f"Ssml{pascal}", None) or getattr(voice_response, pascal)
    assert issubclass(found, TwiML)
    return found


def _check_addresses(element: Element) -> None:
    addresses = [value for name, value in element.items() if name in ADDRESSES]
    if element.tag in ("Redirect", "Play"):
        addresses.append(element.text or "")
    for address in addresses:
        if A_PHONE_NUMBER.search(re.sub(r"[ ()-]", "", unquote(address))):
            raise Unknown(f"a telephone number in an address of <{element.tag}>")


def _snake(tag: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", tag).replace("-", "_").lower()
