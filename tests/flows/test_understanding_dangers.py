"""What is danger to life, and what only sounds like it: no line of dangers.txt is a lesson."""

from __future__ import annotations

from pathlib import Path

from flows.understanding import understand

LINES = (Path(__file__).parent / "dangers.txt").read_text("utf-8").splitlines()


def _taken_for_danger(sign: str) -> list[bool]:
    said = [line[1:] for line in LINES if line[0] == sign]
    return [understand(text).intent == "emergency" for text in said]


def test_danger_is_hardly_ever_missed() -> None:
    caught = _taken_for_danger("+")
    assert sum(caught) >= 0.97 * len(caught)


def test_what_only_sounds_like_danger_is_seldom_taken_for_it() -> None:
    alarms = _taken_for_danger("-")
    assert sum(alarms) <= 0.1 * len(alarms)


def test_a_cry_with_a_service_asks_for_the_service() -> None:
    said = "au secours mon ado a un contrôle de physique demain"
    assert understand(said).intent == "need"
    assert understand("au secours").intent == "emergency"
