"""Bulk API 2.0: queries over whole objects, and writes of more than 2,000 rows. The CSV is built here.

A job that is not closed does nothing, so a lost answer before the close means nothing was taken. From the
close on the job's own state is asked; only when that fails too is the outcome unknown.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from tools.connectors.salesforce.client import Client, named
from tools.errors import ClearanceError, NeedsAttention, OutcomeUnknown, Refused, RetryLater
from tools.http import retried
from tools.ports import Clock

PAGE = 50_000  # rows of one page of query results
FIRST_WAIT, LONGEST_WAIT = 0.2, 5.0  # seconds between polls
PATIENCE = 1_800.0  # seconds after which a job is aborted and read back
CLEARED = "#N/A"  # documented: an empty cell is ignored on update, this clears the field
DONE = {"JobComplete", "Failed", "Aborted"}

Row = dict[str, str]


def cell(value: object) -> str:
    """A value as Bulk 2.0 reads it."""
    if value is None:
        return CLEARED
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def sheet(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> bytes:
    """CSV with the columns in the order given."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([cell(row[name]) for name in columns] for row in rows)
    return out.getvalue().encode()


@dataclass(frozen=True, slots=True)
class Bulk:
    """Bulk 2.0 jobs, waited for."""

    client: Client
    clock: Clock

    def query(self, soql: str) -> Iterator[Row]:
        """Rows of a query over a whole object, page by page; values are text. No child queries."""
        job = self._json("POST", "jobs/query", {"operation": "query", "query": soql})
        ended = self._wait(f"jobs/query/{named_job(job)}")
        if ended["state"] != "JobComplete":
            raise NeedsAttention(
                "A bulk query at Salesforce failed",
                do="Try a smaller request, or look at Bulk Data Load Jobs in Setup.",
                detail=str(ended.get("errorMessage", ended["state"])),
            )
        locator = ""
        while True:
            answer = retried(partial(self._page, ended["id"], locator))
            yield from csv.DictReader(io.StringIO(answer.content.decode(), newline=""))
            locator = answer.headers.get("Sforce-Locator", "null")
            if locator in {"", "null"}:
                return

    def _page(self, job: str, locator: str) -> Any:  # noqa: ANN401 (requests.Response, of a late import)
        params = {"maxRecords": PAGE, **({"locator": locator} if locator else {})}
        url = f"{self.client.api.base_url}jobs/query/{job}/results"
        return self.client.api.session.get(url, params=params, headers={"Accept": "text/csv"})

    def write(
        self, object: str, operation: str, columns: Sequence[str], rows: Sequence[Mapping[str, object]]
    ) -> dict[str, str]:
        """Run a job over these rows; returns the vendor's words by record id for the rows that failed.

        Raises `RetryLater` when nothing was taken, `OutcomeUnknown` when the job did not end well.
        """
        job = self._submitted(object, operation, sheet(columns, rows))
        try:
            ended = self._wait(f"jobs/ingest/{job}", abort=True)
            if ended["state"] != "JobComplete":
                raise _unknown(str(ended.get("errorMessage", ended["state"])))
            return self._failures(job) if int(ended.get("numberRecordsFailed", 0)) else {}
        except (RetryLater, Refused, NeedsAttention) as error:
            self._abort(f"jobs/ingest/{job}")  # or it would go on unseen while rows are read back
            raise _unknown(error.detail or error.what) from error

    def _submitted(self, object: str, operation: str, content: bytes) -> str:
        body = {"object": named(object), "operation": operation, "contentType": "CSV", "lineEnding": "LF"}
        try:
            job = named_job(self.client.api.restful("jobs/ingest", method="POST", json=body))
        except OutcomeUnknown as error:
            raise _nothing_taken(error) from error
        path = f"jobs/ingest/{job}"
        try:
            self.client.api.session.put(
                f"{self.client.api.base_url}{path}/batches",
                data=content,
                headers={"Content-Type": "text/csv"},
            )
        except ClearanceError as error:
            self._abort(path)
            raise (_nothing_taken(error) if isinstance(error, OutcomeUnknown) else error) from error
        self._close(path)
        return job

    def _close(self, path: str) -> None:
        """Let the vendor start. When the answer is lost, the job's state says whether it did."""
        try:
            self.client.api.restful(path, method="PATCH", json={"state": "UploadComplete"})
        except OutcomeUnknown as error:
            try:
                state = self._state(path)["state"]
            except ClearanceError as second:
                raise _unknown(second.detail) from second
            if state == "Open":
                self._abort(path)
                raise _nothing_taken(error) from error

    def _abort(self, path: str) -> bool:
        """Abort a job; whether the vendor said yes."""
        try:
            self.client.api.restful(path, method="PATCH", json={"state": "Aborted"})
        except ClearanceError:
            return False
        return True

    def _wait(self, path: str, *, abort: bool = False) -> dict[str, Any]:
        """The job when it has ended, polled ever more slowly; a slow writing job is aborted in the end."""
        waited, pause = 0.0, FIRST_WAIT
        while True:
            job = self._state(path)
            if job["state"] in DONE:
                return job
            if waited > PATIENCE and abort and self._abort(path):
                return {**job, "state": "Aborted"}
            self.clock.sleep(pause)
            waited, pause = waited + pause, min(pause * 1.6, LONGEST_WAIT)

    def _state(self, path: str) -> dict[str, Any]:
        return self._json("GET", path)

    def _json(self, method: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        sent = {} if body is None else {"json": body}
        return dict(retried(lambda: self.client.api.restful(path, method=method, **sent)))

    def _failures(self, job: str) -> dict[str, str]:
        url = f"{self.client.api.base_url}jobs/ingest/{job}/failedResults"
        answer = retried(lambda: self.client.api.session.get(url, headers={"Accept": "text/csv"}))
        rows = csv.DictReader(io.StringIO(answer.content.decode()))
        return {(row.get("sf__Id") or row.get("Id") or "")[:15]: row.get("sf__Error", "") for row in rows}


def named_job(job: Mapping[str, Any]) -> str:
    """A job's id, fit for a URL."""
    found = str(job["id"])
    if not found.isalnum():
        raise Refused("That is no job id", on=found[:40])
    return found


def _nothing_taken(error: ClearanceError) -> RetryLater:
    return RetryLater("Salesforce did not take the bulk job", after=5.0, detail=error.detail)


def _unknown(detail: str) -> OutcomeUnknown:
    return OutcomeUnknown(
        "A bulk job at Salesforce did not end well",
        do="What really happened is read back before anything is sent again.",
        detail=detail,
    )
