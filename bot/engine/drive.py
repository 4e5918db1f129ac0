"""One worker driving one run: the parts it needs, its lease, the checks before every request and write."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic
from typing import Any

from bot.engine import audit
from bot.engine.leases import LeaseLost
from bot.store import outbox, runs
from bot.store.connect import Connection, Store
from bot.store.runs import Origin, Run
from tools.errors import NeedsAttention
from tools.plan import System
from tools.ports import Clock, Quota, Reader, Writer

PROGRESS_SECONDS = 2.0
NAP = 1.0
LAST_WORDS = 3  # requests a writer may make after stop, the refused one counted


class Stopped(NeedsAttention):
    """A person asked this run to stop. To a connector it reads as what it is: this request did not leave."""


class Leaving(Exception):  # noqa: N818 (a signal, named by what happens)
    """The process is shutting down; the run goes on in another one."""


@dataclass(kw_only=True)
class Drive:
    """A run in the hands of a worker. `leaving` says whether the process is about to end."""

    store: Store
    readers: Mapping[System, Reader]
    writers: Mapping[System, Writer]
    clock: Clock
    quota: Quota
    worker: str
    run: Run
    origin: Origin
    leaving: Callable[[], bool]
    _told: float = field(default_factory=monotonic)

    def brake(self) -> Callable[[], None]:
        """What is to be asked before every request of one call of a writer: `urgent`, and a little more.

        A writer that was told to stop may still send what ends its work at the vendor: a bulk job's abort.
        """
        left = LAST_WORDS

        def check() -> None:
            nonlocal left
            try:
                self.urgent()
            except Stopped:
                left -= 1
                if left == LAST_WORDS - 1 or left < 0:
                    raise

        return check

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that holds the lease to its end. Raises `LeaseLost`."""
        with self.store.begin() as connection:
            if not runs.hold(connection, self.run.id, self.worker):
                raise LeaseLost(self.worker)
            yield connection

    def check(self) -> None:
        """To be called before every step: raises `LeaseLost`, `Stopped` or `Leaving`."""
        self.urgent()
        if self.leaving():
            raise Leaving

    def urgent(self) -> None:
        """To be called before every request inside of a step: raises `LeaseLost` or `Stopped`."""
        with self.store.read() as connection:
            stop, mine = runs.signals(connection, self.run.id, self.worker)
        if not mine:
            raise LeaseLost(self.worker)
        if stop:
            raise Stopped("The run was stopped")

    def nap_until(self, moment: datetime) -> None:
        """Wait by the product's clock, awake enough to be stopped."""
        while (left := (moment - self.clock.now()).total_seconds()) > 0:
            self.check()
            self.clock.sleep(min(left, NAP))

    def change(self, connection: Connection, **values: Any) -> None:  # noqa: ANN401 (columns of the run)
        """Set columns of the run, here and in the store."""
        runs.change(connection, self.run.id, **values)
        self.run = replace(self.run, **values)

    def record(self, connection: Connection, name: str, *, actor: str = "", **data: object) -> None:
        """Append to the audit chain, in the same transaction."""
        audit.record(
            connection,
            name=name,
            actor=actor or "clearance",
            about=self.run.id,
            data={"plan": self.origin.id, **data},
            now=self.clock.now(),
        )

    def tell(self, connection: Connection, kind: str, text: str = "") -> None:
        """Leave a notice for the thread, in the same transaction."""
        outbox.put(
            connection,
            kind=kind,
            plan_id=self.origin.id,
            run_id=self.run.id,
            surface=self.origin.surface,
            channel=self.origin.channel,
            thread=self.origin.thread,
            text=text,
            now=self.clock.now(),
        )
        self._told = monotonic()

    def progressed(self, connection: Connection) -> None:
        """Rows were settled: forget earlier pauses, and tell the thread, but not all the time."""
        if self.run.tries:
            self.change(connection, tries=0)
        if monotonic() - self._told >= PROGRESS_SECONDS:
            self.tell(connection, "run.progressed")
