"""The executor: drives a cleared run to its end, whatever crashes, and sends nothing that was not cleared.

Its one precondition is a stored clearance for the digest, and that digest computed anew from the stored
rows. Then by stage, system, object and op: guard read, `intent` committed, vendor called, outcome committed.
It holds the writers; nothing else does.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import structlog

from bot.engine import created, doubts, guards, landing, transitions
from bot.engine.drive import Drive, Leaving, Stopped
from bot.engine.leases import LeaseLost
from bot.engine.limiter import watched
from bot.engine.newcomers import Newcomers
from bot.store import journal, plans, runs
from bot.store.connect import Store
from bot.store.journal import Group, Mark
from bot.store.runs import Run
from tools.errors import NeedsAttention, OutcomeUnknown, Refused, RetryLater
from tools.http import redact
from tools.plan import Change, Digest, System
from tools.ports import Clock, Outcome, Quota, Reader, Writer
from tools.rules.plain_text import one_line

LONGEST_PAUSE = 600.0  # seconds that all who share a vendor's quota are made to wait at most
LONGEST_WORDS = 300  # of a vendor's refusal that a person is shown
BUSY_SECONDS = 1.0  # somebody else drives the run, or the process is ending: look again
UNEXPECTED = "Something unexpected happened"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """When to call again: `seconds` by the product's clock for a parked run, else of real time."""

    seconds: float
    parked: bool = False


BUSY = Rest(seconds=BUSY_SECONDS)


