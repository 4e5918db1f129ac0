"""A plan's header between its row in `plans` and the shapes of `tools.plan`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import RowMapping

from tools.answer import Evidence
from tools.plan import Cost, PlanHeader, Reversibility, Sample

_EVIDENCE = TypeAdapter(tuple[Evidence, ...])
_COST = TypeAdapter(tuple[Cost, ...])
_REVERSIBILITY = TypeAdapter(tuple[Reversibility, ...])
_SAMPLE = TypeAdapter(Sample)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """A sample with the row it was taken from, so that erasing a person finds it."""

    seq: int
    subject: str
    sample: Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPlan:
    """One revision of a plan: its header, who asked in which words and where, and how it was judged.

    `verdict` holds kind, clause, text, group, quorum, and the facts it was judged by.
    """

    header: PlanHeader
    requester: str  # a name to show
    agent: str | None
    said: str
    verdict: Mapping[str, Any]
    surface: str
    channel: str
    thread: str


def evidence_json(evidence: tuple[Evidence, ...]) -> object:
    """Evidence as JSON."""
    return _EVIDENCE.dump_python(evidence, mode="json")


def cost_json(cost: tuple[Cost, ...]) -> object:
    """Expected cost as JSON."""
    return _COST.dump_python(cost, mode="json")


def reversibility_json(reversibility: tuple[Reversibility, ...]) -> object:
    """Reversibility as JSON."""
    return _REVERSIBILITY.dump_python(reversibility, mode="json")


def samples_json(samples: tuple[Picked, ...]) -> list[dict[str, Any]]:
    """Samples as JSON, each with its row's number and subject."""
    return [
        {"seq": each.seq, "subject": each.subject, "sample": _SAMPLE.dump_python(each.sample, mode="json")}
        for each in samples
    ]


def stored(row: RowMapping) -> StoredPlan:
    """The plan behind a row of `plans`."""
    return StoredPlan(
        header=_header(row),
        requester=row["requester"],
        agent=row["agent"],
        said=row["said"],
        verdict=row["verdict"],
        surface=row["surface"],
        channel=row["channel"],
        thread=row["thread"],
    )


def _header(row: RowMapping) -> PlanHeader:
    return PlanHeader(
        key=row["key"],
        id=row["id"],
        revision=row["revision"],
        tool=row["tool"],
        args=row["args"],
        principal=row["principal"],
        summary=row["summary"],
        counts=row["counts"],
        people=row["people"],
        vetoes=row["vetoes"],
        effects=frozenset(row["effects"]),
        reversibility=_REVERSIBILITY.validate_python(row["reversibility"]),
        cost=_COST.validate_python(row["cost"]),
        samples=tuple(_SAMPLE.validate_python(each["sample"]) for each in row["samples"]),
        policy_version=row["policy_version"],
        evidence=_EVIDENCE.validate_python(row["evidence"]),
        digest=row["digest"],
        state=row["state"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        undo_of=row["undo_of"],
    )
