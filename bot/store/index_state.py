"""Which generation of the runbook index is being served."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from bot.store.once import upsert
from bot.store.tables import index_state


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One built index: its name, which generation, made with which embedder, details for the doctor."""

    name: str
    generation: str
    embedder: str
    detail: Mapping[str, object]
    at: datetime


def serve(connection: Connection, generation: Generation) -> None:
    """Serve this generation from now on."""
    values = {name: getattr(generation, name) for name in Generation.__slots__}
    values["detail"] = dict(generation.detail)
    changed = {name: value for name, value in values.items() if name != "name"}
    statement = upsert(connection, index_state).values(**values)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changed))


def served(connection: Connection, name: str) -> Generation | None:
    """The generation being served, if any was built."""
    row = connection.execute(select(index_state).where(index_state.c.name == name)).mappings().first()
    return None if row is None else Generation(**row)
