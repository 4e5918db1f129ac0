"""Who is in a list, and which lists a record is in. Only MANUAL and SNAPSHOT lists can be written."""

from http import HTTPStatus
from typing import Any, Final

from tools.twin.hubspot import store
from tools.twin.hubspot.batches import BATCH, answered, inputs
from tools.twin.hubspot.contacts import body
from tools.twin.hubspot.errors import HubSpotError, bad_request
from tools.twin.hubspot.lists import CONTACTS, inside, known
from tools.twin.hubspot.shown import limit_of
from tools.twin.wire import Call, Json, Reply, as_json
from tools.twin.world import World

PAGE: Final = 250
MOST_REMOVED: Final = 100_000


def page(call: Call, given: str) -> Reply:
    """GET lists/{id}/memberships: by record id, `after` the last one seen."""
    row, after = known(call, given), call.query.get("after") or "0"
    size = limit_of(call.query.get("limit"), most=PAGE, default=100)
    if not after.isdigit():
        raise bad_request(f"after is not valid: {after}")
    where, values = inside(row)
    found = call.world.rows(
        "SELECT p.id, COALESCE(m.at, p.createdate) AS at FROM hs_person p LEFT JOIN hs_member m"
        f" ON m.listId = ? AND m.contactId = p.id WHERE archived = 0 AND {where} AND p.id > ?"
        " ORDER BY p.id LIMIT ?",
        [row["id"], *values, int(after), size + 1],
    )
    results = [{"recordId": str(each["id"]), "membershipTimestamp": each["at"]} for each in found[:size]]
    document: dict[str, Json] = {"results": results}
    if len(found) > size:
        last = results[-1]["recordId"]
        document["paging"] = {"next": {"after": last, "link": f"{call.path}?after={last}"}}
    return as_json(document, rows=len(results))


def _writable(call: Call, given: str) -> Any:  # noqa: ANN401  # a row
    row = known(call, given)
    if row["processing"] == "DYNAMIC":
        raise bad_request(f"List {given} is DYNAMIC: its memberships cannot be changed by hand")
    return row


def _ids(given: Json) -> list[str]:
    if not isinstance(given, list):
        raise bad_request("Invalid input JSON: an array of record ids is expected")
    return [str(each) for each in given]


def _asked(call: Call) -> Json:
    try:
        return call.json()
    except ValueError as error:
        raise bad_request("Invalid input JSON: it cannot be parsed") from error


def add(call: Call, given: str) -> Reply:
    """PUT lists/{id}/memberships/add with record ids; those already in it are passed over."""
    return _changed(call, _writable(call, given), _ids(_asked(call)), [])


def remove(call: Call, given: str) -> Reply:
    """PUT lists/{id}/memberships/remove with record ids; those not in it are passed over."""
    return _changed(call, _writable(call, given), [], _ids(_asked(call)))


def add_and_remove(call: Call, given: str) -> Reply:
    """PUT lists/{id}/memberships/add-and-remove."""
    asked = body(call)
    return _changed(
        call, _writable(call, given), _ids(asked.get("recordIdsToAdd")), _ids(asked.get("recordIdsToRemove"))
    )


def _changed(call: Call, row: Any, more: list[str], fewer: list[str]) -> Reply:  # noqa: ANN401  # a row
    if any(call.refuses(place) for place in range(len(more) + len(fewer))):
        raise bad_request("A validation rule of this account refuses the change")
    added, missing = [], []
    for place, each in enumerate(more):
        contact = store.by_id(call.world, each)
        if contact is None:
            missing.append(each)
        elif not _is_in(call.world, row["id"], contact["id"]):
            added.append(each)
            if not call.drops(place):
                now = call.world.stamp()
                call.world.run("INSERT INTO hs_member VALUES (?, ?, ?)", (row["id"], contact["id"], now))
    removed = [
        each for place, each in enumerate(fewer, start=len(more)) if _removed(call, row["id"], each, place)
    ]
    answer = {"recordsIdsAdded": added, "recordIdsRemoved": removed, "recordIdsMissing": missing}
    return as_json(answer, rows=len(added) + len(removed))


def _is_in(world: World, number: int, contact: int) -> bool:
    found = world.one("SELECT 1 FROM hs_member WHERE listId = ? AND contactId = ?", (number, contact))
    return found is not None


def _removed(call: Call, number: int, given: str, place: int) -> bool:
    contact = store.by_id(call.world, given)
    if contact is None or not _is_in(call.world, number, contact["id"]):
        return False
    if not call.drops(place):
        call.world.run("DELETE FROM hs_member WHERE listId = ? AND contactId = ?", (number, contact["id"]))
    return True


def remove_all(call: Call, given: str) -> Reply:
    """DELETE lists/{id}/memberships: everybody, of a list under 100,000."""
    row = _writable(call, given)
    counted = call.world.one("SELECT COUNT(*) AS held FROM hs_member WHERE listId = ?", (row["id"],))
    if counted and counted["held"] >= MOST_REMOVED:
        raise bad_request(f"Only lists with fewer than {MOST_REMOVED} records can be emptied")
    call.world.run("DELETE FROM hs_member WHERE listId = ?", (row["id"],))
    return Reply(status=HTTPStatus.NO_CONTENT)


def _of(world: World, number: int) -> list[Json]:
    """The lists a contact is in, dynamic ones too."""
    found = []
    for row in world.rows("SELECT * FROM hs_list ORDER BY id"):
        where, values = inside(row)
        held = world.one(
            "SELECT COALESCE((SELECT at FROM hs_member WHERE listId = ? AND contactId = p.id), createdate)"
            f" AS at FROM hs_person p WHERE id = ? AND {where}",
            [row["id"], number, *values],
        )
        if held is not None:
            times = {"firstAddedTimestamp": held["at"], "lastAddedTimestamp": held["at"]}
            found.append({"listId": str(row["id"]), "listVersion": row["version"], **times})
    return found


def of_record(call: Call, given: str) -> Reply:
    """GET lists/records/0-1/{id}/memberships."""
    contact = store.by_id(call.world, given)
    found = _of(call.world, contact["id"]) if contact is not None else []
    return as_json({"results": found, "total": len(found)}, rows=len(found))


def of_records(call: Call) -> Reply:
    """POST lists/records/memberships/batch/read: the maximum of 100 is an assumption."""
    results = []
    for each in inputs(body(call), most=BATCH):
        if each.get("objectTypeId") != CONTACTS:
            raise HubSpotError(HTTPStatus.BAD_REQUEST, "objectTypeId must be 0-1", "VALIDATION_ERROR")
        contact = store.by_id(call.world, each.get("recordId"))
        held = _of(call.world, contact["id"]) if contact is not None else []
        key = {"objectTypeId": CONTACTS, "recordId": str(each.get("recordId"))}
        results.append(key | {"recordListMemberships": held})
    return answered(call, results)
