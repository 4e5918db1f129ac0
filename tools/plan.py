"""The plan: the exact rows a tool would change, and the digest a clearance is bound to.

A tool returns a `Plan` whose rows are a stream. The engine writes the stream to the store in batches,
counts it, and keeps the `PlanHeader`. No part of the product holds all rows of a plan in memory.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import rfc8785

from tools.answer import Evidence, File

# A record's fields as the vendor names them. Values are JSON as it goes over the wire.
Fields = Mapping[str, object]

System = Literal["salesforce", "marketo", "hubspot", "sendgrid", "clearance"]
Op = Literal["create", "update", "delete", "merge", "add_member", "remove_member", "suppress", "unsuppress"]
Effect = Literal[
    "create", "update", "consent", "consent_lowered", "delete", "merge", "access", "erase", "send"
]
PlanState = Literal[
    "draft", "pending", "cleared", "running", "landed", "landed_with_residue",
    "rejected", "expired", "withdrawn", "superseded", "stale",
]  # fmt: skip
RunState = Literal[
    "queued", "running", "parked", "verifying", "landed", "residue", "stopped", "needs_attention"
]
RowState = Literal["waiting", "intent", "applied", "skipped", "drifted", "failed", "unknown"]

EFFECT_OF_OP: Mapping[Op, frozenset[Effect]] = {
    "create": frozenset({"create"}),
    "update": frozenset({"update"}),
    "delete": frozenset({"delete"}),
    "merge": frozenset({"merge"}),
    "add_member": frozenset({"update"}),
    "remove_member": frozenset({"update"}),
    "suppress": frozenset({"consent"}),
    "unsuppress": frozenset({"consent", "consent_lowered"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One row: one op on one record of one system.

    `subject` is the keyed hash of the person's normalised address ("" when the row is about no person).
    `set` uses the vendor's field names and wire types: null clears, absent leaves alone.
    `guard` holds only the fields the decision rested on; they are read again at run time.
    `stage` orders the run: 0 first. A subject that failed in an earlier stage is not attempted again.
    `backup` is the whole record before the change, for undo alone: not part of the digest.
    A `create` has no `record_id` and carries `set["idempotency_key"]` where the vendor has a place for one.
    A value of `set` that is `{"created": object}` stands for the id of the record which an earlier stage of
    the same plan creates for the same subject in that object of the same system: the executor fills it in
    from the journal just before the vendor is called.
    """

    subject: str
    system: System
    object: str
    record_id: str | None
    op: Op
    set: Fields = field(default_factory=dict)
    guard: Fields = field(default_factory=dict)
    stage: int = 0
    reason: str = ""
    backup: Fields = field(default_factory=dict)
    seq: int = 0  # given by the store, in the order of the stream, from 1

    def digest_line(self) -> bytes:
        """The row as one canonical JSON line (RFC 8785)."""
        return canonical(
            [
                self.subject,
                self.system,
                self.object,
                self.record_id,
                self.op,
                dict(self.set),
                dict(self.guard),
                self.stage,
            ]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Veto:
    """An op refused for a row: why (`code`, and `text` for a person) and what is done instead."""

    subject: str
    system: System
    object: str
    record_id: str | None
    op: str
    code: str
    text: str
    instead: str = ""

    @classmethod
    def of_undo(cls, change: Change, code: str, text: str) -> "Veto":
        """Taking this row back, refused."""
        return cls(
            subject=change.subject,
            system=change.system,
            object=change.object,
            record_id=change.record_id,
            op="undo",
            code=code,
            text=text,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversibility:
    """How an op comes back: undelete, recreate (not identical), inverse (an ordinary write) or none."""

    system: System
    op: Op
    how: Literal["undelete", "recreate", "inverse", "none"]
    until: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a run is expected to take of one vendor: calls, minutes, share of the daily quota (0..1)."""

    system: System
    calls: int
    minutes: float
    quota_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A row shown on the card: the person in clear, and the fields before and after."""

    system: System
    object: str
    record_id: str | None
    op: Op
    who: str
    before: Fields
    after: Fields
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a tool returns when asked for a change: a sentence, a stream of rows and vetoes, evidence.

    `files` are for the asker alone and are read after the rows, so that they may tell what these came to;
    `counted` likewise, for evidence whose figures are known only then: it takes the place of `evidence`.
    """

    summary: str
    rows: Iterable[Change | Veto]
    evidence: tuple[Evidence, ...] = ()
    undo_of: str = ""  # the run this plan reverses
    files: Iterable[File] = ()
    counted: Callable[[], tuple[Evidence, ...]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanHeader:
    """What the store knows of a plan besides its rows. Counts are over rows, `people` over subjects."""

    key: int
    id: str
    revision: int
    tool: str
    args: Mapping[str, object]
    principal: str
    summary: str
    counts: Mapping[str, Mapping[str, int]]  # system -> op -> rows
    people: int
    vetoes: Mapping[str, int]  # code -> vetoes
    effects: frozenset[Effect]
    reversibility: tuple[Reversibility, ...]
    cost: tuple[Cost, ...]
    samples: tuple[Sample, ...]
    policy_version: int
    evidence: tuple[Evidence, ...]
    digest: str
    state: PlanState
    created_at: datetime
    expires_at: datetime
    undo_of: str = ""


# In the guard of a `create`: the address that nobody had in that system, and under which nobody had objected.
NOBODY = "nobody has"


def created_object(value: object) -> str:
    """The object that a reference `{"created": object}` stands for a record of; "" for any other value."""
    if isinstance(value, Mapping) and set(value) == {"created"}:
        return str(value["created"])
    return ""


def canonical(value: object) -> bytes:
    """RFC 8785 canonical JSON. Dates must already be ISO 8601 UTC strings."""
    return rfc8785.dumps(value)  # type: ignore[arg-type] # rows hold JSON values only; rfc8785 raises otherwise


class Digest:
    """Incremental SHA-256 over a plan's header line and its rows in `seq` order, newline between lines."""

    def __init__(
        self, *, tool: str, args: Mapping[str, object], principal: str, revision: int, policy_version: int
    ) -> None:
        self._sha = hashlib.sha256(canonical([tool, dict(args), principal, revision, policy_version]))

    def add(self, change: Change) -> None:
        """Take in the next row."""
        self._sha.update(b"\n")
        self._sha.update(change.digest_line())

    def hexdigest(self) -> str:
        """The digest so far, as 64 hex digits."""
        return self._sha.hexdigest()
