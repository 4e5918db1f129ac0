"""Everybody in Marketo, out of bulk lead extracts: one job for each 31 days in which leads were created.

Sources: Marketo's documentation of bulk extract: a createdAt filter spans 31 days at most, two jobs run and
ten wait whoever made them, 500 MB a day, and a job is polled once a minute. No call tells when the oldest
lead was created, so windows are walked back from now; see `_Back` for where that ends.
"""

import codecs
import csv
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tools.connectors.marketo.client import BATCH, Client, QueueFull, Record, UnderWay
from tools.connectors.values import chunks, iso, moment
from tools.errors import RetryLater
from tools.ports import Clock

BASE = "/bulk/v1/leads/export"
WINDOW = timedelta(days=31)
SECOND = timedelta(seconds=1)
WAITING = 8  # jobs of ours in the queue of ten, which other integrations share
POLL = 60.0  # seconds between two looks at a job
POLLS = 240  # looks at one job before somebody else decides: four hours
TRIES = 3  # jobs for one window
QUIET = 12  # windows without a lead before an older one is asked for by id: a year
SAMPLE = BATCH  # ids asked for then: one call
FIRST = datetime(2006, 1, 1, tzinfo=UTC)  # the year Marketo was founded: nothing is older
PART = 4 * 1024 * 1024  # bytes of a file fetched at a time


@dataclass(slots=True)
class _Job:
    """One extract: what it is of, its export id once made, and when it was queued."""

    of: Mapping[str, object]
    about: str
    id: str = ""
    queued: datetime | None = None
    tries: int = 0


