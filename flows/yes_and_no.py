"""What OUI and NON answer: the question asked last, and never several at once.

A plain OUI or NON counts for a question only if it was asked lately and nothing else was answered
since. Whatever is older, or stands beside another question, needs its number: OUI 1001. So a text
that is sent twice, or comes late, gives nobody's number and deletes nothing.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from flows import expiry, introductions, listing_form, listings, my_data, my_listings, promise
from flows.listing_form import CONFIRMATION, FIELD_NAMES
from flows.open_questions import NeighbourQuestion, OpenQuestion, OwnQuestion, Question
from flows.turn import Turn
from flows.wording import languages, wording
from models.listing import FIRST_NUMBER
from models.messages import InboundMessage, OutboundMessage
from models.operator_work import request_callback

CALLBACK = "callback"
YES_OR_NO = frozenset({CONFIRMATION, my_data.ERASE, CALLBACK})
# A neighbour's question that is older needs its number.
ANSWERED_PLAINLY_WITHIN = timedelta(days=2)


def answer(turn: Turn, *, yes: bool) -> bool:
    """Apply an OUI or a NON. False: it means nothing for the question that is open."""
    awaiting, conversation = turn.conversation.awaiting, turn.conversation
    referred = [number for number in turn.understood.numbers if number >= FIRST_NUMBER]
    if referred:
        _answer_by_number(turn, referred, yes=yes)
        return True
    fresh = _fresh_questions(turn)
    own_is_last = conversation.asked_at is not None and all(
        question.asked_at < conversation.asked_at for question in fresh
    )
    own_waits = awaiting in YES_OR_NO
    if own_is_last and own_waits:
        return answer_own_question(turn, yes=yes)
    if own_is_last and awaiting in FIELD_NAMES:
        return listing_form.answer(turn) or _leave_the_form(turn, yes=yes)
    if own_is_last and awaiting in (my_listings.WHICH_DONE, my_listings.WHICH_DELETE):
        my_listings.ask_which_again(turn)
    elif own_is_last and awaiting == listings.CHOICE and yes:
        _take_the_only_line(turn)
    elif len(fresh) + own_waits > 1:
        _ask_which(turn, fresh, own_waits=own_waits)
    elif fresh:
        _answer_question(turn, fresh[0], yes=yes)
    elif turn.questions:
        _ask_which(turn, turn.questions, own_waits=False)
    elif (draft := listing_form.current_draft(turn)) is not None:
        listing_form.go_on(turn, draft)
    elif introductions.came_too_late(turn.session, turn.person, now=turn.now):
        _thank_for_late_answer(turn, yes=yes)
    else:
        conversation.settle()
        turn.say("introduction.no_question")
    return True


def _fresh_questions(turn: Turn) -> list[OpenQuestion]:
    """The questions that a plain OUI or NON may answer."""
    oldest = turn.now - ANSWERED_PLAINLY_WITHIN
    answered_at = turn.conversation.answered_at or oldest
    fresh = [
        question
        for question in turn.questions
        if question.asked_at >= answered_at and question.asked_at >= oldest
    ]
    return _those_on_their_way(turn, fresh) if fresh else []


def _those_on_their_way(turn: Turn, fresh: list[OpenQuestion]) -> list[OpenQuestion]:
    """The questions that the carrier had taken, as far as we knew, before this message reached us.

    What somebody typed before can't be meant for them, and may not give a number away. In doubt a
    question counts as not asked: it is named, and then answered with its number. A message counts
    from when we stored it, which is later than it was typed, so that one whose webhook is slow or
    comes a second time may still be taken for an answer to a question that it crossed. One query.
    """
    inbound = turn.session.get(InboundMessage, turn.inbound_id or 0)
    if inbound is None:
        return fresh
    taken = turn.session.scalars(
        select(OutboundMessage).where(
            OutboundMessage.person_id == turn.person.id,
            OutboundMessage.created_at >= turn.now - ANSWERED_PLAINLY_WITHIN,
            OutboundMessage.taken_at <= inbound.received_at,
        )
    ).all()
    return [question for question in fresh if any(_asks(message, question) for message in taken)]


def _asks(message: OutboundMessage, question: OpenQuestion) -> bool:
    """Whether this is the message by which a question came to somebody."""
    if isinstance(question, OwnQuestion):
        return message.listing_id == question.listing.id
    if question.question is Question.PROPOSAL:
        return message.id == question.introduction.told_by
    is_about_it = message.introduction_id == question.introduction.id
    return is_about_it and message.created_at >= question.asked_at


def _answer_by_number(turn: Turn, numbers: list[int], *, yes: bool) -> None:
    for question in turn.questions:
        if question.number in numbers:
            _answer_question(turn, question, yes=yes)
            return
    if introductions.came_too_late(turn.session, turn.person, now=turn.now, numbers=numbers):
        _thank_for_late_answer(turn, yes=yes)
    elif yes:
        listings.choose_listings(turn, numbers)
    else:
        turn.say("list.gone", number=numbers[0])


def _thank_for_late_answer(turn: Turn, *, yes: bool) -> None:
    turn.say("introduction.too_late" if yes else "introduction.declined_thanks")


def _leave_the_form(turn: Turn, *, yes: bool) -> bool:
    """NON where a name or a place was asked: the person doesn't want to go on."""
    if yes or listing_form.current_draft(turn) is None:
        return False
    listing_form.drop(turn)
    return True


