"""Being put through to a neighbour: the other telephone rings, hears who calls, and agrees or not.

Jeanne presses 1
Marie hears:  ... Jeanne, à Ermont, cherche: faire les courses. Voulez-vous lui parler maintenant?
Marie presses 1, and both talk

Neither sees the other's number. Both pressing a key is a yes of both, as by text; nobody is rung at
night, nor twice for the same thing.
"""

from __future__ import annotations

from datetime import timedelta

from flows import introductions, listing_form, listings
from flows.day_time import is_quiet
from flows.occasion import Occasion
from flows.outgoing import takes_texts
from flows.understanding import understand
from flows.voice import a_person, form, reading_out
from flows.voice.call_turn import CallTurn
from flows.voice.steps import Answer, Connect, Event, HangUp, Keys, Listen, Ring, Words
from flows.wording import spoken
from models.call import Call
from models.introduction import Introduction, IntroductionStatus
from models.listing import Kind, Listing
from models.messages import OutboundMessage

# Whoever didn't come to the telephone is called again later, where no text can ask.
ASKED_AGAIN_AFTER = timedelta(hours=1)
# So often whoever is rung is asked whether they want to talk; a machine never answers.
ASKED_AT_MOST = 2


def connect(turn: CallTurn) -> None:
    """The listing just read out is the one: first one's own, where it is missing, then ring."""
    if not turn.is_known:
        turn.call.keep(wants=str(reading_out.about(turn)))
        turn.say("ring.withheld")
        turn.put("other_number")
        return
    other = turn.session.get(Listing, reading_out.about(turn))
    if other is None or not listings.can_be_asked(turn, other):
        turn.say("list.gone")
        reading_out.next_item(turn)
        return
    own = listings.own_listing_for(turn, other)
    if own is None:
        turn.say("form.for_this")
        form.go_on(turn, listing_form.draft_for(turn, [other]))
        return
    _connect(turn, own, other)


def connect_again(turn: CallTurn) -> None:
    """The two have said yes before, and want to talk once more."""
    introduction = reading_out.introduction_about(turn)
    if introduction is None or introduction.status != IntroductionStatus.ACCEPTED:
        reading_out.next_item(turn)
        return
    side = introduction.side_of(turn.person)
    _ring_by_day(turn, introduction.side(side), introduction.side(side.opposite))


def _ring_by_day(turn: CallTurn, own: Listing, other: Listing) -> None:
    """They have said yes to each other: ring, unless it is night or no call is wanted there."""
    if _may_be_rung(turn, other):
        _ring(turn, own, other)
    else:
        turn.say("ring.not_now", first_name=other.first_name)
        reading_out.next_item(turn)


def _connect(turn: CallTurn, own: Listing, other: Listing) -> None:
    known = introductions.between(turn.session, own, other)
    if known is not None and known.status == IntroductionStatus.ACCEPTED:
        _ring_by_day(turn, own, other)
    elif _was_refused(known, own) or _was_asked(known, own) or not _may_be_rung(turn, other):
        # What is said then, and whether a question is put by text or in a later call, is the same
        # as for those who write.
        introductions.ask_neighbour(turn, own, other)
        reading_out.next_item(turn)
    else:
        _ring(turn, own, other)


def _was_refused(known: Introduction | None, own: Listing) -> bool:
    if known is None:
        return False
    if known.status == IntroductionStatus.ENDED:
        # Whoever of the two ended it, neither is rung for it again.
        return True
    return known.status == IntroductionStatus.DECLINED and not introductions.declined_by(known, own)


def _was_asked(known: Introduction | None, own: Listing) -> bool:
    """Whether this very question is open already: nobody is rung twice for it."""
    return known is not None and known.is_open and known.asked_by == own.kind


def _may_be_rung(turn: CallTurn, other: Listing) -> bool:
    night = is_quiet(turn.now, turn.zone_of(other.commune_insee), turn.rules)
    return not night and other.person.takes_calls and other.person.is_reachable


def _ring(turn: CallTurn, own: Listing, other: Listing) -> None:
    number = other.person.number
    assert number is not None
    turn.call.keep(ring={"own": own.id, "other": other.id, "answer": None})
    turn.say("ring.now", first_name=other.first_name)
    turn.then = Ring(number)


# ---- Whoever is rung ----------------------------------------------------------------------------


