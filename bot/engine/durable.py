"""Durable runs over DBOS: enqueued in the caller's transaction, driven to the end by whichever worker lives.

DBOS queues and recovers; what must be exact (who drives a run, what was sent) is in our own tables, so a run
that DBOS would start twice is still driven once. Open-source DBOS does not take a dead worker's runs over:
the sweep here does, by one private function, hence the pinned version and a contract test.
"""

import asyncio
import logging
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any

import structlog
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer
from typing_extensions import override

from bot.engine.drive import NAP
from bot.engine.executor import Executor, Rest
from bot.engine.leases import PATIENCE_SECONDS, Lease, LeaseLost, leave_now
from bot.store import runs, workers
from bot.store.connect import Connection, Store
from tools.ports import Clock

NAME = "clearance"
VERSION = "1"  # of the workflow's shape, not of the product: a new one would orphan open runs
QUEUE = "runs"
WORKFLOW = "drive"
AT_ONCE = 8  # runs one process drives at a time
POLL_SECONDS = 0.25
SWEEP_SECONDS = 2.0
ORPHANED = timedelta(seconds=30)  # a run nobody drives for so long is enqueued again
KEEP_HISTORY = timedelta(days=7)
OPEN = ["ENQUEUED", "DELAYED", "PENDING"]  # a workflow that will still do something
AWAY_SECONDS = 2.0  # between two attempts while the database is away

log = structlog.get_logger(__name__)


@dataclass(kw_only=True)
class Chore:
    """Something every worker does every so often; several may do it at once, so it must bear that."""

    name: str
    every: float  # seconds
    do: Callable[[], object]
    due: float = field(default=0.0)


class Quiet(logging.Filter):
    """Lets a log line through a few times a minute: a database restart wrote thousands of them in seconds."""

    def __init__(self, most: int = 5, seconds: float = 60.0) -> None:
        super().__init__()
        self._most = most
        self._seconds = seconds
        self._seen: defaultdict[tuple[str, int], list[float]] = defaultdict(list)

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this record is one of the first of its kind lately."""
        now = monotonic()
        seen = self._seen[(record.pathname, record.lineno)]
        seen[:] = [moment for moment in seen if now - moment < self._seconds]
        if len(seen) >= self._most:
            return False
        seen.append(now)
        return True


class Durable:
    """This process as a worker: takes runs from the shared queue, keeps its lease, takes over from the dead.

    DBOS is one to a process, so there is one of these to a process at a time.
    """

    def __init__(
        self,
        store: Store,
        executor: Executor,
        clock: Clock,
        *,
        chores: Sequence[Chore] = (),
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._store = store
        self._executor = executor
        self._clock = clock
        self._lease = Lease(store, executor.worker_id, patience=patience)
        self._chores = [*chores, Chore(name="history", every=3600.0, do=self._prune)]
        self._ending = threading.Event()
        self._sweeper = threading.Thread(target=self._keep_sweeping, name="sweeper", daemon=True)
        self._client = DBOSClient(
            system_database_engine=store.engine,
            serializer=DBOSPortableJSONSerializer(),
            application_name=NAME,
            lazy=True,
        )

    @property
    def worker_id(self) -> str:
        """This worker's name in leases and journal."""
        return self._executor.worker_id

    def start(self) -> None:
        """Take up the lease and begin to drive runs, those of dead workers included."""
        _quieten()
        self._lease.start()
        DBOS(config=self._config())
        DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)(self._workflow())
        DBOS.launch()
        DBOS.register_queue(
            QUEUE, worker_concurrency=AT_ONCE, polling_interval_sec=POLL_SECONDS, on_conflict="always_update"
        )
        self._sweeper.start()

    def stop(self, timeout: float = 10.0) -> bool:
        """Leave every run before its next request and give the lease back, within `timeout` seconds.

        False when something would not end in time: the caller then ends the process with `leave_now`, which
        loses nothing.
        """
        self._executor.leave()
        self._ending.set()
        ending = threading.Thread(target=self._end, name="ending", daemon=True)
        ending.start()
        ending.join(timeout)
        return not ending.is_alive()

    def disconnect(self) -> None:
        """Queue nothing more; for a process that never started to drive."""
        self._client.destroy()

    def enqueue(self, connection: Connection, run_id: str) -> None:
        """Have the run driven once the caller's transaction commits; not at all if it does not."""
        self._client.enqueue_in_transaction(
            connection,
            {
                "workflow_name": WORKFLOW,
                "queue_name": QUEUE,
                "workflow_id": f"{run_id}-{uuid.uuid4().hex[:12]}",
                "app_version": VERSION,
            },
            run_id,
        )

    def sweep(self) -> None:
        """Bury workers whose beat is stale, have their work driven, and do the chores that are due."""
        for dead in self._lease.bury():
            log.warning("worker.buried", worker=dead)
        with self._store.read() as connection:
            living = set(workers.living(connection))
        pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        orphaned = {each.executor_id for each in pending if each.executor_id} - living
        if orphaned:
            DBOS._recover_pending_workflows(sorted(orphaned))  # noqa: SLF001 (pinned; there is no public one)
        self._adopt()
        for chore in self._chores:
            if monotonic() >= chore.due:
                chore.due = monotonic() + chore.every
                chore.do()

    def _adopt(self) -> None:
        """A run that nobody drives and that no queue knows is enqueued again."""
        with self._store.read() as connection:
            adrift = runs.adrift(connection, before=self._clock.now() - ORPHANED)
        for run_id in adrift:
            if not DBOS.list_workflows(workflow_id_prefix=f"{run_id}-", status=OPEN, load_input=False):
                with self._store.begin() as connection:
                    self.enqueue(connection, run_id)

    def _workflow(self) -> Callable[[str], Any]:
        async def drive(run_id: str) -> None:
            while (rest := await asyncio.to_thread(self._drive, run_id)) is not None:
                if rest.parked:
                    await asyncio.to_thread(self._clock.sleep, min(rest.seconds, NAP))
                else:
                    await asyncio.sleep(rest.seconds)

        return drive

    def _drive(self, run_id: str) -> Rest | None:
        try:
            return self._executor.run(run_id)
        except LeaseLost:
            leave_now()
            return None
        except Exception:
            # the database itself is away: nothing could be written, so the run is where it was
            log.exception("run.interrupted", run=run_id)
            return Rest(seconds=AWAY_SECONDS)

    def _keep_sweeping(self) -> None:
        while not self._ending.is_set():
            try:
                self.sweep()
            except Exception:
                log.exception("sweep.failed")
            self._ending.wait(SWEEP_SECONDS)

    def _prune(self) -> None:
        before = (self._clock.now() - KEEP_HISTORY).isoformat()
        old = DBOS.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED"],
            completed_before=before,
            load_input=False,
            load_output=False,
            limit=1000,
        )
        if old:
            DBOS.delete_workflows([each.workflow_id for each in old])

    def _end(self) -> None:
        if self._sweeper.is_alive():
            self._sweeper.join()
        DBOS.destroy(destroy_registry=True)
        self._client.destroy()
        self._lease.stop()

    def _config(self) -> DBOSConfig:
        return {
            "name": NAME,
            "system_database_engine": self._store.engine,
            "application_version": VERSION,
            "executor_id": self.worker_id,
            "serializer": DBOSPortableJSONSerializer(),
            "use_listen_notify": False,  # one connection less; the queue is polled anyway
            "log_level": "WARNING",
        }


def _quieten() -> None:
    """Hand DBOS's log lines to the product's own logging, and few of them."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    if not any(isinstance(each, Quiet) for each in logger.filters):
        logger.addFilter(Quiet())
