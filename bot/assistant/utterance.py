"""What a surface hands to the conversation, and what it gets back to render."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.engine.calls import ThreadRef
from bot.engine.cards import PlanCard
from tools.answer import Answer, File
from tools.context import Principal

TurnOutcome = Literal["answered", "planned", "asked", "declined", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """Something a person said. `edited` messages never change anything. `private`: only the asker reads."""

    text: str
    principal: Principal
    thread: ThreadRef
    files: Mapping[str, File] = field(default_factory=dict)
    edited: bool = False
    private: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A button under a question: pressing it is saying `text`."""

    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One reply: what was understood in words, then text, an answer, a card or a question."""

    outcome: TurnOutcome
    text: str = ""
    understood: str = ""
    tool: str = ""
    args: Mapping[str, object] = field(default_factory=dict)
    answer: Answer | None = None
    card: PlanCard | None = None
    choices: tuple[Choice, ...] = ()
    files: tuple[File, ...] = ()  # beside a card, for the asker alone

    def noting(self, notes: Iterable[str]) -> "Reply":
        """The same with these sentences on top, each once: of the answer where it speaks for itself."""
        above = tuple(dict.fromkeys(notes))
        if not above:
            return self
        if self.answer is not None and not self.text:
            told = replace(self.answer, text="\n".join((*above, self.answer.text)))
            return replace(self, answer=told)
        return replace(self, text="\n".join(filter(None, (*above, self.text))))