def ask_to_talk(occasion: Occasion, call: Call, event: Event, asked: int) -> Answer:
    """What the telephone that was rung hears. `asked`: how often the question was put before."""
    ring = call.kept.get("ring")
    if ring is not None and ring.get("operator"):
        return a_person.ask_operator(call, event, occasion.rules.association)
    own = occasion.session.get(Listing, ring["own"]) if ring else None
    other = occasion.session.get(Listing, ring["other"]) if ring else None
    if ring is None or own is None or other is None:
        # Whoever called has hung up meanwhile.
        return Answer((spoken("fr").say("call.goodbye"),), HangUp())
    words, person = spoken(other.person.language), other.person
    answer = _said(event, person.commune_insee)
    if answer == "yes" and introductions.connect_in_call(occasion, own, other):
        call.keep(ring={**ring, "answer": "yes"})
        return Answer((words.say("ring.connected"),), Connect(), words.language)
    if answer is not None:
        if answer == "no":
            introductions.decline_in_call(occasion, own, other)
        call.keep(ring={**ring, "answer": "no"})
        name = "ring.declined" if answer == "no" else "introduction.too_late"
        return Answer((words.say(name),), HangUp(), words.language)
    if asked >= ASKED_AT_MOST:
        return Answer((words.say("ring.another_time"),), HangUp(), words.language)
    line = reading_out.line_of(words, occasion, own, services=_services(own, other))
    tone = "_again" if asked and not isinstance(event, Keys) else ""
    sentences = [words.say("call.hello_from_us", association=occasion.rules.association)]
    question = words.say(f"question.asked_to_talk{tone}", line=line, first_name=own.first_name)
    rows = [
        words.say("choice.row", label=words.say(f"choice.{label}"), key=key)
        for label, key in (("say_yes", "1"), ("hear_again", "2"), ("say_no", "3"))
    ]
    said = [*(sentences if not asked else []), question, *rows]
    return Answer(tuple(said), Listen(), words.language, person.speak_slowly)


def _said(event: Event, near: str | None) -> str | None:
    """ "yes", "no", or None for whatever doesn't settle it."""
    if isinstance(event, Keys):
        return {"1": "yes", "3": "no"}.get(event.keys)
    if isinstance(event, Words):
        intent = understand(event.text, "proposal", near=near).intent
        # A machine that picks up says a lot; a person who agrees says little.
        is_short = len(event.text.split()) <= 4
        return intent if intent in ("yes", "no") and is_short else None
    return None


def _services(own: Listing, other: Listing) -> str:
    words = spoken(other.person.language)
    common = [slug for slug in own.categories if slug in other.categories]
    details = own.details if own.kind == Kind.NEED else other.details
    return words.services(common or own.categories, details)


# ---- After it has rung --------------------------------------------------------------------------


def has_rung(turn: CallTurn) -> None:
    """They talked, or one didn't want to, or nobody came to the telephone: then the next."""
    ring = turn.call.kept.get("ring") or {}
    if ring.get("operator"):
        a_person.has_rung(turn)
        return
    turn.call.keep(ring=None)
    own = turn.session.get(Listing, ring.get("own", 0))
    other = turn.session.get(Listing, ring.get("other", 0))
    if ring.get("answer") == "yes":
        turn.say("ring.ended")
        turn.put("anything_else", from_here=False)
        return
    if own is not None and other is not None:
        if ring.get("answer") == "no":
            turn.say(f"introduction.declined_news_for_{own.kind}", first_name=other.first_name)
        else:
            turn.say("ring.no_answer", first_name=other.first_name)
            _ask_otherwise(turn, own, other)
    reading_out.next_item(turn)


def _ask_otherwise(turn: CallTurn, own: Listing, other: Listing) -> None:
    """Nobody came to the telephone: the question waits for them, as a text or for another call."""
    known = introductions.between(turn.session, own, other)
    if known is not None and known.status == IntroductionStatus.ACCEPTED:
        return
    introductions.ask_neighbour(turn, own, other)
    if takes_texts(other.person):
        return
    known = introductions.between(turn.session, own, other)
    row = turn.session.get(OutboundMessage, known.told_by) if known and known.told_by else None
    if row is not None:
        row.due_at = max(row.due_at, turn.now + ASKED_AGAIN_AFTER)
