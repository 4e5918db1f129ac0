"""Leads: read by filter, create and update, delete, describe."""

import base64
import json
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from tools.twin.marketo import store
from tools.twin.marketo.errors import MEANINGS, MarketoError, skipped, success
from tools.twin.marketo.store import FIELDS, LeadField
from tools.twin.wire import Call, Json, Reply
from tools.twin.world import World

BATCH: Final = 300
MOST_MATCHES: Final = 1_000
LONGEST_URI: Final = 8_192
DEFAULT: Final = ("id", "firstName", "lastName", "email", "updatedAt", "createdAt")
BOOLEANS: Final = frozenset(field.name for field in FIELDS.values() if field.type == "boolean")
FILTERS: Final = frozenset({"id", "email", "sfdcId", "company", "lastName", "firstName", "leadStatus"})
TRUE_WORDS: Final = {"true": 1, "false": 0, "1": 1, "0": 0}


def parameters(call: Call) -> dict[str, str]:
    """Query parameters, and a form's for a POST with `_method=GET` (the way round the 8 KB of a URI).

    A name given more than once stands for its values in one list, which commas part as well.
    """
    given: dict[str, str] = {}
    form = call.body.decode("utf-8", "replace") if call.method == "POST" else ""
    for text in (urlsplit(call.target).query, form):
        for name, value in parse_qsl(text, keep_blank_values=True):
            given[name] = f"{given[name]},{value}" if name in given else value
    return given


def chosen(given: dict[str, str]) -> list[str]:
    """The fields asked for."""
    names = [each.strip() for each in given.get("fields", "").split(",") if each.strip()]
    for name in names:
        if name not in FIELDS:
            raise MarketoError("1006", f"Field '{name}' not found")
    return ["id", *(name for name in names if name != "id")] if names else list(DEFAULT)


def present(row: Any, names: list[str]) -> dict[str, Json]:  # noqa: ANN401  # a row
    """A lead as REST shows it, from a row that has these columns in this order."""
    pairs = zip(names, row, strict=True)
    return {name: bool(value) if name in BOOLEANS else value for name, value in pairs}


def page_token(position: int) -> str:
    """An opaque token that stands for a position."""
    return base64.urlsafe_b64encode(json.dumps({"p": position}).encode()).decode()


def position_of(token: str) -> int:
    """The position a token stands for."""
    if not token:
        return 0
    try:
        return int(json.loads(base64.urlsafe_b64decode(token))["p"])
    except (ValueError, KeyError, TypeError) as error:
        raise MarketoError("1003", f"Invalid nextPageToken: {token}") from error


def batch_size(given: dict[str, str]) -> int:
    """The page size asked for, at most 300."""
    asked = given.get("batchSize") or str(BATCH)
    size = int(asked) if asked.isdigit() else 0
    if not 1 <= size <= BATCH:
        raise MarketoError("1003", f"batchSize must be between 1 and {BATCH}")
    return size


def read(call: Call) -> Reply:
    """GET leads.json?filterType=…&filterValues=…."""
    given = parameters(call)
    kind, size, names = given.get("filterType", ""), batch_size(given), chosen(given)
    values = [each.strip() for each in given.get("filterValues", "").split(",") if each.strip()]
    if kind not in FILTERS:
        raise MarketoError("1003", f"Invalid filterType '{kind}'")
    if not values or len(values) > BATCH:
        raise MarketoError("1003", f"filterValues must hold 1 to {BATCH} values")
    marks = ", ".join("?" * len(values))
    where = f"{kind} IN ({marks}) ORDER BY id LIMIT {MOST_MATCHES + 1}"
    found = call.world.rows(f"SELECT {', '.join(names)} FROM mk_lead WHERE {where}", values)
    if len(found) > MOST_MATCHES:
        raise MarketoError("1003", "Too many results match the filter")
    start = position_of(given.get("nextPageToken", ""))
    page = found[start : start + size]
    token = page_token(start + size) if start + size < len(found) else ""
    return success([present(row, names) for row in page], token=token)


def read_one(call: Call, lead: str) -> Reply:
    """GET lead/{id}.json."""
    names = chosen(dict(call.query))
    row = call.world.one(f"SELECT {', '.join(names)} FROM mk_lead WHERE id = ?", (int(lead),))
    if row is None:
        raise MarketoError("1004", f"Lead '{lead}' not found")
    return success([present(row, names)])


def body(call: Call) -> dict[str, Json]:
    """The body as a JSON object."""
    try:
        given = call.json()
    except ValueError as error:
        raise MarketoError("609", "Invalid JSON") from error
    if not isinstance(given, dict):
        raise MarketoError("609", "Invalid JSON")
    return given


def inputs(given: dict[str, Json]) -> list[dict[str, Json]]:
    """The records of a request, 1 to 300."""
    found = given.get("input")
    if not isinstance(found, list) or not 1 <= len(found) <= BATCH:
        raise MarketoError("1003", f"input must hold 1 to {BATCH} records")
    return found


def write(call: Call) -> Reply:
    """POST leads.json with action, lookupField and input; a form with `_method=GET` is a read."""
    if call.query.get("_method") == "GET" or call.headers.get("content-type", "").startswith(
        "application/x-www-form"
    ):
        return read(call)
    given = body(call)
    action, lookup = given.get("action", "createOrUpdate"), given.get("lookupField", "email")
    if action not in {"createOnly", "updateOnly", "createOrUpdate", "createDuplicate"}:
        raise MarketoError("1003", f"Invalid action '{action}'")
    if lookup not in FIELDS:
        raise MarketoError("1006", f"Field '{lookup}' not found")
    return success([write_one(call, row, each, action, lookup) for row, each in enumerate(inputs(given))])


