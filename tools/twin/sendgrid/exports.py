"""Exports of contacts: a job, then links to gzipped CSV files that need no key."""

import csv
import gzip
import io
import json
from http import HTTPStatus
from typing import Any, Final

from tools.twin.sendgrid.contacts import queue
from tools.twin.sendgrid.errors import SendGridError
from tools.twin.sendgrid.store import CONTACT_FIELDS
from tools.twin.sendgrid.suppressions import document
from tools.twin.wire import Call, Json, Reply, as_json
from tools.twin.world import World

COLUMNS: Final = (*CONTACT_FIELDS, "created_at", "updated_at")


def begin(call: Call) -> Reply:
    """POST marketing/contacts/exports with list_ids (none: everybody), file_type csv."""
    given = document(call)
    if given.get("file_type", "csv") != "csv":
        raise SendGridError(HTTPStatus.BAD_REQUEST, "the twin exports csv only", "file_type")
    wanted = given.get("list_ids") or []
    for each in wanted:
        if call.world.one("SELECT 1 FROM sg_list WHERE id = ?", (str(each),)) is None:
            raise SendGridError(HTTPStatus.NOT_FOUND, "list not found", "list_ids")
    job = queue(call, "export", [], wanted)
    return as_json({"id": job, "_metadata": _about(job)}, status=HTTPStatus.ACCEPTED)


def _about(job: str) -> dict[str, Json]:
    """Where an export is asked after."""
    return {"self": f"https://api.sendgrid.com/v3/marketing/contacts/exports/{job}"}


def status(call: Call, job: str) -> Reply:
    """GET marketing/contacts/exports/{id}: pending, then ready with links, or failure with a message."""
    row = call.world.one("SELECT * FROM sg_job WHERE id = ? AND kind = 'export'", (job,))
    if row is None:
        raise SendGridError(HTTPStatus.NOT_FOUND, "export not found")
    spec = json.loads(row["spec"])
    shown: dict[str, Json] = {
        "id": job, "status": "pending", "created_at": row["started_at"], "updated_at": row["started_at"],
        "expires_at": call.world.stamp(days=3), "_metadata": _about(job),
    }  # fmt: skip
    if not row["done"]:
        return as_json(shown)
    if spec["refuses"]:
        return as_json(shown | {"status": "failure", "message": "the export could not be completed"})
    host = call.headers.get("host", "127.0.0.1")
    count = len(_contacts(call.world, spec["lists"]))
    urls = [f"http://{host}/sendgrid/storage/exports/{job}.csv.gz"]
    done = {"status": "ready", "urls": urls, "contact_count": count, "completed_at": call.world.stamp()}
    return as_json(shown | done)


def _contacts(world: World, lists: list[str]) -> list[Any]:
    """The contacts of an export: of these lists, or all."""
    where = ""
    if lists:
        marks = ", ".join("?" * len(lists))
        where = f" WHERE id IN (SELECT contact_id FROM sg_member WHERE list_id IN ({marks}))"
    return world.rows(f"SELECT * FROM sg_contact{where} ORDER BY email", lists)


def file(call: Call, job: str) -> Reply:
    """The file behind an export's link. Its columns, in capitals, and CONTACT_ID are an assumption."""
    row = call.world.one("SELECT * FROM sg_job WHERE id = ? AND kind = 'export' AND done = 1", (job,))
    if row is None:
        return Reply(
            status=HTTPStatus.NOT_FOUND, body=b"<Error><Code>NoSuchKey</Code></Error>", media="text/xml"
        )
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["CONTACT_ID", *(name.upper() for name in COLUMNS)])
    found = _contacts(call.world, json.loads(row["spec"])["lists"])
    writer.writerows([each["id"], *(each[name] or "" for name in COLUMNS)] for each in found)
    return Reply(body=gzip.compress(out.getvalue().encode()), media="application/gzip", rows=len(found))
