"""Inserts that let an existing row stand, on both databases."""

from typing import TypeAlias

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Insert: TypeAlias = sqlite.Insert | postgresql.Insert


def upsert(connection: Connection, table: Table) -> Insert:
    """An insert with `on_conflict_…`, of the dialect in use."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def insert_once(connection: Connection, table: Table) -> Insert:
    """An insert that does nothing where the key is taken: `rowcount` says which."""
    return upsert(connection, table).on_conflict_do_nothing()
