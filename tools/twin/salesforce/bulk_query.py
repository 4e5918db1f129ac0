"""Bulk API 2.0 query jobs: create, poll, read CSV pages with a locator."""

import csv
import io
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from tools.twin.salesforce import records
from tools.twin.salesforce.bulk_ingest import DELIMITERS, ENDS
from tools.twin.salesforce.collections import document
from tools.twin.salesforce.errors import RestError
from tools.twin.salesforce.ids import make
from tools.twin.salesforce.query import Cursor, Selection, open_cursor
from tools.twin.salesforce.schema import Field
from tools.twin.salesforce.soql import Child
from tools.twin.wire import Call, Json, Reply, as_json
from tools.twin.world import World

PAGE: Final = 50_000
"""Rows in a page when the caller does not say. The vendor goes by size; this number is an assumption."""
SLICE: Final = 5_000


@dataclass
class QueryJob:
    """A query job and the rows it found when it was created."""

    spec: dict[str, Json]
    cursor: Cursor
    state: str = "UploadComplete"
    paths: list[tuple[str, ...]] = field(default_factory=list)


def _jobs(world: World) -> dict[str, QueryJob]:
    """The query jobs. They live as long as the twin's process."""
    jobs: dict[str, QueryJob] = world.memory.setdefault("query_jobs", {})
    return jobs


def create(call: Call, version: str) -> Reply:
    """POST jobs/query: a query without children and counts."""
    given = document(call)
    operation = given.get("operation", "query")
    if operation not in {"query", "queryAll"}:
        raise RestError("INVALIDJOB", f"unsupported operation: {operation}")
    delimiter, ending = given.get("columnDelimiter", "COMMA"), given.get("lineEnding", "LF")
    if delimiter not in DELIMITERS or ending not in ENDS:
        raise RestError("INVALIDJOB", f"unsupported columnDelimiter or lineEnding: {delimiter}, {ending}")
    cursor = open_cursor(call.world, str(given.get("query", "")), deleted=operation == "queryAll")
    paths = [column for column in cursor.query.columns if not isinstance(column, Child)]
    if cursor.query.counts or len(paths) < len(cursor.query.columns) or cursor.query.offset:
        raise RestError("INVALIDJOB", "Bulk queries take no counts, children or OFFSET")
    job, created = make("750", call.world.count("job")), call.world.stamp()[:-1] + ".000+0000"
    spec: dict[str, Json] = {
        "id": job, "operation": operation, "object": cursor.source.name, "createdById": records.API_USER,
        "createdDate": created, "systemModstamp": created, "concurrencyMode": "Parallel",
        "contentType": "CSV", "apiVersion": float(version[1:]), "lineEnding": ending,
        "columnDelimiter": delimiter, "jobType": "V2Query",
    }  # fmt: skip
    _jobs(call.world)[job] = QueryJob(spec, cursor, paths=paths)
    return as_json(spec | {"state": "UploadComplete"})


def _known(call: Call, job: str) -> QueryJob:
    """A job that exists."""
    found = _jobs(call.world).get(job)
    if found is None:
        raise RestError("NOT_FOUND", "The requested resource does not exist")
    return found


def read(call: Call, _version: str, job: str) -> Reply:
    """GET jobs/query/{id}: done at the first poll."""
    found = _known(call, job)
    if found.state == "UploadComplete":
        found.state = "JobComplete"
    counts = {"numberRecordsProcessed": len(found.cursor.rows), "retries": 0, "totalProcessingTime": 0}
    return as_json(found.spec | {"state": found.state} | counts)


def change(call: Call, _version: str, job: str) -> Reply:
    """PATCH jobs/query/{id}: Aborted."""
    found = _known(call, job)
    if document(call).get("state") != "Aborted" or found.state != "UploadComplete":
        raise RestError("INVALIDJOBSTATE", f"a job that is {found.state} cannot be changed")
    found.state = "Aborted"
    return as_json(found.spec | {"state": found.state})


def remove(call: Call, _version: str, job: str) -> Reply:
    """DELETE jobs/query/{id}."""
    _known(call, job)
    del _jobs(call.world)[job]
    return Reply(status=HTTPStatus.NO_CONTENT)


def results(call: Call, _version: str, job: str) -> Reply:
    """GET jobs/query/{id}/results?locator=…&maxRecords=…, as CSV; a header has the next locator."""
    found = _known(call, job)
    if found.state == "UploadComplete":
        raise RestError("INVALIDJOBSTATE", "the job is not finished")
    start, size = call.query.get("locator", "0"), call.query.get("maxRecords", str(PAGE))
    if not start.isdigit() or not size.isdigit() or int(size) < 1:
        raise RestError("INVALID_QUERY_LOCATOR", "invalid query locator")
    following = int(start) + int(size)
    numbers = found.cursor.rows[int(start) : following]
    body = _page(call.world, found, list(numbers))
    locator = str(following) if following < len(found.cursor.rows) else "null"
    headers = {"Sforce-Locator": locator, "Sforce-NumberOfRecords": str(len(numbers))}
    return Reply(body=body, media="text/csv", headers=headers, rows=len(numbers))


def _page(world: World, job: QueryJob, numbers: list[int]) -> bytes:
    """Rows as CSV, read a slice at a time."""
    selection = Selection(world, job.cursor.source, job.paths, deleted=True)
    described = [field for _, _, field in selection.columns]
    alias = selection.compiler.alias
    chosen = ", ".join([f"{alias}.rowid", *(column for _, column, _ in selection.columns)])
    out = io.StringIO()
    writer = csv.writer(
        out,
        quoting=csv.QUOTE_ALL,
        delimiter=DELIMITERS[job.spec["columnDelimiter"]],
        lineterminator=ENDS[job.spec["lineEnding"]],
    )
    writer.writerow([".".join([*path[:-1], field.name]) for path, _, field in selection.columns])
    for start in range(0, len(numbers), SLICE):
        part = numbers[start : start + SLICE]
        marks = ", ".join(str(number) for number in part)
        sql = f"SELECT {chosen} {selection.compiler.tables} WHERE {alias}.rowid IN ({marks})"
        found = {row[0]: row for row in world.db.execute(sql)}
        rows = (found[number] for number in part if number in found)
        writer.writerows(
            [_cell(*pair) for pair in zip(described, tuple(row)[1:], strict=True)] for row in rows
        )
    return out.getvalue().encode()


def _cell(described: Field, value: object) -> str:
    """One cell: null is empty, times end in `Z`."""
    if value is None:
        return ""
    if described.type == "boolean":
        return "true" if value else "false"
    return str(value)[:-1] + ".000Z" if described.type == "datetime" else str(value)
