"""Writing a plan down: a draft is opened, takes rows in batches, and is completed or discarded.

Rows arrive while vendors are being read, which may take minutes. Every batch is therefore a transaction of
its own, and a draft is nobody's plan until it is completed: it has no id that people could use.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from bot.store import counters
from bot.store.headers import Picked, cost_json, evidence_json, reversibility_json, samples_json
from bot.store.tables import backups, plan_rows, plan_vetoes, plans
from tools.answer import Evidence
from tools.plan import Change, Cost, Effect, PlanState, Reversibility, Veto

FIRST_PLAN = 1001
TABLES = (plan_rows, plan_vetoes, backups)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What is known of a plan before its rows."""

    tool: str
    args: Mapping[str, object]
    principal: str
    requester: str
    agent: str | None
    said: str
    summary: str
    evidence: tuple[Evidence, ...]
    policy_version: int
    undo_of: str
    surface: str
    channel: str
    thread: str
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What is known of a plan once its rows are written."""

    counts: Mapping[str, Mapping[str, int]]
    people: int
    vetoes: Mapping[str, int]
    effects: frozenset[Effect]
    reversibility: tuple[Reversibility, ...]
    cost: tuple[Cost, ...]
    samples: tuple[Picked, ...]
    digest: str


def open_draft(connection: Connection, opening: Opening, *, now: datetime) -> int:
    """Open a draft and return its key."""
    values = {
        "id": f"D-{uuid.uuid4().hex[:16]}",
        "revision": opening.revision,
        "tool": opening.tool,
        "args": dict(opening.args),
        "principal": opening.principal,
        "requester": opening.requester,
        "agent": opening.agent,
        "said": opening.said,
        "summary": opening.summary,
        "evidence": evidence_json(opening.evidence),
        "policy_version": opening.policy_version,
        "undo_of": opening.undo_of,
        "surface": opening.surface,
        "channel": opening.channel,
        "thread": opening.thread,
        "created_at": now,
        "expires_at": now,
    }
    key: int = connection.execute(
        insert(plans).values(**values, **_EMPTY).returning(plans.c.key)
    ).scalar_one()
    return key


def set_evidence(connection: Connection, plan_key: int, evidence: tuple[Evidence, ...]) -> None:
    """Evidence whose figures are known only once a draft's rows are written."""
    connection.execute(update(plans).where(plans.c.key == plan_key).values(evidence=evidence_json(evidence)))


_EMPTY: Mapping[str, object] = {
    "counts": {},
    "people": 0,
    "vetoes": {},
    "effects": [],
    "reversibility": [],
    "cost": [],
    "samples": [],
    "verdict": {},
    "digest": "",
    "state": "draft",
}


def add_rows(connection: Connection, plan_key: int, changes: Sequence[Change], *, now: datetime) -> None:
    """Write the next rows, whose `seq` is already given, and their backups."""
    if not changes:
        return
    connection.execute(insert(plan_rows), [_row(plan_key, each) for each in changes])
    kept = [_backup(plan_key, each, now) for each in changes if each.backup]
    if kept:
        connection.execute(insert(backups), kept)


def add_vetoes(connection: Connection, plan_key: int, vetoes: Sequence[Veto], *, first: int) -> None:
    """Write the next vetoes, numbered from `first`."""
    if vetoes:
        rows = [_veto(plan_key, number, each) for number, each in enumerate(vetoes, first)]
        connection.execute(insert(plan_vetoes), rows)


def count_people(connection: Connection, plan_key: int) -> int:
    """Distinct people among the rows; rows about no person count for nobody."""
    query = select(func.count(plan_rows.c.subject.distinct())).where(
        plan_rows.c.plan_key == plan_key, plan_rows.c.subject != ""
    )
    return int(connection.execute(query).scalar_one())


def new_id(connection: Connection) -> str:
    """The next plan id: `P-1001`, `P-1002` and so on."""
    return f"P-{counters.following(connection, 'plan', first=FIRST_PLAN)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Where a completed plan stands: its id, its state, the verdict as JSON, until when it may be decided."""

    plan_id: str
    state: PlanState
    verdict: Mapping[str, Any]
    expires_at: datetime


def complete(connection: Connection, plan_key: int, totals: Totals, judged: Judged) -> None:
    """Turn a draft into a plan that people can see and decide on."""
    values = {
        "id": judged.plan_id,
        "counts": {system: dict(ops) for system, ops in totals.counts.items()},
        "people": totals.people,
        "vetoes": dict(totals.vetoes),
        "effects": sorted(totals.effects),
        "reversibility": reversibility_json(totals.reversibility),
        "cost": cost_json(totals.cost),
        "samples": samples_json(totals.samples),
        "digest": totals.digest,
        "state": judged.state,
        "verdict": dict(judged.verdict),
        "expires_at": judged.expires_at,
    }
    connection.execute(
        update(plans).where(plans.c.key == plan_key, plans.c.state == "draft").values(**values)
    )


def discard(connection: Connection, plan_key: int) -> None:
    """Remove a draft with all its rows. A plan that is no draft is left alone."""
    if connection.execute(select(plans.c.state).where(plans.c.key == plan_key)).scalar() != "draft":
        return
    for table in TABLES:
        connection.execute(delete(table).where(table.c.plan_key == plan_key))
    connection.execute(delete(plans).where(plans.c.key == plan_key))


def abandoned(connection: Connection, *, before: datetime) -> list[int]:
    """Keys of drafts opened before then and never completed: their process died."""
    query = select(plans.c.key).where(plans.c.state == "draft", plans.c.created_at < before)
    return list(connection.execute(query).scalars())


def _row(plan_key: int, change: Change) -> dict[str, object]:
    return {
        "plan_key": plan_key,
        "seq": change.seq,
        "subject": change.subject,
        "system": change.system,
        "object": change.object,
        "record_id": change.record_id,
        "op": change.op,
        "set": dict(change.set),
        "guard": dict(change.guard),
        "stage": change.stage,
        "reason": change.reason,
    }


def _backup(plan_key: int, change: Change, now: datetime) -> dict[str, object]:
    return {
        "plan_key": plan_key,
        "seq": change.seq,
        "subject": change.subject,
        "record": dict(change.backup),
        "created_at": now,
    }


def _veto(plan_key: int, number: int, veto: Veto) -> dict[str, object]:
    return {
        "plan_key": plan_key,
        "n": number,
        "subject": veto.subject,
        "system": veto.system,
        "object": veto.object,
        "record_id": veto.record_id,
        "op": veto.op,
        "code": veto.code,
        "text": veto.text,
        "instead": veto.instead,
    }
