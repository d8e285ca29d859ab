"""What is measured is the real service, and what is made up for it is as the service makes it."""

from __future__ import annotations

import importlib
from dataclasses import replace

import pytest
from sqlalchemy import select

from gateway.bench import PARTS
from gateway.bench.day import simulate
from gateway.bench.figures import percentile
from gateway.bench.listings import fill, made_up
from gateway.bench.people import Assumptions
from gateway.settings import read_settings
from models.database import Database
from models.listing import NEVER, Kind, Listing, ListingCategory, ListingStatus
from tests.stage import START


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_a_module_that_measures(part: str) -> None:
    assert callable(importlib.import_module(f"gateway.bench.{part}").measure)


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentile([3, 1, 2], 50) == 2
    assert percentile(range(1, 101), 95) == 96
    assert percentile([7], 99) == 7


def test_made_up_listings_are_filed_as_real_ones_are(database: Database) -> None:
    fill(database, made_up(500, now=START))
    with database.reading() as session:
        rows = session.execute(
            select(ListingCategory, Listing).join(Listing, Listing.id == ListingCategory.listing_id)
        ).all()
        assert len(rows) > 500
        for row, listing in rows:
            owner = listing.person
            is_paused = listing.kind == Kind.OFFER and owner.paused_at is not None
            assert (row.kind, row.commune_insee) == (listing.kind, listing.commune_insee)
            assert row.posted_at == listing.posted_at
            assert row.is_open == (listing.status == ListingStatus.ACTIVE)
            assert row.is_away == is_paused
            assert row.wants_holidays == owner.wants_holidays
            assert row.alerted_at == (owner.alerted_at or NEVER)


def test_a_simulated_day_brings_people_together_and_is_always_the_same(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("the day is simulated on SQLite")
    settings = read_settings(_env_file=None)
    few = replace(Assumptions(), offers=2.0, needs_a_day=0.15)
    first, second = (simulate(database, settings, settings.rules, few, 0.03) for _ in range(2))
    assert first == second
    assert first.needs > 3
    assert first.minutes_to_yes
    assert first.texts_in > first.needs
