"""Static lists and who is in them."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tools.twin.marketo.errors import MarketoError, skipped, success
from tools.twin.marketo.leads import (
    BATCH,
    batch_size,
    body,
    chosen,
    page_token,
    parameters,
    position_of,
    present,
)
from tools.twin.wire import Call, Json, Reply


def _shown(row: Any) -> dict[str, Json]:  # noqa: ANN401  # a row
    """A list as REST shows it."""
    made = row["createdAt"]
    names = {"id": row["id"], "name": row["name"], "workspaceName": "Default"}
    return names | {"createdAt": made, "updatedAt": made}


def read(call: Call) -> Reply:
    """GET lists.json?name=…."""
    names = [each for each in call.query.get("name", "").split(",") if each]
    marks = f"WHERE name IN ({', '.join('?' * len(names))})" if names else ""
    start = position_of(call.query.get("nextPageToken", ""))
    found = call.world.rows(f"SELECT * FROM mk_list {marks} ORDER BY id LIMIT -1 OFFSET {start}", names)
    token = page_token(start + BATCH) if len(found) > BATCH else ""
    return success([_shown(row) for row in found[:BATCH]], token=token)


def _known(call: Call, given: str) -> int:
    """The id of a list that exists."""
    if call.world.one("SELECT 1 FROM mk_list WHERE id = ?", (int(given),)) is None:
        raise MarketoError("1013", "List not found")
    return int(given)


def members(call: Call, given: str) -> Reply:
    """GET lists/{id}/leads.json, 300 a page."""
    asked = parameters(call)
    number, size, names = _known(call, given), batch_size(asked), chosen(asked)
    last = position_of(asked.get("nextPageToken", ""))
    columns = ", ".join(f"lead.{name}" for name in names)
    found = call.world.rows(
        f"SELECT {columns} FROM mk_member JOIN mk_lead lead ON lead.id = leadId"
        " WHERE listId = ? AND lead.id > ? ORDER BY lead.id LIMIT ?",
        (number, last, size + 1),
    )
    page = found[:size]
    token = page_token(page[-1]["id"]) if len(found) > size else ""
    return success([present(row, names) for row in page], token=token)


def _asked_ids(call: Call) -> list[int]:
    """The ids of a membership request: `id` in the query, or the body's input, or both; at most 300."""
    listed = [each.get("id") for each in body(call).get("input", [])] if call.body else []
    named = parse_qsl(urlsplit(call.target).query)
    asked = [each for name, value in named if name == "id" for each in value.split(",") if each]
    wanted = [*asked, *(each for each in map(str, listed) if each not in set(asked))]
    if not 1 <= len(wanted) <= BATCH or not all(each.isdigit() for each in wanted):
        raise MarketoError("1003", f"1 to {BATCH} lead ids are needed")
    return [int(each) for each in wanted]


def add(call: Call, given: str) -> Reply:
    """POST lists/{id}/leads.json."""
    number, results = _known(call, given), []
    for row, lead in enumerate(_asked_ids(call)):
        if call.refuses(row) or _absent(call, lead):
            results.append(skipped("1004", "Lead not found", id=lead))
            continue
        if not call.drops(row):
            call.world.run(
                "INSERT OR IGNORE INTO mk_member VALUES (?, ?, ?)", (number, lead, call.world.stamp())
            )
        results.append({"id": lead, "status": "added"})
    return success(results)


def _absent(call: Call, lead: int) -> dict[str, Json] | None:
    """The refusal of a lead that does not exist."""
    known = call.world.one("SELECT 1 FROM mk_lead WHERE id = ?", (lead,))
    return None if known else skipped("1004", "Lead not found", id=lead)


def remove(call: Call, given: str) -> Reply:
    """DELETE lists/{id}/leads.json."""
    number, results = _known(call, given), []
    for row, lead in enumerate(_asked_ids(call)):
        inside = call.world.one("SELECT 1 FROM mk_member WHERE listId = ? AND leadId = ?", (number, lead))
        if call.refuses(row) or inside is None:
            results.append(_absent(call, lead) or skipped("1015", "Lead not in list", id=lead))
            continue
        if not call.drops(row):
            call.world.run("DELETE FROM mk_member WHERE listId = ? AND leadId = ?", (number, lead))
        results.append({"id": lead, "status": "removed"})
    return success(results)


def is_member(call: Call, given: str) -> Reply:
    """GET lists/{id}/leads/ismember.json?id=…."""
    number, results = _known(call, given), []
    for lead in _asked_ids(call):
        inside = call.world.one("SELECT 1 FROM mk_member WHERE listId = ? AND leadId = ?", (number, lead))
        found = {"id": lead, "status": "memberof" if inside else "notmemberof"}
        results.append(_absent(call, lead) or found)
    return success(results)


def of_lead(call: Call, given: str) -> Reply:
    """GET leads/{id}/listMembership.json: the static lists a lead is in."""
    found = call.world.rows(
        "SELECT mk_list.*, mk_member.at FROM mk_member JOIN mk_list ON mk_list.id = listId WHERE leadId = ?",
        (int(given),),
    )
    return success([{"listId": row["id"], "createdAt": row["at"], "updatedAt": row["at"]} for row in found])
