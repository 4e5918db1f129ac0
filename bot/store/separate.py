"""A database of its own for each workspace, beside the installation's."""

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError


def beside(url: str, suffix: str) -> str:
    """The URL of the PostgreSQL database that is called like this one, with `_suffix` behind."""
    here = make_url(url)
    return here.set(database=f"{here.database}_{suffix}").render_as_string(hide_password=False)


def create(url: str, *, by: str) -> None:
    """Create the database of `url` through the connection `by` unless it is there.

    Needs the right to create databases; otherwise an administrator makes it beforehand.
    """
    name = make_url(url).database
    engine = create_engine(by, isolation_level="AUTOCOMMIT")
    there = text("SELECT 1 FROM pg_database WHERE datname = :name")
    try:
        with engine.connect() as connection:
            if connection.execute(there, {"name": name}).first() is None:
                quoted = connection.dialect.identifier_preparer.quote(name or "")
                connection.exec_driver_sql(f"CREATE DATABASE {quoted}")
    except DBAPIError:
        with engine.connect() as connection:  # another process was quicker
            if connection.execute(there, {"name": name}).first() is None:
                raise
    finally:
        engine.dispose()
