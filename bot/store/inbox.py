"""Requests that were acknowledged and wait for a worker: each is taken by one, those of a lane in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from bot.store import counters
from bot.store.tables import inbox

LEASE = timedelta(seconds=60)  # a claim older than this was left by a process that died


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One request as the surface got it."""

    key: int
    lane: str
    body: Mapping[str, object]


def put(connection: Connection, arrived: Sequence[tuple[str, Mapping[str, object]]]) -> None:
    """Keep requests (lane, body) in the order they arrived."""
    connection.execute(insert(inbox), [{"lane": lane, "body": dict(body)} for lane, body in arrived])


def claim(connection: Connection, *, by: str, now: datetime, limit: int = 50) -> list[Waiting]:
    """Take the oldest, but none of a lane that another worker is at."""
    counters.following(connection, "inbox")  # held until the end: who takes next must see what was taken
    other = inbox.alias()
    at_it = and_(other.c.lane == inbox.c.lane, other.c.claimed_by != by, other.c.claimed_at >= now - LEASE)
    chosen = (
        select(inbox.c.key)
        .where(_free(now), ~select(other.c.key).where(at_it).exists())
        .order_by(inbox.c.key)
        .limit(limit)
    )
    keys = list(connection.execute(chosen).scalars())
    if not keys:
        return []
    connection.execute(update(inbox).where(inbox.c.key.in_(keys)).values(claimed_at=now, claimed_by=by))
    taken = select(inbox.c.key, inbox.c.lane, inbox.c.body).where(inbox.c.key.in_(keys))
    return [Waiting(**row) for row in connection.execute(taken.order_by(inbox.c.key)).mappings()]


def waits(connection: Connection, *, now: datetime) -> bool:
    """Whether anything is there to be taken."""
    return connection.execute(select(inbox.c.key).where(_free(now)).limit(1)).first() is not None


def _free(now: datetime) -> ColumnElement[bool]:
    return or_(inbox.c.claimed_at.is_(None), inbox.c.claimed_at < now - LEASE)


def done(connection: Connection, keys: Sequence[int]) -> None:
    """Handed over: these are never taken again."""
    if keys:
        connection.execute(delete(inbox).where(inbox.c.key.in_(keys)))
