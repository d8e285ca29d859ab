"""One thing after the other, a breath each: listings, who asked and who answered, what is new.

Everything that is read out is an item: its kind, and what it is about. `ITEMS` in the menu says of
each kind what reads it out: it keeps the sentence and names the question that is then asked, or
None where the matter has gone meanwhile, which is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import or_, select

from flows import forgetting, introductions, my_data
from flows.listing_form import clean_details, current_draft
from flows.listings import can_be_asked
from flows.matching import Wanted, find_matches
from flows.occasion import Occasion
from flows.open_questions import NeighbourQuestion, OpenQuestion, OwnQuestion, Question
from flows.outgoing import put_in_outbox
from flows.proposals import services_in_common
from flows.reporting import report
from flows.voice.call_turn import CallTurn
from flows.wording import SpokenWording, wording
from models.introduction import Introduction, IntroductionStatus
from models.listing import Kind, Listing
from models.messages import STILL_TO_LEAVE, Channel, OutboundMessage, OutboundStatus, Purpose

READ_AT_ONCE = 20
Item = list[Any]
ReadOut = Callable[..., str | None]


# ---- The reader ---------------------------------------------------------------------------------


def read(turn: CallTurn, items: list[Item], *, nothing: str, **blanks: Any) -> None:
    """Read these out, one by one; `nothing` is said where there is none."""
    turn.call.keep(items=items, at=-1)
    if not items:
        turn.say(nothing, **blanks)
        turn.put("anything_else", from_here=False)
        return
    next_item(turn)


def next_item(turn: CallTurn) -> None:
    """Once this step is done, go to the next one that is still worth hearing."""
    turn.reads_on = True


def read_on(turn: CallTurn, items: Mapping[str, ReadOut]) -> None:
    """Read the next one out, by `items`; after the last one the caller is asked what else."""
    turn.reads_on = False
    call = turn.call
    call.keep(at=call.kept.get("at", -1) + 1)
    # Asked anew each time: an item may have put others behind itself.
    while call.kept["at"] < len(call.kept.get("items", [])):
        kind, *about = call.kept["items"][call.kept["at"]]
        question = items[kind](turn, *about)
        if question is not None:
            turn.put(question)
            return
        call.keep(at=call.kept["at"] + 1)
    if leads_to := turn.call.kept.get("leads_to"):
        turn.call.keep(leads_to=None)
        turn.goes_on_with = leads_to
        return
    turn.say("list.no_more")
    turn.put("anything_else", from_here=False)


def about(turn: CallTurn) -> Any:
    """What the item that is being read out is about (an id)."""
    return turn.call.kept["items"][turn.call.kept["at"]][1]


def line(turn: CallTurn) -> dict[str, str]:
    """The sentence of the item that is being read out, as the blank of its question."""
    return {"line": turn.call.kept.get("line", "")}


def _insert(turn: CallTurn, item: Item) -> None:
    """Read this out next."""
    items, at = turn.call.kept["items"], turn.call.kept["at"]
    turn.call.keep(items=[*items[: at + 1], item, *items[at + 1 :]])


# ---- Listings -----------------------------------------------------------------------------------


def hear_listings(turn: CallTurn) -> None:
    """What there is around the caller: at once, where the commune is known."""
    turn.call.keep(search={"kind": None, "categories": []})
    search(turn)


def search_said(turn: CallTurn) -> None:
    """ "Qui peut faire les courses à Ermont?": what was said is what is looked for."""
    understood = turn.understood
    kind = understood.kind if understood.kind in (Kind.NEED, Kind.OFFER) else None
    turn.call.keep(search={"kind": kind, "categories": list(understood.categories)})
    if understood.communes:
        search_in(turn, understood.commune or understood.communes[0])
    else:
        search(turn)


def search(turn: CallTurn) -> None:
    place = turn.call.kept.get("place") or turn.person.commune_insee
    if place is None:
        turn.call.keep(commune_for="search")
        turn.put("commune")
        return
    search_in(turn, place)


def search_in(turn: CallTurn, place: str) -> None:
    turn.call.keep(place=place)
    if turn.is_known and turn.person.commune_insee is None:
        turn.person.commune_insee = place
    asked = turn.call.kept.get("search") or {"kind": None, "categories": []}
    wanted = Wanted(
        kind=Kind(asked["kind"]) if asked["kind"] else None,
        categories=tuple(asked["categories"]),
        commune=place,
        not_of=turn.person.id or 0,
    )
    at_place = turn.wording.at_place(turn.gazetteer[place])
    found = _matches(turn, wanted)
    if found:
        turn.say("list.first", at_place=at_place)
    read(turn, found, nothing="list.nothing", at_place=at_place)


def choose_service(turn: CallTurn) -> None:
    turn.call.keep(services_for="search")
    turn.put("group")


def search_service(turn: CallTurn, categories: tuple[str, ...]) -> None:
    asked = turn.call.kept.get("search") or {"kind": None}
    turn.call.keep(search={**asked, "categories": list(categories)}, services_for="form")
    search(turn)


def begin_matches(turn: CallTurn, listing: Listing, *, first: tuple[int, ...]) -> None:
    """After posting: whoever was chosen before, then whoever fits."""
    wanted = Wanted.for_listing(listing)
    found = _matches(turn, wanted)
    chosen = [["match", number, 0] for number in first]
    others = [item for item in found if item[1] not in first]
    if found and not first:
        turn.say(f"published.{wanted.kind}s_found")
    read(turn, chosen + others, nothing=f"published.none_for_{listing.kind}")


def _matches(turn: CallTurn, wanted: Wanted) -> list[Item]:
    found = find_matches(
        turn.session,
        wanted,
        gazetteer=turn.gazetteer,
        radius_km=turn.rules.radius_km,
        now=turn.now,
        limit=READ_AT_ONCE,
    )
    return [["match", match.listing.id, match.km] for match in found]


def read_match(turn: CallTurn, listing_id: int, km: float) -> str | None:
    listing = turn.session.get(Listing, listing_id)
    if listing is None or not can_be_asked(turn, listing):
        return None
    services = turn.wording.services(listing.categories, listing.details)
    turn.call.keep(line=line_of(turn.wording, turn, listing, services=services, km=km))
    return "match"


def line_of(
    words: SpokenWording, occasion: Occasion, listing: Listing, *, services: str, km: float = 0
) -> str:
    """A listing in one breath: who, where, how far (in kilometres), what for."""
    return words.say(
        f"line.{listing.kind}",
        first_name=listing.first_name,
        at_place=words.at_place(occasion.gazetteer[listing.commune_insee]),
        distance=words.distance(km),
        services=services,
    )


def send_by_text(turn: CallTurn) -> None:
    """The listing just read out comes as a text, with the number that asks for it."""
    listing = turn.session.get(Listing, about(turn))
    if listing is not None:
        words = wording(turn.person.language)
        text = words.say(
            f"call.listing_{listing.kind}",
            association=turn.rules.association,
            first_name=listing.first_name,
            at_place=words.at_place(turn.gazetteer[listing.commune_insee]),
            services=words.services(listing.categories, listing.details),
            number=listing.id,
        )
        put_in_outbox(
            turn.session, turn.person, text, purpose=Purpose.ANSWER, rules=turn.rules, now=turn.now
        )
        turn.say("list.sent")
    next_item(turn)


# ---- Who asked, and who answered ----------------------------------------------------------------


def answers(turn: CallTurn) -> list[Item]:
    """What waits for an answer of the caller's, then who has said yes."""
    asked: list[Item] = []
    for question in turn.questions:
        item = _item_of(question)
        if item is not None:
            asked.append(item)
    own = select(Listing.id).where(Listing.person_id == turn.person.id)
    accepted = turn.session.scalars(
        select(Introduction.id)
        .where(
            Introduction.status == IntroductionStatus.ACCEPTED.value,
            or_(Introduction.need_id.in_(own), Introduction.offer_id.in_(own)),
        )
        .order_by(Introduction.answered_at.desc())
        .limit(READ_AT_ONCE)
    )
    return asked + [["answered", number] for number in accepted]


