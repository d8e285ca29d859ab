"""Asking for or offering a service: the form behind a listing.

Jeanne texts: bonjour jaurai besoin de qqun pour mes courses a ermont
Jeanne gets:  Vous demandez: FAIRE LES COURSES à Ermont (95). Quel est votre prénom?
Jeanne texts: jeanne
Jeanne gets:  ... Répondez OUI pour publier ...

Every message fills what it can, in any order; the first field of `FIELDS` that is still empty is
asked; when none is, everything is read back and waits for one OUI.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from flows import expiry, listings, promise
from flows.alerts import plan_wave
from flows.new_offers import tell_who_waits
from flows.sms_text import gsm7
from flows.smuggling import hides_something
from flows.turn import Turn
from flows.understanding import Understood
from models.conversation import KEPT_FOR
from models.listing import Kind, Listing

LONGEST_DETAILS = 40
LONGEST_NAME = 25
CONFIRMATION = "confirmation"
MOST_WAITING_DRAFTS = 4
COMMUNES_IN_A_LIST = 4
# As many as a social worker may have at once; older ones no longer tell who writes.
MOST_OWN_LISTINGS = 30


@dataclass
class Draft:
    """A listing that is being filled in.

    `targets` are the listings to be asked once it is out, `kept_at` is when it was last touched
    (ISO 8601): a draft lives for a day.
    """

    kind: str | None = None
    categories: tuple[str, ...] = ()
    details: str | None = None
    commune: str | None = None
    first_name: str | None = None
    targets: tuple[int, ...] = ()
    kept_at: str = ""

    @classmethod
    def restored(cls, kept: dict[str, Any]) -> Draft:
        lists = {name: tuple(kept[name]) for name in ("categories", "targets")}
        return cls(**{**kept, **lists})

    @property
    def needs_details(self) -> bool:
        return self.categories == ("autre",)


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to know: `name` is its question, its text and what is awaited."""

    name: str
    is_missing: Callable[[Draft], bool]
    asked_by_kind: bool = False

    def text(self, draft: Draft, *, again: bool) -> str:
        kind = f"_{draft.kind}" if self.asked_by_kind else ""
        tone = "_again" if again else ""
        return f"form.{self.name}{kind}{tone}"


FIELDS = (
    Field("kind", lambda draft: draft.kind is None),
    Field("categories", lambda draft: not draft.categories, asked_by_kind=True),
    Field("details", lambda draft: draft.needs_details and not draft.details),
    Field("commune", lambda draft: draft.commune is None),
    Field("first_name", lambda draft: not draft.first_name),
)
FIELD_NAMES = frozenset(field.name for field in FIELDS)
# What an answer to a question of the form may look like when it is read by itself.
MAY_FILL = frozenset({"need", "offer", "unclear", "no", "yes", "choose", "greeting", "thanks"})


def current_draft(turn: Turn) -> Draft | None:
    """The draft that is being filled in; those that nobody touched for a day are dropped."""
    oldest = (turn.now - KEPT_FOR).isoformat()
    drafts = turn.conversation.drafts
    young = [draft for draft in drafts if draft["kept_at"] >= oldest]
    if len(young) != len(drafts):
        turn.conversation.drafts = young
    return Draft.restored(young[-1]) if young else None


def keep_draft(turn: Turn, draft: Draft) -> None:
    """Remember the current draft. The list is replaced, so that the change is noticed."""
    draft.kept_at = turn.now.isoformat()
    turn.conversation.drafts = [*turn.conversation.drafts[:-1], asdict(draft)]


def start_draft(turn: Turn, draft: Draft) -> Draft:
    """Put a new draft on top of those that still wait, with what is known of this person."""
    own = own_listings(turn)
    if draft.first_name is None:
        names = {listing.first_name for listing in own}
        # One name so far is this person's; several (a social worker, a couple) must be asked.
        draft.first_name = names.pop() if len(names) == 1 else None
    if draft.commune is None and not turn.understood.communes:
        is_clear = len({listing.commune_insee for listing in own}) < 2
        draft.commune = turn.person.commune_insee if is_clear else None
    # What lines were shown before has nothing to do with this form.
    turn.conversation.shown = {}
    turn.conversation.drafts = [*turn.conversation.drafts[-MOST_WAITING_DRAFTS:], {}]
    keep_draft(turn, draft)
    return draft


def start_for(turn: Turn, others: list[Listing]) -> None:
    """Somebody wants to meet the owners of these listings, and has no listing for it yet."""
    if not _is_about(current_draft(turn), others):
        turn.say("introduction.first_your_listing", first_name=others[0].first_name)
    go_on(turn, draft_for(turn, others))


