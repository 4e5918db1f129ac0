"""Bulk extracts that are under way or done, remembered so that a read which was cut off goes on where it was.

A walk is one read of everybody with certain fields. Its windows hang on the moment it began, so the same walk
makes the same windows again and finds the job of each under the window's start. Marketo counts the megabytes
of a job when it runs and keeps its file for seven days: what was extracted once is fetched again for nothing.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from tools.connectors.values import iso, moment
from tools.ports import Notebook

HONEST = timedelta(hours=1)  # after its last step a walk that was cut off may still be gone on with
FILES = timedelta(days=6)  # a day less than Marketo keeps them
REMEMBERED = timedelta(days=90)  # how far the last walk went, for “3 of about 24 months”


@dataclass(frozen=True, slots=True)
class Kept:
    """What is remembered of one instance's extracts; nothing without a notebook."""

    notebook: Notebook | None = None
    instance: str = ""  # told from others by its address and user
    making: Lock = field(default_factory=Lock, repr=False)  # the same read twice at once is one walk

    def walk(self, fields: Sequence[str], now: datetime) -> "Walk":
        """The walk to go on with for these fields, or a new one that begins now."""
        of = hashlib.sha256(json.dumps(sorted(fields)).encode()).hexdigest()[:16]
        key = f"marketo/{self._instance()}/{of}"
        with self.making:
            note = self.get(key)
            began = moment(note["began"]) if note else None
            if note and began:
                return Walk(self, key, str(note["walk"]), began, resumed=True)
            made = Walk(self, key, uuid.uuid4().hex[:12], now.replace(microsecond=0))
            made.step()
            return made

    def windows(self) -> int:
        """How many windows the last whole walk of this instance had; 0 when none is remembered."""
        note = self.get(f"marketo/{self._instance()}/windows")
        return int(str(note["count"])) if note else 0

    def walked(self, windows: int) -> None:
        """A whole walk had so many windows."""
        self.put(f"marketo/{self._instance()}/windows", {"count": windows}, keep=REMEMBERED)

    def get(self, key: str) -> Mapping[str, object] | None:
        """A note, unless it has expired."""
        return self.notebook.get(key) if self.notebook else None

    def put(self, key: str, value: Mapping[str, object], *, keep: timedelta) -> None:
        """Write a note."""
        if self.notebook:
            self.notebook.put(key, value, keep=keep)

    def forget(self, key: str) -> None:
        """Take a note out."""
        if self.notebook:
            self.notebook.forget(key)

    def _instance(self) -> str:
        return hashlib.sha256(self.instance.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Job:
    """A job at Marketo: of which window, under which id, made when."""

    start: datetime
    end: datetime
    id: str
    made: datetime


@dataclass(frozen=True, slots=True)
class Walk:
    """One read of everybody. `began` is the end of its first window; `resumed`: somebody began it before."""

    kept: Kept
    key: str
    id: str
    began: datetime
    resumed: bool = False

    def step(self, pause: timedelta = timedelta()) -> None:
        """It has got somewhere: for an hour after the `pause` it can be gone on with."""
        self.kept.put(self.key, {"walk": self.id, "began": iso(self.began)}, keep=pause + HONEST)

    def over(self) -> None:
        """It was read to its end: who asks next begins anew. Whoever reads along still finds its jobs."""
        note = self.kept.get(self.key)
        if note and note["walk"] == self.id:
            self.kept.forget(self.key)

    def job(self, start: datetime) -> Job | None:
        """The job of the window from `start` on, if one was made."""
        note = self.kept.get(self._job(start))
        end, made = (moment(note["end"]), moment(note["made"])) if note else (None, None)
        return Job(start, end, str(note["id"]), made) if note and end and made else None

    def note(self, job: Job) -> None:
        """This job was made."""
        value = {"id": job.id, "end": iso(job.end), "made": iso(job.made)}
        self.kept.put(self._job(job.start), value, keep=FILES)

    def drop(self, start: datetime) -> None:
        """The job of that window has come to nothing."""
        self.kept.forget(self._job(start))

    def _job(self, start: datetime) -> str:
        return f"{self.key}/{self.id}/{iso(start)}"