def _item_of(question: OpenQuestion) -> Item | None:
    if isinstance(question, OwnQuestion):
        return ["ours", question.listing.id]
    if question.question is Question.SHARE:
        # On the telephone both are put through: nobody is asked for a number.
        return None
    return ["question", question.introduction.id]


def _question_about(turn: CallTurn, introduction_id: int) -> NeighbourQuestion | None:
    return next(
        (
            question
            for question in turn.questions
            if isinstance(question, NeighbourQuestion)
            and question.introduction.id == introduction_id
            and question.question is not Question.SHARE
        ),
        None,
    )


def read_question(turn: CallTurn, introduction_id: int) -> str | None:
    question = _question_about(turn, introduction_id)
    if question is None:
        return None
    other = question.other
    if question.question is Question.CONDITION:
        sentence = turn.wording.say(
            "line.condition",
            first_name=other.first_name,
            condition=question.introduction.condition or "",
        )
    else:
        services = services_in_common(question.introduction, turn.person)
        sentence = line_of(turn.wording, turn, other, services=services)
        consent = turn.wording.say("line.consent", first_name=other.first_name)
        sentence = f"{sentence} {consent}"
    turn.call.keep(line=sentence)
    return "question"


def say_yes(turn: CallTurn) -> None:
    """Yes to a neighbour: as by text, and then they may be called at once.

    It gives the own number away, so only whoever really holds it can say it.
    """
    question = _question_about(turn, about(turn))
    if question is not None and not turn.prove("mine"):
        return
    if question is not None:
        introductions.accept(turn, question)
        if question.introduction.status == IntroductionStatus.ACCEPTED:
            _insert(turn, ["answered", question.introduction.id])
    next_item(turn)


