"""Bulk API 2.0 ingest: create a job, upload CSV, close it, poll, read what succeeded, failed or was left."""

import csv
import io
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from tools.twin.faults import ROW_KINDS
from tools.twin.multipart import parts
from tools.twin.salesforce import records
from tools.twin.salesforce.collections import LOCKED, document
from tools.twin.salesforce.errors import RestError, RowError
from tools.twin.salesforce.ids import make
from tools.twin.salesforce.schema import OBJECTS, SObject
from tools.twin.wire import Call, Json, Reply, as_json
from tools.twin.world import World

TABLE: Final = """
CREATE TABLE sf_job (
  id TEXT PRIMARY KEY, spec TEXT NOT NULL, state TEXT NOT NULL, data BLOB, closed REAL, due REAL,
  fault TEXT NOT NULL DEFAULT '{}', processed INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0,
  message TEXT NOT NULL DEFAULT '', good BLOB, bad BLOB, rest BLOB
)
"""
OPERATIONS: Final = frozenset({"insert", "update", "delete", "hardDelete"})
MOST_BYTES: Final = 100 * 1024 * 1024
MOST_MULTIPART: Final = 100_000
CLEAR: Final = "#N/A"
RESULTS: Final = {"successfulResults": "good", "failedResults": "bad", "unprocessedrecords": "rest"}
TIMES: Final = ("totalProcessingTime", "apiActiveProcessingTime", "apexProcessingTime")
ENDS: Final = {"LF": "\n", "CRLF": "\r\n"}
DELIMITERS: Final = {"COMMA": ",", "SEMICOLON": ";", "TAB": "\t", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}


def create(call: Call, version: str) -> Reply:
    """POST jobs/ingest: JSON, or multipart with the data, which closes the job at once."""
    data = None
    if call.headers.get("content-type", "").startswith("multipart/form-data"):
        found = parts(call)
        if len(call.body) > MOST_MULTIPART:
            raise RestError("INVALIDJOB", f"a multipart request holds at most {MOST_MULTIPART} characters")
        given, data = json.loads(found.get("job", b"{}")), found.get("content", b"")
    else:
        given = document(call)
    spec = _spec(given, version)
    job = make("750", call.world.count("job"))
    spec |= {"id": job, "createdDate": call.world.stamp()}
    call.world.run("INSERT INTO sf_job (id, spec, state) VALUES (?, ?, 'Open')", (job, json.dumps(spec)))
    _note_fault(call, job)
    if data is not None:
        _store(call, job, data)
        _close(call.world, job)
        return as_json(_view(call.world, job) | {"state": "UploadComplete"})
    return as_json(_view(call.world, job))


def _spec(given: dict[str, Json], version: str) -> dict[str, Json]:
    """A job's description, checked."""
    operation, name = given.get("operation"), str(given.get("object", ""))
    if operation not in OPERATIONS:
        raise RestError("INVALIDJOB", f"unsupported operation: {operation}")
    if name.lower() not in OBJECTS:
        raise RestError("INVALIDENTITY", f"sObject type '{name}' is not supported.")
    delimiter = given.get("columnDelimiter", "COMMA")
    if delimiter not in DELIMITERS:
        raise RestError("INVALIDJOB", f"unsupported columnDelimiter: {delimiter}")
    if given.get("lineEnding", "LF") not in ENDS:
        raise RestError("INVALIDJOB", f"unsupported lineEnding: {given['lineEnding']}")
    return {
        "operation": operation, "object": OBJECTS[name.lower()].name, "contentType": "CSV",
        "lineEnding": given.get("lineEnding", "LF"), "columnDelimiter": delimiter,
        "concurrencyMode": "Parallel", "apiVersion": float(version[1:]), "createdById": records.API_USER,
    }  # fmt: skip


def _row(world: World, job: str) -> Any:  # noqa: ANN401  # a row
    """A job that exists."""
    row = world.one("SELECT * FROM sf_job WHERE id = ?", (job,))
    if row is None:
        raise RestError("NOT_FOUND", "The requested resource does not exist")
    return row


def _view(world: World, job: str, *, counted: bool = False) -> dict[str, Json]:
    """A job as the API shows it; its counts where it is asked for by its id."""
    row = _row(world, job)
    spec: dict[str, Json] = json.loads(row["spec"])
    created = spec["createdDate"][:-1] + ".000+0000"
    spec |= {"state": row["state"], "createdDate": created, "systemModstamp": created, "jobType": "V2Ingest"}
    if row["state"] == "Open":
        spec["contentUrl"] = f"services/data/v{spec['apiVersion']}/jobs/ingest/{job}/batches"
    if row["message"]:
        spec["errorMessage"] = row["message"]
    if not counted:
        return spec
    counts = {"numberRecordsProcessed": row["processed"], "numberRecordsFailed": row["failed"], "retries": 0}
    return spec | counts | dict.fromkeys(TIMES, 0)


