"""Single contacts: read, list, create, update, archive."""

from http import HTTPStatus
from typing import Any

from tools.twin.hubspot import store
from tools.twin.hubspot.errors import Invalid, bad_request, not_found
from tools.twin.hubspot.shown import flag, limit_of, many, shown
from tools.twin.wire import Call, Json, Reply, as_json

HISTORY_PAGE = 50
"""Records of one page when property history is asked for."""


def body(call: Call) -> dict[str, Json]:
    """The body as a JSON object."""
    try:
        given = call.json()
    except ValueError as error:
        raise bad_request("Invalid input JSON: it cannot be parsed") from error
    if not isinstance(given, dict):
        raise bad_request("Invalid input JSON: an object is expected")
    return given


def properties(given: Json) -> dict[str, Json]:
    """The `properties` of one record to write."""
    found = given.get("properties") if isinstance(given, dict) else None
    if not isinstance(found, dict):
        raise bad_request('Invalid input JSON: required "properties" is missing')
    return found


def found(call: Call, given: str, *, archived: bool = False) -> Any:  # noqa: ANN401  # a row
    """The contact of a path, by id or by the unique property that `idProperty` names."""
    kind = call.query.get("idProperty", "")
    if kind not in {"", "email", "hs_object_id"}:
        raise bad_request(f'Property "{kind}" is not a unique property')
    look = store.by_email if kind == "email" else store.by_id
    row = look(call.world, given, archived=archived)
    if row is None:
        raise not_found()
    return row


def read(call: Call, given: str) -> Reply:
    """GET contacts/{id}."""
    row = found(call, given, archived=flag(call, "archived"))
    names, history = many(call, "properties"), many(call, "propertiesWithHistory")
    return as_json(shown(call.world, row, names, history), rows=1)


def page(call: Call) -> Reply:
    """GET contacts: all of them by id, `after` the last one seen."""
    names, history = many(call, "properties"), many(call, "propertiesWithHistory")
    size = limit_of(call.query.get("limit"), most=HISTORY_PAGE if history else 100)
    after = call.query.get("after") or "0"
    if not after.isdigit():
        raise bad_request(f"after is not valid: {after}")
    rows = call.world.rows(
        "SELECT * FROM hs_person WHERE archived = ? AND id > ? ORDER BY id LIMIT ?",
        (int(flag(call, "archived")), int(after), size + 1),
    )
    document: dict[str, Json] = {"results": [shown(call.world, row, names, history) for row in rows[:size]]}
    if len(rows) > size:
        last = str(rows[size - 1]["id"])
        document["paging"] = {"next": {"after": last, "link": f"{call.path}?after={last}"}}
    return as_json(document, rows=len(rows[:size]))


def create(call: Call) -> Reply:
    """POST contacts."""
    try:
        values = store.checked(properties(body(call)))
    except Invalid as error:
        raise error.whole() from error
    refused(call)
    number = store.insert(call.world, values)
    row = store.by_id(call.world, number)
    return as_json(shown(call.world, row, list(values)), status=HTTPStatus.CREATED, rows=1)


def update(call: Call, given: str) -> Reply:
    """PATCH contacts/{id}."""
    row = found(call, given)
    try:
        values = store.checked(properties(body(call)))
    except Invalid as error:
        raise error.whole() from error
    refused(call)
    if not call.drops(0):
        store.update(call.world, row["id"], values)
    return as_json(shown(call.world, store.by_id(call.world, row["id"]), list(values)), rows=1)


def archive(call: Call, given: str) -> Reply:
    """DELETE contacts/{id}: 204 whether or not there is one."""
    row = store.by_id(call.world, given)
    refused(call)
    if row is not None and not call.drops(0):
        store.archive(call.world, row["id"])
    return Reply(status=HTTPStatus.NO_CONTENT, rows=int(row is not None))


def refused(call: Call) -> None:
    """A single write refused, where a fault demands it: rules of the portal may refuse any write."""
    if call.refuses(0):
        raise bad_request("A validation rule of this account refuses the values")
