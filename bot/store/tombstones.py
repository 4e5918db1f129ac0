"""Tombstones: a keyed hash of an address we purged, so that a re-import is suppressed at once.

Source: the Information Commissioner's guidance on direct marketing: suppress people who object, so that they
are recognised if they come back. A tombstone holds no address.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from bot.store.tables import tombstones

ERASED = "erased"  # why the tombstone of an erased person stands
_CHUNK = 5000  # below every database's limit of bound values


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """Whom we purged (a keyed hash, and the id of the key), why, by which run, when."""

    subject: str
    key_id: str
    bounce_class: str
    run_id: str
    at: datetime


def put(connection: Connection, stones: Sequence[Tombstone]) -> None:
    """Write tombstones; one that already stands for a subject is kept as it is."""
    standing = find(connection, [stone.subject for stone in stones])
    fresh = {stone.subject: stone for stone in stones if stone.subject not in standing}
    if fresh:
        rows = [{name: getattr(stone, name) for name in Tombstone.__slots__} for stone in fresh.values()]
        connection.execute(insert(tombstones), rows)


def find(connection: Connection, subjects: Sequence[str]) -> Mapping[str, Tombstone]:
    """The tombstones of these subjects, by subject."""
    found: dict[str, Tombstone] = {}
    for start in range(0, len(subjects), _CHUNK):
        query = select(tombstones).where(tombstones.c.subject.in_(subjects[start : start + _CHUNK]))
        for row in connection.execute(query).mappings():
            found[row["subject"]] = Tombstone(**row)
    return found


def remove(connection: Connection, subjects: Sequence[str]) -> int:
    """Take tombstones away; returns how many there were."""
    gone = 0
    for start in range(0, len(subjects), _CHUNK):
        part = subjects[start : start + _CHUNK]
        gone += connection.execute(delete(tombstones).where(tombstones.c.subject.in_(part))).rowcount
    return gone


def of_kind(connection: Connection, bounce_class: str) -> list[str]:
    """The subjects of every tombstone of that class."""
    query = select(tombstones.c.subject).where(tombstones.c.bounce_class == bounce_class)
    return list(connection.execute(query.order_by(tombstones.c.subject)).scalars())
