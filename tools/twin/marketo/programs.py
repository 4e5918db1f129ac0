"""Programs with their members and statuses, channels, smart lists by name."""

from typing import Any, Final

from tools.twin import seed_words as words
from tools.twin.marketo.errors import MarketoError, request_id, skipped, success
from tools.twin.marketo.leads import (
    BATCH,
    batch_size,
    body,
    chosen,
    inputs,
    page_token,
    parameters,
    position_of,
    present,
    refusal,
)
from tools.twin.wire import Call, Json, Reply, as_json

MOST_ASSETS: Final = 200
SMART: Final = 2_001
"""The id of the first smart list."""
FOLDER: Final[dict[str, Json]] = {"id": 28, "type": "Folder", "folderName": "Marketing Activities"}
MADE: Final = "2024-01-08T09:00:00Z"
"""When what the twin does not keep in rows was made."""


def _assets(call: Call, found: list[dict[str, Json]]) -> Reply:
    """A page of assets: `maxReturn` of them from `offset` on, and a warning in place of an empty result."""
    given = call.query
    most, start = (int(given.get(name, default)) for name, default in (("maxReturn", "20"), ("offset", "0")))
    if not 1 <= most <= MOST_ASSETS:
        raise MarketoError("1003", f"maxReturn must be between 1 and {MOST_ASSETS}")
    page = found[start : start + most]
    document: dict[str, Json] = {"success": True, "errors": [], "requestId": request_id(), "warnings": []}
    if page:
        return as_json(document | {"result": page}, rows=len(page))
    return as_json(document | {"warnings": ["No assets found for the given search criteria."]})


def _url(kind: str, number: int) -> str:
    """Where people see an asset."""
    return f"https://app-twin.marketo.com/#{kind}{number}A1"


def _success(channel: str, status: str) -> bool:
    """Whether a channel's status, its last, is the one that counts as success."""
    return status == words.CHANNELS[channel][-1]


def listed(call: Call) -> Reply:
    """GET asset/v1/programs.json."""
    return _assets(
        call,
        [
            {"id": row["id"], "name": row["name"], "description": "", "createdAt": row["createdAt"],
             "updatedAt": row["createdAt"], "url": _url("PG", row["id"]), "type": row["type"],
             "channel": row["channel"], "status": "", "folder": FOLDER | {"value": FOLDER["id"]},
             "workspace": "Default", "headStart": False}
            for row in call.world.rows("SELECT * FROM mk_program ORDER BY id")
        ],
    )  # fmt: skip


def channels(call: Call) -> Reply:
    """GET asset/v1/channels.json: each with its progression statuses."""
    return _assets(
        call,
        [
            {"id": number, "name": name, "applicableProgramType": "program",
             "progressionStatuses": [
                 {"name": status, "description": "", "hidden": False, "step": 10 * step,
                  "success": _success(name, status)}
                 for step, status in enumerate(statuses, start=1)
             ],
             "createdAt": MADE, "updatedAt": MADE}
            for number, (name, statuses) in enumerate(words.CHANNELS.items(), start=1)
        ],
    )  # fmt: skip


def smart_lists(call: Call) -> Reply:
    """GET asset/v1/smartLists.json: names alone; what a smart list holds is not modelled."""
    return _assets(
        call,
        [
            {
                "id": number,
                "name": name,
                "description": "",
                "createdAt": MADE,
                "updatedAt": MADE,
                "url": _url("SL", number),
                "folder": FOLDER,
                "workspace": "Default",
            }
            for number, name in enumerate(words.SMART_LISTS, start=SMART)
        ],
    )


def _known(call: Call, given: str) -> Any:  # noqa: ANN401  # a row
    """A program that exists."""
    row = call.world.one("SELECT * FROM mk_program WHERE id = ?", (int(given),))
    if row is None:
        raise MarketoError("1013", "Program not found")
    return row


