"""What people say after the beep: kept by the carrier until the gateway deletes it."""

from __future__ import annotations

import io
import math
import wave
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from gateway.simulator.account import Account
from gateway.simulator.codes import Refused
from gateway.simulator.line import call_back
from gateway.simulator.switchboard import Leg
from gateway.simulator.webhooks import API_VERSION

RATE = 8000
# The sound is only a hum: nobody needs more of it.
LONGEST_SECONDS = 2


@dataclass(frozen=True)
class Recording:
    """What was said, with the address of its sound."""

    sid: str
    call_sid: str
    url: str
    words: str
    seconds: int
    created_at: datetime


def keep_recording(
    account: Account, leg: Leg, words: str, seconds: int, callback_url: str | None
) -> Recording:
    """Keep a recording, and tell the gateway where it asked to be told."""
    sid = account.new_sid("RE")
    url = f"{account.api_url}/{API_VERSION}/Accounts/{account.account_sid}/Recordings/{sid}"
    recording = Recording(sid, leg.sid, url, words, seconds, account.now())
    account.recordings[sid] = recording
    if callback_url:
        form = {
            "AccountSid": account.account_sid,
            "CallSid": leg.sid,
            "RecordingSid": sid,
            "RecordingUrl": url,
            "RecordingStatus": "completed",
            "RecordingDuration": str(seconds),
            "RecordingChannels": "1",
            "RecordingSource": "RecordVerb",
            "RecordingStartTime": format_datetime(recording.created_at.astimezone(UTC)),
            "ErrorCode": "0",
        }
        call_back(account, callback_url, form, sid)
    account.tell()
    return recording


def recording_on_record(account: Account, sid: str) -> Recording:
    """One recording; Refused with 20404 where there is none."""
    found = account.recordings.get(sid)
    if found is None:
        raise Refused(20404, f"Recordings/{sid}")
    return found


def delete_recording(account: Account, sid: str) -> None:
    recording_on_record(account, sid)
    account.recordings.pop(sid, None)
    account.tell()


def sound_of(recording: Recording) -> bytes:
    """A small WAV file: a soft hum in place of the voice."""
    count = RATE * min(recording.seconds, LONGEST_SECONDS)
    hum = bytes(128 + round(20 * math.sin(2 * math.pi * 220 * n / RATE)) for n in range(count))
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(RATE)
        sound.writeframes(hum)
    return file.getvalue()
