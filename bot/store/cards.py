"""Where a plan's card stands on a surface, so that any process can bring it up to date."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from bot.store.once import inserted
from bot.store.tables import cards


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One posted card: the surface's name, the channel, the message's id there."""

    plan_id: str
    surface: str
    channel: str
    message: str


def put(connection: Connection, place: Place, *, now: datetime) -> None:
    """Remember a posted card; the same one twice is one."""
    values = {name: getattr(place, name) for name in Place.__slots__}
    inserted(connection, cards, **values, at=now)


def places(connection: Connection, plan_id: str, *, surface: str) -> list[Place]:
    """Where the plan's cards stand on that surface, oldest first."""
    query = (
        select(*(cards.c[name] for name in Place.__slots__))
        .where(cards.c.plan_id == plan_id, cards.c.surface == surface)
        .order_by(cards.c.at, cards.c.message)
    )
    return [Place(**row) for row in connection.execute(query).mappings()]


def plan_at(connection: Connection, *, surface: str, channel: str, message: str) -> str | None:
    """The plan whose card that message is."""
    here = (cards.c.surface == surface, cards.c.channel == channel, cards.c.message == message)
    found: str | None = connection.execute(select(cards.c.plan_id).where(*here)).scalar()
    return found


def remove(connection: Connection, place: Place) -> None:
    """Forget a card that was deleted on its surface."""
    connection.execute(
        delete(cards).where(*(cards.c[name] == getattr(place, name) for name in Place.__slots__))
    )
