"""Marketing contacts: search by address, and the asynchronous upsert and delete."""

import json
import uuid
from http import HTTPStatus
from typing import Any, Final

from tools.twin.sendgrid.errors import SendGridError
from tools.twin.sendgrid.store import CONTACT_FIELDS
from tools.twin.sendgrid.suppressions import document
from tools.twin.wire import Call, Json, Reply, as_json
from tools.twin.world import World

MOST_SEARCHED: Final = 100
MOST_UPSERTED: Final = 30_000


def present(world: World, row: Any) -> dict[str, Json]:  # noqa: ANN401  # a row
    """A contact as SendGrid shows it."""
    shown = {name: row[name] or "" for name in CONTACT_FIELDS}
    found = world.rows("SELECT list_id FROM sg_member WHERE contact_id = ? ORDER BY list_id", (row["id"],))
    more = {"id": row["id"], "list_ids": [each["list_id"] for each in found], "segment_ids": []}
    made = {"created_at": row["created_at"], "updated_at": row["updated_at"]}
    about = {"self": f"https://api.sendgrid.com/v3/marketing/contacts/{row['id']}"}
    return shown | more | {"alternate_emails": [], "custom_fields": {}, **made, "_metadata": about}


def search(call: Call) -> Reply:
    """POST marketing/contacts/search/emails: by address, in small letters; 404 when none is known."""
    emails = document(call).get("emails")
    if not isinstance(emails, list) or not 1 <= len(emails) <= MOST_SEARCHED:
        raise SendGridError(
            HTTPStatus.BAD_REQUEST, f"emails must hold 1 to {MOST_SEARCHED} addresses", "emails"
        )
    result: dict[str, Json] = {}
    for email in emails:
        if "@" not in str(email):
            raise SendGridError(HTTPStatus.BAD_REQUEST, "invalid email address", "emails")
        key = str(email).strip().lower()
        row = call.world.one("SELECT * FROM sg_contact WHERE email = ?", (key,))
        result[key] = {"contact": present(call.world, row)} if row else {"error": "contact not found"}
    found = sum(1 for each in result.values() if "contact" in each)
    if not found:
        raise SendGridError(HTTPStatus.NOT_FOUND, "contacts not found")
    return as_json({"result": result}, rows=found)


def read_one(call: Call, contact: str) -> Reply:
    """GET marketing/contacts/{id}."""
    row = call.world.one("SELECT * FROM sg_contact WHERE id = ?", (contact,))
    if row is None:
        raise SendGridError(HTTPStatus.NOT_FOUND, "contact not found")
    return as_json(present(call.world, row), rows=1)


def read_batch(call: Call) -> Reply:
    """POST marketing/contacts/batch: by id, at most 100."""
    wanted = document(call).get("ids")
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= MOST_SEARCHED:
        raise SendGridError(HTTPStatus.BAD_REQUEST, f"ids must hold 1 to {MOST_SEARCHED} ids", "ids")
    marks = ", ".join("?" * len(wanted))
    found = call.world.rows(f"SELECT * FROM sg_contact WHERE id IN ({marks})", wanted)
    return as_json({"result": [present(call.world, row) for row in found]}, rows=len(found))


def count(call: Call) -> Reply:
    """GET marketing/contacts/count."""
    row = call.world.one("SELECT COUNT(*) AS contacts FROM sg_contact")
    total = row["contacts"] if row else 0
    return as_json({"contact_count": total, "billable_count": total})


def queue(call: Call, kind: str, spec: Json, lists: Json = ()) -> str:
    """Queue a job that is done when its time comes; returns its id."""
    world, job = call.world, str(uuid.uuid4())
    drops = sorted(call.fault.rows) if call.fault and call.fault.kind == "drop_row" else []
    refuses = sorted(call.fault.rows) if call.fault and call.fault.kind == "partial" else []
    due = world.now().timestamp() + world.settings.sendgrid_job_seconds
    world.run(
        "INSERT INTO sg_job (id, kind, spec, due, started_at) VALUES (?, ?, ?, ?, ?)",
        (
            job,
            kind,
            json.dumps({"rows": spec, "lists": lists, "drops": drops, "refuses": refuses}),
            str(due),
            world.stamp(),
        ),
    )
    return job


