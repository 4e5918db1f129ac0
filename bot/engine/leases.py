"""The worker's lease: a row in the store, beaten every second by the database's clock.

Whoever finds a beat stale deletes the row and takes the work over. A worker that finds its own row gone may
neither write nor send any more and leaves the process at once. What stays: a process frozen exactly between
its last look at the row and the vendor's socket sends that one request when it wakes.
"""

import hashlib
import os
import socket
import threading
import uuid
from collections.abc import Callable
from functools import cache
from pathlib import Path

import structlog

from bot.store import workers
from bot.store.connect import Store

BEAT_SECONDS = 1.0
PATIENCE_SECONDS = 10.0  # a worker not heard of for so long is declared dead
LOST = 75  # exit status of a worker that lost its lease: EX_TEMPFAIL, start it again

log = structlog.get_logger(__name__)


class LeaseLost(Exception):  # noqa: N818 (a signal to leave, named by what happened)
    """This worker, or its run, belongs to somebody else now."""


def worker_name() -> str:
    """A name no other start of any process has: host, place, process, random."""
    return f"{socket.gethostname()[:60]}-{_place()}-{os.getpid()}-{uuid.uuid4().hex[:12]}"


def surely_dead(worker: str) -> bool:
    """Whether this worker ran on this very machine and its process is gone: no need to wait for its beat."""
    *_, place, process, _ = ["", "", "", *worker.split("-")]
    if not place or place != _place() or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


@cache
def _place() -> str:
    """This boot of this machine and this space of process ids; "" where the system does not tell."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        space = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return ""
    return hashlib.sha256(f"{boot}{space}".encode()).hexdigest()[:8]


def leave_now() -> None:
    """End the process without a further write: what it would write is no longer its to write."""
    os._exit(LOST)


class Lease:
    """One worker's lease, kept by a thread. `lost` is called from that thread when the row is gone."""

    def __init__(
        self,
        store: Store,
        worker: str,
        *,
        lost: Callable[[], None] = leave_now,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self.worker = worker
        self.patience = patience
        self._store = store
        self._lost = lost
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def start(self) -> None:
        """Take up the lease and keep it."""
        with self._store.begin() as connection:
            workers.enter(connection, self.worker, self._store.now(connection))
        self._thread.start()

    def stop(self) -> None:
        """Stop beating and give the lease back."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5.0)
        with self._store.begin() as connection:
            workers.leave(connection, self.worker)

    def beat(self) -> bool:
        """Renew the lease; False when it is gone."""
        with self._store.begin() as connection:
            return workers.beat(connection, self.worker, self._store.now(connection))

    def bury(self) -> list[str]:
        """Declare dead workers dead, by their beat or by their process; returns those this call buried.

        Who looks lives: a machine that stood still for long must not make a worker bury itself.
        """
        with self._store.begin() as connection:
            workers.beat(connection, self.worker, self._store.now(connection))
            stale = workers.reap(connection, now=self._store.now(connection), patience=self.patience)
            gone = [worker for worker in workers.living(connection) if surely_dead(worker)]
            return stale + [worker for worker in gone if workers.leave(connection, worker)]

    def _keep(self) -> None:
        while not self._ended.wait(BEAT_SECONDS):
            try:
                kept = self.beat()
            except Exception:
                log.warning("lease.beat_failed", worker=self.worker, exc_info=True)
                continue
            if not kept and not self._ended.is_set():
                log.error("lease.lost", worker=self.worker)
                self._lost()
                return
