"""What the board shows: what waits for whom, what runs, what ran lately; paged by the database."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select

from bot.store.runs import RESUMABLE, UNFINISHED
from bot.store.tables import approvals, plans, runs, votes


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One request that waits for votes."""

    plan_id: str
    summary: str
    requester: str
    requester_name: str
    people: int
    approval_key: int
    group: str
    quorum: int
    approved: int
    barred: tuple[str, ...]
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One run with its plan in a line."""

    run_id: str
    plan_id: str
    summary: str
    state: str
    attention: str
    created_at: datetime
    finished_at: datetime | None


def waiting(
    connection: Connection,
    *,
    groups: Collection[str],
    besides: str = "",
    before: datetime | None = None,
    limit: int = 50,
    offset: int = 0,
) -> list[Waiting]:
    """Requests that wait for these groups, the longest waiting first.

    Those of one requester can be left out (`besides`); with `before` only what is older.
    """
    chosen = _waiting(groups, besides)
    if before is not None:
        chosen = and_(chosen, approvals.c.created_at <= before)
    query = (
        select(
            plans.c.id.label("plan_id"),
            plans.c.summary,
            plans.c.principal.label("requester"),
            plans.c.requester.label("requester_name"),
            plans.c.people,
            approvals.c.key.label("approval_key"),
            approvals.c.group,
            approvals.c.quorum,
            approvals.c.approved,
            approvals.c.barred,
            approvals.c.created_at,
            approvals.c.expires_at,
        )
        .join_from(approvals, plans, plans.c.key == approvals.c.plan_key)
        .where(chosen)
        .order_by(approvals.c.created_at, approvals.c.key)
        .limit(limit)
        .offset(offset)
    )
    found = connection.execute(query).mappings()
    return [Waiting(**{**row, "barred": tuple(row["barred"])}) for row in found]


def count_waiting(connection: Connection, *, groups: Collection[str], besides: str = "") -> int:
    """How many requests wait for these groups, those of one requester left out."""
    return int(connection.execute(select(func.count()).where(_waiting(groups, besides))).scalar_one())


def voters(connection: Connection, approval_keys: Sequence[int]) -> dict[int, frozenset[str]]:
    """Who has voted already, by approval."""
    query = select(votes.c.approval_key, votes.c.voter).where(votes.c.approval_key.in_(approval_keys))
    found: dict[int, set[str]] = {}
    for row in connection.execute(query):
        found.setdefault(row.approval_key, set()).add(row.voter)
    return {key: frozenset(people) for key, people in found.items()}


def going(connection: Connection, *, limit: int = 10) -> list[Ran]:
    """Runs that go on or wait for a person, oldest first."""
    query = _ran().where(runs.c.state.in_((*UNFINISHED, *RESUMABLE)))
    return _read(connection, query.order_by(runs.c.created_at).limit(limit))


def ended(connection: Connection, *, limit: int = 10) -> list[Ran]:
    """Runs that are over, the latest first."""
    query = _ran().where(runs.c.state.in_(("landed", "residue")))
    return _read(connection, query.order_by(runs.c.created_at.desc()).limit(limit))


def _waiting(groups: Collection[str], besides: str) -> ColumnElement[bool]:
    return and_(
        approvals.c.state == "pending",
        approvals.c.group.in_(sorted(groups)),
        approvals.c.requester != besides,
    )


def _ran() -> Select[tuple[object, ...]]:
    return select(
        runs.c.id.label("run_id"),
        plans.c.id.label("plan_id"),
        plans.c.summary,
        runs.c.state,
        runs.c.attention,
        runs.c.created_at,
        runs.c.finished_at,
    ).join_from(runs, plans, plans.c.key == runs.c.plan_key)


def _read(connection: Connection, query: Select[tuple[object, ...]]) -> list[Ran]:
    return [Ran(**row) for row in connection.execute(query).mappings()]
