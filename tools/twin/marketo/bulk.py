"""Bulk extract of leads and activities, and bulk import of leads."""

import csv
import io
import json
import re
import uuid
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from tools.twin.marketo import leads
from tools.twin.marketo.auth import usage
from tools.twin.marketo.errors import MarketoError, success
from tools.twin.marketo.store import FIELDS
from tools.twin.multipart import parts
from tools.twin.wire import Call, Json, Reply
from tools.twin.world import World

WINDOW: Final = timedelta(days=31)
MOST_QUEUED: Final = 10
RUNNING: Final = 2
MEGABYTE: Final = 1024 * 1024
RANGE: Final = re.compile(r"bytes=(\d+)-(\d*)")
IMPORT_BYTES: Final = 10 * 1024 * 1024
ACTIVITY_COLUMNS: Final = (
    "marketoGUID", "leadId", "activityDate", "activityTypeId", "campaignId", "primaryAttributeValueId",
    "primaryAttributeValue", "attributes",
)  # fmt: skip


def create(call: Call, kind: str) -> Reply:
    """POST bulk/v1/{leads|activities}/export/create.json with fields, format CSV and one filter."""
    given = leads.body(call)
    if given.get("format", "CSV") != "CSV":
        raise MarketoError("1003", "the twin exports CSV only")
    where, values = _filter(kind, given.get("filter") or {})
    fields = given.get("fields") or []
    unknown = [name for name in fields if kind == "leads" and name not in FIELDS]
    if unknown or (kind == "leads" and not fields):
        raise MarketoError("1006", f"Field '{unknown[0] if unknown else ''}' not found")
    job, created = str(uuid.uuid4()), call.world.stamp()
    spec = {"where": where, "values": values, "fields": fields}
    call.world.run(
        "INSERT INTO mk_job (id, kind, status, spec, createdAt) VALUES (?, ?, 'Created', ?, ?)",
        (job, kind, json.dumps(spec), created),
    )
    return success([{"exportId": job, "format": "CSV", "status": "Created", "createdAt": created}])


def _filter(kind: str, given: dict[str, Json]) -> tuple[str, list[Any]]:
    """The filter as SQL: one of createdAt (at most 31 days), or for leads a static list."""
    types = given.get("activityTypeIds") or []
    names = set(given) - {"activityTypeIds"}
    if names & {"updatedAt", "smartListId", "smartListName"}:
        raise MarketoError("1035", "Unsupported filter type for target subscription")
    if kind == "leads" and names == {"staticListId"}:
        return "id IN (SELECT leadId FROM mk_member WHERE listId = ?)", [int(given["staticListId"])]
    if names != {"createdAt"}:
        raise MarketoError("1003", "one filter is needed: createdAt, or for leads staticListId")
    start, end = (_moment(given["createdAt"].get(each)) for each in ("startAt", "endAt"))
    if end - start > WINDOW:
        raise MarketoError("1003", "the date range of a filter is at most 31 days")
    column = "createdAt" if kind == "leads" else "at"
    marks = f" AND typeId IN ({', '.join('?' * len(types))})" if types else ""
    between = [moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (start, end)]
    return f"{column} >= ? AND {column} <= ?{marks}", [*between, *(int(each) for each in types)]


def _moment(given: Json) -> datetime:
    """A moment of a filter."""
    try:
        parsed = datetime.fromisoformat(str(given))
    except ValueError as error:
        raise MarketoError("1001", f"Invalid value '{given}'. Required of type 'datetime'") from error
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)


def _job(call: Call, kind: str, job: str) -> Any:  # noqa: ANN401  # a row
    """A job that exists."""
    row = call.world.one("SELECT * FROM mk_job WHERE id = ? AND kind = ?", (job, kind))
    if row is None:
        raise MarketoError("1013", f"Export {job} not found")
    return row


def _view(row: Any, **more: Json) -> dict[str, Json]:  # noqa: ANN401  # a row
    """A job as the API shows it."""
    return {
        "exportId": row["id"],
        "format": "CSV",
        "status": row["status"],
        "createdAt": row["createdAt"],
    } | more


