"""Bringing a database to the newest tables, under a lock: several processes may start at once."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from tools.errors import NeedsAttention

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 4_217_001  # any number, the same for all of our processes


def upgrade(engine: Engine) -> None:
    """Run the migrations this database has not seen.

    Raises `NeedsAttention` when it cannot be opened, or was made by a newer program than this one.
    """
    config = Config()
    # a percent sign in a path would be read as interpolation
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with _reached(engine) as connection:
        _lock(connection)
        _must_be_known(config, connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _reached(engine: Engine) -> Iterator[Connection]:
    """A transaction on a database that answers."""
    where = engine.url.render_as_string(hide_password=True)
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(engine.begin())
        except (DBAPIError, sqlite3.Error) as error:  # a pragma's failure comes unwrapped
            raise NeedsAttention(
                "The store cannot be opened",
                on=where,
                do="Check CLEARANCE_DATABASE_URL or CLEARANCE_HOME, and that the database lets us in.",
                detail=str(error),
            ) from error
        yield connection


def _must_be_known(config: Config, connection: Connection) -> None:
    """Whether this program knows the tables that the database has."""
    known = ScriptDirectory.from_config(config)
    for revision in MigrationContext.configure(connection).get_current_heads():
        try:
            known.get_revision(revision)
        except CommandError as error:
            raise NeedsAttention(
                "The store was made by a newer version of Clearance",
                on=f"its tables are of version {revision}, ours of {known.get_current_head()}",
                do="Update this program, or start it with another CLEARANCE_HOME.",
            ) from error


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
