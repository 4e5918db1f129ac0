"""Lists of contacts: create, read, search, rename, delete."""

import json
from http import HTTPStatus
from typing import Any, Final

from tools.twin.hubspot import branches
from tools.twin.hubspot.contacts import body
from tools.twin.hubspot.errors import bad_request, not_found
from tools.twin.hubspot.shown import flag, limit_of, many
from tools.twin.wire import Call, Json, Reply, as_json
from tools.twin.world import World

CONTACTS: Final = "0-1"
KINDS: Final = ("MANUAL", "DYNAMIC", "SNAPSHOT")
SEARCHED: Final = 500


def known(call: Call, given: str) -> Any:  # noqa: ANN401  # a row
    """A list that exists."""
    row = call.world.one("SELECT * FROM hs_list WHERE id = ?", (int(given),))
    if row is None:
        raise not_found(f"List does not exist with ID {given}.")
    return row


def size(world: World, row: Any) -> int:  # noqa: ANN401  # a row
    """How many are in a list now."""
    sql, values = inside(row)
    found = world.one(f"SELECT COUNT(*) AS size FROM hs_person WHERE archived = 0 AND {sql}", values)
    return int(found["size"]) if found else 0


def inside(row: Any) -> tuple[str, list[Any]]:  # noqa: ANN401  # a row
    """The condition on contacts that are in a list."""
    if row["processing"] == "DYNAMIC":
        return branches.members_where(row["branch"])
    return "id IN (SELECT contactId FROM hs_member WHERE listId = ?)", [row["id"]]


def shown(row: Any) -> dict[str, Json]:  # noqa: ANN401  # a row
    """A list as the API shows it."""
    return {
        "listId": str(row["id"]),
        "listVersion": row["version"],
        "name": row["name"],
        "objectTypeId": CONTACTS,
        "processingStatus": "COMPLETE",
        "processingType": row["processing"],
        "createdAt": row["createdAt"],
        "updatedAt": row["updatedAt"],
    }


def _whole(call: Call, row: Any) -> dict[str, Json]:  # noqa: ANN401  # a row
    document = shown(row) | {"size": size(call.world, row)}
    if flag(call, "includeFilters") and row["branch"]:
        document["filterBranch"] = json.loads(row["branch"])
    return document


def read(call: Call, given: str) -> Reply:
    """GET lists/{id}."""
    return as_json({"list": _whole(call, known(call, given))}, rows=1)


def read_named(call: Call, name: str) -> Reply:
    """GET lists/object-type-id/0-1/name/{name}."""
    row = call.world.one("SELECT * FROM hs_list WHERE name = ?", (name,))
    if row is None:
        raise not_found(f"List does not exist with name {name}.")
    return as_json({"list": _whole(call, row)}, rows=1)


def read_many(call: Call) -> Reply:
    """GET lists?listIds=…."""
    found = [known(call, each) for each in many(call, "listIds") if each.isdigit()]
    return as_json({"lists": [_whole(call, row) for row in found]}, rows=len(found))


def create(call: Call) -> Reply:
    """POST lists: name, objectTypeId, processingType, and the filters of a dynamic one."""
    given, world = body(call), call.world
    name, kind = str(given.get("name") or "").strip(), given.get("processingType")
    if not name or kind not in KINDS or given.get("objectTypeId") != CONTACTS:
        raise bad_request("name, objectTypeId 0-1 and processingType MANUAL, DYNAMIC or SNAPSHOT are needed")
    if world.one("SELECT 1 FROM hs_list WHERE name = ?", (name,)) is not None:
        raise bad_request(f"A list with the name {name} already exists")
    branch = None if kind == "MANUAL" else branches.checked(given.get("filterBranch"))
    now = world.stamp()
    row = world.one(
        "INSERT INTO hs_list (name, processing, branch, createdAt, updatedAt) VALUES (?, ?, ?, ?, ?)"
        " RETURNING *",
        (name, kind, branch, now, now),
    )
    assert row is not None
    if kind == "SNAPSHOT":
        where, values = branches.members_where(branch)
        world.run(
            "INSERT INTO hs_member SELECT ?, id, ? FROM hs_person WHERE archived = 0 AND " + where,
            [row["id"], now, *values],
        )
    return as_json({"list": _whole(call, row)}, rows=1)


def search(call: Call) -> Reply:
    """POST lists/search: by name, offset and count; an empty query means all."""
    given = body(call)
    count, offset = limit_of(given.get("count"), most=SEARCHED, default=20), int(given.get("offset") or 0)
    kinds = [each for each in given.get("processingTypes") or KINDS if each in KINDS]
    marks = ", ".join("?" * len(kinds))
    where = f"name LIKE ? AND processing IN ({marks})"
    values: list[Any] = [f"%{given.get('query') or ''}%", *kinds]
    if given.get("listIds"):
        where += f" AND id IN ({', '.join('?' * len(given['listIds']))})"
        values += [int(each) for each in given["listIds"]]
    rows = call.world.rows(f"SELECT * FROM hs_list WHERE {where} ORDER BY id", values)
    sized = "hs_list_size" in (given.get("additionalProperties") or [])
    page = [
        shown(row) | {"additionalProperties": {"hs_list_size": str(size(call.world, row))} if sized else {}}
        for row in rows[offset : offset + count]
    ]
    end = offset + len(page)
    return as_json(
        {"lists": page, "total": len(rows), "offset": end, "hasMore": end < len(rows)}, rows=len(page)
    )


def rename(call: Call, given: str) -> Reply:
    """PUT lists/{id}/update-list-name?listName=…."""
    row, name = known(call, given), call.query.get("listName", "").strip()
    if not name:
        raise bad_request("listName must not be empty")
    now = call.world.stamp()
    call.world.run("UPDATE hs_list SET name = ?, updatedAt = ? WHERE id = ?", (name, now, row["id"]))
    return as_json({"updatedList": _whole(call, known(call, given))}, rows=1)


def delete(call: Call, given: str) -> Reply:
    """DELETE lists/{id}."""
    row = known(call, given)
    call.world.run("DELETE FROM hs_list WHERE id = ?", (row["id"],))
    call.world.run("DELETE FROM hs_member WHERE listId = ?", (row["id"],))
    return Reply(status=HTTPStatus.NO_CONTENT, rows=1)
