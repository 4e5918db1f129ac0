"""Activities: types, paging tokens, pages of 300, deleted leads, changed values."""

import json
from datetime import UTC, datetime
from typing import Any, Final

from tools.twin.marketo.errors import MarketoError, success
from tools.twin.marketo.leads import BATCH, batch_size, parameters
from tools.twin.marketo.store import CHANGE_VALUE, DELETE_LEAD, FIELDS
from tools.twin.wire import Call, Json, Reply

MOST_TYPES: Final = 10
MOST_LEADS: Final = 30
NAMED: Final = ("Source", "Reason", "Modifying User", "API Method Name")
MAILING: Final = ("Mailing ID", "integer")
BOUNCE: Final = ("Campaign Run ID", "Category", "Choice Number", "Details", "Email", "Subcategory")
TYPES: Final = {
    2: ("Fill Out Form", ("Webform ID", "integer"), ("Client IP Address", "Referrer URL")),
    6: ("Send Email", MAILING, ("Campaign Run ID", "Choice Number")),
    7: ("Email Delivered", MAILING, ("Campaign Run ID", "Choice Number")),
    8: ("Email Bounced", MAILING, BOUNCE),
    9: ("Unsubscribe Email", MAILING, ("Campaign Run ID", "Client IP Address", "User Agent")),
    10: ("Open Email", MAILING, ("Campaign Run ID", "Device", "Is Mobile Device", "Is Bot Activity")),
    11: ("Click Email", MAILING, ("Campaign Run ID", "Link", "Device", "Is Bot Activity")),
    12: ("New Lead", None, ("Created Date", "Source Type")),
    13: (
        "Change Data Value",
        ("Attribute Name", "string"),
        ("API Method Name", "Modifying User", "New Value", "Old Value", "Reason", "Source"),
    ),
    22: ("Change Score", ("Score Name", "string"), ("Change Value", "New Value", "Old Value", "Reason")),
    27: ("Email Bounced Soft", MAILING, BOUNCE),
    37: ("Delete Lead", ("Lead ID", "integer"), ("Remove From CRM",)),
}


def types(_call: Call) -> Reply:
    """GET activities/types.json."""
    shown = []
    for number, (name, primary, attributes) in TYPES.items():
        entry: dict[str, Json] = {"id": number, "name": name, "description": name}
        if primary:
            entry["primaryAttribute"] = {"name": primary[0], "dataType": primary[1]}
        entry["attributes"] = [{"name": each, "dataType": "string"} for each in attributes]
        shown.append(entry)
    return success(shown)


def _token(at: str, last: int) -> str:
    """A paging token: a moment and the last activity seen at it."""
    import base64

    return base64.b32encode(f"{at}|{last}".encode()).decode().rstrip("=") + "===="


def _point(token: str) -> tuple[str, int]:
    """The moment and the activity a token stands for."""
    import base64

    bare = token.rstrip("=")
    try:
        text = base64.b32decode(bare + "=" * (-len(bare) % 8)).decode()
        at, last = text.split("|")
        return at, int(last)
    except ValueError as error:
        raise MarketoError("1003", "Invalid nextPageToken") from error


def paging_token(call: Call) -> Reply:
    """GET activities/pagingtoken.json?sinceDatetime=…."""
    try:
        since = datetime.fromisoformat(call.query.get("sinceDatetime", ""))
    except ValueError as error:
        raise MarketoError("1001", "Invalid value for sinceDatetime") from error
    since = since if since.tzinfo else since.replace(tzinfo=UTC)
    reply = success([], token=_token(since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), 0))
    document = json.loads(reply.body)
    del document["result"]
    reply.body = json.dumps(document).encode()
    return reply


def _numbers(given: dict[str, str], name: str, most: int) -> list[int]:
    """A list of numbers in a parameter."""
    found = [each.strip() for each in given.get(name, "").split(",") if each.strip()]
    if len(found) > most or not all(each.isdigit() for each in found):
        raise MarketoError("1003", f"{name} takes at most {most} numbers")
    return [int(each) for each in found]


def _bare(row: Any) -> dict[str, Json]:  # noqa: ANN401  # a row
    """What every activity says of itself."""
    return {
        "id": row["id"], "marketoGUID": str(row["id"]), "leadId": row["leadId"], "activityDate": row["at"],
        "activityTypeId": row["typeId"],
    }  # fmt: skip


