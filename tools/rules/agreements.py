"""Shapes: the last agreement of all systems on consent, its observation, and entries of the ledger."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tools.rules.consent import ConsentState


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEvent:
    """One entry of the ledger: a state seen to change, or made by a run of ours (`run`), of one person."""

    system: str
    scope: str
    state: ConsentState
    at: datetime | None
    source: str
    writer: str
    evidence: str
    run: str
    seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """An observation of everybody's consent. The one that was cleared last is the base of comparisons.

    `people` counts the addresses observed, `sha256` is over its content, `at` is when it became the base (or
    was made, while it is none).
    """

    id: str
    at: datetime
    people: int
    systems: frozenset[str]
    sha256: str


class Observations(Protocol):
    """Observations of consent, kept as files of keyed hashes and states (`tools.rules.sets`)."""

    def base(self) -> Agreement | None:
        """The last agreement; None when there is none yet."""

    def content(self, agreement: Agreement) -> bytes:
        """Its file."""

    def written(self, agreement: Agreement) -> Iterator[tuple[str, str, str]]:
        """Subjects, systems and scopes that were suppressed to bring it about, as read back."""

    def returned(self, agreement: Agreement) -> Iterator[tuple[str, str, str]]:
        """Subjects, systems and scopes that a run of ours made mailable again since."""

    def lowered(self, agreement: Agreement) -> Iterator[tuple[str, str, datetime]]:
        """Subjects and scopes that people took their opt-out back for since, with evidence, and when."""

    def keep(self, content: bytes, *, people: int, systems: frozenset[str]) -> Agreement:
        """Keep an observation that may become the base."""