def draft_for(turn: Turn, others: list[Listing]) -> Draft:
    """The listing that is missing to meet the owners of others, as far as theirs tell."""
    targets = tuple(listing.id for listing in others)
    draft = current_draft(turn)
    if draft is not None and _is_about(draft, others):
        # Chosen twice, or one more: it is still one listing.
        draft.targets = tuple(dict.fromkeys(draft.targets + targets))
        keep_draft(turn, draft)
        return draft
    fresh = Draft(
        kind=Kind(others[0].kind).opposite.value,
        categories=others[0].categories,
        details=others[0].details,
        commune=turn.person.commune_insee or others[0].commune_insee,
        targets=targets,
    )
    return start_draft(turn, fresh)


def _is_about(draft: Draft | None, others: list[Listing]) -> bool:
    """Whether a draft was begun in order to meet such neighbours."""
    kind = Kind(others[0].kind).opposite.value
    return draft is not None and bool(draft.targets) and draft.kind == kind


def own_listings(turn: Turn) -> list[Listing]:
    """This person's own listings, open or not, the newest first."""
    return list(
        turn.session.scalars(
            select(Listing)
            .where(Listing.person_id == turn.person.id)
            .order_by(Listing.id.desc())
            .limit(MOST_OWN_LISTINGS)
        )
    )


def begin(turn: Turn) -> None:
    """BESOIN or OFFRE, in whatever words."""
    go_on(turn, new_draft(turn))


def new_draft(turn: Turn, kind: str | None = None) -> Draft:
    """A draft with what this turn says. An unfinished one makes place for it, a finished waits."""
    draft = current_draft(turn)
    if draft is not None and not is_new_request(draft, turn.understood):
        turn.conversation.drafts = turn.conversation.drafts[:-1]
    fresh = start_draft(turn, Draft(kind=kind or turn.understood.kind))
    turn.conversation.settle()
    fill(turn, fresh)
    keep_draft(turn, fresh)
    return fresh


def answer(turn: Turn) -> bool:
    """A question of the form is open: the message fills or corrects the draft.

    False: it says nothing for it, or is a wish of its own.
    """
    draft = current_draft(turn)
    if draft is None:
        return False
    intent = turn.understood.intent
    if intent not in MAY_FILL and not (intent in ("search", "help") and _fits(turn, draft)):
        return False
    if is_new_request(draft, turn.understood):
        begin(turn)
        return True
    if not fill(turn, draft):
        return False
    go_on(turn, draft)
    return True


def _fits(turn: Turn, draft: Draft) -> bool:
    """ "Jardinage" may be read as a search; where a service was asked, it is the answer."""
    awaiting, understood = turn.conversation.awaiting, turn.understood
    return (awaiting == "categories" and bool(understood.categories)) or (
        awaiting == "details" and bool(turn.text.strip()) and draft.needs_details
    )


def is_new_request(draft: Draft, understood: Understood) -> bool:
    """Whether a message asks for something else than the finished draft, rather than correct it."""
    return (
        understood.intent in (Kind.NEED, Kind.OFFER)
        and not understood.correction
        and bool(understood.categories)
        and set(understood.categories) != set(draft.categories)
        and bool(understood.communes or understood.name)
        and all(not field.is_missing(draft) for field in FIELDS)
    )


def fill(turn: Turn, draft: Draft) -> bool:
    """Put into the draft what the message says. Returns whether it said anything for it."""
    understood, awaiting = turn.understood, turn.conversation.awaiting
    before = asdict(draft)
    candidates = understood.communes
    if understood.kind in (Kind.NEED, Kind.OFFER) and understood.intent != "search":
        draft.kind = understood.kind
    if understood.categories:
        draft.categories = understood.categories
    if understood.commune:
        draft.commune = understood.commune
    elif len(candidates) > 1:
        draft.commune = None
    elif awaiting == "commune":
        draft.commune = _chosen_commune(turn) or draft.commune
    if understood.name:
        draft.first_name = understood.name[:LONGEST_NAME]
    if awaiting == "details" and understood.intent not in ("yes", "no", "help"):
        draft.details = clean_details(turn.text) or draft.details
    is_ambiguous = draft.commune is None and len(candidates) > 1
    if is_ambiguous:
        turn.conversation.show("communes", list(candidates))
    return asdict(draft) != before or is_ambiguous or _repeats(draft, understood)


def _repeats(draft: Draft, understood: Understood) -> bool:
    """Whether a message says once more what the draft already holds: understood all the same."""
    return (
        bool(understood.categories)
        or understood.commune is not None
        or understood.name is not None
        or understood.intent == draft.kind
    )


def _chosen_commune(turn: Turn) -> str | None:
    """The commune meant by "2", or by a département ("93"), among those just shown."""
    shown: list[str] = turn.conversation.shown_as("communes")
    for number in turn.understood.numbers:
        if 1 <= number <= len(shown):
            return shown[number - 1]
        for insee in shown:
            if turn.gazetteer[insee].departement == f"{number:02}":
                return insee
    return None


