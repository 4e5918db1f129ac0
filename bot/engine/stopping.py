"""Stopping runs, and going on with them.

The stop flag is raised at once and every driver looks at it before each request.
"""

from datetime import datetime

from bot.engine import audit
from bot.engine.clearance import Enqueue
from bot.engine.rights import ADMIN
from bot.store import approvals, plans, runs
from bot.store.connect import Connection, Store
from bot.store.runs import Run
from tools.context import Principal
from tools.errors import InvalidArguments, Refused

STOPPERS = frozenset({ADMIN, "marops"})


def stop(store: Store, ref: str | None, by: Principal, now: datetime) -> str:
    """Stop the run behind `R-17` or `P-1042`, or all when None; one sentence. Raises `Refused`.

    Its requester, those who may decide on it, MarOps and administrators may stop one; the last two may stop
    everything.
    """
    with store.begin() as connection:
        run = None if ref is None else _run(connection, ref)
        if not _may_stop(connection, run, by):
            raise Refused(
                "Only MarOps, administrators and the one who asked can stop this", clause="who-may-stop"
            )
        stopped = runs.request_stop(connection, run.id if run else None, by=by.id)
        for run_id in stopped:
            audit.record(connection, name="run.stop_requested", actor=by.id, about=run_id, data={}, now=now)
    if stopped:
        return (
            f"Stopping {', '.join(stopped)}: no new request leaves. What is done so far stays in the report."
        )
    return f"{run.id} is not running." if run else "Nothing is running."


def resume(store: Store, ref: str, by: Principal, now: datetime, enqueue: Enqueue) -> str:
    """Go on with a run that was stopped or waits for a person; one sentence. Raises `Refused`.

    MarOps, administrators and those who may decide on it may; the one who asked may not, unless they are one
    of those: going on is a decision.
    """
    with store.begin() as connection:
        run = _run(connection, ref)
        if not _may_resume(connection, run, by):
            raise Refused("Only those who decide on this can let it go on", clause="who-may-resume")
        if not runs.reopen(connection, run.id):
            return f"{run.id} is {run.state.replace('_', ' ')}; there is nothing to go on with."
        enqueue(connection, run.id)
        audit.record(connection, name="run.resumed", actor=by.id, about=run.id, data={}, now=now)
    return f"{run.id} goes on with the rows that are left. What drifted meanwhile is skipped and reported."


def _may_resume(connection: Connection, run: Run, by: Principal) -> bool:
    approval = approvals.of_plan(connection, run.plan_key)
    return by.kind == "person" and bool(by.roles & (STOPPERS | {approval.group if approval else ADMIN}))


def _run(connection: Connection, ref: str) -> Run:
    run = runs.find(connection, ref)
    if run is None:
        raise InvalidArguments(
            "There is no such run", on=ref[:40], do="Say “list requests” for those there are."
        )
    return run


def _may_stop(connection: Connection, run: Run | None, by: Principal) -> bool:
    if by.kind != "person":
        return False
    if by.roles & STOPPERS:
        return True
    plan = plans.get(connection, run.plan_key) if run else None
    if run is None or plan is None:
        return False
    approval = approvals.of_plan(connection, run.plan_key)
    group = approval.group if approval else ""
    return by.id == plan.header.principal or group in by.roles