def enqueue(call: Call, kind: str, job: str) -> Reply:
    """POST …/export/{id}/enqueue.json; at most ten wait."""
    row = _job(call, kind, job)
    if row["status"] != "Created":
        raise MarketoError("1029", f"Export is already {row['status']}")
    waiting = call.world.one("SELECT COUNT(*) AS jobs FROM mk_job WHERE status = 'Queued'")
    if waiting and waiting["jobs"] >= MOST_QUEUED:
        raise MarketoError("1029", "Too many jobs in queue")
    most = call.world.settings.marketo_export_megabytes
    if exported(call.world)[1] >= most * MEGABYTE:
        raise MarketoError("1029", f"Export daily quota {most}MB exceeded")
    place = call.world.count("mk_queue")
    call.world.run("UPDATE mk_job SET status = 'Queued', queued = ? WHERE id = ?", (place, job))
    return success([_view(row) | {"status": "Queued", "queuedAt": call.world.stamp()}])


def status(call: Call, kind: str, job: str) -> Reply:
    """GET …/export/{id}/status.json. The vendor asks for a minute between polls."""
    _move_on(call.world)
    row = _job(call, kind, job)
    if row["status"] != "Completed":
        return success([_view(row)])
    count = max(0, row["result"].count(b"\n") - 1)
    return success(
        [_view(row, numberOfRecords=count, fileSize=len(row["result"]), finishedAt=call.world.stamp())]
    )


def _move_on(world: World) -> None:
    """Let jobs run, two at a time in the order they were queued in, and end when their time has come."""
    while True:
        now = world.now().timestamp()
        running = world.rows("SELECT * FROM mk_job WHERE status = 'Processing' ORDER BY queued")
        ended = [row for row in running if json.loads(row["spec"])["due"] <= now]
        for row in ended:
            _end(world, row)
        free = RUNNING - len(running) + len(ended)
        queued = world.rows("SELECT * FROM mk_job WHERE status = 'Queued' ORDER BY queued LIMIT ?", (free,))
        for row in queued:
            spec = json.loads(row["spec"]) | {"due": now + world.settings.marketo_export_seconds}
            world.run(
                "UPDATE mk_job SET status = 'Processing', spec = ? WHERE id = ?",
                (json.dumps(spec), row["id"]),
            )
        if not ended and not queued:
            return


def _end(world: World, row: Any) -> None:  # noqa: ANN401  # a row
    """One job is done, or fails when the organisation's settings say so."""
    if world.settings.marketo_exports_fail > 0:
        world.settings.marketo_exports_fail -= 1
        world.run("UPDATE mk_job SET status = 'Failed' WHERE id = ?", (row["id"],))
        return
    data = _leads(world, row) if row["kind"] == "leads" else _activities(world, row)
    world.run("UPDATE mk_job SET status = 'Completed', result = ? WHERE id = ?", (data, row["id"]))
    day, used = exported(world)
    world.memory["marketo_exported"] = (day, used + len(data))


def exported(world: World) -> tuple[str, int]:
    """The quota's day and the bytes extracted in it."""
    today, _ = usage(world)
    kept: tuple[str, int] = world.memory.get("marketo_exported", (today, 0))
    return kept if kept[0] == today else (today, 0)


