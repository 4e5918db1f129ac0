"""The queue between Salesforce and the marketing automation: what the other sees after the lag."""

import json
from collections.abc import Iterable
from typing import Final

from tools.twin.world import World

TABLE: Final = """
CREATE TABLE twin_sync (
  n INTEGER PRIMARY KEY, due TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, detail TEXT NOT NULL
)
"""
SYNCED_OBJECTS: Final = frozenset({"Contact", "Lead"})


def _later(world: World, kind: str, key: str, detail: object) -> None:
    """Queue one piece of work for after the lag, and for after what waits where the sync is slow."""
    due = world.stamp(seconds=world.settings.sync_lag_seconds + _behind(world))
    world.run(
        "INSERT INTO twin_sync (due, kind, key, detail) VALUES (?, ?, ?, ?)",
        (due, kind, key, json.dumps(detail)),
    )


def _behind(world: World) -> float:
    """How many seconds the sync is behind because of what waits already."""
    pace = world.settings.sync_pieces_per_minute
    return backlog(world) * 60 / pace if pace else 0.0


def salesforce_changed(world: World, name: str, record: str, fields: Iterable[str] = ()) -> None:
    """Salesforce changed these fields of a record, or created it or brought it back (no fields)."""
    if name in SYNCED_OBJECTS:
        _later(world, "salesforce_changed", record, [name, sorted(fields)])


def salesforce_deleted(world: World, name: str, record: str) -> None:
    """Salesforce deleted a record."""
    if name in SYNCED_OBJECTS:
        _later(world, "salesforce_deleted", record, [name])


def marketo_changed(world: World, lead: int, fields: Iterable[str]) -> None:
    """Marketo changed these fields of a lead."""
    _later(world, "marketo_changed", str(lead), sorted(fields))


def marketo_deleted(world: World, record: str) -> None:
    """Marketo deleted the lead of this Salesforce record."""
    _later(world, "marketo_deleted", record, [])


def hubspot_changed(world: World, contact: int, fields: Iterable[str]) -> None:
    """HubSpot changed these properties of a contact, or what its address has opted out of."""
    _later(world, "hubspot_changed", str(contact), sorted(fields))


def backlog(world: World) -> int:
    """Pieces of work that wait."""
    row = world.one("SELECT COUNT(*) AS waiting FROM twin_sync")
    return int(row["waiting"]) if row else 0
