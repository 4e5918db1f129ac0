"""Runs driven in this process with the real connectors, so that what they cover is counted."""

from dataclasses import replace

import pytest


class Driver:
    """Drives runs in this process with the real connectors, over their pauses."""

    def __init__(self, store, twin, connect, quota):
        from bot.clock import TwinClock

        self.store, self.twin, self.leases = store, twin, []
        self.connect, self.quota = connect, quota
        self.clock = TwinClock(twin.advance)

    def __call__(self, made, *, timeout=30.0):
        from bot.engine.executor import Executor
        from bot.engine.leases import Lease, worker_name

        found = self.connected(timeout)
        readers = {system: each.reader for system, each in found.items()}
        writers = {system: each.writer for system, each in found.items()}
        executor = Executor(self.store, readers, writers, self.clock, self.quota, worker_name())
        self.leases.append(Lease(self.store, executor.worker_id))
        self.leases[-1].start()
        while (rest := executor.run(made.run_id)) is not None:
            assert rest.parked
            self.clock.sleep(rest.seconds)

    def connected(self, timeout=30.0):
        from bot.engine import own_records

        found = self.connect(self.twin.url, clock=self.clock, timeout=timeout)
        return {**found, "clearance": own_records.connect(self.store, self.clock)}

    def undo(self, made):
        """The undo of a run: the plan, its rows as the store would number them, its vetoes."""
        from bot.engine import undo
        from tools.context import Principal
        from tools.plan import Change

        systems = {system: each.reader for system, each in self.connected().items()}
        asker = Principal(id="U_MAX", name="Max", roles=frozenset({"marops"}))
        plan = undo.plan(self.store, made.run_id, systems, self.clock, asker)
        found = list(plan.rows)
        rows = [row for row in found if isinstance(row, Change)]
        return (
            plan,
            [replace(row, seq=place) for place, row in enumerate(rows, 1)],
            [row for row in found if not isinstance(row, Change)],
        )


@pytest.fixture
def drive(store, twin, connect_real, open_quota):
    """`drive(made, timeout=…)`: the run driven in this process; `drive.undo(made)`: its undo."""
    driver = Driver(store, twin, connect_real, open_quota)
    yield driver
    for lease in driver.leases:
        lease.stop()
