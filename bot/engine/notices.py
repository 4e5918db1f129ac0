"""Saying what became of a plan: a notice for its thread and an event for the audit, in one transaction."""

from datetime import datetime

from bot.engine import audit
from bot.store import outbox
from bot.store.connect import Connection
from bot.store.headers import StoredPlan


def tell(
    connection: Connection, plan: StoredPlan, kind: str, *, now: datetime, run_id: str = "", text: str = ""
) -> None:
    """Leave a notice for the surface that owns the plan's thread."""
    outbox.put(
        connection,
        kind=kind,
        plan_id=plan.header.id,
        run_id=run_id,
        surface=plan.surface,
        channel=plan.channel,
        thread=plan.thread,
        text=text,
        now=now,
    )


def record(
    connection: Connection, plan: StoredPlan, name: str, *, actor: str, now: datetime, **data: object
) -> None:
    """Append an event about the plan, with its revision and digest."""
    bound = {"revision": plan.header.revision, "digest": plan.header.digest}
    audit.record(connection, name=name, actor=actor, about=plan.header.id, data={**bound, **data}, now=now)