def _take_the_only_line(turn: Turn) -> None:
    shown = turn.conversation.shown_as("listings")
    if len(shown) == 1:
        listings.choose_listings(turn, shown)
    else:
        listings.ask_for_a_line(turn)


def says_own_word(turn: Turn) -> bool:
    """Whether the message is the word for one's own question, where a neighbour's is open too."""
    awaiting = turn.conversation.awaiting
    if awaiting not in YES_OR_NO:
        return False
    said = turn.text.strip(" .!\n").upper()
    return any(said == wording(name).say(f"own.{awaiting}") for name in languages())


def answer_own_question(turn: Turn, *, yes: bool) -> bool:
    """Apply an OUI or a NON to what we ourselves asked last."""
    conversation = turn.conversation
    match conversation.awaiting:
        case listing_form.CONFIRMATION:
            draft = listing_form.current_draft(turn)
            if draft is None:
                return False
            said = turn.understood
            wants_a_change = said.condition or not yes
            if wants_a_change and (said.categories or said.communes or said.name):
                # "Oui mais a Eaubonne": a correction.
                return listing_form.answer(turn)
            conversation.answered_at = turn.now
            if yes:
                listing_form.publish(turn, draft)
            else:
                listing_form.drop(turn)
        case my_data.ERASE:
            conversation.settle()
            conversation.answered_at = turn.now
            if yes:
                my_data.erase(turn)
            else:
                turn.say("erase.kept")
        case _:
            conversation.settle()
            conversation.answered_at = turn.now
            if yes:
                promise_a_call(turn, "misunderstood")
            elif (draft := listing_form.current_draft(turn)) is not None:
                listing_form.go_on(turn, draft)
            else:
                turn.say("callback.declined")
    return True


def promise_a_call(turn: Turn, reason: str) -> None:
    """A human is to call; noted once, however often it is asked."""
    is_new = request_callback(turn.session, turn.person, reason, now=turn.now)
    turn.say("callback.promised" if is_new else "callback.promised_already")


def _answer_question(turn: Turn, question: OpenQuestion, *, yes: bool) -> None:
    turn.conversation.answered_at = turn.now
    match question:
        case NeighbourQuestion():
            _answer_neighbour(turn, question, yes=yes)
        case OwnQuestion(question=Question.WIDEN):
            promise.answer_widen(turn, question.listing, yes=yes)
        case OwnQuestion():
            expiry.answer_keep(turn, question.listing, yes=yes)


def _answer_neighbour(turn: Turn, question: NeighbourQuestion, *, yes: bool) -> None:
    words = turn.understood.condition
    if not yes:
        introductions.decline(turn, question)
    elif words and question.question is Question.PROPOSAL:
        clean = listing_form.clean_details(words)
        if clean is None:
            turn.say("introduction.condition_unclear")
        else:
            introductions.answer_with_condition(turn, question, clean)
    else:
        introductions.accept(turn, question)


def remind_of_question(turn: Turn, numbers: tuple[int, ...]) -> bool:
    """Somebody sends the bare number of a question: it needs an OUI or a NON as well."""
    for question in turn.questions:
        if question.question is not Question.SHARE and question.number in numbers:
            _remind(turn, question)
            return True
    return False


def _remind(turn: Turn, question: OpenQuestion) -> None:
    match question:
        case NeighbourQuestion():
            first_name = question.other.first_name
            turn.say("introduction.proposal_again", number=question.number, first_name=first_name)
        case OwnQuestion(question=Question.WIDEN):
            turn.say("promise.widen_again", number=question.number)
        case OwnQuestion():
            turn.say("expiry.keep_again", number=question.number)


def _line(turn: Turn, question: OpenQuestion) -> str:
    if isinstance(question, OwnQuestion):
        return turn.wording.say("line.own_question", number=question.number)
    first_name = question.other.first_name
    return turn.wording.say("line.question", number=question.number, first_name=first_name)


def _ask_which(turn: Turn, questions: list[OpenQuestion], *, own_waits: bool) -> None:
    if len(questions) == 1 and not own_waits:
        _remind(turn, questions[0])
        return
    lines = " ".join(_line(turn, question) for question in questions)
    number = questions[-1].number
    if own_waits:
        word = turn.wording.say(f"own.{turn.conversation.awaiting}")
        turn.say("introduction.which_question_or_own", lines=lines, number=number, word=word)
    else:
        turn.say("introduction.which_question", lines=lines, number=number)
