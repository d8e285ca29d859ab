"""Answering one text message.

Danger and STOP come before everything else; then the question that was asked last; then what the
message says by itself. Whoever isn't understood twice in a row is offered a human.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from flows import forgetting, listing_form, listings, my_data, my_listings, yes_and_no
from flows.gazetteer import Gazetteer
from flows.listing_form import CONFIRMATION, FIELD_NAMES
from flows.open_questions import open_questions
from flows.reporting import report
from flows.rules import Rules
from flows.turn import Turn
from flows.understanding import understand
from flows.yes_and_no import CALLBACK
from models.conversation import Conversation
from models.listing import FIRST_NUMBER
from models.person import Person

# After so many messages in a row that made no sense to us, a human is offered.
MISUNDERSTANDINGS_BEFORE_A_HUMAN = 2
# The questions whose answer is a piece of a listing: it is read as such, whatever else is open.
QUESTIONS_OF_THE_FORM = FIELD_NAMES | {CONFIRMATION}
# The questions after which a message may go on with the draft; whoever was offered a human may
# also simply answer what was asked before.
OF_THE_FORM = QUESTIONS_OF_THE_FORM | {CALLBACK}
# What a text about money, a link or a paid number can't be part of.
MAY_HOLD_WHAT_IS_REFUSED = frozenset({"need", "offer", "yes", "unclear", "choose"})
# What an opted-out person may still say: come back, be told, have everything erased.
HEARD_AFTER_STOP = frozenset({"start", "data", "delete"})


def open_turn(
    session: Session,
    person: Person,
    text: str,
    *,
    now: datetime,
    rules: Rules,
    gazetteer: Gazetteer,
    media_count: int = 0,
    inbound_id: int | None = None,
) -> Turn:
    """A turn for one text of a person (locked by the caller), understood in its conversation."""
    conversation = session.get(Conversation, person.id)
    if conversation is None:
        conversation = Conversation.new(person.id)
        session.add(conversation)
    questions = open_questions(session, person, now=now)
    awaiting = conversation.awaiting
    if questions and awaiting not in QUESTIONS_OF_THE_FORM:
        awaiting = "proposal"
    return Turn(
        session=session,
        now=now,
        rules=rules,
        gazetteer=gazetteer,
        person=person,
        conversation=conversation,
        questions=questions,
        text=text,
        understood=understand(text, awaiting, near=person.commune_insee),
        media_count=media_count,
        inbound_id=inbound_id,
    )


def answer(turn: Turn, *, opt_out_type: str | None = None) -> None:
    """Take one turn: understand, change what must change, and say what comes next.

    `opt_out_type` is what the carrier says it has itself answered: "STOP", "START" or "HELP".
    """
    if opt_out_type is not None:
        _follow_the_carrier(turn, opt_out_type)
        return
    intent = turn.understood.intent
    if intent == "emergency":
        turn.leaves_out_notice = True
        danger = turn.understood.danger or "medical"
        turn.say(f"emergency.{danger}")
        return
    if turn.person.blocked_at is not None:
        return
    if turn.person.opted_out_at is not None and not _is_heard_after_stop(turn):
        return
    if turn.conversation.is_stale(now=turn.now):
        _forget_stale_question(turn)
        if turn.said:
            return
    if turn.understood.refused and intent in MAY_HOLD_WHAT_IS_REFUSED:
        what = turn.understood.refused[0]
        turn.say(f"refused.{what}")
        return
    if _answers_what_was_asked(turn):
        turn.conversation.misunderstandings = 0
        return
    if (act := ACTS.get(intent)) is not None:
        act(turn)
        turn.conversation.misunderstandings = 0
        return
    _not_understood(turn)


def _is_heard_after_stop(turn: Turn) -> bool:
    answers_erase = turn.conversation.awaiting == my_data.ERASE and turn.understood.intent in (
        "yes",
        "no",
    )
    return turn.understood.intent in HEARD_AFTER_STOP or answers_erase


def _follow_the_carrier(turn: Turn, opt_out_type: str) -> None:
    if opt_out_type == "STOP":
        my_data.stop(turn, answered_by_carrier=True)
    elif opt_out_type == "START":
        turn.person.opted_out_at = None


def _forget_stale_question(turn: Turn) -> None:
    """A draft lives a day. Whoever says OUI to an older one is told, rather than misunderstood."""
    conversation = turn.conversation
    had_draft = bool(conversation.drafts)
    was_confirming = conversation.awaiting == CONFIRMATION
    conversation.drafts = []
    conversation.shown = {}
    conversation.search = None
    conversation.misunderstandings = 0
    conversation.settle()
    if had_draft and was_confirming and turn.understood.intent == "yes" and not turn.questions:
        turn.say("form.stale")


# ---- What was asked last ------------------------------------------------------------------------


def _answers_what_was_asked(turn: Turn) -> bool:
    """Let the open question take the message. False: it says something else."""
    awaiting, intent = turn.conversation.awaiting, turn.understood.intent
    if yes_and_no.says_own_word(turn):
        return yes_and_no.answer_own_question(turn, yes=True)
    if intent in ("yes", "no") and not turn.understood.correction:
        return yes_and_no.answer(turn, yes=intent == "yes")
    if awaiting in OF_THE_FORM:
        return listing_form.answer(turn)
    if awaiting == listings.SEARCH_COMMUNE and intent in ("unclear", "search"):
        return listings.answer_search_commune(turn)
    if awaiting in (my_listings.WHICH_DONE, my_listings.WHICH_DELETE) and intent in (
        "choose",
        "unclear",
        "done",
        "delete",
    ):
        return my_listings.answer_which(turn)
    return False


# ---- What a message says by itself --------------------------------------------------------------


def _choose(turn: Turn) -> None:
    """A number: of a line shown, of a listing, or of a question that waits for its OUI."""
    numbers = turn.understood.numbers
    in_a_form = turn.conversation.awaiting in OF_THE_FORM
    if in_a_form and all(number < FIRST_NUMBER for number in numbers) and _ask_again(turn):
        # A line of a list that was shown before the form began.
        return
    if not yes_and_no.remind_of_question(turn, numbers):
        listings.choose(turn)


def _delete(turn: Turn) -> None:
    """SUPPRIMER, EFFACER TOUT; in the middle of a form, "annuler" is about the draft."""
    in_a_form = turn.conversation.awaiting in OF_THE_FORM
    if my_data.means_everything(turn.text):
        my_data.ask_to_erase(turn)
    elif in_a_form and not turn.understood.numbers and listing_form.current_draft(turn):
        listing_form.drop(turn)
    else:
        my_listings.delete(turn)


def _stop(turn: Turn) -> None:
    word = turn.text.strip().lower()
    my_data.stop(turn, answered_by_carrier=word in my_data.ANSWERED_BY_CARRIER)


def _greet(turn: Turn) -> None:
    if not _ask_again(turn):
        turn.say("help.greeting")


def _thanks(turn: Turn) -> None:
    if not _ask_again(turn):
        turn.say("help.thanks")


ACTS: dict[str, Callable[[Turn], None]] = {
    "need": listing_form.begin,
    "offer": listing_form.begin,
    "search": listings.search,
    "more": listings.more,
    "choose": _choose,
    "mine": my_listings.mine,
    "done": my_listings.done,
    "delete": _delete,
    "data": my_data.about_me,
    "help": lambda turn: turn.say("help.help"),
    "stop": _stop,
    "start": my_data.start,
    "pause": my_data.pause,
    "holidays": my_data.holidays,
    "forget": forgetting.forget,
    "report": report,
    "human": lambda turn: yes_and_no.promise_a_call(turn, "asked"),
    "greeting": _greet,
    "thanks": _thanks,
    "language": my_data.switch_language,
}


# ---- What was not understood --------------------------------------------------------------------


def _not_understood(turn: Turn) -> None:
    conversation, understood = turn.conversation, turn.understood
    if conversation.awaiting is None and (understood.categories or understood.communes):
        # A service or a place alone: we know what it is about, and ask for the rest.
        conversation.misunderstandings = 0
        listing_form.begin(turn)
        return
    conversation.misunderstandings += 1
    if conversation.misunderstandings >= MISUNDERSTANDINGS_BEFORE_A_HUMAN:
        asked_before = conversation.awaiting == CALLBACK
        turn.ask(CALLBACK, "callback.callback_again" if asked_before else "callback.callback")
    elif turn.media_count and not turn.text.strip():
        turn.say("help.no_pictures")
    elif not turn.text.strip():
        turn.say("help.empty")
    elif not _ask_again(turn):
        turn.say("help.unclear")


def _ask_again(turn: Turn) -> bool:
    """Ask the open question once more, more simply. False: none is open."""
    awaiting = turn.conversation.awaiting
    draft = listing_form.current_draft(turn)
    if draft is not None and awaiting in QUESTIONS_OF_THE_FORM:
        listing_form.go_on(turn, draft, again=True)
    elif awaiting in (my_listings.WHICH_DONE, my_listings.WHICH_DELETE):
        my_listings.ask_which_again(turn)
    elif awaiting == listings.SEARCH_COMMUNE:
        turn.say("list.search_commune_again")
    elif awaiting == my_data.ERASE:
        turn.say("erase.erase_again")
    elif awaiting == CALLBACK:
        turn.say("callback.callback_again")
    else:
        return False
    return True
