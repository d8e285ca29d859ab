"""One turn of a conversation: what came in, who it is from, and what is said back and to others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flows.occasion import Occasion
from flows.open_questions import OpenQuestion
from flows.outgoing import put_in_outbox, takes_texts
from flows.understanding import Understood
from flows.wording import Wording, spoken, wording
from models.conversation import Conversation
from models.messages import Purpose
from models.person import Person

# What a call leads to that is placed because somebody wrote of danger: the numbers, at once.
EMERGENCY = "emergency"


@dataclass
class Turn(Occasion):
    """What a dialogue needs to answer, and where it puts its answer.

    `say` adds a sentence to the answer, `ask` also remembers it as the open question, `tell`
    writes to somebody else. Nothing leaves before `finish`, and all of it in one transaction.
    """

    person: Person
    conversation: Conversation
    # What neighbours, or the service, wait for this person to answer, the oldest first.
    questions: list[OpenQuestion]
    text: str
    understood: Understood
    media_count: int = 0
    inbound_id: int | None = None
    said: list[str] = field(default_factory=list)
    # Nothing may stand beside an emergency number: the notice comes with the next answer.
    leaves_out_notice: bool = False

    @property
    def wording(self) -> Wording:
        return wording(self.person.language)

    def say(self, name: str, **blanks: Any) -> None:
        self.said.append(self.wording.say(name, **blanks))

    def ask(self, question: str, name: str, **blanks: Any) -> None:
        """Say the text `name` as the question `question`, whose answer is the next message."""
        self.say(name, **blanks)
        self.conversation.ask(question, now=self.now)

    def _said_in_a_call(self) -> str:
        """Whoever texts from a landline is called: to hear of danger, else to go on there."""
        words = spoken(self.person.language)
        if self.understood.intent == EMERGENCY:
            return words.say(f"emergency.{self.understood.danger or 'medical'}")
        return words.say("call.you_wrote")

    def finish(self) -> None:
        """Put the answer into the outbox; the first one ever ends with the short notice."""
        if not self.said:
            return
        wants_notice = self.person.noticed_at is None and self.person.opted_out_at is None
        if wants_notice and not self.leaves_out_notice:
            self.person.noticed_at = self.now
            self.say("notice.first_contact", association=self.rules.association)
        is_called = not takes_texts(self.person)
        put_in_outbox(
            self.session,
            self.person,
            self._said_in_a_call() if is_called else " ".join(self.said),
            purpose=Purpose.ANSWER,
            rules=self.rules,
            now=self.now,
            inbound_id=self.inbound_id,
            by_call=is_called,
            leads_to=EMERGENCY if self.understood.intent == EMERGENCY and is_called else None,
        )