def clean_details(text: str) -> str | None:
    """A few words for neighbours to read; None if a number, a link or an address hides in them."""
    words = " ".join(gsm7(text).split())
    if hides_something(words):
        return None
    if len(words) > LONGEST_DETAILS:
        words = words[: LONGEST_DETAILS + 1].rsplit(" ", 1)[0][:LONGEST_DETAILS]
    return words.strip(" .,;:!?") or None


def go_on(turn: Turn, draft: Draft, *, again: bool = False) -> None:
    """Ask for the first field that is empty, or read everything back."""
    keep_draft(turn, draft)
    for field in FIELDS:
        if field.is_missing(draft):
            _ask_field(turn, draft, field, again=again)
            return
    if again:
        turn.ask(CONFIRMATION, "form.confirmation_again")
        return
    assert draft.commune is not None
    turn.ask(
        CONFIRMATION,
        f"form.confirmation_{draft.kind}",
        services=_loud(turn, draft),
        at_place=turn.wording.at_place(turn.gazetteer[draft.commune]),
        first_name=draft.first_name,
    )


def _ask_field(turn: Turn, draft: Draft, field: Field, *, again: bool) -> None:
    text = field.text(draft, again=again)
    if field.name == "commune" and turn.conversation.shown_as("communes"):
        tone = "_again" if again else ""
        text = f"form.commune_choice{tone}"
        turn.ask(field.name, text, lines=_commune_lines(turn))
        return
    if draft.kind and draft.categories and field.name != "details" and not again:
        if draft.commune:
            at_place = turn.wording.at_place(turn.gazetteer[draft.commune])
            turn.say(f"form.so_far_{draft.kind}_at", services=_loud(turn, draft), at_place=at_place)
        else:
            turn.say(f"form.so_far_{draft.kind}", services=_loud(turn, draft))
    turn.ask(field.name, text)


def _commune_lines(turn: Turn) -> str:
    """The likeliest communes; the others can still be named by their département or postal code."""
    shown = turn.conversation.shown_as("communes")
    return " ".join(
        turn.wording.say(
            "line.commune", index=index, place=turn.wording.place(turn.gazetteer[insee])
        )
        for index, insee in enumerate(shown[:COMMUNES_IN_A_LIST], start=1)
    )


def _loud(turn: Turn, draft: Draft) -> str:
    return gsm7(turn.wording.services(draft.categories, draft.details).upper())


def drop(turn: Turn) -> None:
    """The person doesn't want the current draft any more."""
    turn.conversation.drafts = turn.conversation.drafts[:-1]
    turn.conversation.settle()
    turn.say("form.dropped")
    _offer_the_next(turn)


def _offer_the_next(turn: Turn) -> None:
    """Read back a draft that waits below the one just published or dropped."""
    waiting = current_draft(turn)
    if waiting is not None:
        turn.say("form.another_waits")
        go_on(turn, waiting)


def publish(turn: Turn, draft: Draft) -> None:
    """One OUI: the listing is out, and the matching listings come back."""
    listing = post(turn, draft)
    if listing is None:
        return
    turn.say("published.published", number=listing.id)
    if draft.targets:
        listings.choose_listings(turn, list(draft.targets))
    elif not turn.conversation.drafts:
        listings.show_matches(turn, listing)
    tell_others(turn, listing)
    _offer_the_next(turn)


def post(turn: Turn, draft: Draft) -> Listing | None:
    """Put a draft that is complete among the listings. None: too many today, as is said then."""
    if _posted_today(turn) >= turn.rules.posts_per_day:
        # The draft stays: a yes tomorrow publishes it.
        turn.say("limits.posts", count=turn.rules.posts_per_day)
        return None
    turn.conversation.drafts = turn.conversation.drafts[:-1]
    turn.conversation.settle()
    assert draft.kind and draft.commune and draft.first_name  # noqa: PT018
    days = expiry.days_of(turn, draft.kind)
    listing = Listing(
        person=turn.person,
        kind=draft.kind,
        commune_insee=draft.commune,
        first_name=draft.first_name,
        details=draft.details if "autre" in draft.categories else None,
        posted_at=turn.now,
        expires_at=turn.now + timedelta(days=days),
    )
    listing.categories = draft.categories
    turn.session.add(listing)
    turn.session.flush()
    turn.person.commune_insee = draft.commune
    expiry.plan_end(turn, listing)
    return listing


def tell_others(turn: Turn, listing: Listing) -> None:
    """Those whom a new listing concerns are told, and its owner when there will be news."""
    if listing.kind == Kind.NEED:
        plan_wave(turn, listing)
        turn.say("promise.news", **promise.make(turn, listing))
    else:
        tell_who_waits(turn, listing)


def _posted_today(turn: Turn) -> int:
    since = turn.now - timedelta(days=1)
    return (
        turn.session.scalar(
            select(func.count())
            .select_from(Listing)
            .where(Listing.person_id == turn.person.id, Listing.posted_at > since)
        )
        or 0
    )
