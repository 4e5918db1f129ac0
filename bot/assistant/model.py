"""The planner's port: words in, one of four plannings out. Who plans cannot approve, write or widen anything.

The conversation shows a planner the asker's words, the tools and the thread so far. It gets back calls to
make, a question, a refusal or text. With a model the results of reads are shown to it again until it writes
text; the offline interpreter is asked once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from bot.assistant.utterance import Choice, TurnOutcome
from tools.context import Principal
from tools.registry import Tool

Args = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTurn:
    """One turn of this thread: what was said, called, and came of it.

    `asked_for` is an open argument, `choices` are the options that were offered.
    """

    said: str
    tool: str = ""
    args: Args = field(default_factory=dict)
    replied: str = ""
    outcome: TurnOutcome = "answered"
    plan_id: str = ""
    principal: str = ""
    asked_for: str = ""
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A call made in this turn and what a model may read of its result: fenced JSON text."""

    tool: str
    args: Args
    result: str
    call_id: str = ""
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a model charged for a planning; zero offline."""

    prompt: int = 0
    completion: int = 0

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(prompt=self.prompt + other.prompt, completion=self.completion + other.completion)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a planner sees. `may_change` is false for edited messages.

    `spent` and `elapsed` (seconds) are what this turn has cost so far.
    """

    text: str
    principal: Principal
    tools: Sequence[Tool]
    now: datetime
    history: tuple[PastTurn, ...] = ()
    files: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    may_change: bool = True
    spent: Tokens = field(default_factory=Tokens)
    elapsed: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One tool call a planner proposes, arguments as said: names are not resolved yet."""

    tool: str
    args: Args
    call_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """Calls to make, in order. `note` is a sentence the asker should see (who planned, and why)."""

    calls: tuple[Call, ...]
    note: str = ""
    tokens: Tokens = field(default_factory=Tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question back. `tool`, `args` and `about` (the open slot) let the next turn complete the call."""

    text: str
    choices: tuple[Choice, ...] = ()
    tool: str = ""
    args: Args = field(default_factory=dict)
    about: str = ""
    note: str = ""
    tokens: Tokens = field(default_factory=Tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """Not for us, or not to be done: one sentence and the nearest things that can be asked."""

    text: str
    choices: tuple[Choice, ...] = ()
    note: str = ""
    tokens: Tokens = field(default_factory=Tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Text a model wrote, with result references (`{r1.count}`) still open."""

    text: str
    note: str = ""
    tokens: Tokens = field(default_factory=Tokens)


Planning = Proposed | Question | Declined | Said


class Model(Protocol):
    """Plans one step of a turn."""

    @property
    def name(self) -> str:
        """How the planner is called in reports and in the reply."""

    @property
    def reads_results(self) -> Literal[True, False]:
        """Whether it is asked again with the results of its reads, until it writes text."""

    def plan(self, request: Request) -> Planning:
        """The next step. Never raises for what a server or a person may do; a failure is a planning too."""

    def ordered(self, tool: Tool, words: str, now: datetime) -> bool:
        """Whether these words of a person order, in the affirmative, what this changing tool does."""
