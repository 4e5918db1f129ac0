"""Inserts that let an existing row stand, on both databases."""

from typing import TypeAlias

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Insert: TypeAlias = sqlite.Insert | postgresql.Insert


def upsert(connection: Connection, table: Table) -> Insert:
    """An insert with `on_conflict_…`, of the dialect in use."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def inserted(connection: Connection, table: Table, **values: object) -> bool:
    """Write the row unless one of its key is there; whether it was written."""
    statement = upsert(connection, table).values(**values).on_conflict_do_nothing()
    # what comes back tells: a row count is not reported by every driver
    return connection.execute(statement.returning(*table.primary_key.columns)).first() is not None
