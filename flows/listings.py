"""Looking at listings: the matches of a new one, LISTE, SUITE, and choosing a line.

Ali texts:  liste courses ermont
Ali gets:   Propositions à Ermont (95) et autour: 1 Marie, Ermont: faire les courses. ...
Ali texts:  suite
Ali texts:  2
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flows import listing_form
from flows.introductions import ask_neighbour
from flows.matching import Match, Wanted, find_matches
from flows.turn import Turn
from models.listing import FIRST_NUMBER, Kind, Listing

CHOICE = "choice"
SEARCH_COMMUNE = "search_commune"
# Needs and offers stand in one list: each line says which it is.
LINE_BY_KIND = "by kind"


def show_matches(turn: Turn, listing: Listing) -> None:
    """After posting: the listings that answer the new one, or a word of comfort."""
    wanted = Wanted.for_listing(listing)
    # What the service is goes without saying, unless it is none of the list.
    line = "line.listing" if "autre" in listing.categories else "line.match"
    if not _show(turn, wanted, f"published.{wanted.kind}s_found", line=line):
        turn.say(f"published.none_for_{listing.kind}")
    elif turn.conversation.search is not None:
        turn.conversation.search = {**turn.conversation.search, "for_listing": listing.id}


def search(turn: Turn) -> None:
    """LISTE [service] [commune], in whatever words."""
    understood = turn.understood
    if understood.commune is None and len(understood.communes) > 1:
        commune: str | None = understood.communes[0]
    else:
        commune = understood.commune or turn.person.commune_insee
    kind = Kind(understood.kind) if understood.kind in (Kind.NEED, Kind.OFFER) else None
    if commune is None:
        turn.conversation.search = {"kind": kind, "categories": list(understood.categories)}
        turn.ask(SEARCH_COMMUNE, "list.search_commune")
        return
    _start_search(turn, kind, understood.categories, commune)


def answer_search_commune(turn: Turn) -> bool:
    """The commune to search in was asked. Returns whether the message names one."""
    communes = turn.understood.communes
    if not communes:
        return False
    asked: dict[str, Any] = turn.conversation.search or {"kind": None, "categories": []}
    kind = Kind(asked["kind"]) if asked["kind"] else None
    categories = turn.understood.categories or tuple(asked["categories"])
    _start_search(turn, kind, categories, communes[0])
    return True


def _start_search(turn: Turn, kind: Kind | None, categories: tuple[str, ...], place: str) -> None:
    turn.conversation.settle()
    # The next LISTE needs no place.
    turn.person.commune_insee = turn.person.commune_insee or place
    wanted = Wanted(kind=kind, categories=categories, commune=place, not_of=turn.person.id)
    text = f"list.{kind}s" if kind else "list.both"
    line = "line.listing" if kind else LINE_BY_KIND
    if not _show(turn, wanted, text, line=line):
        turn.say("list.nothing", at_place=turn.wording.at_place(turn.gazetteer[place]))


def _show(turn: Turn, wanted: Wanted, text: str, *, line: str, offset: int = 0) -> bool:
    """Say one page of what is wanted; remember it for SUITE and for choosing. False: nothing."""
    size = turn.rules.lines_per_list
    found = find_matches(
        turn.session,
        wanted,
        gazetteer=turn.gazetteer,
        radius_km=turn.rules.radius_km,
        now=turn.now,
        # One more than fits tells whether there is a next page.
        limit=size + 1,
        offset=offset,
    )
    page = found[:size]
    conversation = turn.conversation
    conversation.show("listings", [match.listing.id for match in page])
    if not page:
        conversation.search = None
        return False
    conversation.search = {
        "wanted": asdict(wanted),
        "text": text,
        "line": line,
        "next": offset + size,
    }
    turn.ask(
        CHOICE,
        text,
        at_place=turn.wording.at_place(turn.gazetteer[wanted.commune]),
        lines=" ".join(_line(turn, line, n, match) for n, match in enumerate(page, start=1)),
        numbers=turn.wording.numbers(len(page)),
    )
    if len(found) > size:
        turn.say("list.more")
    return True


def _line(turn: Turn, text: str, index: int, match: Match) -> str:
    listing = match.listing
    if text == LINE_BY_KIND:
        text = f"line.{listing.kind}"
    return turn.wording.say(
        text,
        index=index,
        first_name=listing.first_name,
        place=turn.gazetteer[listing.commune_insee].short_name,
        distance=turn.wording.distance(match.km),
        services=turn.wording.services(listing.categories, listing.details),
    )


def more(turn: Turn) -> None:
    """SUITE: the next page of the list shown last."""
    shown = turn.conversation.search
    if not shown or "wanted" not in shown:
        search(turn)
        return
    kept = shown["wanted"]
    wanted = Wanted(
        kind=Kind(kept["kind"]) if kept["kind"] else None,
        categories=tuple(kept["categories"]),
        commune=kept["commune"],
        not_of=turn.person.id,
    )
    if not _show(turn, wanted, shown["text"], line=shown["line"], offset=shown["next"]):
        turn.say("list.no_more")
        turn.conversation.settle()


def choose(turn: Turn) -> None:
    """One or more lines of the list shown last (1, 2, 3), or listings by their own number."""
    shown: list[int] = turn.conversation.shown_as("listings")
    numbers = list(dict.fromkeys(turn.understood.numbers))[: turn.rules.lines_per_list]
    meant = [shown[number - 1] if 1 <= number <= len(shown) else number for number in numbers]
    if not meant or any(number < FIRST_NUMBER for number in meant):
        ask_for_a_line(turn)
        return
    choose_listings(turn, meant)


def choose_listings(turn: Turn, numbers: list[int]) -> None:
    """Ask the owners of these listings; first for a listing of one's own, where that is missing."""
    without_own = []
    for number in numbers:
        listing = turn.session.get(Listing, number)
        if listing is None or not can_be_asked(turn, listing):
            turn.say("list.gone", number=number)
        elif listing.person_id == turn.person.id:
            turn.say("list.yours", number=number)
        elif _is_too_far(turn, listing):
            turn.say("list.too_far", number=number)
        elif (own := own_listing_for(turn, listing)) is not None:
            ask_neighbour(turn, own, listing)
        else:
            without_own.append(listing)
    if without_own:
        listing_form.start_for(turn, without_own)


