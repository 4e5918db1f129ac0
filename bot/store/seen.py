"""Event ids already handled: a surface that delivers an event twice is answered once."""

from datetime import datetime

from sqlalchemy import Connection, delete, select

from bot.store.once import inserted
from bot.store.tables import seen


def first_time(connection: Connection, event_id: str, *, now: datetime) -> bool:
    """Whether nobody has handled this event yet; from now on somebody has."""
    return inserted(connection, seen, id=event_id, at=now)


def known(connection: Connection, event_id: str) -> bool:
    """Whether somebody has handled this event."""
    return connection.execute(select(seen.c.id).where(seen.c.id == event_id)).first() is not None


def prune(connection: Connection, *, before: datetime) -> int:
    """Forget events handled before then."""
    return connection.execute(delete(seen).where(seen.c.at < before)).rowcount
