"""How long a listing is shown: it ends by itself, and its owner is asked the day before."""

from __future__ import annotations

from datetime import timedelta

from flows.day_time import next_day_time
from flows.introductions import end_introductions
from flows.occasion import Occasion
from flows.turn import Turn
from models.listing import Kind, Listing, ListingQuestion, ListingStatus
from models.messages import Purpose
from models.task import Task, TaskKind

ASKED_BEFORE = timedelta(days=1)


def days_of(occasion: Occasion, kind: str) -> int:
    """For how many days a listing of this kind is shown."""
    return occasion.rules.need_days if kind == Kind.NEED else occasion.rules.offer_days


def plan_end(occasion: Occasion, listing: Listing) -> None:
    """Have a new or a kept listing end in time, and its owner asked the day before."""
    zone = occasion.zone_of(listing.commune_insee)
    ask_at = next_day_time(listing.expires_at - ASKED_BEFORE, zone, occasion.rules)
    occasion.plan(TaskKind.KEEP, ask_at, listing_id=listing.id)
    occasion.plan(TaskKind.EXPIRY, listing.expires_at, listing_id=listing.id)


def ask_to_keep(occasion: Occasion, task: Task) -> None:
    """A listing ends tomorrow: is it to stay?"""
    listing = occasion.locked_listing(task)
    ends_soon = listing is not None and listing.expires_at - occasion.now <= ASKED_BEFORE
    if listing is None or not ends_soon or not listing.is_open(now=occasion.now):
        return
    listing.ask(ListingQuestion.KEEP, now=occasion.now)
    occasion.tell(
        listing.person,
        f"expiry.keep_{listing.kind}",
        purpose=Purpose.NEWS,
        listing=listing,
        number=listing.id,
    )


def answer_keep(turn: Turn, listing: Listing, *, yes: bool) -> None:
    """The owner has said whether the listing is to stay."""
    if not yes:
        listing.settle()
        turn.say("expiry.let_go", number=listing.id)
        return
    days = days_of(turn, listing.kind)
    listing.keep_until(turn.now + timedelta(days=days))
    plan_end(turn, listing)
    turn.say("expiry.kept", number=listing.id, count=days)


def end(occasion: Occasion, task: Task) -> None:
    """The time of a listing is over, unless it was kept."""
    listing = occasion.locked_listing(task)
    if listing is None or listing.status != ListingStatus.ACTIVE:
        return
    if listing.expires_at <= occasion.now:
        listing.expire(now=occasion.now)
        end_introductions(occasion, listing)
