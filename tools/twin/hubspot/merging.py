"""Merging two contacts, and deleting one for good.

Sources disagree on who wins: HubSpot's knowledge base says that a merge keeps the most marketable status and
takes the other record out of every static list, its changelog of January 2025 that the merged record has a
new id which both old ones lead to. The latter is a setting. A merge cannot be undone.
"""

from http import HTTPStatus
from typing import Any, Final

from tools.twin.hubspot import store
from tools.twin.hubspot.contacts import body
from tools.twin.hubspot.errors import bad_request, not_found
from tools.twin.hubspot.fields import STORED
from tools.twin.hubspot.shown import shown
from tools.twin.wire import Call, Reply, as_json
from tools.twin.world import World

OWN: Final = frozenset({"email", "createdate", "lastmodifieddate", "hs_additional_emails",
                        "hs_merged_object_ids", "hs_marketable_status"})  # fmt: skip


def merge(call: Call) -> Reply:
    """POST contacts/merge."""
    given, world = body(call), call.world
    primary, other = (store.by_id(world, given.get(name)) for name in ("primaryObjectId", "objectIdToMerge"))
    if primary is None or other is None:
        raise not_found()
    if primary["id"] == other["id"]:
        raise bad_request("A record cannot be merged with itself")
    if call.refuses(0):
        raise bad_request("A validation rule of this account refuses the merge")
    number = primary["id"] if call.drops(0) else _merged(world, primary, other)
    return as_json(shown(world, store.by_id(world, number), []), rows=1)


def _merged(world: World, primary: Any, other: Any) -> int:  # noqa: ANN401  # rows
    """The id the merged record has now. The primary's values stay; what it lacks comes from the other."""
    values = {name: primary[name] or other[name] for name in STORED if name not in OWN}
    values |= {
        "email": primary["email"] or other["email"],
        "createdate": min(primary["createdate"], other["createdate"]),
        "lastmodifieddate": world.stamp(),
        "hs_additional_emails": _joined(primary, other, "hs_additional_emails", "email"),
        "hs_merged_object_ids": _joined(primary, other, "hs_merged_object_ids", "hs_object_id"),
        "hs_marketable_status": max(
            primary["hs_marketable_status"] or "", other["hs_marketable_status"] or ""
        ),
    }
    number = int(primary["id"])
    if world.settings.hubspot_merge_new_id:
        row = world.one("SELECT MAX(id) AS last FROM hs_contact")
        number = (row["last"] if row else store.FIRST_ID) + 1
    _moved(world, primary["id"], other["id"], number)
    world.run("DELETE FROM hs_contact WHERE id IN (?, ?)", (primary["id"], other["id"]))
    names = ", ".join(values)
    marks = ", ".join("?" * (len(values) + 1))
    world.run(f"INSERT INTO hs_contact (id, {names}) VALUES ({marks})", [number, *values.values()])
    return number


def _moved(world: World, primary: int, other: int, number: int) -> None:
    """What hangs on the two goes to the merged record, but the other's places in static lists."""
    world.run("DELETE FROM hs_member WHERE contactId = ?", (other,))
    world.run("UPDATE hs_member SET contactId = ? WHERE contactId = ?", (number, primary))
    for table in ("hs_history", "hs_event"):
        world.run(f"UPDATE {table} SET contactId = ? WHERE contactId IN (?, ?)", (number, primary, other))
    world.run("UPDATE hs_alias SET now = ? WHERE now IN (?, ?)", (number, primary, other))
    for old in {primary, other} - {number}:
        world.run("INSERT OR REPLACE INTO hs_alias VALUES (?, ?)", (old, number))


def _joined(primary: Any, other: Any, listed: str, single: str) -> str | None:  # noqa: ANN401  # rows
    """A list of the two records' values, separated by semicolons, the primary's own left out."""
    parts = [part for row in (primary, other) for part in (row[listed] or "").split(";") if part]
    own = [other[single]] if single == "email" else [primary[single], other[single]]
    return ";".join(dict.fromkeys([*parts, *(str(each) for each in own if each)])) or None


def gdpr_delete(call: Call) -> Reply:
    """POST contacts/gdpr-delete: one contact for good; an address nobody has is blocked for the future."""
    given, world = body(call), call.world
    by_email = given.get("idProperty") == "email"
    row = (store.by_email if by_email else store.by_id)(world, given.get("objectId"))
    if row is None and not by_email:
        raise not_found()
    address = store.spelled(row["email"] if row is not None else given.get("objectId"))
    if not call.drops(0):
        if address:
            world.run("INSERT OR IGNORE INTO hs_blocked VALUES (?, ?)", (address, world.stamp()))
        store.forget(world, [row["id"]] if row is not None else [])
    return Reply(status=HTTPStatus.NO_CONTENT, rows=1)
