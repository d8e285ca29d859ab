"""One's own listings: hearing them, closing them, taking them away, and being away oneself.

A listing about which the service has a question (look further? keep it longer?) is asked about.
"""

from __future__ import annotations

from flows import expiry, my_data, promise
from flows.introductions import end_introductions
from flows.my_listings import own_open_listings
from flows.open_questions import Question
from flows.voice.call_turn import CallTurn
from flows.voice.reading_out import about, answers, next_item, read
from models.listing import Kind, Listing


def mine(turn: CallTurn) -> None:
    """Who asked, who answered, then one's own listings."""
    if not turn.is_known:
        turn.put("other_number")
        return
    own = [["own", listing.id] for listing in own_open_listings(turn)]
    read(turn, answers(turn) + own, nothing="mine.none")


# ---- A listing ----------------------------------------------------------------------------------


def read_own(turn: CallTurn, listing_id: int) -> str | None:
    listing = _own(turn, listing_id)
    if listing is None:
        return None
    turn.call.keep(
        line=turn.wording.say(
            f"line.own_{listing.kind}",
            services=turn.wording.services(listing.categories, listing.details),
            at_place=turn.wording.at_place(turn.gazetteer[listing.commune_insee]),
        )
    )
    return "own"


def _own(turn: CallTurn, listing_id: int) -> Listing | None:
    """A listing, if it is the caller's and there is something to be done about it."""
    listing = turn.session.get(Listing, listing_id)
    if listing is None or listing.person_id != turn.person.id or not listing.is_open(now=turn.now):
        return None
    return listing


def close(turn: CallTurn) -> None:
    """The matter of one's own listing is settled."""
    listing = _own(turn, about(turn))
    if listing is not None:
        listing.close(now=turn.now)
        end_introductions(turn, listing)
        turn.say("mine.done")
    next_item(turn)


def ask_to_delete(turn: CallTurn) -> None:
    """Only whoever really holds this number may take a listing away."""
    if turn.prove("mine"):
        turn.put("delete_sure")


def delete(turn: CallTurn) -> None:
    listing = _own(turn, about(turn))
    if listing is not None and turn.call.is_proven:
        listing.delete(now=turn.now)
        end_introductions(turn, listing)
        turn.say("mine.deleted")
    next_item(turn)


# ---- Being away ---------------------------------------------------------------------------------


def pause(turn: CallTurn) -> None:
    """A volunteer is away for a while."""
    if turn.is_known:
        my_data.pause(turn)
    turn.put("anything_else", from_here=False)


def end_pause(turn: CallTurn) -> None:
    if turn.is_known:
        my_data.start(turn)
    turn.put("anything_else", from_here=False)


def is_away(turn: CallTurn) -> bool:
    return turn.person.paused_at is not None


def may_pause(turn: CallTurn) -> bool:
    """Whether what is read out is an offer of somebody who isn't away."""
    listing = _own(turn, about(turn))
    return listing is not None and listing.kind == Kind.OFFER and not is_away(turn)


# ---- What the service asks about it -------------------------------------------------------------


def read_ours(turn: CallTurn, listing_id: int) -> str | None:
    """Look further? keep it longer? The service has a question about an own listing."""
    listing = turn.session.get(Listing, listing_id)
    if listing is None or listing.question is None or listing.person_id != turn.person.id:
        return None
    if listing.question == Question.WIDEN:
        sentence = turn.wording.say(
            "promise.widen", km=round(promise.wider(turn)), day="", clock=""
        )
    else:
        sentence = turn.wording.say(f"expiry.keep_{listing.kind}")
    turn.call.keep(line=sentence)
    return "ours"


def answer_ours(turn: CallTurn, *, yes: bool) -> None:
    listing = turn.session.get(Listing, about(turn))
    if listing is not None and listing.question == Question.WIDEN:
        promise.answer_widen(turn, listing, yes=yes)
    elif listing is not None and listing.question == Question.KEEP:
        expiry.answer_keep(turn, listing, yes=yes)
    next_item(turn)
