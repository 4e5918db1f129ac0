"""The one thing every surface, schedule and model produces: a `ToolCall`; and what comes back from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.engine.cards import PlanCard
from tools.answer import Answer, File
from tools.context import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadRef:
    """Where a conversation is: the surface's name, its channel and its thread."""

    surface: str  # slack, terminal, agent
    channel: str
    thread: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A tool, its arguments, who asks, from where, and in which words.

    `tainted` is set when untrusted text (a file, a record's field, a runbook) was read in this turn: a write
    then needs votes even where policy would allow it. `private` means only the asker sees the answer. `owner`
    is the person behind a standing agent, who may not vote on its plans.
    """

    tool: str
    args: Mapping[str, object]
    principal: Principal
    thread: ThreadRef
    said: str
    files: Mapping[str, File] = field(default_factory=dict)
    tainted: bool = False
    private: bool = True
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The tool answered."""

    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The tool planned; the plan is stored and judged. `card` shows where it stands.

    `files` came with the plan, for the asker alone; they are handed over now and not kept.
    """

    card: PlanCard
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """Policy says no. `clause` is the rule that decided; `text` says so in one sentence."""

    text: str
    clause: str


CallResult = Answered | Planned | Denied


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteResult:
    """Whether a click counted, one sentence for the clicker alone, and the card as it stands now."""

    accepted: bool
    text: str
    card: PlanCard
