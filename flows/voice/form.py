"""Asking for or offering a service by voice: the same form as by text, asked in another way.

Jeanne says:  il me faudrait quelqu'un pour mes courses à Ermont, c'est Jeanne
Jeanne hears: Vous demandez: faire les courses, à Ermont, prénom Jeanne. Pour publier, tapez 1. ...
Jeanne presses 1
Jeanne hears: C'est publié. Vous aurez de nos nouvelles avant 13 heures. ...
"""

from __future__ import annotations

from flows import listing_form
from flows.day_time import is_quiet
from flows.listing_form import CONFIRMATION, FIELDS, LONGEST_NAME, Draft
from flows.phone_numbers import readable
from flows.voice import keypad, reading_out
from flows.voice.call_turn import CallTurn
from flows.voice.steps import Words
from models.categories import CATEGORIES
from models.conversation import Conversation
from models.geography.table import Place
from models.listing import Kind
from models.person import lock_person

# The question of the menu that asks for each field of the form.
ASKED_BY = {
    "kind": "kind",
    "categories": "group",
    "details": "details",
    "commune": "commune",
    "first_name": "first_name",
}
# More communes than this aren't read out: their first letters are asked for.
COMMUNES_READ_OUT = 7


def current(turn: CallTurn) -> Draft:
    """The draft that this call is about, begun anew if its day is over."""
    draft = listing_form.current_draft(turn) if turn.is_known else None
    return draft or listing_form.start_draft(turn, Draft())


# ---- Beginning ----------------------------------------------------------------------------------


def ask_for_help(turn: CallTurn) -> None:
    begin(turn, Kind.NEED)


def offer_help(turn: CallTurn) -> None:
    begin(turn, Kind.OFFER)


def begin(turn: CallTurn, kind: str | None = None) -> None:
    """A new listing, with all that was said for it so far."""
    if not turn.is_known:
        turn.call.keep(wants=kind or turn.understood.kind)
        turn.put("other_number")
        return
    go_on(turn, listing_form.new_draft(turn, kind))


def go_on(turn: CallTurn, draft: Draft) -> None:
    """Ask for the first field that is empty, or read everything back."""
    listing_form.keep_draft(turn, draft)
    for field in FIELDS:
        if field.is_missing(draft):
            _read_back_so_far(turn, draft)
            _ask(turn, field.name)
            return
    turn.conversation.ask(CONFIRMATION, now=turn.now)
    turn.put("confirmation")


def _ask(turn: CallTurn, field: str) -> None:
    turn.conversation.ask(field, now=turn.now)
    if field == "commune":
        ask_commune(turn, for_what="form")
    else:
        turn.put(ASKED_BY[field])


def _read_back_so_far(turn: CallTurn, draft: Draft) -> None:
    """What was heard is said again before the next question; keys can't be misheard."""
    if not isinstance(turn.event, Words) or not (draft.kind and draft.categories):
        return
    services = turn.wording.services(draft.categories, draft.details)
    if draft.commune:
        at_place = turn.wording.at_place(turn.gazetteer[draft.commune])
        turn.say(f"form.so_far_{draft.kind}_at", services=services, at_place=at_place)
    else:
        turn.say(f"form.so_far_{draft.kind}", services=services)


def resume(turn: CallTurn) -> None:
    """Go on where an earlier call, or a text, broke off."""
    go_on(turn, current(turn))


def hear_what_was_prepared(turn: CallTurn) -> None:
    """Somebody else has keyed in this number for a listing: its owner decides."""
    turn.say("form.for_you")
    resume(turn)


def start_over(turn: CallTurn) -> None:
    """Not that listing: it is let go, and the menu is there for anything else."""
    if listing_form.current_draft(turn) is not None:
        turn.conversation.drafts = turn.conversation.drafts[:-1]
    turn.conversation.settle()
    turn.put("main", from_here=False)


def heard(turn: CallTurn) -> bool:
    """Words that fill or correct the draft, whichever of its questions is open. False: no such."""
    draft, awaiting = current(turn), turn.conversation.awaiting
    if awaiting == "first_name" and (name := keypad.spelt(turn.text)):
        draft.first_name = name[:LONGEST_NAME]
    elif listing_form.is_new_request(draft, turn.understood):
        begin(turn)
        return True
    elif not listing_form.fill(turn, draft):
        return False
    go_on(turn, draft)
    return True


# ---- Kind, service, details, name ---------------------------------------------------------------


def is_need(turn: CallTurn) -> None:
    _set_kind(turn, Kind.NEED)


