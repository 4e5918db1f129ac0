"""A plan as people see it: the header, the approval, the run and the landing, read from the store.

Surfaces render a `PlanCard` and nothing else: no row, no verdict and no figure on a card comes from a message
or from a model.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tools.plan import PlanHeader, RowState, RunState


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteView:
    """One vote: whose, which way, why, when."""

    voter: str
    voter_name: str
    vote: str  # approve or reject
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedView:
    """One approver asked another to decide: who, whom, with which words, when."""

    giver_name: str
    taker: str
    taker_name: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalView:
    """What is asked of whom under which clause, and how far it is."""

    group: str
    quorum: int
    clause: str
    state: str  # pending cleared rejected expired withdrawn voided
    expires_at: datetime
    votes: tuple[VoteView, ...]
    handed: tuple[HandedView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Residue:
    """A row that did not land: which, why, and what to do."""

    seq: int
    system: str
    object: str
    record_id: str | None
    op: str
    state: str
    why: str
    what_to_do: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingView:
    """The read-back: rows by system and op that really are so, and those that are not."""

    at: datetime
    landed: Mapping[str, Mapping[str, int]]  # system -> op -> rows
    planned: Mapping[str, Mapping[str, int]]
    residue: tuple[Residue, ...]  # at most 50; `residue_count` has them all
    residue_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run under way or finished."""

    id: str
    state: RunState
    rows: Mapping[RowState, int]
    total: int
    parked_until: datetime | None
    attention: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    stopped_by: str
    landing: LandingView | None

    @property
    def done(self) -> int:
        """Rows that are settled, one way or the other."""
        return sum(number for state, number in self.rows.items() if state not in {"waiting", "intent"})


@dataclass(frozen=True, slots=True)
class Fates:
    """People of a plan, each counted once: deleted somewhere, changed and kept, vetoed and not touched."""

    deleted: int
    kept: int
    untouched: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCard:
    """Everything a surface needs to show a plan and its story."""

    header: PlanHeader
    requester: str  # principal id
    requester_name: str
    verdict: str  # allow, needs_approval, deny
    clause: str
    clause_text: str
    approval: ApprovalView | None
    run: RunView | None
    veto_texts: Mapping[str, str]  # code -> sentence
    surface: str
    channel: str
    thread: str
    veto_people: Mapping[str, int] = field(default_factory=dict)  # code -> people, each once
    veto_instead: Mapping[str, str] = field(default_factory=dict)  # code -> what is done instead
    fates: Fates | None = None  # of a plan that deletes some and keeps some, while it is decided on
