"""Runs: one per cleared plan. State, who drives it, when it goes on, and what a person must know.

A run's rows live in `bot.store.journal`. The states are those of `tools.plan.RunState`. Every function
works in the caller's transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, exists, insert, or_, select, update

from bot.store import counters
from bot.store.tables import clearances, plans, runs, workers
from tools.plan import PlanState, RunState

RESUMABLE: tuple[RunState, ...] = ("stopped", "needs_attention")
UNFINISHED: tuple[RunState, ...] = ("queued", "running", "parked", "verifying")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run as the store knows it.

    `parked_until` is when a parked run goes on, and when a verifying run may be read back. `tries` counts
    pauses in a row without progress. `landing` is the landing report as JSON.
    """

    id: str
    plan_key: int
    digest: str
    clearance_key: int
    state: RunState
    parked_until: datetime | None
    stop_requested: bool
    stopped_by: str
    attention: str
    worker: str | None
    tries: int
    landing: Mapping[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The plan behind a run, as far as it is needed here: what is digested besides rows, and its thread."""

    id: str
    revision: int
    tool: str
    args: Mapping[str, object]
    principal: str
    policy_version: int
    state: PlanState
    surface: str
    channel: str
    thread: str
    created_at: datetime


def create(connection: Connection, *, plan_key: int, digest: str, clearance_key: int, now: datetime) -> str:
    """Open a run in state `queued` and return its id (`R-17`). One per plan: a second one is an error."""
    run_id = f"R-{counters.following(connection, 'run')}"
    connection.execute(
        insert(runs).values(
            id=run_id,
            plan_key=plan_key,
            digest=digest,
            clearance_key=clearance_key,
            state="queued",
            stop_requested=False,
            stopped_by="",
            attention="",
            tries=0,
            created_at=now,
        )
    )
    return run_id


def get(connection: Connection, run_id: str) -> Run | None:
    """The run of that id."""
    row = connection.execute(select(runs).where(runs.c.id == run_id)).mappings().first()
    return None if row is None else _run(row)


def of_plan(connection: Connection, plan_key: int) -> Run | None:
    """The run of that plan revision, if it was ever cleared."""
    row = connection.execute(select(runs).where(runs.c.plan_key == plan_key)).mappings().first()
    return None if row is None else _run(row)


def find(connection: Connection, ref: str) -> Run | None:
    """The run behind `R-17`, or behind the newest revision of `P-1042` that ran. Case does not matter."""
    wanted = ref.strip().upper()
    query = (
        select(runs)
        .join(plans, plans.c.key == runs.c.plan_key)
        .where(or_(runs.c.id == wanted, plans.c.id == wanted))
        .order_by(plans.c.revision.desc())
        .limit(1)
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else _run(row)


def origin(connection: Connection, plan_key: int) -> Origin:
    """The plan behind a run."""
    columns = [plans.c[name] for name in Origin.__dataclass_fields__]
    row = connection.execute(select(*columns).where(plans.c.key == plan_key)).mappings().one()
    return Origin(**row)


def undone_by(connection: Connection, run_id: str) -> str | None:
    """The plan that takes this run back and was not given up, if there is one."""
    live = plans.c.state.in_(("pending", "cleared", "running", "landed"))
    query = select(plans.c.id).where(plans.c.undo_of == run_id, live).order_by(plans.c.key.desc())
    return connection.execute(query.limit(1)).scalar()


def adrift(connection: Connection, *, before: datetime) -> list[str]:
    """Unfinished runs made before then that no living worker drives."""
    free = or_(runs.c.worker.is_(None), runs.c.worker.not_in(select(workers.c.id)))
    query = select(runs.c.id).where(runs.c.state.in_(UNFINISHED), runs.c.created_at < before, free)
    return list(connection.execute(query.order_by(runs.c.created_at)).scalars())


def cleared(connection: Connection, run: Run) -> bool:
    """Whether the store holds a clearance for exactly this run's plan and digest."""
    query = select(clearances.c.key).where(
        clearances.c.key == run.clearance_key,
        clearances.c.plan_key == run.plan_key,
        clearances.c.digest == run.digest,
    )
    return connection.execute(query).first() is not None


def claim(connection: Connection, run_id: str, worker: str) -> bool:
    """Make `worker` the run's driver, unless another living worker is. One winner."""
    free = or_(
        runs.c.worker.is_(None),
        runs.c.worker == worker,
        runs.c.worker.not_in(select(workers.c.id)),
    )
    done = connection.execute(update(runs).where(runs.c.id == run_id, free).values(worker=worker))
    return done.rowcount == 1


def hold(connection: Connection, run_id: str, worker: str) -> bool:
    """Lock this worker's row until the transaction ends; False when worker or run is no longer its own.

    Whoever declares the worker dead deletes that row and therefore waits for our commit, or we see it gone.
    """
    mine = select(workers.c.id).where(workers.c.id == worker).with_for_update(read=True, key_share=True)
    if connection.execute(mine).first() is None:
        return False
    driven = select(runs.c.id).where(runs.c.id == run_id, runs.c.worker == worker)
    return connection.execute(driven).first() is not None


def change(connection: Connection, run_id: str, **values: object) -> None:
    """Set columns of a run."""
    connection.execute(update(runs).where(runs.c.id == run_id).values(**values))


def request_stop(connection: Connection, run_id: str | None, *, by: str) -> list[str]:
    """Raise the stop flag of one unfinished run, or of all when None. Returns the ids it was raised for."""
    query = (
        update(runs)
        .where(runs.c.state.in_(UNFINISHED), runs.c.stop_requested.is_(False))
        .values(stop_requested=True, stopped_by=by)
        .returning(runs.c.id)
    )
    if run_id is not None:
        query = query.where(runs.c.id == run_id)
    return sorted(connection.execute(query).scalars())


def signals(connection: Connection, run_id: str, worker: str) -> tuple[bool, bool]:
    """Whether somebody asked this run to stop, and whether `worker` may still drive it."""
    alive = exists(select(workers.c.id).where(workers.c.id == worker))
    query = select(runs.c.stop_requested, and_(runs.c.worker == worker, alive)).where(runs.c.id == run_id)
    stop, mine = connection.execute(query).one()
    return bool(stop), bool(mine)


def reopen(connection: Connection, run_id: str) -> bool:
    """Put a stopped run, or one that needed attention, back into the queue. False when it is neither."""
    done = connection.execute(
        update(runs)
        .where(runs.c.id == run_id, runs.c.state.in_(RESUMABLE))
        .values(state="queued", stop_requested=False, stopped_by="", attention="", tries=0, parked_until=None)
    )
    return done.rowcount == 1


def _run(row: RowMapping) -> Run:
    return Run(**{name: row[name] for name in Run.__dataclass_fields__})
