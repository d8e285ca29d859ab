"""Whoever calls is told what happens next, and a person knows of it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.operator_work import CallbackRequest
from models.person import Person
from tests.stage import CAST, Stage

JEANNE = CAST["Jeanne"]


def test_whoever_calls_hears_that_a_person_calls_back(stage: Stage) -> None:
    for _ in range(2):
        call = stage.carrier.call(JEANNE)
        assert "va vous rappeler" in " ".join(map(str, call.everything))
        assert call.is_over
        assert call.errors == []
    with stage.service.database.reading() as session:
        assert session.scalars(select(CallbackRequest.reason)).all() == ["called"]


@pytest.mark.parametrize("shown", ["anonymous", "+266696687", "+8656696", "+4915112345678"])
def test_of_a_withheld_or_foreign_number_nothing_is_kept(stage: Stage, shown: str) -> None:
    call = stage.carrier.call(JEANNE, shown_as=shown)
    assert "112" in " ".join(map(str, call.everything))
    assert call.is_over
    with stage.service.database.reading() as session:
        assert session.scalar(select(Person.id)) is None
