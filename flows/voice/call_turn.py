"""One step of a call: who is on the line, what came in, what is said, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from flows.outgoing import put_in_outbox, takes_texts
from flows.turn import Turn
from flows.understanding import Understood
from flows.voice.steps import Answer, Began, Event, HangUp, Next
from flows.wording import SpokenWording, spoken
from models.call import Call
from models.conversation import Conversation
from models.messages import OutboundMessage, Purpose
from models.person import Person

NOTHING_SAID = Understood(intent="unclear")
# So often one number is called up within a day because somebody keyed it in.
KEYED_CALLS_PER_DAY = 3
# Whoever is to be called up first has to put the receiver down.
CALLED_AFTER = timedelta(seconds=15)


@dataclass
class CallTurn(Turn):
    """A turn that is spoken. `say` adds a sentence, `put` asks a question of the menu.

    Of a caller whose number is withheld nothing is kept: `person` is then nobody (no id), and lives
    for this step only.
    """

    call: Call = field(kw_only=True)
    event: Event = field(kw_only=True, default_factory=Began)
    then: Next | None = None
    # The question is asked once more, more simply.
    again: bool = False
    # The next thing is read out, once this step is done (`ITEMS`).
    reads_on: bool = False
    # What a call was placed for: gone on with once everything was heard (`PLACED_FOR`).
    goes_on_with: str | None = None
    # This answer is said slowly, whatever the caller is used to.
    slowly: bool = False

    @property
    def wording(self) -> SpokenWording:
        return spoken(self.person.language)

    @property
    def is_known(self) -> bool:
        """Whether the caller's number may be kept, and called back."""
        return self.person.id is not None

    @property
    def takes_texts(self) -> bool:
        return self.is_known and takes_texts(self.person)

    def put(self, question: str, *, from_here: bool = True) -> None:
        """Ask a question of the menu next. `from_here`: `#` leads back to the one before it."""
        call = self.call
        if from_here and call.question and call.question != question:
            call.path = [*call.path[-9:], call.question]
        if call.question != question:
            call.keep(page=0)
        call.question = question
        self.then = None

    def hang_up(self, *names: str, **blanks: Any) -> None:
        """Say goodbye, and end the call."""
        for name in names:
            self.say(name, **blanks)
        self.then = HangUp()

    def call_up(self, person: Person, leads_to: str) -> bool:
        """Have a number called up, now, which shows that it is in that person's hands.

        False: that happened too often today.
        """
        lately = select(func.count()).where(
            OutboundMessage.person_id == person.id,
            OutboundMessage.leads_to.is_not(None),
            OutboundMessage.created_at > self.now - timedelta(days=1),
        )
        if (self.session.scalar(lately) or 0) >= KEYED_CALLS_PER_DAY:
            return False
        put_in_outbox(
            self.session,
            person,
            "",
            purpose=Purpose.ANSWER,
            rules=self.rules,
            now=self.now,
            due_at=self.now + CALLED_AFTER,
            leads_to=leads_to,
            by_call=True,
        )
        return True

    def prove(self, leads_to: str) -> bool:
        """Whether this call proves its number; else we call back, and go on there."""
        if self.call.is_proven:
            return True
        if not self.is_known:
            self.call.keep(wants=leads_to)
            self.put("other_number")
        elif self.call_up(self.person, leads_to):
            self.hang_up("call.call_back_to_prove")
        else:
            self.hang_up("call.called_already", "call.goodbye")
        return False

    def answer(self) -> Answer:
        """What has come of this step."""
        assert self.then is not None
        return Answer(
            sentences=tuple(self.said),
            then=self.then,
            language=self.person.language,
            slowly=self.slowly or self.person.speak_slowly,
        )


def nobody(language: str = "fr") -> tuple[Person, Conversation]:
    """A caller of whom nothing is kept, for one step."""
    person = Person(language=language, speak_slowly=False, takes_calls=True)
    return person, Conversation(drafts=[], shown={}, search=None, misunderstandings=0)
