"""The database's clock as an expression, so that a predicate and its time are judged in one place."""

from datetime import datetime

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from bot.store.tables import Key, Moment


class database_now(FunctionElement[datetime]):  # noqa: N801 (it reads as a SQL function)
    """This very moment, in the format of `Moment`; milliseconds on SQLite, microseconds on PostgreSQL."""

    type = Moment()
    inherit_cache = True


class database_micros(FunctionElement[int]):  # noqa: N801 (it reads as a SQL function)
    """Microseconds since 1970 by the database's clock."""

    type = Key
    inherit_cache = True


@compiles(database_now)
def _now_sqlite(*_element: object, **_options: object) -> str:
    return "(strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z')"


@compiles(database_now, "postgresql")
def _now_postgresql(*_element: object, **_options: object) -> str:
    # clock_timestamp, not now(): now() stands still during a transaction that waited for a lock
    return "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"


@compiles(database_micros)
def _micros_sqlite(*_element: object, **_options: object) -> str:
    return "CAST(ROUND((julianday('now') - 2440587.5) * 86400000.0) * 1000 AS INTEGER)"


@compiles(database_micros, "postgresql")
def _micros_postgresql(*_element: object, **_options: object) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"