def write_one(call: Call, row: int, given: dict[str, Json], action: str, lookup: str) -> dict[str, Json]:
    """One record of a sync."""
    if call.refuses(row):
        return refusal(call)
    values, key = _values(given, lookup), given.get(lookup)
    if "reasons" in values:
        return values
    if key in {None, ""}:
        return skipped("1002", f"Missing value for required field '{lookup}'")
    known = call.world.rows(f"SELECT id FROM mk_lead WHERE {lookup} = ?", (key,))
    found = [] if action == "createDuplicate" else [each["id"] for each in known]
    if len(found) > 1:
        return skipped("1007", "Multiple lead match lookup criteria")
    if not found and lookup == "id":
        return skipped("1004", "Lead not found")
    return _pretended(call.world, found) if call.drops(row) else _merge(call.world, found, values, action)


def refusal(call: Call, **more: Json) -> dict[str, Json]:
    """What a row is told that a fault refuses: the fault's code, or that its partition is out of reach."""
    code = (call.fault.code if call.fault else "") or "1008"
    return skipped(code, MEANINGS.get(code, "Access denied to partition"), **more)


def _pretended(world: World, found: list[int]) -> dict[str, Json]:
    """What a dropped row is told."""
    if found:
        return {"id": found[0], "status": "updated"}
    return {"id": store.last_id(world) + 1, "status": "created"}


def _merge(world: World, found: list[int], values: dict[str, Any], action: str) -> dict[str, Json]:
    """Create or update, as the action allows."""
    if found and action == "createOnly":
        return skipped("1005", "Lead already exists", id=found[0])
    if found:
        store.update_lead(world, found[0], values)
        return {"id": found[0], "status": "updated"}
    if action == "updateOnly":
        return skipped("1004", "Lead not found")
    return {"id": store.insert_lead(world, values), "status": "created"}


def _values(given: dict[str, Json], lookup: str) -> dict[str, Any]:
    """The given values as stored, or the refusal. How read-only fields are refused is an assumption."""
    values: dict[str, Any] = {}
    for name, value in given.items():
        field = FIELDS.get(name)
        if field is None:
            return skipped("1006", f"Field '{name}' not found")
        if name == lookup == "id":
            continue
        if not field.writable:
            return skipped("1011", f"Field '{name}' is not supported")
        try:
            values[name] = _stored(field, value)
        except ValueError:
            return skipped("1001", f"Invalid value '{value}'. Required of type '{field.type}'")
    return values


def _stored(field: LeadField, value: Json) -> Any:  # noqa: ANN401  # what SQLite binds
    """One value as its column stores it; raises `ValueError` when it does not fit."""
    if value is None or value == "":
        return 0 if field.type == "boolean" else None
    if field.type == "boolean":
        return TRUE_WORDS.get(str(value).lower(), -1) if str(value).lower() in TRUE_WORDS else _reject()
    if field.type == "integer":
        return int(value)
    if field.type == "email" and "@" not in str(value):
        return _reject()
    return str(value)[: field.length] if field.length else str(value)


def _reject() -> None:
    """Say that a value does not fit."""
    raise ValueError


def delete(call: Call) -> Reply:
    """POST leads/delete.json with ids, at most 300."""
    results = []
    for row, each in enumerate(inputs(body(call))):
        lead = each.get("id") if isinstance(each, dict) else None
        if call.refuses(row):
            results.append(refusal(call, id=lead))
        elif not isinstance(lead, int | str) or not str(lead).isdigit():
            results.append(skipped("1001", f"Invalid value '{lead}'. Required of type 'integer'"))
        else:
            results.append(_delete_one(call, row, int(lead)))
    return success(results)


def _delete_one(call: Call, row: int, lead: int) -> dict[str, Json]:
    """One record of a delete."""
    known = call.world.one("SELECT 1 FROM mk_lead WHERE id = ?", (lead,)) is not None
    if known and not call.drops(row):
        store.delete_lead(call.world, lead)
    return {"id": lead, "status": "deleted"} if known else skipped("1004", "Lead not found", id=lead)


def _described(field: LeadField) -> dict[str, Json]:
    """A field as describe shows it."""
    shown: dict[str, Json] = {
        "id": list(FIELDS).index(field.name) + 1,
        "displayName": field.label,
        "dataType": field.type,
    }
    if field.length:
        shown["length"] = field.length
    return shown | {"rest": {"name": field.name, "readOnly": not field.writable}}


def describe(_call: Call) -> Reply:
    """GET leads/describe.json."""
    return success([_described(field) for field in FIELDS.values()])


def describe2(_call: Call) -> Reply:
    """GET leads/describe2.json."""
    fields = [
        {"name": field.name, "displayName": field.label, "dataType": field.type, "length": field.length,
         "updateable": field.writable, "crmManaged": field.name.startswith("sfdc")}
        for field in FIELDS.values()
    ]  # fmt: skip
    searchable = [[name] for name in sorted(FILTERS)]
    return success([{"name": "API Lead", "searchableFields": searchable, "fields": fields}])