def ask_for_a_line(turn: Turn) -> None:
    shown = turn.conversation.shown_as("listings")
    if turn.conversation.awaiting == CHOICE and shown:
        turn.say("list.pick_a_line", numbers=turn.wording.numbers(len(shown)))
    else:
        turn.say("list.no_such_line")


def can_be_asked(turn: Turn, listing: Listing) -> bool:
    """Whether a neighbour may be asked about this listing now."""
    is_away = listing.kind == Kind.OFFER and listing.person.paused_at is not None
    return listing.is_open(now=turn.now) and listing.person.is_reachable and not is_away


def _is_too_far(turn: Turn, listing: Listing) -> bool:
    """Listing numbers can be guessed: only those around one's own place are asked."""
    if listing.id in turn.conversation.shown_as("listings") or turn.person.commune_insee is None:
        return False
    near = turn.gazetteer.neighbours(turn.person.commune_insee, turn.rules.radius_km)
    own_places = {listing.commune_insee for listing in listing_form.own_listings(turn)}
    return listing.commune_insee not in {insee for insee, _ in near} | own_places


def own_listing_for(turn: Turn, other: Listing) -> Listing | None:
    """The listing of this person that `other` answers.

    Of several the one whose matches are shown, then one in the same commune, then the freshest.
    """
    shown_for = (turn.conversation.search or {}).get("for_listing")
    fitting = [
        listing
        for listing in listing_form.own_listings(turn)
        if listing.kind == Kind(other.kind).opposite
        and listing.is_open(now=turn.now)
        and set(listing.categories) & set(other.categories)
    ]
    return max(
        fitting,
        key=lambda own: (own.id == shown_for, own.commune_insee == other.commune_insee, own.id),
        default=None,
    )