def is_offer(turn: CallTurn) -> None:
    _set_kind(turn, Kind.OFFER)


def _set_kind(turn: CallTurn, kind: Kind) -> None:
    draft = current(turn)
    draft.kind = kind.value
    go_on(turn, draft)


def choose_group(turn: CallTurn, group: int) -> None:
    turn.call.keep(group=group)
    turn.put("service")


def services_of_group(turn: CallTurn) -> list[str]:
    group = turn.call.kept.get("group", 1)
    in_it = (row for row in CATEGORIES.values() if row.menu[0] == group)
    return [row.slug for row in sorted(in_it, key=lambda row: row.menu[1])]


def choose_service(turn: CallTurn, slug: str) -> None:
    """A service was chosen by keys, for the listing or for what is to be read out."""
    if turn.call.kept.get("services_for") == "search":
        reading_out.search_service(turn, (slug,))
        return
    draft = current(turn)
    draft.categories = (slug,)
    go_on(turn, draft)


def group_heard(turn: CallTurn) -> bool:
    """A service was named, for the listing or for what is to be read out."""
    if turn.call.kept.get("services_for") != "search":
        return heard(turn)
    if not turn.understood.categories:
        return False
    reading_out.search_service(turn, turn.understood.categories)
    return True


def details_heard(turn: CallTurn) -> bool:
    draft = current(turn)
    words = listing_form.clean_details(turn.text)
    if words is None:
        return False
    draft.details = words
    go_on(turn, draft)
    return True


def without_details(turn: CallTurn) -> None:
    draft = current(turn)
    draft.details = turn.wording.say("form.no_details")
    go_on(turn, draft)


def without_name(turn: CallTurn) -> None:
    draft = current(turn)
    draft.first_name = turn.wording.say("form.no_name")
    go_on(turn, draft)


# ---- Commune ------------------------------------------------------------------------------------


def ask_commune(turn: CallTurn, *, for_what: str) -> None:
    """Ask for a commune, or which of those that were meant. `for_what`: "form" or "search"."""
    turn.call.keep(commune_for=for_what)
    shown = turn.conversation.shown_as("communes")
    if shown and for_what == "form":
        _ask_which(turn, [turn.gazetteer[insee] for insee in shown])
    else:
        turn.put("commune")


def postal_code_typed(turn: CallTurn, keys: str) -> bool:
    places = turn.gazetteer.by_postal_code(keys) if len(keys) == 5 else []
    if not places:
        turn.say("form.no_such_code")
        return False
    _found(turn, places)
    return True


def letters_typed(turn: CallTurn, keys: str) -> bool:
    places = keypad.beginning_with(keys, places_in_question(turn))
    if not places:
        turn.say("form.no_such_letters")
        return False
    _found(turn, places)
    return True


def commune_heard(turn: CallTurn) -> bool:
    """A commune was named; among those in question, where there are some."""
    said = turn.understood.communes
    digits = keypad.digits_of(turn.text)
    if len(digits) == 5 and turn.gazetteer.by_postal_code(digits):
        return postal_code_typed(turn, digits)
    among = [place for place in places_in_question(turn) if place.insee in said]
    if among:
        _found(turn, among[:1])
        return True
    if turn.call.kept.get("commune_for") != "search":
        return heard(turn)
    if not said:
        return False
    _found(turn, [turn.gazetteer[said[0]]])
    return True


def _found(turn: CallTurn, places: list[Place]) -> None:
    if len(places) == 1:
        commune_chosen(turn, places[0].insee)
    else:
        _ask_which(turn, places)


def _ask_which(turn: CallTurn, places: list[Place]) -> None:
    turn.call.keep(places=[place.insee for place in places], page=0)
    turn.put("place" if len(places) <= COMMUNES_READ_OUT else "letters")


def places_in_question(turn: CallTurn) -> list[Place]:
    """The communes to choose from."""
    return [turn.gazetteer[insee] for insee in turn.call.kept.get("places", [])]


def commune_chosen(turn: CallTurn, insee: str) -> None:
    turn.call.keep(places=[])
    if turn.call.kept.get("commune_for") == "search":
        reading_out.search_in(turn, insee)
        return
    draft = current(turn)
    draft.commune = insee
    turn.conversation.shown = {}
    go_on(turn, draft)


# ---- Reading back, changing, publishing ---------------------------------------------------------