def _lines(head: tuple[str, ...] | list[str], lines: Any) -> bytes:  # noqa: ANN401  # an iterable of rows
    """CSV with its head."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(lines)
    return out.getvalue().encode()


def _leads(world: World, row: Any) -> bytes:  # noqa: ANN401  # a row
    """Leads as CSV; null is the word `null`, as the vendor writes it."""
    spec = json.loads(row["spec"])
    names = spec["fields"]
    found = world.db.execute(
        f"SELECT {', '.join(names)} FROM mk_lead WHERE {spec['where']} ORDER BY id", spec["values"]
    )
    booleans = [FIELDS[name].type == "boolean" for name in names]
    shown = (
        [_cell(value, boolean=flag) for value, flag in zip(each, booleans, strict=True)] for each in found
    )
    return _lines(names, shown)


def _cell(value: object, *, boolean: bool) -> str:
    """One cell."""
    if value is None:
        return "null"
    return str(bool(value)).lower() if boolean else str(value)


def _activities(world: World, row: Any) -> bytes:  # noqa: ANN401  # a row
    """Activities as CSV, attributes as JSON."""
    spec = json.loads(row["spec"])
    found = world.db.execute(
        f"SELECT * FROM mk_activity WHERE {spec['where']} ORDER BY at, id", spec["values"]
    )
    shown = (
        (
            each["id"],
            each["leadId"],
            each["at"],
            each["typeId"],
            1,
            each["assetId"],
            each["asset"],
            each["detail"],
        )
        for each in found
    )
    return _lines(ACTIVITY_COLUMNS, shown)


def file(call: Call, kind: str, job: str) -> Reply:
    """GET …/export/{id}/file.json: the CSV, or the bytes of it that a Range asks for."""
    row = _job(call, kind, job)
    if row["status"] != "Completed":
        raise MarketoError("1029", "Export is not completed")
    whole: bytes = row["result"]
    asked = RANGE.fullmatch(call.headers.get("range", ""))
    if asked is None:
        return Reply(body=whole, media="text/csv", rows=max(0, whole.count(b"\n") - 1))
    first, last = int(asked[1]), min(int(asked[2] or len(whole)), len(whole) - 1)
    part = whole[first : last + 1]
    placed = {"Content-Range": f"bytes {first}-{last}/{len(whole)}"}
    rows = part.count(b"\n")
    return Reply(status=HTTPStatus.PARTIAL_CONTENT, body=part, media="text/csv", headers=placed, rows=rows)


def cancel(call: Call, kind: str, job: str) -> Reply:
    """POST …/export/{id}/cancel.json."""
    row = _job(call, kind, job)
    call.world.run("UPDATE mk_job SET status = 'Cancelled' WHERE id = ?", (job,))
    return success([_view(row) | {"status": "Cancelled"}])


def load(call: Call) -> Reply:
    """POST bulk/v1/leads.json?format=csv&lookupField=email: an import of at most 10 MB, done at once."""
    data = parts(call).get("file", b"")
    if call.query.get("format") != "csv" or not data or len(data) > IMPORT_BYTES:
        raise MarketoError("1003", "a CSV file of at most 10 MB is needed")
    batch, failures = call.world.count("mk_import"), []
    reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    count = 0
    for number, given in enumerate(reader):
        count += 1
        values = {name: value for name, value in given.items() if value != ""}
        result = leads.write_one(
            call, number, values, "createOrUpdate", call.query.get("lookupField", "email")
        )
        if result["status"] == "skipped":
            failures.append([*given.values(), result["reasons"][0]["message"]])
    head = [*(reader.fieldnames or []), "Import Failure Reason"]
    spec = {"numOfLeadsProcessed": count - len(failures), "numOfRowsFailed": len(failures)}
    call.world.run(
        "INSERT INTO mk_job (id, kind, status, spec, createdAt, result)"
        " VALUES (?, 'import', 'Complete', ?, ?, ?)",
        (str(batch), json.dumps(spec), call.world.stamp(), _lines(head, failures)),
    )
    return success([{"batchId": batch, "importId": str(batch), "status": "Queued"}])


def load_status(call: Call, batch: str) -> Reply:
    """GET bulk/v1/leads/batch/{id}.json."""
    row = _job(call, "import", batch)
    shown = {"batchId": int(batch), "importId": batch, "status": row["status"], "numOfRowsWithWarning": 0}
    return success([shown | json.loads(row["spec"])])


def load_failures(call: Call, batch: str) -> Reply:
    """GET bulk/v1/leads/batch/{id}/failures.json: the refused rows with their reasons, as CSV."""
    return Reply(body=_job(call, "import", batch)["result"], media="text/csv")
