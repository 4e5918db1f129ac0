"""What a turn had come to when its worker died: heard, perhaps planned, perhaps answered already."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from bot.store.tables import plans, seen

SKEW = timedelta(minutes=1)  # between the product's clock, which dates plans, and the database's


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
    """The plan that these words of this person have led to since then; "" for none.

    Looked for in the thread, or without one in the whole channel.
    """
    here = [plans.c.surface == surface, plans.c.channel == channel, plans.c.principal == principal]
    if thread:
        here.append(plans.c.thread == thread)
    made = (plans.c.said == said, plans.c.state != "draft", plans.c.created_at >= since - SKEW)
    query = select(plans.c.id).where(*here, *made).order_by(plans.c.key).limit(1)
    return str(connection.execute(query).scalar() or "")