def upsert(call: Call) -> Reply:
    """PUT marketing/contacts: asynchronous, at most 30,000."""
    given = document(call)
    contacts, lists = given.get("contacts"), given.get("list_ids") or []
    if not isinstance(contacts, list) or not 1 <= len(contacts) <= MOST_UPSERTED:
        words = f"contacts must hold 1 to {MOST_UPSERTED} contacts"
        raise SendGridError(HTTPStatus.BAD_REQUEST, words, "contacts")
    for row, each in enumerate(contacts):
        if not isinstance(each, dict) or "@" not in str(each.get("email", "")):
            raise SendGridError(
                HTTPStatus.BAD_REQUEST, "an e-mail address is required", f"contacts[{row}].email"
            )
    for each in lists:
        if call.world.one("SELECT 1 FROM sg_list WHERE id = ?", (str(each),)) is None:
            raise SendGridError(HTTPStatus.BAD_REQUEST, "list not found", "list_ids")
    return as_json(
        {"job_id": queue(call, "upsert", contacts, lists)}, status=HTTPStatus.ACCEPTED, rows=len(contacts)
    )


def delete(call: Call) -> Reply:
    """DELETE marketing/contacts?ids=…, asynchronous."""
    wanted = [each for each in call.query.get("ids", "").split(",") if each]
    if call.query.get("delete_all_contacts") == "true" or not wanted:
        raise SendGridError(HTTPStatus.BAD_REQUEST, "ids is required", "ids")
    return as_json({"job_id": queue(call, "delete", wanted)}, status=HTTPStatus.ACCEPTED, rows=len(wanted))


def job(call: Call, number: str) -> Reply:
    """GET marketing/contacts/imports/{job}: pending, then completed or errored with counts."""
    row = call.world.one("SELECT * FROM sg_job WHERE id = ?", (number,))
    if row is None:
        raise SendGridError(HTTPStatus.NOT_FOUND, "job not found")
    results = json.loads(row["results"])
    status = "pending" if not row["done"] else "errored" if results["errored_count"] else "completed"
    shown: dict[str, Json] = {
        "id": row["id"],
        "status": status,
        "job_type": "upsert" if row["kind"] == "upsert" else "delete",
        "started_at": row["started_at"],
    }
    return as_json(shown | ({"results": results, "finished_at": row["started_at"]} if row["done"] else {}))


def finish_due(world: World) -> None:
    """Do the jobs whose time has come."""
    now = world.now().timestamp()
    for row in world.rows("SELECT * FROM sg_job WHERE done = 0 ORDER BY started_at, rowid"):
        if float(row["due"]) <= now:
            counts = _do(world, row["kind"], json.loads(row["spec"]))
            world.run("UPDATE sg_job SET done = 1, results = ? WHERE id = ?", (json.dumps(counts), row["id"]))


def _do(world: World, kind: str, spec: dict[str, Json]) -> dict[str, int]:
    """One job's rows; the counts as its status shows them."""
    counts = {
        "requested_count": len(spec["rows"]),
        "created_count": 0,
        "updated_count": 0,
        "deleted_count": 0,
        "errored_count": 0,
    }
    for row, each in enumerate(spec["rows"]):
        if kind == "export":
            continue
        if row in spec["refuses"]:
            counts["errored_count"] += 1
        elif kind == "delete":
            counts["deleted_count"] += 1
            if row not in spec["drops"]:
                world.run("DELETE FROM sg_contact WHERE id = ?", (each,))
                world.run("DELETE FROM sg_member WHERE contact_id = ?", (each,))
        elif kind == "leave":
            counts["updated_count"] += 1
            if row not in spec["drops"]:
                world.run(
                    "DELETE FROM sg_member WHERE list_id = ? AND contact_id = ?", (spec["lists"][0], each)
                )
        else:
            counts[_upsert_one(world, each, spec["lists"], dropped=row in spec["drops"])] += 1
    return counts


def _upsert_one(world: World, given: dict[str, Json], lists: list[str], *, dropped: bool) -> str:
    """Create or update one contact and put it on the lists; which count it adds to."""
    values = {name: str(given[name]) for name in CONTACT_FIELDS if given.get(name) is not None}
    values["email"] = values["email"].strip().lower()
    known = world.one("SELECT id FROM sg_contact WHERE email = ?", (values["email"],))
    if dropped:
        return "updated_count" if known else "created_count"
    now = world.stamp()
    if known:
        assignments = ", ".join(f"{name} = ?" for name in values)
        world.run(
            f"UPDATE sg_contact SET {assignments}, updated_at = ? WHERE id = ?",
            [*values.values(), now, known["id"]],
        )
        _join(world, known["id"], lists)
        return "updated_count"
    values |= {"id": str(uuid.uuid4()), "created_at": now, "updated_at": now}
    world.run(
        f"INSERT INTO sg_contact ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        list(values.values()),
    )
    _join(world, values["id"], lists)
    return "created_count"


def _join(world: World, contact: str, lists: list[str]) -> None:
    """Put a contact on these lists."""
    for each in lists:
        world.run("INSERT OR IGNORE INTO sg_member VALUES (?, ?)", (each, contact))
