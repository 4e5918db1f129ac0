"""Conversation: what was said in a thread, what was called, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from bot.store.tables import turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One exchange. `outcome` is one of answered, planned, asked, declined, failed."""

    surface: str
    channel: str
    thread: str
    principal: str
    said: str
    replied: str
    outcome: str
    at: datetime
    tool: str | None = None
    args: Mapping[str, object] | None = None
    plan_id: str | None = None


def add(connection: Connection, turn: Turn) -> None:
    """Remember an exchange."""
    values = {name: getattr(turn, name) for name in Turn.__slots__}
    values["args"] = None if turn.args is None else dict(turn.args)
    # PostgreSQL's text cannot hold NUL, and people paste anything
    values["said"], values["replied"] = turn.said.replace("\0", ""), turn.replied.replace("\0", "")
    connection.execute(insert(turns).values(**values))


def recent(connection: Connection, *, surface: str, channel: str, thread: str, limit: int = 10) -> list[Turn]:
    """The last exchanges of a thread, oldest first."""
    query = (
        select(*(turns.c[name] for name in Turn.__slots__))
        .where(turns.c.surface == surface, turns.c.channel == channel, turns.c.thread == thread)
        .order_by(turns.c.key.desc())
        .limit(limit)
    )
    return [Turn(**row) for row in connection.execute(query).mappings()][::-1]


def since(connection: Connection, moment: datetime) -> list[Turn]:
    """Every exchange since then, oldest first: for reports on what is asked and how it ends."""
    query = select(*(turns.c[name] for name in Turn.__slots__)).where(turns.c.at >= moment)
    return [Turn(**row) for row in connection.execute(query.order_by(turns.c.key)).mappings()]


def prune(connection: Connection, *, before: datetime) -> int:
    """Delete exchanges older than that."""
    return connection.execute(delete(turns).where(turns.c.at < before)).rowcount
