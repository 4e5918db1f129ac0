"""Notes: small values under a name that outlive the process, until they expire."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, select

from bot.store.once import upsert
from bot.store.tables import notes


def get(connection: Connection, key: str, *, now: datetime) -> Mapping[str, object] | None:
    """The value of that name; None when there is none or it has expired."""
    query = select(notes.c.value).where(notes.c.key == key, notes.c.expires_at > now)
    value: Mapping[str, object] | None = connection.execute(query).scalar()
    return value


def put(connection: Connection, key: str, value: Mapping[str, object], *, expires: datetime) -> None:
    """Write it down, in place of what was there."""
    values = {"value": dict(value), "expires_at": expires}
    statement = upsert(connection, notes).values(key=key, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=values))


def forget(connection: Connection, key: str) -> None:
    """Take it out."""
    connection.execute(delete(notes).where(notes.c.key == key))


def expire(connection: Connection, *, now: datetime) -> int:
    """Take out what has expired; how many there were."""
    return connection.execute(delete(notes).where(notes.c.expires_at <= now)).rowcount
