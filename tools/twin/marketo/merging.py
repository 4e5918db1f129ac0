"""Merging leads: the winner keeps its values, empty ones are filled from the losers in their order."""

from typing import Final

from tools.twin import sync
from tools.twin.marketo.errors import MarketoError, request_id
from tools.twin.marketo.store import FIELDS
from tools.twin.wire import Call, Reply, as_json
from tools.twin.world import World

MOST: Final = 3
KEPT: Final = frozenset({"id", "createdAt", "updatedAt"})


def merge(call: Call, winner: str) -> Reply:
    """POST leads/{id}/merge.json?leadIds=…: at most three; there is no way back."""
    wanted = [each for each in call.query.get("leadIds", call.query.get("leadId", "")).split(",") if each]
    if not 1 <= len(wanted) <= MOST or not all(each.isdigit() for each in wanted) or winner in wanted:
        raise MarketoError("1003", f"leadIds must hold 1 to {MOST} ids of other leads")
    for each in (winner, *wanted):
        if call.world.one("SELECT 1 FROM mk_lead WHERE id = ?", (int(each),)) is None:
            raise MarketoError("1004", f"Lead '{each}' not found")
    if call.refuses(0):
        raise MarketoError("1003", "The leads cannot be merged")
    if not call.drops(0):
        for each in wanted:
            _into(call.world, int(winner), int(each))
    return as_json({"requestId": request_id(), "success": True}, rows=len(wanted))


def _into(world: World, winner: int, loser: int) -> None:
    """One loser into the winner: empty values filled, activities and places moved, the loser gone."""
    kept = world.one("SELECT * FROM mk_lead WHERE id = ?", (winner,))
    gone = world.one("SELECT * FROM mk_lead WHERE id = ?", (loser,))
    assert kept is not None
    assert gone is not None
    booleans = {name for name, field in FIELDS.items() if field.type == "boolean"}
    filled = {
        name: gone[name]
        for name in FIELDS
        if name not in KEPT | booleans and kept[name] in {None, ""} and gone[name] not in {None, ""}
    }
    filled["updatedAt"] = world.stamp()
    assignments = ", ".join(f"{name} = ?" for name in filled)
    world.run(f"UPDATE mk_lead SET {assignments} WHERE id = ?", [*filled.values(), winner])
    world.run("UPDATE mk_activity SET leadId = ? WHERE leadId = ?", (winner, loser))
    for table in ("mk_member", "mk_program_member"):
        world.run(f"UPDATE OR IGNORE {table} SET leadId = ? WHERE leadId = ?", (winner, loser))
        world.run(f"DELETE FROM {table} WHERE leadId = ?", (loser,))
    world.run("DELETE FROM mk_lead WHERE id = ?", (loser,))
    name = f"{gone['firstName'] or ''} {gone['lastName'] or ''}".strip()
    world.run("INSERT INTO mk_deleted VALUES (?, ?, ?, ?)", (loser, None, name, world.stamp()))
    sync.marketo_changed(world, winner, sorted(filled))
