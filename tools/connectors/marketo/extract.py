"""Everybody in Marketo, out of bulk lead extracts: one job for each 31 days in which leads were created.

Sources: Marketo's documentation of bulk extract: a createdAt filter spans 31 days at most, two jobs run and
ten wait whoever made them, 500 MB a day, and a job is polled once a minute. No call tells when the oldest
lead was created, so windows are walked back from now; see `windows.py` for where that ends. A walk that was
cut off is gone on with, see `kept.py`.
"""

import codecs
import csv
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tools.connectors.marketo import kept
from tools.connectors.marketo.client import BATCH, Client, DayUsedUp, QueueFull, Record, UnderWay
from tools.connectors.marketo.kept import Walk
from tools.connectors.marketo.windows import SECOND, WINDOW, Back
from tools.connectors.values import chunks, iso, moment
from tools.errors import Refused, RetryLater
from tools.ports import Clock
from tools.progress import tell

BASE = "/bulk/v1/leads/export"
WAITING = 8  # jobs of ours in the queue of ten, which other integrations share
POLL = 60.0  # seconds between two looks at a job
NAP = 10.0  # seconds between two words while waiting
POLLS = 240  # looks at one job before somebody else decides: four hours
TRIES = 3  # jobs for one window
SOURCE = "Marketo's exports"  # under which is told how far they are
SOON = timedelta(minutes=1)  # leads of a stretch shorter than this are not worth a job
PART = 4 * 1024 * 1024  # bytes of a file fetched at a time


@dataclass(slots=True)
class _Job:
    """One extract: what it is of, its export id and when it was made, when it was queued or last looked at.

    `told` is a status that was just read; `start` and `end` are its window's, for a walk that can be resumed.
    """

    of: Mapping[str, object]
    about: str
    id: str = ""
    made: datetime | None = None
    queued: datetime | None = None
    told: Record | None = None
    tries: int = 0
    start: datetime | None = None
    end: datetime | None = None

    @classmethod
    def window(cls, start: datetime, end: datetime) -> "_Job":
        """The leads created in a stretch of time."""
        window = {"createdAt": {"startAt": iso(start), "endAt": iso(end)}}
        return cls(of=window, about=f"leads created from {start:%Y-%m-%d} on", start=start, end=end)


