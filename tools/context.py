"""What a tool is given: readers, our own records, the asker. Never a writer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from tools.answer import File
from tools.plan import System
from tools.ports import Clock, PolicyView, Reader, Records, RunbookSearch
from tools.rules import deliverability


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who asks. Guests, bots and unknown people have no role and therefore no right."""

    id: str
    name: str
    roles: frozenset[str] = frozenset()
    kind: Literal["person", "agent", "bot", "guest"] = "person"
    timezone: str = "UTC"
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSummary:
    """A tool as help shows it."""

    name: str
    description: str
    examples: tuple[str, ...]
    changes: bool
    planned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolContext:
    """Readers by system, the subject key, our own records, policy and runbooks, and who is asking."""

    principal: Principal
    systems: Mapping[System, Reader]
    subject: Callable[[str], str]  # address -> keyed hash of its normalised form
    clock: Clock
    runbooks: RunbookSearch
    records: Records
    policy: PolicyView
    tools: Sequence[ToolSummary] = ()
    files: Mapping[str, File] = field(default_factory=dict)  # attachments of this request, by name
    fiscal_start: int = 1  # the month (1-12) in which the fiscal year starts
    mailboxes: deliverability.Rule = deliverability.DEFAULT  # when a mailbox counts as gone
    private: bool = True  # whether the answer is seen by the asker alone
    credentials_end: Mapping[str, date] = field(default_factory=dict)  # as declared, by system