def upload(call: Call, _version: str, job: str) -> Reply:
    """PUT jobs/ingest/{id}/batches: the data, once."""
    if _row(call.world, job)["state"] != "Open":
        raise RestError("INVALIDJOBSTATE", "the job is not open")
    if len(call.body) > MOST_BYTES:
        raise RestError("CLIENT_INPUT_ERROR", "Request body too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    _store(call, job, call.body)
    return Reply(status=HTTPStatus.CREATED, rows=max(0, call.body.count(b"\n") - 1))


def _store(call: Call, job: str, data: bytes) -> None:
    """Keep the data, and a fault that is to strike its rows."""
    call.world.run("UPDATE sf_job SET data = ? WHERE id = ?", (data, job))
    _note_fault(call, job)


def _note_fault(call: Call, job: str) -> None:
    """Remember with the job which rows a fault strikes."""
    if call.fault is not None and call.fault.kind in ROW_KINDS:
        fault = json.dumps({"kind": call.fault.kind, "rows": sorted(call.fault.rows)})
        call.world.run("UPDATE sf_job SET fault = ? WHERE id = ?", (fault, job))


def change(call: Call, _version: str, job: str) -> Reply:
    """PATCH jobs/ingest/{id}: UploadComplete or Aborted."""
    row, state = _row(call.world, job), document(call).get("state")
    if state == "UploadComplete" and row["state"] == "Open":
        _close(call.world, job)
        shown = _view(call.world, job)
        return as_json(shown | {"state": "UploadComplete"})
    if state == "Aborted" and row["state"] in {"Open", "UploadComplete", "InProgress"}:
        _abort(call.world, row)
        return as_json(_view(call.world, job))
    raise RestError("INVALIDJOBSTATE", f"a job that is {row['state']} cannot become {state}")


def _close(world: World, job: str) -> None:
    """Close a job; it is done at once, or when its time has come."""
    now = world.now().timestamp()
    due = now + world.settings.salesforce_bulk_seconds
    world.run("UPDATE sf_job SET state = 'InProgress', closed = ?, due = ? WHERE id = ?", (now, due, job))
    finish_due(world)


def finish_due(world: World) -> None:
    """Do the closed jobs whose time has come."""
    now = world.now().timestamp()
    for row in world.rows("SELECT * FROM sf_job WHERE state = 'InProgress' AND due <= ?", (now,)):
        _process(world, row, 1.0, "JobComplete")


def _abort(world: World, row: Any) -> None:  # noqa: ANN401  # a row
    """Abort: what the passed share of its time had done stays done, the rest is unprocessed."""
    if row["state"] == "Open":
        world.run("UPDATE sf_job SET state = 'Aborted' WHERE id = ?", (row["id"],))
        return
    share = (world.now().timestamp() - row["closed"]) / (row["due"] - row["closed"])
    _process(world, row, min(1.0, share), "Aborted")


def _process(world: World, row: Any, share: float, state: str) -> None:  # noqa: ANN401  # a row
    """Do the first share of the rows and keep the three result files."""
    spec = json.loads(row["spec"])
    text = (row["data"] or b"").decode("utf-8-sig")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[spec["columnDelimiter"]])
    head = next(reader, [])
    source = OBJECTS[spec["object"].lower()]
    problem = _problem(source, spec["operation"], head)
    if problem:
        world.run("UPDATE sf_job SET state = 'Failed', message = ? WHERE id = ?", (problem, row["id"]))
        return
    given = list(reader)
    done_rows = int(len(given) * share)
    work = _Work(world, source, spec["operation"], head, json.loads(row["fault"]))
    for number, values in enumerate(given[:done_rows]):
        work.do(number, values)
    rest = _csv([head, *given[done_rows:]], spec)
    world.run(
        "UPDATE sf_job SET state = ?, processed = ?, failed = ?, good = ?, bad = ?, rest = ? WHERE id = ?",
        (state, done_rows, len(work.bad) - 1, _csv(work.good, spec), _csv(work.bad, spec), rest, row["id"]),
    )


