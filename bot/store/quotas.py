"""The limiter of vendor calls shared by all threads and processes: one row a bucket (GCRA).

The row holds the theoretical arrival time of the next call. One atomic statement moves it by one interval and
returns how long to wait, by the database's clock, so that processes with different clocks agree.
Source: the generic cell rate algorithm, ITU-T I.371.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, case, select

from bot.store.clock import database_micros
from bot.store.once import upsert
from bot.store.tables import quotas

SECOND = 1_000_000


def reserve(connection: Connection, name: str, *, interval: float, tolerance: float, now: datetime) -> float:
    """Take the next slot of that bucket; seconds to wait before using it.

    `interval` is seconds between calls in the long run; `tolerance` is how many seconds ahead of that pace
    this caller may be, which makes a burst of `tolerance / interval` calls beyond the first.
    """
    step = round(interval * SECOND)
    moment = database_micros()
    statement = upsert(connection, quotas).values(name=name, arrival=moment + step, at=now)
    statement = statement.on_conflict_do_update(
        index_elements=["name"], set_={"arrival": _later(quotas.c.arrival, moment) + step, "at": now}
    )
    arrival, at = connection.execute(statement.returning(quotas.c.arrival, database_micros())).one()
    return max(0.0, float(arrival - step - at) / SECOND - tolerance)


def push_back(connection: Connection, name: str, *, seconds: float, now: datetime) -> None:
    """Nobody uses that bucket for so long: the vendor asked for it."""
    until = database_micros() + round(seconds * SECOND)
    statement = upsert(connection, quotas).values(name=name, arrival=until, at=now)
    statement = statement.on_conflict_do_update(
        index_elements=["name"], set_={"arrival": _later(quotas.c.arrival, until), "at": now}
    )
    connection.execute(statement)


def ahead(connection: Connection, name: str) -> float:
    """Seconds by which the bucket's reservations run ahead of now (0: idle)."""
    query = select(quotas.c.arrival - database_micros()).where(quotas.c.name == name)
    return max(0.0, float(connection.execute(query).scalar() or 0) / SECOND)


def _later(one: ColumnElement[int], other: ColumnElement[int]) -> ColumnElement[int]:
    return case((one > other, one), else_=other)
