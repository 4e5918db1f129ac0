"""Questions that the pages did not answer, or answered to nobody's help: what to write next.

A gap holds no addresses and nobody's name; it is kept for a year and then forgotten by `prune`, which the
sweep calls.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, delete, insert, select

from bot.store.tables import gaps
from tools.rules.plain_text import without_addresses

Kind = Literal["none", "closest", "thumbs_down"]
KEPT = timedelta(days=365)
LONGEST = 300  # characters kept of a question


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One question, who it was asked for (`everyone`, or roles), why it counts, the nearest page or ""."""

    question: str
    audience: str
    kind: Kind
    page: str
    at: datetime


def add(connection: Connection, gap: Gap) -> None:
    """Keep one; addresses in the question are replaced by words."""
    values = {name: getattr(gap, name) for name in Gap.__slots__}
    values["question"] = without_addresses(gap.question.replace("\0", ""))[:LONGEST]
    connection.execute(insert(gaps).values(**values))


def since(connection: Connection, moment: datetime) -> list[Gap]:
    """Gaps since then, oldest first."""
    query = select(*(gaps.c[name] for name in Gap.__slots__)).where(gaps.c.at >= moment)
    return [Gap(**row) for row in connection.execute(query.order_by(gaps.c.at, gaps.c.key)).mappings()]


def prune(connection: Connection, *, before: datetime) -> int:
    """Delete gaps older than that."""
    return connection.execute(delete(gaps).where(gaps.c.at < before)).rowcount
