"""Workers: a row per living worker, beaten by the database's clock. The row is the worker's lease.

Whoever sees a stale beat deletes the row; a worker without a row may write nothing and send nothing.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from bot.store.tables import workers


def enter(connection: Connection, worker: str, now: datetime) -> None:
    """Take up the lease. `worker` is unique per start of a process."""
    connection.execute(insert(workers).values(id=worker, started_at=now, beat_at=now))


def beat(connection: Connection, worker: str, now: datetime) -> bool:
    """Renew the lease; False when somebody took it away."""
    done = connection.execute(update(workers).where(workers.c.id == worker).values(beat_at=now))
    return done.rowcount == 1


def leave(connection: Connection, worker: str) -> bool:
    """Take the lease away; False when it was gone already."""
    return connection.execute(delete(workers).where(workers.c.id == worker)).rowcount == 1


def reap(connection: Connection, *, now: datetime, patience: float) -> list[str]:
    """Declare dead every worker not heard of for `patience` seconds; returns those this call buried."""
    stale = workers.c.beat_at < now - timedelta(seconds=patience)
    return sorted(connection.execute(delete(workers).where(stale).returning(workers.c.id)).scalars())


def living(connection: Connection) -> list[str]:
    """The workers that hold a lease."""
    return sorted(connection.execute(select(workers.c.id)).scalars())
