"""How long it takes to say what callers hear, measured with a voice at its usual pace."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import wave

import pytest

# In CI nothing may be left out for want of a program.
IN_CI = bool(os.environ.get("CI"))
# By language, as espeak-ng names them.
VOICES = {"fr": "fr", "en": "en-gb"}

needs_a_voice = pytest.mark.skipif(
    shutil.which("espeak-ng") is None and not IN_CI,
    reason="espeak-ng is missing: nothing else here can say how long a sentence is",
)


def seconds_of(text: str, language: str) -> float:
    """How long a voice takes to say it, in seconds."""
    said = subprocess.run(
        ["espeak-ng", "-v", VOICES[language], "--stdout"],
        input=text.encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    # The header was written before anybody knew the length: only what follows it tells.
    with wave.open(io.BytesIO(said.stdout)) as sound:
        start = said.stdout.index(b"data") + 8
        frame_bytes = sound.getnchannels() * sound.getsampwidth()
        return float((len(said.stdout) - start) / frame_bytes / sound.getframerate())


@needs_a_voice
def test_a_sentence_takes_as_long_as_it_is_long() -> None:
    short = seconds_of("Bonjour, vous êtes sur Fil Solidaire.", "fr")
    twice = seconds_of("Bonjour, vous êtes sur Fil Solidaire. " * 2, "fr")
    assert 1.5 < short < 3.5
    assert 1.7 < twice / short < 2.6