def say_no(turn: CallTurn) -> None:
    question = _question_about(turn, about(turn))
    if question is not None:
        introductions.decline(turn, question)
    next_item(turn)


def answered_in_words(turn: CallTurn) -> bool:
    """ "Oui, mais seulement jeudi" is passed on; it is no plain yes."""
    question = _question_about(turn, about(turn))
    words = turn.understood.condition
    if question is None or not words or question.question is not Question.PROPOSAL:
        return False
    clean = clean_details(words)
    if clean is None:
        turn.say("introduction.condition_unclear")
        turn.put("question")
    else:
        introductions.answer_with_condition(turn, question, clean)
        next_item(turn)
    return True


def hear_again(turn: CallTurn) -> None:
    turn.again = True


def introduction_about(turn: CallTurn) -> Introduction | None:
    return turn.session.get(Introduction, about(turn))


def read_answered(turn: CallTurn, introduction_id: int) -> str | None:
    introduction = turn.session.get(Introduction, introduction_id)
    if introduction is None or introduction.status != IntroductionStatus.ACCEPTED:
        return None
    other = introduction.side(introduction.side_of(turn.person).opposite)
    if not other.is_open(now=turn.now) or not other.person.is_reachable:
        return None
    turn.call.keep(
        line=turn.wording.say(
            f"line.answered_{Kind(other.kind).opposite}",
            first_name=other.first_name,
            at_place=turn.wording.at_place(turn.gazetteer[other.commune_insee]),
            services=services_in_common(introduction, turn.person),
        )
    )
    return "answered"


def may_hear_number(turn: CallTurn) -> bool:
    """Only on a call that we place, and only a number that its owner has agreed to give."""
    introduction = introduction_about(turn)
    if introduction is None or not turn.call.is_proven:
        return False
    return introduction.shared_at(introduction.side_of(turn.person).opposite) is not None


def hear_number(turn: CallTurn) -> None:
    introduction = introduction_about(turn)
    if introduction is not None and may_hear_number(turn):
        other = introduction.side(introduction.side_of(turn.person).opposite)
        introductions.say_number(turn, other)
    turn.again = True


def forget(turn: CallTurn) -> None:
    """No more of this neighbour, who is asked not to call any more."""
    introduction = introduction_about(turn)
    if introduction is not None:
        forgetting.end(turn, introduction)
    next_item(turn)


def complain(turn: CallTurn) -> None:
    """Something is wrong with a neighbour or a listing."""
    report(turn)
    turn.put("anything_else", from_here=False)


