"""Bringing a database to the newest tables, under a lock: several processes may start at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 4_217_001  # any number, the same for all of our processes


def upgrade(engine: Engine) -> None:
    """Run the migrations this database has not seen."""
    with engine.begin() as connection:
        _lock(connection)
        config = Config()
        # a percent sign in a path would be read as interpolation
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