def read_back(turn: CallTurn) -> tuple[str, dict[str, str]]:
    """The text that reads a complete draft back, and its blanks."""
    draft = current(turn)
    if draft.kind is None or draft.commune is None:
        # It was let go meanwhile; saying yes to it asks for what is missing.
        return "question.confirmation_again", {}
    return f"question.confirmation_{draft.kind}", {
        "services": turn.wording.services(draft.categories, draft.details),
        "at_place": turn.wording.at_place(turn.gazetteer[draft.commune]),
        "first_name": _name_read_back(turn, draft),
    }


def _name_read_back(turn: CallTurn, draft: Draft) -> str:
    words = turn.wording
    if draft.first_name == words.say("form.no_name"):
        return words.say("line.unnamed")
    return words.say("line.named", first_name=draft.first_name)


def change_service(turn: CallTurn) -> None:
    turn.call.keep(services_for="form")
    _ask(turn, "categories")


def change_commune(turn: CallTurn) -> None:
    turn.conversation.shown = {}
    _ask(turn, "commune")


def change_name(turn: CallTurn) -> None:
    _ask(turn, "first_name")


def drop(turn: CallTurn) -> None:
    turn.say("form.dropped")
    start_over(turn)
    turn.call.path = []
    turn.put("anything_else", from_here=False)


def publish(turn: CallTurn) -> None:
    """Said yes to: the listing is out; then the neighbour who was chosen, or whoever fits."""
    draft = current(turn)
    if any(field.is_missing(draft) for field in FIELDS):
        # Its day ran out while the phone was at the ear.
        go_on(turn, draft)
        return
    listing = listing_form.post(turn, draft)
    if listing is None:
        turn.put("anything_else", from_here=False)
        return
    turn.call.path = []
    turn.say("published.published")
    listing_form.tell_others(turn, listing)
    reading_out.begin_matches(turn, listing, first=draft.targets)


# ---- Where to be called -------------------------------------------------------------------------


def this_number(turn: CallTurn) -> None:
    turn.person.takes_calls = True
    turn.say("form.number_kept")
    resume(turn)


def no_number(turn: CallTurn) -> None:
    turn.person.takes_calls = False
    turn.say("form.no_number")
    resume(turn)


def number_typed(turn: CallTurn, keys: str) -> bool:
    """Ten digits, by keys or by voice: read back before anything is done with them."""
    number = keypad.telephone_number(keys, country_codes=turn.rules.country_codes)
    if number is None or number in (turn.rules.sms_number, turn.rules.voice_number):
        turn.say("form.not_a_number")
        return False
    turn.call.keep(number=number)
    turn.put("number_heard")
    return True


def number_said(turn: CallTurn) -> bool:
    return number_typed(turn, turn.text)


def number_read_back(turn: CallTurn) -> dict[str, str]:
    return {"phone": readable(turn.call.kept["number"])}


def call_that_number(turn: CallTurn) -> None:
    """Whoever answers there decides: with the draft of this call, or with a new one."""
    number = turn.call.kept["number"]
    other = lock_person(turn.session, number, now=turn.now)
    draft = listing_form.current_draft(turn) if turn.is_known else None
    is_another = other is not turn.person
    is_prepared = draft is not None and is_another
    leads_to = "confirmation" if is_prepared else _begins_with(turn)
    night = is_quiet(turn.now, turn.zone_of(other.commune_insee), turn.rules)
    may_be_called = other.is_reachable and (other.takes_calls or not is_prepared)
    if night and is_another:
        # Anybody can key in a number: nobody is woken for that.
        turn.hang_up("call.too_late_to_call", "call.call_again")
    elif not may_be_called or not turn.call_up(other, leads_to):
        turn.hang_up("call.called_already", "call.goodbye")
    elif is_prepared:
        _hand_over(turn, other.id)
        turn.say("call.number_is_called", **_phone(number))
        turn.put("anything_else", from_here=False)
    else:
        turn.hang_up("call.call_back_to_number", **_phone(number))


def _begins_with(turn: CallTurn) -> str:
    wants = turn.call.kept.get("wants")
    return wants or "main"


def _phone(number: str) -> dict[str, str]:
    return {"phone": readable(number)}


def _hand_over(turn: CallTurn, person_id: int) -> None:
    """The current draft becomes one of somebody else's."""
    conversation = turn.session.get(Conversation, person_id)
    if conversation is None:
        conversation = Conversation.new(person_id)
        turn.session.add(conversation)
    # Not asked before they have heard it: a yes to something else must not publish it.
    conversation.drafts = [*conversation.drafts, turn.conversation.drafts[-1]]
    turn.conversation.drafts = turn.conversation.drafts[:-1]
    turn.conversation.settle()