# ---- What is new --------------------------------------------------------------------------------


def waiting_rows(turn: CallTurn) -> list[OutboundMessage]:
    """What there is to tell this person that no text could bring, in its order."""
    if not turn.is_known:
        return []
    waiting = select(OutboundMessage).where(
        OutboundMessage.person_id == turn.person.id,
        OutboundMessage.channel == Channel.VOICE.value,
        OutboundMessage.status.in_(STILL_TO_LEAVE),
    )
    if not turn.call.is_proven:
        # What a call of ours is to be placed for, to be sure of the number, is for that call.
        waiting = waiting.where(OutboundMessage.leads_to.is_(None))
    return list(
        turn.session.scalars(
            waiting.order_by(OutboundMessage.priority, OutboundMessage.id).limit(READ_AT_ONCE)
        )
    )


def hear_news(turn: CallTurn) -> None:
    """Everything that waits for this person, one after the other."""
    rows = waiting_rows(turn)
    leads = [row.leads_to for row in rows if row.leads_to]
    if current_draft(turn) is not None:
        # A listing that was begun, by a text perhaps, is gone on with after that.
        leads.append("draft")
    turn.call.keep(leads_to=leads[0] if leads else None)
    turn.call.keep(items=[["row", row.id] for row in rows], at=-1)
    next_item(turn)


def mark_heard(turn: CallTurn, row: OutboundMessage) -> None:
    """This has been told: nobody is called for it again."""
    row.status = OutboundStatus.DELIVERED.value
    row.settled_at, row.claimed_until = turn.now, None


def read_row(turn: CallTurn, row_id: int) -> str | None:
    """A row of the outbox is heard now: as the question that it asks, or as it stands."""
    row = turn.session.get(OutboundMessage, row_id)
    if row is None or row.person_id != turn.person.id or row.status not in STILL_TO_LEAVE:
        return None
    stands_for = _what_it_asks(turn, row)
    if row.introduction_id and not stands_for and not turn.call.is_proven:
        # Its words may hold a neighbour's number: they are for a call that we place.
        return None
    if row.is_stale(now=turn.now) and not stands_for:
        # Settled meanwhile, perhaps in this very call.
        return None
    mark_heard(turn, row)
    if stands_for:
        # Each of them has its turn right after the row itself, which needs no words of its own.
        items, at = turn.call.kept["items"], turn.call.kept["at"]
        turn.call.keep(items=[*items[: at + 1], *stands_for, *items[at + 1 :]])
        return None
    if not row.body:
        return None
    turn.call.keep(line=row.body)
    return "message"


def _what_it_asks(turn: CallTurn, row: OutboundMessage) -> list[Item]:
    """The items that a row of the outbox stands for, as things are now."""
    asked = []
    for question in turn.questions:
        item = _item_of(question)
        if isinstance(question, OwnQuestion):
            is_meant = row.listing_id == question.listing.id and row.purpose == Purpose.NEWS
        else:
            introduction = question.introduction
            is_meant = row.id == introduction.told_by or row.introduction_id == introduction.id
        if item is not None and is_meant:
            asked.append(item)
    about_it = row.introduction
    if (
        about_it is not None
        and row.purpose == Purpose.INTRODUCTION
        and about_it.status == IntroductionStatus.ACCEPTED
    ):
        asked.append(["answered", about_it.id])
    return asked


# ---- What is kept of somebody -------------------------------------------------------------------


def about_me(turn: CallTurn) -> None:
    if turn.prove("data"):
        my_data.about_me(turn)
        turn.put("data")


def ask_to_erase(turn: CallTurn) -> None:
    if turn.prove("data"):
        turn.put("erase_sure")


def erase(turn: CallTurn) -> None:
    if turn.prove("data"):
        my_data.erase(turn)
        turn.hang_up()


def keep_everything(turn: CallTurn) -> None:
    turn.say("erase.kept")
    turn.put("anything_else", from_here=False)


def stop_calls(turn: CallTurn) -> None:
    """No call and no text any more."""
    if not turn.is_known:
        turn.hang_up("call.goodbye")
        return
    my_data.stop(turn, answered_by_carrier=False)
    turn.hang_up()
