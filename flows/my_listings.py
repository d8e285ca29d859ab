"""One's own listings: MES ANNONCES, FAIT, SUPPRIMER.

Jeanne texts: FAIT
Jeanne gets:  Annonce 1001 fermée. Merci! ...
"""

from __future__ import annotations

from sqlalchemy import select

from flows.introductions import end_introductions
from flows.turn import Turn
from models.listing import Listing, ListingStatus

WHICH_DONE = "which_done"
WHICH_DELETE = "which_delete"


def mine(turn: Turn) -> None:
    own = own_open_listings(turn)
    if not own:
        turn.say("mine.none")
        return
    turn.say("mine.listings", lines=_lines(turn, own), number=own[0].id)


def done(turn: Turn) -> None:
    """FAIT [number]: the matter is settled."""
    for listing in _meant(turn, WHICH_DONE):
        listing.close(now=turn.now)
        end_introductions(turn, listing)
        turn.say("mine.done", number=listing.id)


def delete(turn: Turn) -> None:
    """SUPPRIMER [number]: take a listing back."""
    for listing in _meant(turn, WHICH_DELETE):
        listing.delete(now=turn.now)
        end_introductions(turn, listing)
        turn.say("mine.deleted", number=listing.id)


def answer_which(turn: Turn) -> bool:
    """Which listing to close was asked. Returns whether the message names one."""
    if not (turn.understood.numbers or turn.understood.categories):
        return False
    (done if turn.conversation.awaiting == WHICH_DONE else delete)(turn)
    return True


def _meant(turn: Turn, question: str) -> list[Listing]:
    """The own listings that a message means; asks which, where it may be several."""
    own = own_open_listings(turn)
    by_number = {listing.id: listing for listing in own}
    for line, listing_id in enumerate(turn.conversation.shown_as("own"), start=1):
        if listing_id in by_number:
            by_number[line] = by_number[listing_id]
    turn.conversation.settle()
    if not own:
        turn.say("mine.none")
        return []
    if turn.understood.numbers:
        found = [by_number[n] for n in dict.fromkeys(turn.understood.numbers) if n in by_number]
        if not found:
            turn.say("mine.not_yours", number=turn.understood.numbers[0])
        return found
    wanted = set(turn.understood.categories)
    fitting = [listing for listing in own if wanted & set(listing.categories)] or own
    if len(fitting) == 1:
        return fitting
    turn.conversation.show("own", [listing.id for listing in fitting])
    turn.ask(question, f"mine.{question}", lines=_lines(turn, fitting), number=fitting[0].id)
    return []


def ask_which_again(turn: Turn) -> None:
    question = turn.conversation.awaiting
    turn.say(f"mine.{question}_again", lines=_lines(turn, own_open_listings(turn)))


def own_open_listings(turn: Turn) -> list[Listing]:
    """This person's own listings that others can see, the oldest first."""
    return list(
        turn.session.scalars(
            select(Listing)
            .where(
                Listing.person_id == turn.person.id,
                Listing.status == ListingStatus.ACTIVE.value,
                Listing.expires_at > turn.now,
            )
            .order_by(Listing.id)
        )
    )


def _lines(turn: Turn, own: list[Listing]) -> str:
    return " ".join(
        turn.wording.say(
            f"line.own_{listing.kind}",
            number=listing.id,
            first_name=listing.first_name,
            services=turn.wording.services(listing.categories, listing.details),
            at_place=turn.wording.at_place(turn.gazetteer[listing.commune_insee]),
        )
        for listing in own
    )
