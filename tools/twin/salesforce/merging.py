"""Merging contacts or leads: the master's values win unless given, children move, losers go to the bin.

Source: the SOAP API's merge() call, which is the only one there is. At most three records with the master, of
one object; what was merged can be taken out of the bin, but its children stay with the master.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from tools.twin import sync
from tools.twin.salesforce import records
from tools.twin.salesforce.errors import RowError
from tools.twin.salesforce.schema import OBJECTS, SObject
from tools.twin.wire import Json
from tools.twin.world import World

MERGED: Final = ("Contact", "Lead")
MOST_LOSERS: Final = 2
# A person is in a campaign once and has one role in an opportunity: of two, the master's is kept. Which one
# the vendor keeps is an assumption.
ONCE: Final = {"CampaignMember": "CampaignId", "OpportunityContactRole": "OpportunityId"}


def merge(
    world: World, source: SObject, master: str, values: dict[str, Json], losers: Sequence[str]
) -> list[str]:
    """Merge the losers into the master; returns the ids of the children that moved."""
    if source.name not in MERGED:
        raise RowError("INVALID_TYPE", f"sObject type '{source.name}' cannot be merged.")
    if not 1 <= len(losers) <= MOST_LOSERS:
        raise RowError("NUMBER_OUTSIDE_VALID_RANGE", "a merge takes one or two records besides the master")
    rows = [records.existing(world, source, each) for each in (master, *losers)]
    if len({row["Id"] for row in rows}) < len(rows):
        raise RowError("INVALID_FIELD", "a record cannot be merged with itself")
    if source.name == "Lead" and any(row["IsConverted"] for row in rows):
        raise RowError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    kept = records.update(world, source, master, values)
    moved = [child for loser in rows[1:] for child in _reparented(world, source, loser["Id"], kept)]
    for loser in rows[1:]:
        _lost(world, source, loser, kept)
    return moved


def _children(source: SObject) -> Iterator[tuple[SObject, str]]:
    """Objects and their fields that point at records of this object."""
    for child in OBJECTS.values():
        if child.history_of:
            continue
        for field in child.fields.values():
            if source.name in {field.to, *field.also} and field.name != "MasterRecordId":
                yield child, field.name


def _reparented(world: World, source: SObject, loser: str, master: str) -> Iterator[str]:
    """Move a loser's children to the master; what the master has already goes to the bin instead."""
    now = world.stamp()
    for child, key in _children(source):
        sql = f'SELECT * FROM {child.table} WHERE "{key}" = ? AND "IsDeleted" = 0'
        held = {row[ONCE[child.name]] for row in world.rows(sql, (master,))} if child.name in ONCE else set()
        for row in world.rows(sql, (loser,)):
            if child.name in ONCE and row[ONCE[child.name]] in held:
                records.to_bin(world, child, row["Id"], now, loser)
                continue
            sql_move = f'UPDATE {child.table} SET "{key}" = ?, "SystemModstamp" = ? WHERE "Id" = ?'
            world.run(sql_move, (master, now, row["Id"]))
            yield row["Id"]


def _lost(world: World, source: SObject, loser: Any, master: str) -> None:  # noqa: ANN401  # a row
    """Put a loser into the bin, with the record it was merged into."""
    records.to_bin(world, source, loser["Id"], world.stamp(), "")
    world.run(f'UPDATE {source.table} SET "MasterRecordId" = ? WHERE "Id" = ?', (master, loser["Id"]))
    sync.salesforce_deleted(world, source.name, loser["Id"])
