"""The two questions that matching asks of the database.

What may be listed lies in drawers, as it were: one for each service, kind and commune, in the
order in which its listings are shown, or their owners asked (the indexes of `ListingCategory`).
The first few of each drawer around a place are taken, the nearest drawers first, until there are
enough: that takes the same time however many listings there are.

Each question is put together once for each kind of database. PostgreSQL opens one drawer after the
other (LATERAL) and stops when there are enough; SQLite can't, so it opens all of them and sorts
what it took out.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    BindParameter,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    ScalarSelect,
    Select,
    String,
    and_,
    bindparam,
    column,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased, contains_eager
from sqlalchemy.types import TypeEngine

from models.base import Moment
from models.introduction import Introduction
from models.listing import Kind, Listing, ListingCategory, ListingStatus
from models.person import Person

# Written into the statements, too: the index of volunteers is only for offers.
_ACTIVE, _NEED, _OFFER = (
    literal(word.value, literal_execute=True)
    for word in (ListingStatus.ACTIVE, Kind.NEED, Kind.OFFER)
)


@functools.cache
def matches(dialect: str, *, any_service: bool, several: bool) -> Select[Listing, float]:
    """The listings of some kinds around a place, of one service, or several, or any."""
    near, kinds = _near(dialect), _given(dialect, "kinds")
    drawers = [near, kinds]
    one, owner = aliased(Listing), aliased(Person)
    if any_service:
        drawer = select(one.id).where(
            one.commune_insee == near.c.insee,
            one.kind == kinds.c.value,
            one.status == _ACTIVE,
        )
        drawer = drawer.order_by(one.posted_at.desc(), one.id)
    else:
        services = _given(dialect, "categories")
        drawers.append(services)
        filed = ListingCategory
        drawer = (
            _filed(dialect, one, several=several)
            .where(
                filed.slug == services.c.value,
                filed.kind == kinds.c.value,
                filed.commune_insee == near.c.insee,
            )
            .order_by(filed.posted_at.desc(), filed.listing_id)
        )
    drawer = drawer.join(one.person.of_type(owner)).where(_may_be_shown(one, owner))
    return (
        select(Listing, near.c.km)
        .select_from(_first_of_each(dialect, drawers, drawer))
        .options(contains_eager(Listing.person))
        .order_by(near.c.km, Listing.posted_at.desc(), Listing.id)
        .limit(_count("limit"))
        .offset(_count("offset"))
    )


@functools.cache
def volunteers(dialect: str, *, several: bool, is_holiday: bool) -> Select[Listing, float]:
    """The offers of one service or several around a place, as their owners are to be asked."""
    near, services = _near(dialect), _given(dialect, "categories")
    filed, one, owner = ListingCategory, aliased(Listing), aliased(Person)
    drawer = (
        _filed(dialect, one, several=several)
        .join(one.person.of_type(owner))
        .where(
            filed.slug == services.c.value,
            filed.kind == _OFFER,
            filed.commune_insee == near.c.insee,
            _may_be_shown(one, owner),
            ~_was_asked_before(owner),
            or_(
                owner.alerted_on.is_(None),
                owner.alerted_on != _unseen("today", Date),
                owner.alerts_that_day < _unseen("alerts_per_day", Integer),
            ),
        )
        .order_by(filed.alerted_at, filed.posted_at.desc(), filed.listing_id)
    )
    if is_holiday:
        drawer = drawer.where(filed.wants_holidays, owner.wants_holidays)
    few = (
        select(Listing.id, Listing.person_id, near.c.km, Person.alerted_at, Listing.posted_at)
        .select_from(_first_of_each(dialect, [near, services], drawer))
        .order_by(*_in_order(near.c.km, Person.alerted_at, Listing.posted_at, Listing.id))
        .limit(_count("enough"))
        .subquery("few")
    )
    order = _in_order(few.c.km, few.c.alerted_at, few.c.posted_at, few.c.id)
    of_the_person = func.row_number().over(partition_by=few.c.person_id, order_by=order)
    numbered = select(few, of_the_person.label("nth")).subquery("numbered")
    return (
        select(Listing, numbered.c.km)
        .join(numbered, numbered.c.id == Listing.id)
        .join(Listing.person)
        .options(contains_eager(Listing.person))
        # Asked again of the locked row: it may have been closed while we waited for it.
        .where(numbered.c.nth == 1, Listing.status == _ACTIVE)
        .order_by(
            *_in_order(numbered.c.km, numbered.c.alerted_at, numbered.c.posted_at, numbered.c.id)
        )
        .limit(_count("limit"))
        .with_for_update(of=Listing, read=True)
    )


def _in_order(km: Any, alerted_at: Any, posted_at: Any, number: Any) -> tuple[Any, ...]:
    """The nearest, then who was chosen least lately, then the freshest."""
    return km, alerted_at.asc().nulls_first(), posted_at.desc(), number


def _filed(dialect: str, one: type[Listing], *, several: bool) -> Select[int]:
    """Rows of services, and the listing of each; of a listing only the first row that fits."""
    filed, other = ListingCategory, aliased(ListingCategory)
    found = (
        select(filed.listing_id)
        .join(one, one.id == filed.listing_id)
        .where(filed.is_open, ~filed.is_away)
    )
    if not several:
        return found
    services = _given(dialect, "categories")
    stands_before = (
        select(other.slug)
        .where(
            other.listing_id == filed.listing_id,
            other.slug < filed.slug,
            other.slug.in_(select(services.c.value)),
        )
        .exists()
    )
    return found.where(~stands_before)


def _may_be_shown(one: type[Listing], owner: type[Person]) -> ColumnElement[bool]:
    return and_(
        one.status == _ACTIVE,
        one.expires_at > _unseen("now", Moment),
        # A neighbour has already said yes.
        one.served_at.is_(None),
        one.person_id != bindparam("not_of"),
        owner.opted_out_at.is_(None),
        owner.blocked_at.is_(None),
        owner.erased_at.is_(None),
        # A volunteer who is away is neither shown nor asked.
        or_(one.kind == _NEED, owner.paused_at.is_(None)),
    )


def _was_asked_before(owner: type[Person]) -> ColumnElement[bool]:
    offer = aliased(Listing)
    return (
        select(Introduction.id)
        .join(offer, Introduction.offer_id == offer.id)
        .where(Introduction.need_id == bindparam("need_id"), offer.person_id == owner.id)
        .exists()
    )


def _first_of_each(dialect: str, drawers: Sequence[FromClause], drawer: Select[int]) -> FromClause:
    """The listings that come first in each of the drawers, and their owners, joined to those."""
    place = functools.reduce(lambda joined, part: joined.join(part, true()), drawers)
    first = drawer.correlate(*drawers).limit(_count("enough"))
    if dialect == "sqlite":
        place = place.join(Listing, Listing.id.in_(first))
    else:
        # Read in the order of `near`, and only as far as there aren't enough.
        rows = first.lateral()
        place = place.join(rows, true()).join(Listing, Listing.id == rows.c[0])
    return place.join(Person, Person.id == Listing.person_id)


def _count(name: str) -> BindParameter[int]:
    """A number that is written into the statement.

    PostgreSQL keeps the plan of a statement only if it knows how few rows are wanted, and planning
    takes longer than reading them.
    """
    return bindparam(name, type_=Integer, literal_execute=True)


def _unseen(name: str, kind: type[TypeEngine[Any]]) -> ScalarSelect[Any]:
    """A value that PostgreSQL doesn't look at while it plans.

    Otherwise it sees that hardly anything has expired, takes a plan made for this one time to be
    better than the one it could keep, and plans anew each time.
    """
    return select(bindparam(name, type_=kind)).scalar_subquery()


def _near(dialect: str) -> FromClause:
    """The communes around as a table, nearest first."""
    given = bindparam("near", type_=JSON)
    if dialect == "sqlite":
        item = func.json_each(given).table_valued("value").c.value
        rows = select(
            func.json_extract(item, "$[0]").label("insee"),
            func.json_extract(item, "$[1]").label("km"),
        )
    else:
        item = func.json_array_elements(given).table_valued(column("value", JSON)).c.value
        rows = select(item[0].as_string().label("insee"), item[1].as_float().label("km"))
    return rows.order_by("km").subquery("near")


def _given(dialect: str, name: str) -> FromClause:
    """A parameter that holds a few words, as a table with one column, `value`."""
    given = bindparam(name, type_=JSON)
    if dialect == "sqlite":
        return func.json_each(given).table_valued(column("value", String))
    words = func.json_array_elements_text(given).table_valued(column("value", String))
    # As many as there are: unless it is told, PostgreSQL plans for a hundred.
    return select(words.c.value).limit(_count(f"{name}_count")).subquery()