def _problem(source: SObject, operation: str, head: list[str]) -> str:
    """Why a file cannot be taken at all; empty when it can."""
    columns = [column.lower() for column in head]
    unknown = [column for column in head if column.lower() not in source.fields]
    if unknown:
        return f"InvalidBatch : Field name not found : {unknown[0]}"
    if operation in {"delete", "hardDelete"} and columns != ["id"]:
        return "InvalidBatch : delete batches must contain only records IDs"
    return "InvalidBatch : Id not specified" if operation == "update" and "id" not in columns else ""


class _Work:
    """One job's rows being done: gathers the lines of successes and failures."""

    def __init__(
        self, world: World, source: SObject, operation: str, head: list[str], fault: dict[str, Json]
    ) -> None:
        self.world, self.source, self.operation, self.head, self.fault = world, source, operation, head, fault
        self.good: list[list[str]] = [["sf__Id", "sf__Created", *head]]
        self.bad: list[list[str]] = [["sf__Id", "sf__Error", *head]]

    def do(self, number: int, values: list[str]) -> None:
        """Do one row."""
        struck = number in self.fault.get("rows", [])
        try:
            if struck and self.fault["kind"] == "partial":
                raise LOCKED  # an injected refusal goes the way of a real one
            record = (
                self._pretend(values) if struck and self.fault["kind"] == "drop_row" else self._write(values)
            )
        except RowError as error:
            named = dict(zip(self.head, values, strict=False)).get("Id", "")
            self.bad.append([named, f"{error.code}:{error}:{', '.join(error.fields)}--", *values])
            return
        self.good.append([record, str(self.operation == "insert").lower(), *values])

    def _pretend(self, values: list[str]) -> str:
        """The id a dropped row is reported with."""
        self.world.db.execute("SAVEPOINT dropped")
        record = self._write(values)
        self.world.db.execute("ROLLBACK TO dropped")
        self.world.db.execute("RELEASE dropped")
        return record

    def _write(self, values: list[str]) -> str:
        """One row's write."""
        given = dict(zip(self.head, values, strict=False))
        record = next((value for name, value in given.items() if name.lower() == "id"), "")
        if self.operation == "insert":
            return records.create(self.world, self.source, self._typed(given))
        if self.operation == "update":
            return records.update(self.world, self.source, record, self._typed(given))
        done = records.delete(self.world, self.source, record)
        if self.operation == "hardDelete":
            self.world.run(f'DELETE FROM {self.source.table} WHERE "Id" = ?', (done,))
        return done

    def _typed(self, given: dict[str, str]) -> dict[str, Json]:
        """Cells as JSON values: an empty cell is left alone, `#N/A` clears."""
        typed: dict[str, Json] = {}
        for name, value in given.items():
            if value == "" or name.lower() == "id":
                continue
            boolean = self.source.fields[name.lower()].type == "boolean"
            typed[name] = None if value == CLEAR else value.lower() in {"true", "1"} if boolean else value
        return typed


def _csv(lines: list[list[str]], spec: Mapping[str, Json]) -> bytes:
    """Lines as the result files give them: quoted, parted and ended as the job wishes."""
    out, mark = io.StringIO(), DELIMITERS[spec["columnDelimiter"]]
    csv.writer(out, quoting=csv.QUOTE_ALL, delimiter=mark, lineterminator=ENDS[spec["lineEnding"]]).writerows(
        lines
    )
    return out.getvalue().encode()


def read(call: Call, _version: str, job: str) -> Reply:
    """GET jobs/ingest/{id}: one poll."""
    return as_json(_view(call.world, job, counted=True))


def read_all(call: Call, _version: str) -> Reply:
    """GET jobs/ingest."""
    found = [_view(call.world, row["id"]) for row in call.world.rows("SELECT id FROM sf_job ORDER BY id")]
    return as_json({"done": True, "nextRecordsUrl": None, "records": found})


def results(call: Call, _version: str, job: str, which: str) -> Reply:
    """GET jobs/ingest/{id}/successfulResults, failedResults or unprocessedrecords, as CSV."""
    row = _row(call.world, job)
    if row["state"] not in {"JobComplete", "Failed", "Aborted"}:
        raise RestError("INVALIDJOBSTATE", "the job is not finished")
    body = row[RESULTS[which]] or b""
    return Reply(body=body, media="text/csv", rows=max(0, body.count(b"\n") - 1))


def remove(call: Call, _version: str, job: str) -> Reply:
    """DELETE jobs/ingest/{id}: only finished ones."""
    if _row(call.world, job)["state"] not in {"JobComplete", "Failed", "Aborted"}:
        raise RestError("INVALIDJOBSTATE", "only a finished job can be deleted")
    call.world.run("DELETE FROM sf_job WHERE id = ?", (job,))
    return Reply(status=HTTPStatus.NO_CONTENT)
