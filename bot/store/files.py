"""Files kept for one person until they expire."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from bot.store.clock import database_now
from bot.store.tables import files
from tools.answer import File

KEEP = timedelta(days=7)


def put(connection: Connection, file: File, *, owner: str, now: datetime, keep: timedelta = KEEP) -> int:
    """Keep a file for its owner and return its key."""
    statement = insert(files).values(
        owner=owner,
        name=file.name,
        media_type=file.media_type,
        content=file.content,
        created_at=now,
        expires_at=now + keep,
    )
    key: int = connection.execute(statement.returning(files.c.key)).scalar_one()
    return key


def get(connection: Connection, key: int, *, owner: str) -> File | None:
    """The owner's file, unless it has expired. Nobody else's is found."""
    query = select(files).where(
        files.c.key == key, files.c.owner == owner, files.c.expires_at > database_now()
    )
    row = connection.execute(query).first()
    return None if row is None else File(name=row.name, content=row.content, media_type=row.media_type)


def expire(connection: Connection) -> int:
    """Delete files past their time; returns how many."""
    return connection.execute(delete(files).where(files.c.expires_at <= database_now())).rowcount