def people(call: Call, given: str) -> Reply:
    """GET leads/programs/{id}.json: the leads of a program with their membership, 300 a page."""
    asked = parameters(call)
    program, size, names = _known(call, given)["id"], batch_size(asked), chosen(asked)
    last = position_of(asked.get("nextPageToken", ""))
    columns = ", ".join(f"lead.{name}" for name in names)
    channel = _known(call, given)["channel"]
    found = call.world.rows(
        f"SELECT {columns}, place.status, place.at FROM mk_program_member place"
        " JOIN mk_lead lead ON lead.id = leadId WHERE programId = ? AND lead.id > ? ORDER BY lead.id LIMIT ?",
        (program, last, size + 1),
    )
    page = found[:size]
    shown = [
        present(tuple(row)[:-2], names)
        | {"membership": {"progressionStatus": row["status"], "membershipDate": row["at"],
                          "acquiredBy": False, "reachedSuccess": _success(channel, row["status"])}}
        for row in page
    ]  # fmt: skip
    return success(shown, token=page_token(page[-1]["id"]) if len(found) > size else "")


def members(call: Call, given: str) -> Reply:
    """GET programs/{id}/members.json?filterType=leadId&filterValues=…: places of these leads.

    Of the optional `fields`, `statusName` is served. Who acquired a lead is not modelled.
    """
    asked, known = parameters(call), _known(call, given)
    program, also = known["id"], "statusName" in asked.get("fields", "").split(",")
    wanted = [each for each in asked.get("filterValues", "").split(",") if each]
    if asked.get("filterType") != "leadId" or not 1 <= len(wanted) <= BATCH:
        raise MarketoError("1003", f"filterType leadId and 1 to {BATCH} filterValues are needed")
    marks = ", ".join("?" * len(wanted))
    found = call.world.rows(
        f"SELECT * FROM mk_program_member WHERE programId = ? AND leadId IN ({marks}) ORDER BY leadId",
        [program, *wanted],
    )
    return success(
        [
            {"seq": seq, "leadId": row["leadId"], "programId": program, "acquiredBy": False,
             "reachedSuccess": _success(known["channel"], row["status"]), "membershipDate": row["at"]}
            | ({"statusName": row["status"]} if also else {})
            for seq, row in enumerate(found)
        ],
        more=False,
    )  # fmt: skip


def give(call: Call, given: str) -> Reply:
    """POST programs/{id}/members/status.json with statusName and leads, 300 at most."""
    row, document = _known(call, given), body(call)
    status = document.get("statusName")
    if status not in words.CHANNELS[row["channel"]]:
        raise MarketoError("1003", f"Invalid statusName '{status}'")
    return success(
        [_give(call, row["id"], seq, each, str(status)) for seq, each in enumerate(inputs(document))]
    )


def _give(call: Call, program: int, seq: int, given: dict[str, Json], status: str) -> dict[str, Json]:
    """One lead of it."""
    lead = given.get("leadId")
    if call.refuses(seq):
        return refusal(call, seq=seq, leadId=lead)
    if call.world.one("SELECT 1 FROM mk_lead WHERE id = ?", (lead,)) is None:
        return skipped("1004", "Lead not found", seq=seq, leadId=lead)
    held = call.world.one(
        "SELECT 1 FROM mk_program_member WHERE programId = ? AND leadId = ?", (program, lead)
    )
    if not call.drops(seq):
        call.world.run(
            "INSERT INTO mk_program_member VALUES (?, ?, ?, ?)"
            " ON CONFLICT (programId, leadId) DO UPDATE SET status = excluded.status",
            (program, lead, status, call.world.stamp()),
        )
    return {"seq": seq, "leadId": lead, "status": "updated" if held else "created"}


def take(call: Call, given: str) -> Reply:
    """POST programs/{id}/members/delete.json with leads, 300 at most."""
    program, results = _known(call, given)["id"], []
    for seq, each in enumerate(inputs(body(call))):
        lead = each.get("leadId")
        held = call.world.one(
            "SELECT 1 FROM mk_program_member WHERE programId = ? AND leadId = ?", (program, lead)
        )
        if call.refuses(seq) or held is None:
            results.append(skipped("1004", "Lead not found", seq=seq, leadId=lead))
            continue
        if not call.drops(seq):
            call.world.run(
                "DELETE FROM mk_program_member WHERE programId = ? AND leadId = ?", (program, lead)
            )
        results.append({"seq": seq, "leadId": lead, "status": "deleted"})
    return success(results)
