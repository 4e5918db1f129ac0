"""What a turn had come to when its worker died: heard, perhaps planned, perhaps answered already."""

from datetime import datetime

from sqlalchemy import Connection, select

from bot.store.tables import plans, seen


def heard_at(connection: Connection, event_id: str) -> datetime | None:
    """When somebody began with it; None when nobody has."""
    at: datetime | None = connection.execute(select(seen.c.at).where(seen.c.id == event_id)).scalar()
    return at


def plan_of(  # noqa: PLR0913 (what tells one request from another)
    connection: Connection,
    *,
    surface: str,
    channel: str,
    thread: str,
    principal: str,
    said: str,
    since: datetime,
) -> str:
    """The plan that this person's request has led to since then; "" for none.

    In a thread turns come one after the other: whatever the thread brought since then is this one's. Without
    a `thread` of its own the request is known by its words.
    """
    here = (plans.c.surface == surface, plans.c.channel == channel, plans.c.principal == principal)
    mine = plans.c.thread == thread if thread else plans.c.said == said
    made = (plans.c.state != "draft", plans.c.created_at >= since)
    query = select(plans.c.id).where(*here, mine, *made).order_by(plans.c.key).limit(1)
    return str(connection.execute(query).scalar() or "")
