"""Notices for surfaces: written in the transaction that makes them true, taken by one process at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, or_, select, update

from bot.store.tables import outbox

LEASE = timedelta(seconds=60)  # a claim older than this was left by a process that died


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell in a plan's thread: `plan.pending plan.cleared run.landed` and so on."""

    key: int
    kind: str
    plan_id: str
    run_id: str
    surface: str
    channel: str
    thread: str
    text: str
    created_at: datetime


def put(  # noqa: PLR0913 (a notice is these words; callers name each)
    connection: Connection,
    *,
    kind: str,
    plan_id: str,
    surface: str,
    channel: str,
    thread: str,
    now: datetime,
    run_id: str = "",
    text: str = "",
) -> None:
    """Write a notice; it exists only if the caller's transaction commits."""
    connection.execute(
        insert(outbox).values(
            kind=kind,
            plan_id=plan_id,
            run_id=run_id,
            surface=surface,
            channel=channel,
            thread=thread,
            text=text,
            created_at=now,
        )
    )


def claim(connection: Connection, *, surface: str, by: str, now: datetime, limit: int = 20) -> list[Notice]:
    """Take the oldest open notices of a surface for 60 s; nobody else gets them meanwhile."""
    free = or_(outbox.c.claimed_at.is_(None), outbox.c.claimed_at < now - LEASE)
    chosen = (
        select(outbox.c.key)
        .where(outbox.c.surface == surface, outbox.c.done_at.is_(None), free)
        .order_by(outbox.c.key)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    keys = list(connection.execute(chosen).scalars())
    if not keys:
        return []
    taken = update(outbox).where(outbox.c.key.in_(keys)).values(claimed_at=now, claimed_by=by)
    connection.execute(taken)
    query = select(*(outbox.c[name] for name in Notice.__slots__)).where(outbox.c.key.in_(keys))
    return [Notice(**row) for row in connection.execute(query.order_by(outbox.c.key)).mappings()]


def done(connection: Connection, keys: Sequence[int], now: datetime) -> None:
    """Posted: these are never taken again."""
    if keys:
        connection.execute(update(outbox).where(outbox.c.key.in_(keys)).values(done_at=now))


def prune(connection: Connection, *, before: datetime) -> int:
    """Delete notices that were posted before then."""
    return connection.execute(delete(outbox).where(outbox.c.done_at < before)).rowcount
