"""The door to the database: one URL, SQLite or PostgreSQL, migrated when opened.

Writes happen inside `Store.begin()`: on SQLite it takes the write lock at once (`BEGIN IMMEDIATE`), so that
what a transaction reads first is still true when it writes. Times that decide something come from the
database's clock.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, make_url, select
from sqlalchemy.pool import ConnectionPoolEntry

from bot.store.clock import database_now
from bot.store.values import to_json

__all__ = ["Connection", "Store"]

BUSY_SECONDS = 30
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}",
    "PRAGMA foreign_keys=ON",
    "PRAGMA synchronous=FULL",  # a clearance or an intent must survive a power cut
)


class Store:
    """An open, migrated database. Threads share it; processes each open their own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, url: str) -> "Store":
        """Connect to `sqlite:///path` or `postgresql+psycopg://…` and bring the tables up to date."""
        from bot.store.migrate import upgrade

        engine = create(url)
        try:
            upgrade(engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A write transaction: committed at the end, rolled back by any exception."""
        with self.engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reads, which see one state of the database; it never waits for writers."""
        with self.engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            yield connection

    @staticmethod
    def now(connection: Connection) -> datetime:
        """The database's clock, in UTC."""
        moment: datetime = connection.execute(select(database_now())).scalar_one()
        return moment

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def create(url: str) -> Engine:
    """An engine with our pragmas and JSON, not migrated."""
    if make_url(url).get_backend_name() == "sqlite":
        return _sqlite(url)
    return create_engine(
        url,
        json_serializer=to_json,
        pool_size=5,
        max_overflow=20,
        pool_pre_ping=True,
        pool_timeout=BUSY_SECONDS,
    )


def _sqlite(url: str) -> Engine:
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        json_serializer=to_json,
        pool_size=5,
        max_overflow=60,
        connect_args={"timeout": BUSY_SECONDS},
    )
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # DML outside of our own transactions (DBOS's, on this engine) must take the write lock at once as well
    connection.isolation_level = "IMMEDIATE"
    for pragma in PRAGMAS:
        connection.execute(pragma)
