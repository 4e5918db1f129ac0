"""What one turn of a conversation gathers on its way."""

import time
from dataclasses import dataclass, field

from bot.assistant.model import Call, PastTurn, Step, Tokens
from bot.assistant.utterance import Utterance
from tools.answer import Answer
from tools.registry import Tool

WHOLE = "["  # how the words of a button begin: they are a whole request, whatever was asked before


@dataclass(slots=True)
class Turn:
    """The words read, the thread so far, and what was planned, read and noted since."""

    utterance: Utterance
    text: str
    past: tuple[PastTurn, ...]
    tainted: bool
    steps: list[Step] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    last: Call | None = None
    asked_for: str = ""
    spent: Tokens = field(default_factory=Tokens)
    started: float = field(default_factory=time.monotonic)
    notes: list[str] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        """What this asker has said in this thread, oldest first, with this turn's words last."""
        own = [each.said for each in self.past if each.principal == self.utterance.principal.id]
        return [*own, self.text]

    @property
    def open(self) -> PastTurn | None:
        """The last turn, when it was this asker's and ended with a question of ours."""
        last = self.past[-1] if self.past else None
        mine = last is not None and last.principal == self.utterance.principal.id
        return last if last is not None and mine and last.outcome == "asked" else None

    def request(self, tool: Tool) -> str:
        """All that was said for a call of this tool: the request, and the answers to what we asked of it."""
        said = [self.text]
        for each in reversed(() if self.text.startswith(WHOLE) else self.past):
            mine = each.principal == self.utterance.principal.id and each.tool == tool.name
            if not (mine and each.outcome == "asked" and each.asked_for):
                break
            said.insert(0, each.said)
        return ", ".join(said)
