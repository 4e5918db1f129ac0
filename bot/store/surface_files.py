"""Files that lie on a surface: sent by us, or attached by people and perhaps not used yet.

A row holds what fetches or deletes the file there, never its content. It goes with the file: when that has
expired and was deleted on the surface.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, select, update

from bot.store.once import inserted
from bot.store.tables import surface_files

KEPT = timedelta(days=7)
WAITS = timedelta(hours=1)  # for words that say what to do with a file
CLAIMED = timedelta(minutes=10)  # whoever began to delete one and died leaves it to the next after this


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceFile:
    """One file: its id on the surface, whose it is, where it lies, and what fetches it again.

    One that was attached and that no request used is nothing of ours: it is forgotten, not deleted.
    """

    surface: str
    file_id: str
    principal: str
    channel: str
    kind: Literal["sent", "attached"]
    created_at: datetime
    expires_at: datetime
    detail: Mapping[str, object] = field(default_factory=dict)
    used_at: datetime | None = None


COLUMNS = tuple(surface_files.c[name] for name in SurfaceFile.__slots__)


def put(connection: Connection, file: SurfaceFile) -> None:
    """Remember a file; the same one twice is one."""
    inserted(connection, surface_files, **{name: getattr(file, name) for name in SurfaceFile.__slots__})


def waiting(
    connection: Connection, *, surface: str, channel: str, principal: str, since: datetime
) -> list[SurfaceFile]:
    """What this person attached here since then and nothing was asked of yet, oldest first."""
    unused = and_(surface_files.c.used_at.is_(None), surface_files.c.created_at >= since)
    mine = and_(_attached(surface, channel, principal), unused)
    return _read(connection, select(*COLUMNS).where(mine).order_by(surface_files.c.created_at))


def last_used(
    connection: Connection, *, surface: str, channel: str, principal: str, since: datetime
) -> SurfaceFile | None:
    """What this person's latest request about a file here was about; None when that is longer ago."""
    mine = and_(_attached(surface, channel, principal), surface_files.c.used_at >= since)
    query = select(*COLUMNS).where(mine).order_by(surface_files.c.used_at.desc()).limit(1)
    return next(iter(_read(connection, query)), None)


def use(connection: Connection, file: SurfaceFile, *, now: datetime) -> bool:
    """Take a waiting file for a request; False when another request took it."""
    mine = and_(
        surface_files.c.surface == file.surface,
        surface_files.c.file_id == file.file_id,
        surface_files.c.used_at.is_(None),
    )
    taken = update(surface_files).where(mine).values(used_at=now, expires_at=now + KEPT)
    return connection.execute(taken).rowcount == 1


def take_expired(
    connection: Connection, *, surface: str, now: datetime, limit: int = 20
) -> list[SurfaceFile]:
    """Files past their time, to be deleted by the caller; nobody else gets them for ten minutes."""
    late = and_(surface_files.c.surface == surface, surface_files.c.expires_at <= now)
    query = select(*COLUMNS).where(late).order_by(surface_files.c.expires_at).limit(limit)
    return [each for each in _read(connection, query) if _claimed(connection, each, now)]


def forget(connection: Connection, file: SurfaceFile) -> None:
    """The file is gone from its surface."""
    connection.execute(delete(surface_files).where(_is(file)))


def _attached(surface: str, channel: str, principal: str) -> ColumnElement[bool]:
    """What this person attached here."""
    return and_(
        surface_files.c.surface == surface,
        surface_files.c.channel == channel,
        surface_files.c.principal == principal,
        surface_files.c.kind == "attached",
    )


def _read(connection: Connection, query: Select[Any]) -> list[SurfaceFile]:
    return [SurfaceFile(**row) for row in connection.execute(query).mappings()]


def _claimed(connection: Connection, file: SurfaceFile, now: datetime) -> bool:
    mine = and_(_is(file), surface_files.c.expires_at == file.expires_at)
    later = update(surface_files).where(mine).values(expires_at=now + CLAIMED)
    return connection.execute(later).rowcount == 1


def _is(file: SurfaceFile) -> ColumnElement[bool]:
    return and_(surface_files.c.surface == file.surface, surface_files.c.file_id == file.file_id)