def _text(value: Json) -> str:
    """A value of a changed field, which is a string whatever the field's type; empty for none."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def present(row: Any) -> dict[str, Json]:  # noqa: ANN401  # a row
    """An activity as REST shows it."""
    shown = _bare(row)
    if row["assetId"]:
        shown["primaryAttributeValueId"] = row["assetId"]
    if row["asset"]:
        shown["primaryAttributeValue"] = row["asset"]
    return shown | {
        "attributes": [{"name": name, "value": value} for name, value in json.loads(row["detail"]).items()]
    }


def _page(
    call: Call, given: dict[str, str], wanted: list[int], leads: list[int]
) -> tuple[list[Any], str, bool]:
    """Activities after a token, oldest first; the next token and whether there are more.

    The vendor looks through 300 activities of all types per call and may return none of those asked for with
    `moreResult` true; the twin returns 300 of those asked for, which costs fewer calls.
    """
    at, last = _point(given.get("nextPageToken", ""))
    size = batch_size(given)
    conditions, values = ["(at > ? OR (at = ? AND id > ?))"], [at, at, last]
    for column, numbers in (("typeId", wanted), ("leadId", leads)):
        if numbers:
            conditions.append(f"{column} IN ({', '.join(str(number) for number in numbers)})")
    if given.get("listId", "").isdigit():
        conditions.append("leadId IN (SELECT leadId FROM mk_member WHERE listId = ?)")
        values.append(int(given["listId"]))
    found = call.world.rows(
        f"SELECT * FROM mk_activity WHERE {' AND '.join(conditions)} ORDER BY at, id LIMIT {size + 1}", values
    )
    page = found[:size]
    following = _token(page[-1]["at"], page[-1]["id"]) if page else given["nextPageToken"]
    return page, following, len(found) > size


def read(call: Call) -> Reply:
    """GET activities.json?nextPageToken=…&activityTypeIds=…&leadIds=…."""
    given = parameters(call)
    wanted = _numbers(given, "activityTypeIds", MOST_TYPES)
    if not wanted:
        raise MarketoError("1002", "Missing value for required parameter 'activityTypeIds'")
    page, following, more = _page(call, given, wanted, _numbers(given, "leadIds", MOST_LEADS))
    return success([present(row) for row in page], token=following, more=more)


def changes(call: Call) -> Reply:
    """GET activities/leadchanges.json?fields=…: changes of these fields, newest value and old."""
    given = parameters(call)
    names = [each for each in given.get("fields", "").split(",") if each]
    labels = {FIELDS[name].label: name for name in names if name in FIELDS}
    page, following, more = _page(call, given, [CHANGE_VALUE], _numbers(given, "leadIds", MOST_LEADS))
    shown = []
    for row in page:
        if row["asset"] not in labels:
            continue
        detail = json.loads(row["detail"])
        values = {"oldValue": _text(detail.get("Old Value")), "newValue": _text(detail.get("New Value"))}
        change = {"id": row["id"], "name": labels[row["asset"]]} | values
        attributes = [{"name": key, "value": detail[key]} for key in NAMED if key in detail]
        shown.append(_bare(row) | {"fields": [change], "attributes": attributes})
    return success(shown, token=following, more=more)


def deleted(call: Call) -> Reply:
    """GET activities/deletedleads.json: leads deleted since the token, by us or by others."""
    given = parameters(call)
    at, last = _point(given.get("nextPageToken", ""))
    found = call.world.rows(
        "SELECT * FROM mk_deleted WHERE at > ? OR (at = ? AND id > ?) ORDER BY at, id LIMIT ?",
        (at, at, last, BATCH + 1),
    )
    page = found[:BATCH]
    following = _token(page[-1]["at"], page[-1]["id"]) if page else given["nextPageToken"]
    shown = [
        {"id": row["id"], "leadId": row["id"], "activityDate": row["at"], "activityTypeId": DELETE_LEAD,
         "primaryAttributeValueId": row["id"], "primaryAttributeValue": row["name"], "attributes": []}
        for row in page
    ]  # fmt: skip
    return success(shown, token=following, more=len(found) > BATCH)
