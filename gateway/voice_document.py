"""The document in which the carrier reads what a call says and does next: TwiML, made here alone.

Numbers are prepared for the ear. A voice would read 1001 as "mille un", which nobody can key in;
and Polly's neural voices have no spelling (`say-as` with characters falls back to an older voice,
and its telephone is made for American numbers), so digits are set apart in the text itself.
"""

from __future__ import annotations

import re

from twilio.twiml.voice_response import Dial, Gather, Say, VoiceResponse

from flows.voice.steps import Answer, Connect, HangUp, Listen, Record, Ring

# By language: the voice, and the language in which it reads. Both are always set, or a voice made
# for English reads French.
VOICES = {"fr": ("Polly.Lea-Neural", "fr-FR"), "en": ("Polly.Amy-Neural", "en-GB")}
SLOW = "80%"
# How long we wait for a first key or word. The carrier's five seconds are too short for somebody
# who looks for the keys with the telephone at the ear.
PATIENCE_SECONDS = 8
# How long a pause within a sentence may be. "auto" would end it at the first breath, and whoever is
# old or looks for a word hesitates; more than this feels as if nobody were listening.
PAUSE_SECONDS = 3
LONGEST_TALK_SECONDS = 3600
ANY_KEY = "1234567890*#"

# "06 39 98 00 02", "+262 692 12 34 56", "+687 75.12.34"
_TELEPHONE = re.compile(r"(?<![\w+])(?:0\d|\+\d{2,3})(?:[ .\u00a0]\d{2,3}){3,4}(?!\w)")
# "1001", and what is known in pairs: "3919".
_NUMBER = re.compile(r"(?<!\w)\d{4,}(?!\w)")
_KNOWN_IN_PAIRS = re.compile(r"3\d{3}")
# What XML can't hold, even escaped.
_UNSPEAKABLE = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(answer: Answer, *, action: str, whisper: str, caller_id: str) -> str:
    """An answer as TwiML. `action` is the address of the next step; neither it nor `whisper`, the
    one that whoever is rung hears first, may name a person."""
    response = VoiceResponse()
    then = answer.then
    if isinstance(then, Listen):
        gather = Gather(
            input="dtmf speech",
            num_digits=then.digits,
            # Empty for a menu, where the key itself ends it: left out, it would be #.
            finish_on_key=then.finish,
            timeout=PATIENCE_SECONDS,
            speech_timeout=str(PAUSE_SECONDS),
            language=_voice(answer)[1],
            hints=", ".join(then.hints) or None,
            # Stars in place of a word help nobody to understand it.
            profanity_filter=False,
            action_on_empty_result=True,
            action=action,
            method="POST",
        )
        # Nested, so that a key or a word interrupts them.
        _say(gather, answer)
        response.append(gather)
        return str(response)
    _say(response, answer)
    match then:
        case Record(seconds):
            response.record(
                max_length=seconds,
                play_beep=True,
                timeout=PATIENCE_SECONDS,
                finish_on_key=ANY_KEY,
                trim="trim-silence",
                action=action,
                method="POST",
            )
            # A recording in which nobody spoke is none, and the call goes on here.
            response.redirect(action, method="POST")
        case Ring(number, seconds):
            dial = Dial(
                caller_id=caller_id,
                timeout=seconds,
                time_limit=LONGEST_TALK_SECONDS,
                action=action,
                method="POST",
            )
            dial.number(number, url=whisper, method="POST")
            response.append(dial)
        case HangUp():
            response.hangup()
        case Connect():
            # The end of a whisper is what connects both.
            pass
    return str(response)


def _say(inside: VoiceResponse | Gather, answer: Answer) -> None:
    """One <Say> a sentence: the voice rests between two, and none grows too long for it."""
    voice, language = _voice(answer)
    for sentence in answer.sentences:
        words = spoken(sentence, answer.language)
        if not words:
            # The carrier refuses to say nothing.
            continue
        say = Say(None if answer.slowly else words, voice=voice, language=language)
        if answer.slowly:
            say.prosody(words, rate=SLOW)
        inside.append(say)


def _voice(answer: Answer) -> tuple[str, str]:
    return VOICES.get(answer.language, VOICES["fr"])


def spoken(sentence: str, language: str) -> str:
    """A sentence with its numbers as they are to be heard, and without what can't be said.

    In French a telephone number goes by pairs ("0 6, 39, 98, 0 0, 0 2"), in English by digits.
    """
    by_digits = language == "en"
    text = _TELEPHONE.sub(lambda found: _groups(found[0], by_digits=by_digits), sentence)
    text = _NUMBER.sub(lambda found: _apart(found[0], by_digits=by_digits), text)
    return " ".join(_UNSPEAKABLE.sub(" ", text).split())


def _groups(number: str, *, by_digits: bool) -> str:
    groups = re.split(r"[ .\u00a0]", number.removeprefix("+"))
    said = ", ".join(" ".join(group) if by_digits else _pair(group) for group in groups)
    return f"plus {said}" if number.startswith("+") else said


def _apart(number: str, *, by_digits: bool) -> str:
    if _KNOWN_IN_PAIRS.fullmatch(number) and not by_digits:
        return f"{_pair(number[:2])} {_pair(number[2:])}"
    return " ".join(number)


def _pair(digits: str) -> str:
    """ "39" as it is, "06" as zero and six."""
    return " ".join(digits) if digits.startswith("0") else digits