@dataclass(slots=True)
class _Back:
    """The windows, newest first, until it is likely that nothing older is left.

    Ids are given in the order of creation. After a year of windows without a lead, ids below the lowest one
    seen are asked for, all of them or `SAMPLE` spread evenly: when one is there, the walk goes on to its day.
    What can be missed is a handful of leads, older than a year in which none was created.
    """

    client: Client
    end: datetime
    lowest: int | None = None
    quiet: int = 0
    until: datetime | None = None  # the walk surely goes on to here
    asked: int | None = None  # the lowest id when older ones were last asked for

    def next(self) -> _Job | None:
        """The next window to extract, or None when the walk is over."""
        if self.end <= FIRST or not self._goes_on():
            return None
        start, end = self.end - WINDOW + SECOND, self.end
        self.end = start - SECOND
        window = {"startAt": iso(start), "endAt": iso(end)}
        return _Job(of={"createdAt": window}, about=f"leads created from {start:%Y-%m-%d} on")

    def saw(self, leads: Sequence[Record]) -> None:
        """Take in leads of a window, which is not a quiet one then."""
        self.quiet = 0
        lowest = min(int(each["id"]) for each in leads)
        self.lowest = lowest if self.lowest is None else min(self.lowest, lowest)

    def _goes_on(self) -> bool:
        if self.until is not None and self.end > self.until:
            return True
        if self.quiet < QUIET:
            return True
        self.until = self._older()
        return self.until is not None

    def _older(self) -> datetime | None:
        """When the oldest of a sample of older leads was created."""
        if self.lowest is None or self.lowest in {1, self.asked}:
            return None
        self.asked = self.lowest
        step = max(1, (self.lowest - 1) // SAMPLE)
        ids = [str(each) for each in range(self.lowest - 1, 0, -step)][:SAMPLE]
        found = [
            at
            for page in self.client.leads("id", ids, ["createdAt"])
            for each in page
            if (at := moment(each.get("createdAt"))) and at <= self.end
        ]
        return min(found, default=None)


@dataclass(slots=True)
class Extract:
    """One walk through all windows. Jobs are queued ahead; results come in the order of windows."""

    client: Client
    clock: Clock
    fields: Sequence[str]
    _waiting: deque[_Job] = field(default_factory=deque)

    def leads(self) -> Iterator[list[Record]]:
        """Every lead with these fields, streamed in Marketo's page size.

        A job that fails is made again for its window alone. Raises `RetryLater` when a window keeps failing,
        or when the day's calls or megabytes are used up.
        """
        back = _Back(self.client, self.clock.now())
        while self._ahead(back):
            job = self._waiting.popleft()
            back.quiet += 1
            for page in chunks(self._rows(job, self._finished(job)), BATCH):
                back.saw(page)
                yield page

    def of(self, wanted: Mapping[str, object]) -> Iterator[list[Record]]:
        """The leads of one filter. Raises `Refused` where the subscription does not have it."""
        job = _Job(of=wanted, about=", ".join(wanted))
        yield from chunks(self._rows(job, self._finished(job)), BATCH)

    def _ahead(self, back: _Back) -> bool:
        """Queue windows ahead; False when there is nothing left to wait for."""
        while len(self._waiting) < WAITING and (job := back.next()):
            self._waiting.append(job)
            if not self._queue(job):
                break
        return bool(self._waiting)

    def _queue(self, job: _Job) -> bool:
        """Make the job and put it into Marketo's queue; False when that is full just now."""
        if not job.id:
            made = self.client.prepare(f"{BASE}/create.json", self._order(job))
            job.id = str(made["exportId"])
        try:
            self.client.prepare(f"{BASE}/{job.id}/enqueue.json")
        except QueueFull:
            return False
        except UnderWay:
            pass  # taken the time before, when the answer was lost
        job.queued = self.clock.now()
        return True

    def _order(self, job: _Job) -> Mapping[str, object]:
        return {"fields": list(self.fields), "format": "CSV", "filter": dict(job.of)}

    def _finished(self, job: _Job) -> int:
        """Wait for the job; the size of its file. A failed one is made again."""
        for _ in range(POLLS):
            if job.queued is None and not self._queue(job):
                self.clock.sleep(POLL)
                continue
            self._pause(job)
            status = self.client.read(f"{BASE}/{job.id}/status.json")["result"][0]
            if status["status"] == "Completed":
                return int(status.get("fileSize") or 0)
            if status["status"] in {"Failed", "Cancelled"}:
                self._again(job)
        raise RetryLater("Marketo does not finish an extract", after=POLL, on=job.about)

    def _again(self, job: _Job) -> None:
        job.tries += 1
        job.id, job.queued = "", None
        if job.tries >= TRIES:
            raise RetryLater(f"Marketo's extract failed {TRIES} times", after=POLL * 5, on=job.about)

    def _pause(self, job: _Job) -> None:
        """A minute since it was queued or last looked at."""
        now = self.clock.now()
        since = (now - (job.queued or now)).total_seconds()
        if since < POLL:
            self.clock.sleep(POLL - since)
        job.queued = self.clock.now()

    def _rows(self, job: _Job, size: int) -> Iterator[Record]:
        """The file's rows, typed as describe says; null is written as a word."""
        types = {name: str(each.get("dataType")) for name, each in self.client.described().items()}
        reader = csv.reader(self._lines(job, size))
        head = next(reader, [])
        for cells in reader:
            yield {name: _typed(cell, types.get(name, "")) for name, cell in zip(head, cells, strict=True)}

    def _lines(self, job: _Job, size: int) -> Iterator[str]:
        decode, rest = codecs.getincrementaldecoder("utf-8")(), ""
        for first in range(0, size, PART):
            part = self.client.part(f"{BASE}/{job.id}/file.json", first, min(first + PART, size) - 1)
            *whole, rest = (rest + decode.decode(part)).split("\n")
            yield from (f"{line}\n" for line in whole)
            if len(part) >= size:
                break  # the whole file came at once
        if rest:
            yield rest


def _typed(cell: str, kind: str) -> object:
    if cell in {"null", ""}:
        return None
    if kind == "boolean":
        return cell == "true"
    if kind in {"integer", "score"} and cell.lstrip("-").isdigit():
        return int(cell)
    return float(cell) if kind in {"float", "currency"} else cell
