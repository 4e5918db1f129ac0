"""Requests that were acknowledged and wait for a worker: each is taken by one, those of a lane in order.

A worker renews its claims while it is at them, for as long as that takes. A claim that is not renewed, or
whose process is known to be dead, is free for others.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from bot.store import counters
from bot.store.tables import inbox

LEASE = timedelta(seconds=60)  # a claim that was not renewed for so long was left by a process that died


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One request as the surface got it, and how many workers have taken it, this one included."""

    key: int
    lane: str
    body: Mapping[str, object]
    takes: int = 1


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
        .where(_free(now, by), ~select(other.c.key).where(at_it).exists())
        .order_by(inbox.c.key)
        .limit(limit)
    )
    keys = list(connection.execute(chosen).scalars())
    if not keys:
        return []
    mine = {"claimed_at": now, "claimed_by": by, "takes": inbox.c.takes + 1}
    connection.execute(update(inbox).where(inbox.c.key.in_(keys)).values(mine))
    taken = select(inbox.c.key, inbox.c.lane, inbox.c.body, inbox.c.takes).where(inbox.c.key.in_(keys))
    return [Waiting(**row) for row in connection.execute(taken.order_by(inbox.c.key)).mappings()]


def renew(connection: Connection, keys: Collection[int], *, by: str, now: datetime) -> set[int]:
    """Stay at these; returns those that are still this worker's."""
    mine = and_(inbox.c.key.in_(keys), inbox.c.claimed_by == by)
    renewed = update(inbox).where(mine).values(claimed_at=now).returning(inbox.c.key)
    return set(connection.execute(renewed).scalars())


def give_back(connection: Connection, keys: Collection[int], *, by: str) -> None:
    """Leave these to others at once: this worker ends in good order."""
    if keys:
        mine = and_(inbox.c.key.in_(keys), inbox.c.claimed_by == by)
        connection.execute(update(inbox).where(mine).values(claimed_at=None))


def holders(connection: Connection) -> set[str]:
    """The workers that are at something."""
    held = select(inbox.c.claimed_by).where(inbox.c.claimed_at.is_not(None)).distinct()
    return {by for by in connection.execute(held).scalars() if by}


def bury(connection: Connection, by: str) -> None:
    """Free what a worker held that is surely dead."""
    connection.execute(update(inbox).where(inbox.c.claimed_by == by).values(claimed_at=None))


def waits(connection: Connection, *, by: str, now: datetime) -> bool:
    """Whether anything is there for this worker to take."""
    return connection.execute(select(inbox.c.key).where(_free(now, by)).limit(1)).first() is not None


def _free(now: datetime, by: str) -> ColumnElement[bool]:
    # what a worker holds it never takes again: it is still at it, however late the renewal
    left = and_(inbox.c.claimed_at < now - LEASE, inbox.c.claimed_by != by)
    return or_(inbox.c.claimed_at.is_(None), left)


def done(connection: Connection, keys: Collection[int], *, by: str = "") -> None:
    """Done with: these are never taken again. With `by`, only those that are still that worker's."""
    if keys:
        gone = delete(inbox).where(inbox.c.key.in_(keys))
        connection.execute(gone.where(inbox.c.claimed_by == by) if by else gone)
