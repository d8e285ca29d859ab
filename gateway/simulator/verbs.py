"""What each verb of a voice document does: what is heard, what is asked, what leads elsewhere.

Every function is a course: it yields a `Wait` and is sent what happened. One that ends with a
script has led to another document; after one that ends with None the next verb follows.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element

from gateway.simulator.account import Account
from gateway.simulator.line import farewell, fetch
from gateway.simulator.recordings import keep_recording
from gateway.simulator.script import Script, markup_of, words_of
from gateway.simulator.switchboard import Event, Heard, HungUp, Key, Leg, TimeUp, Wait, Words

Turn = Generator[Wait, Event, Script | None]
Perform = Callable[[Account, Leg, Element, Script], Turn]


class Ended(Exception):
    """The document has hung up, or refused the call."""

    def __init__(self, status: str = "completed") -> None:
        self.status = status
        super().__init__(status)


# What is heard


def say(account: Account, leg: Leg, verb: Element, script: Script) -> Turn:
    del script
    heard = Heard(
        "say", words_of(verb), verb.get("voice", ""), verb.get("language", ""), markup_of(verb)
    )
    for _ in range(int(verb.get("loop", "1"))):
        yield from utter(account, leg, heard)
    return None


def play(account: Account, leg: Leg, verb: Element, script: Script) -> Turn:
    digits = verb.get("digits")
    sound = Heard("tones", digits) if digits else _sound(verb, script)
    for _ in range(int(verb.get("loop", "1"))):
        yield from utter(account, leg, sound)
    return None


def _sound(verb: Element, script: Script) -> Heard:
    return Heard("play", script.address((verb.text or "").strip()))


def pause(account: Account, leg: Leg, verb: Element, script: Script) -> Turn:
    del script
    seconds = int(verb.get("length", "1"))
    leg.heard.append(Heard("pause", str(seconds)))
    account.tell()
    yield from _let_pass(account, "pause", timedelta(seconds=seconds))
    return None


def utter(account: Account, leg: Leg, heard: Heard) -> Generator[Wait, Event, None]:
    leg.heard.append(heard)
    account.tell()
    yield from _let_pass(account, "talk", account.pace.speaking * len(heard.text))


def _let_pass(account: Account, what: str, span: timedelta) -> Generator[Wait, Event, None]:
    """Wait; keys and words of the other side fall into the void, as they do at the carrier."""
    if not span:
        return
    until = account.now() + span
    while not isinstance((yield Wait(what, until)), TimeUp):
        pass


# What is asked


def gather(account: Account, leg: Leg, verb: Element, script: Script) -> Turn:
    """Keys or words. Words are taken as they come: nobody hesitates within a sentence here."""
    inputs = verb.get("input", "dtmf").split()
    finish = verb.get("finishOnKey", "#")
    most = int(verb.get("numDigits", "0"))
    patience = timedelta(seconds=int(verb.get("timeout", "5")))
    barge_in = verb.get("bargeIn", "true") == "true"
    keys, words, asked = "", "", False
    prompts = _prompts(account, leg, verb, script)
    waiting = next(prompts, None)
    until = None
    while True:
        if waiting is None and until is None:
            until = account.now() + patience
        prompting = waiting is not None and not asked
        listens = barge_in or not prompting
        if prompting and waiting is not None:
            wait = Wait(
                waiting.what, waiting.until, "dtmf" in inputs and listens,
                "speech" in inputs and listens,
            )  # fmt: skip
        else:
            wait = Wait("gather", until, "dtmf" in inputs, "speech" in inputs and not keys)
        event = yield wait
        if isinstance(event, TimeUp):
            if not prompting:
                break
            try:
                waiting = prompts.send(TimeUp(waiting) if waiting else event)
            except StopIteration:
                waiting = None
        elif isinstance(event, Key) and wait.keys:
            asked, waiting = True, None
            if keys and event.key == finish:
                break
            if event.key != finish:
                keys += event.key
            if most and len(keys) >= most:
                break
            until = account.now() + patience
        elif isinstance(event, Words) and wait.words:
            words = event.text
            break
    if keys:
        return fetch(account, leg, script.address(verb.get("action")), Digits=keys)
    if words:
        return fetch(
            account,
            leg,
            script.address(verb.get("action")),
            SpeechResult=words,
            Confidence="0.9",
            Language=verb.get("language", "en-US"),
        )
    if verb.get("actionOnEmptyResult") == "true":
        empty = {"Digits": ""} if "dtmf" in inputs else {}
        return fetch(account, leg, script.address(verb.get("action")), **empty)
    return None


def _prompts(account: Account, leg: Leg, verb: Element, script: Script) -> Turn:
    perform: dict[str, Perform] = {"Say": say, "Play": play, "Pause": pause}
    for child in verb:
        yield from perform[child.tag](account, leg, child, script)
    return None


def record(account: Account, leg: Leg, verb: Element, script: Script) -> Turn:
    """A recording; one in which nobody spoke is no recording, and the next verb follows."""
    action = script.address(verb.get("action"))
    if verb.get("playBeep", "true") == "true":
        leg.heard.append(Heard("beep", ""))
        account.tell()
    began = account.now()
    end = began + timedelta(seconds=int(verb.get("maxLength", "3600")))
    patience = timedelta(seconds=int(verb.get("timeout", "5")))
    finish = verb.get("finishOnKey", "1234567890*#")
    spoken: list[str] = []
    digits = ""
    try:
        until = min(end, began + patience) if patience else end
        while True:
            event = yield Wait("record", until, keys=True, words=True)
            if isinstance(event, TimeUp):
                break
            if isinstance(event, Key) and event.key in finish:
                digits = event.key
                break
            if isinstance(event, Words):
                spoken.append(event.text)
                until = min(end, account.now() + patience) if patience else end
    except HungUp:
        if spoken:
            more = _keep(account, leg, verb, script, spoken, began) | {"Digits": "hangup"}
            farewell(account, leg, action, **more)
        raise
    if not spoken:
        return None
    more = _keep(account, leg, verb, script, spoken, began)
    if digits:
        more["Digits"] = digits
    return fetch(account, leg, action, **more)


def _keep(
    account: Account, leg: Leg, verb: Element, script: Script, spoken: list[str], began: datetime
) -> dict[str, str]:
    seconds = max(1, round((account.now() - began).total_seconds()))
    callback = verb.get("recordingStatusCallback")
    recording = keep_recording(
        account, leg, " ".join(spoken), seconds, script.address(callback) if callback else None
    )
    return {
        "RecordingUrl": recording.url,
        "RecordingSid": recording.sid,
        "RecordingDuration": str(seconds),
    }


# What leads elsewhere


def redirect(account: Account, leg: Leg, verb: Element, script: Script) -> Turn:
    yield from ()
    return fetch(account, leg, script.address((verb.text or "").strip()))


def hang_up(account: Account, leg: Leg, verb: Element, script: Script) -> Turn:
    del account, leg, verb, script
    yield from ()
    raise Ended


# By the names of the verbs; <Dial> is in dial.py.
PERFORM: dict[str, Perform] = {
    "Say": say,
    "Play": play,
    "Pause": pause,
    "Gather": gather,
    "Record": record,
    "Redirect": redirect,
    "Hangup": hang_up,
    "Reject": hang_up,
}