@dataclass(slots=True)
class Extract:
    """One walk through all windows. Jobs are queued ahead; results come in the order of windows.

    `as_of` is when Marketo wrote the file of the page given last; `began` is when the walk did, and `resumed`
    tells that it was another read that began it.
    """

    client: Client
    clock: Clock
    fields: Sequence[str]
    as_of: datetime = field(init=False)
    _walk: Walk | None = None
    _read: str = ""
    _waiting: deque[_Job] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.as_of = self.clock.now()

    def walk(self) -> Walk:
        """The walk this is: a new one, or one that was cut off."""
        if self._walk is None:
            self._walk = self.client.kept.walk(self.fields, self.clock.now())
        return self._walk

    def leads(self) -> Iterator[list[Record]]:
        """Every lead with these fields, streamed in Marketo's page size.

        A job that fails is made again for its window alone. Raises `RetryLater` when a window keeps failing,
        or when the day's calls or megabytes are used up.
        """
        walk = self.walk()
        try:
            yield from self._walked(walk)
        except DayUsedUp as error:
            walk.step(timedelta(seconds=error.after))
            words = " What was extracted until now is kept: ask again then and it goes on from there."
            raise DayUsedUp(
                error.what, after=error.after, on=error.on, do=error.do + words, detail=error.detail
            ) from error
        walk.over()

    def of(self, wanted: Mapping[str, object]) -> Iterator[list[Record]]:
        """The leads of one filter. Raises `Refused` where the subscription does not have it."""
        job = _Job(of=wanted, about=", ".join(wanted))
        yield from chunks(self._rows(job, self._finished(job)), BATCH)

    def _walked(self, walk: Walk) -> Iterator[list[Record]]:
        back, done, usual = Back(self.client, walk.began), 0, self.client.kept.windows()
        self._waiting.extend(self._since(walk))
        while self._ahead(back):
            self._read = f"{done} of about {usual} months read" if usual > done else f"{done} months read"
            job = self._waiting.popleft()
            back.quiet += 1
            for page in chunks(self._rows(job, self._finished(job)), BATCH):
                back.saw(page)
                yield page
            done += 1
            walk.step()
        self.client.kept.walked(done)

    def _since(self, walk: Walk) -> Iterator[_Job]:
        """Windows of what was created since the walk began: those it made before, and one up to now."""
        start = walk.began + SECOND
        while walk.resumed and (known := walk.job(start)):
            yield _Job.window(start, known.end)
            start = known.end + SECOND
        if walk.resumed and self.clock.now() - start > SOON:
            yield _Job.window(start, min(self.clock.now(), start + WINDOW - SECOND))

    def _ahead(self, back: Back) -> bool:
        """Queue windows ahead; False when there is nothing left to wait for."""
        while len(self._waiting) < WAITING and (window := back.next()):
            job = _Job.window(*window)
            self._waiting.append(job)
            if not self._queue(job):
                break
        return bool(self._waiting)

    def _queue(self, job: _Job) -> bool:
        """Make the job and put it into Marketo's queue; False when that is full just now."""
        if not job.id:
            with self.client.kept.making:
                self._pick_up(job)
                if not job.id:
                    self._make(job)
        if job.told is not None and job.told["status"] != "Created":
            job.queued = self.clock.now()
            return True
        try:
            self.client.prepare(f"{BASE}/{job.id}/enqueue.json")
        except QueueFull:
            return False
        except UnderWay:
            pass  # taken the time before, when the answer was lost
        job.told, job.queued = None, self.clock.now()
        return True

    def _make(self, job: _Job) -> None:
        made = self.client.prepare(f"{BASE}/create.json", self._order(job))
        job.id, job.made = str(made["exportId"]), self.clock.now()
        if job.start and job.end:
            self.walk().note(kept.Job(job.start, job.end, job.id, job.made))

    def _pick_up(self, job: _Job) -> None:
        """Take the job that an earlier read has made for this window, if Marketo still has it."""
        known = self.walk().job(job.start) if job.start else None
        if known is None:
            return
        try:
            job.told = self._status(known.id)
        except Refused:
            return
        job.id, job.made = known.id, known.made

    def _order(self, job: _Job) -> Mapping[str, object]:
        return {"fields": list(self.fields), "format": "CSV", "filter": dict(job.of)}

    def _finished(self, job: _Job) -> int:
        """Wait for the job; the size of its file. A failed one is made again."""
        for _ in range(POLLS):
            if job.queued is None and not self._queue(job):
                self._wait(POLL, job)
                continue
            tell(SOURCE, self._read or job.about)
            status, job.told = job.told or self._looked(job), None
            if status["status"] == "Completed":
                self.as_of = moment(status.get("startedAt")) or job.made or self.clock.now()
                return int(status.get("fileSize") or 0)
            if status["status"] in {"Failed", "Cancelled"}:
                self._again(job)
        raise RetryLater("Marketo does not finish an extract", after=POLL, on=job.about)

    def _again(self, job: _Job) -> None:
        job.tries += 1
        job.id, job.queued = "", None
        if job.start:
            self.walk().drop(job.start)
        if job.tries >= TRIES:
            raise RetryLater(f"Marketo's extract failed {TRIES} times", after=POLL * 5, on=job.about)

    def _looked(self, job: _Job) -> Record:
        """Its status, a minute after it was queued or last looked at."""
        since = (self.clock.now() - (job.queued or self.clock.now())).total_seconds()
        self._wait(POLL - since, job)
        job.queued = self.clock.now()
        return self._status(job.id)

    def _status(self, job: str) -> Record:
        found: Record = self.client.read(f"{BASE}/{job}/status.json")["result"][0]
        return found

    def _wait(self, seconds: float, job: _Job) -> None:
        """Wait, with a word now and then: whoever listens may want it to stop."""
        until = self.clock.now() + timedelta(seconds=seconds)
        while (left := (until - self.clock.now()).total_seconds()) > 0:
            tell(SOURCE, f"{self._read or job.about}; an export takes minutes")
            self.clock.sleep(min(left, NAP))

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