class Executor:
    """Runs cleared plans for one worker. Threads may share it; a run is driven by one of them at a time."""

    def __init__(
        self,
        store: Store,
        readers: Mapping[System, Reader],
        writers: Mapping[System, Writer],
        clock: Clock,
        quota: Quota,
        worker_id: str,
    ) -> None:
        self.worker_id = worker_id
        self._store = store
        self._readers = readers
        self._writers = writers
        self._clock = clock
        self._quota = quota
        self._leaving = threading.Event()
        self._lock = threading.Lock()
        self._driven: set[str] = set()

    def leave(self) -> None:
        """The process is about to end: every run is left where it is before its next request."""
        self._leaving.set()

    def run(self, run_id: str) -> Rest | None:
        """Drive the run as far as it goes now.

        Returns when to call again (parked, busy elsewhere, leaving), or None when it is finished, stopped, or
        waits for a person. Raises `LeaseLost` when this worker was declared dead.
        """
        with self._lock:
            if run_id in self._driven or self._leaving.is_set():
                return BUSY
            self._driven.add(run_id)
        try:
            return self._drive(run_id)
        finally:
            with self._lock:
                self._driven.discard(run_id)

    def _drive(self, run_id: str) -> Rest | None:
        run = self._take(run_id)
        if not isinstance(run, Run):
            return run
        drive = self._prepare(run)
        left = transitions.seconds_left(drive)
        if left > 0:
            return Rest(seconds=left, parked=True)
        return self._steer(drive)

    def _steer(self, drive: Drive) -> Rest | None:
        try:
            self._fly(drive)
        except Stopped:
            transitions.stop(drive)
        except RetryLater as error:
            return _parked(transitions.park(drive, error))
        except NeedsAttention as error:
            transitions.needs_attention(drive, error.sentence())
        except Refused as error:  # of a read: what is written is answered for row by row
            transitions.needs_attention(drive, _unreadable(error))
        except Leaving:
            return BUSY
        except LeaseLost:
            raise
        except Exception:
            # a fault of ours must not lose the run: it is tried again, and soon shown to a person
            log.exception("run.failed", run=drive.run.id)
            again = RetryLater(UNEXPECTED, after=5.0)
            return _parked(transitions.park(drive, again, weight=transitions.TRIES // 3))
        return None

    def _take(self, run_id: str) -> Run | Rest | None:
        with self._store.begin() as connection:
            run = runs.get(connection, run_id)
            if run is None or run.state not in runs.UNFINISHED:
                return None
            if not runs.claim(connection, run_id, self.worker_id):
                return BUSY
            if not runs.hold(connection, run_id, self.worker_id):
                raise LeaseLost(self.worker_id)
        return run

    def _prepare(self, run: Run) -> Drive:
        with self._store.read() as connection:
            origin = runs.origin(connection, run.plan_key)
        return Drive(
            store=self._store,
            readers=self._readers,
            writers=self._writers,
            clock=self._clock,
            quota=self._quota,
            worker=self.worker_id,
            run=run,
            origin=origin,
            leaving=self._leaving.is_set,
        )

    def _fly(self, drive: Drive) -> None:
        drive.check()
        _must_be_cleared(drive)
        if drive.run.state != "verifying":
            transitions.start(drive)
            doubts.settle_all(drive)
            with self._store.read() as connection:
                groups = journal.groups(connection, drive.run.plan_key)
            newcomers = Newcomers(drive)
            for group in groups:
                _work(drive, group, newcomers)
            landing.await_reads(drive)
        landing.verify(drive)


def _parked(seconds: float | None) -> Rest | None:
    return None if seconds is None else Rest(seconds=seconds, parked=True)


def _unreadable(error: Refused) -> str:
    """A vendor would not show what the guard or the landing has to read: a field or object hidden since."""
    why = redact(one_line(f"{error.what}: {error.detail}", longest=LONGEST_WORDS)).rstrip(": .")
    return f"{why}. {error.do or 'Give our user the right to read it again, then resume the run.'}"


def _must_be_cleared(drive: Drive) -> None:
    """The precondition. Raises `NeedsAttention`; nothing has been sent then."""
    origin, run = drive.origin, drive.run
    digest = Digest(
        tool=origin.tool,
        args=origin.args,
        principal=origin.principal,
        revision=origin.revision,
        policy_version=origin.policy_version,
    )
    with drive.store.read() as connection:
        cleared = runs.cleared(connection, run)
        for change in plans.rows(connection, run.plan_key):
            digest.add(change)
    if not cleared:
        raise NeedsAttention("This change was never cleared", on=origin.id, do="Ask for it again.")
    if digest.hexdigest() != run.digest:
        raise NeedsAttention(
            "The stored rows are not the rows that were cleared",
            on=origin.id,
            do="Nothing more was sent. Ask for the change again, and have the audit log verified.",
        )


def _work(drive: Drive, group: Group, newcomers: Newcomers) -> None:
    while True:
        with drive.store.read() as connection:
            total = journal.count_waiting(connection, drive.run, group)
        if not total:
            return
        size = max(1, drive.writers[group.system].batch_size(group.op, group.object, total))
        rows = guards.passing(drive, group)
        while batch := list(islice(rows, size)):
            if sendable := created.ready(drive, newcomers.still_new(batch)):
                _send(drive, group, sendable)


def _send(drive: Drive, group: Group, batch: Sequence[Change]) -> None:
    drive.check()
    intents = [(change, Mark(seq=change.seq, state="intent")) for change in batch]
    with drive.writing() as connection:
        journal.write(connection, drive.run.id, intents, worker=drive.worker, now=drive.clock.now())
    outcomes = _apply(drive, group, batch)
    marks = [
        _mark(change, outcome)
        for change, outcome in zip(batch, outcomes, strict=True)
        if outcome.state != "unknown"
    ]
    with drive.writing() as connection:
        journal.settle(connection, drive.run.id, marks, worker=drive.worker, now=drive.clock.now())
        if marks:
            drive.progressed(connection)
    if len(marks) < len(batch) and doubts.settle_all(drive):
        drive.check()
        raise RetryLater(f"{group.system} did not take the request", after=0.0)


def _apply(drive: Drive, group: Group, batch: Sequence[Change]) -> Sequence[Outcome]:
    try:
        with watched(drive.brake()):
            return drive.writers[group.system].apply(batch)
    except RetryLater as error:
        _put_back(drive, batch)
        if error.after <= LONGEST_PAUSE:  # a day's allowance is waited for by this run, not by every reader
            drive.quota.learned(group.system, retry_after=error.after)
        raise
    except Stopped:
        raise  # some of it may have left: the rows are read back
    except NeedsAttention:
        _put_back(drive, batch)
        raise
    except Refused as error:
        why = redact(f"{error.what} {error.detail}".strip())
        return [Outcome(state="failed", error=why, hint=error.do) for _ in batch]
    except OutcomeUnknown:
        return [Outcome(state="unknown") for _ in batch]


def _put_back(drive: Drive, batch: Sequence[Change]) -> None:
    with drive.writing() as connection:
        journal.forget(connection, drive.run.id, [change.seq for change in batch])


def _mark(change: Change, outcome: Outcome) -> Mark:
    moved = outcome.record_id if outcome.record_id != change.record_id else None
    return Mark(
        seq=change.seq,
        state=outcome.state,
        record_id=moved,
        error=redact(outcome.error),
        hint=redact(outcome.hint),
    )
