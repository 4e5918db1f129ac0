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

    @property
    def called(self) -> dict[str, object]:
        """The arguments alone: what a question notes beside them begins with a question mark."""
        return {name: value for name, value in (self.args or {}).items() if not name.startswith("?")}


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


def newest(connection: Connection, *, surface: str, channel: str, thread: str, principal: str) -> int:
    """The key of the last exchange of a person in a thread; 0 when there is none."""
    here = (turns.c.surface == surface, turns.c.channel == channel, turns.c.thread == thread)
    query = select(turns.c.key).where(*here, turns.c.principal == principal).order_by(turns.c.key.desc())
    return int(connection.execute(query.limit(1)).scalar() or 0)


def of_plan(connection: Connection, plan_id: str) -> int:
    """The key of the exchange that made a plan; 0 when it is forgotten."""
    query = select(turns.c.key).where(turns.c.plan_id == plan_id).order_by(turns.c.key).limit(1)
    return int(connection.execute(query).scalar() or 0)


def get(connection: Connection, key: int) -> Turn | None:
    """One exchange by its key."""
    query = select(*(turns.c[name] for name in Turn.__slots__)).where(turns.c.key == key)
    row = connection.execute(query).mappings().first()
    return None if row is None else Turn(**row)


def since(connection: Connection, moment: datetime) -> list[Turn]:
    """Every exchange since then, oldest first: for reports on what is asked and how it ends."""
    query = select(*(turns.c[name] for name in Turn.__slots__)).where(turns.c.at >= moment)
    return [Turn(**row) for row in connection.execute(query.order_by(turns.c.key)).mappings()]


def prune(connection: Connection, *, before: datetime) -> int:
    """Delete exchanges older than that."""
    return connection.execute(delete(turns).where(turns.c.at < before)).rowcount
