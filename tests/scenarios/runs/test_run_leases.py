"""Leases of workers: kept by beating, lost for good, taken from the dead; a worker without its database."""

import subprocess
import sys
import time
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.engine.leases import LOST, Lease, worker_name
from bot.store import workers


def until(true, seconds=240.0):
    """Wait until `true()` holds."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


@pytest.fixture
def living(store):
    """The workers with a lease."""

    def names():
        with store.read() as connection:
            return workers.living(connection)

    return names


def test_a_lease_that_is_taken_away_is_noticed_and_reported_once(store, living):
    """Whoever buried this worker goes on with its work; it must know within a beat."""
    lost = []
    lease = Lease(store, worker_name(), lost=lambda: lost.append(True))
    lease.start()
    assert living() == [lease.worker]
    assert lease.beat()
    with store.begin() as connection:
        assert workers.leave(connection, lease.worker)
        assert not workers.leave(connection, lease.worker)
    until(lambda: lost)
    assert not lease.beat()
    lease.stop()
    assert lost == [True]


def test_a_beat_that_cannot_be_written_is_tried_again(store, living):
    """The database may be away for a moment; the lease is not lost by that."""
    lost = []
    lease = Lease(store, worker_name(), lost=lambda: lost.append(True))
    lease.start()
    with store.begin() as connection:
        connection.execute(text("ALTER TABLE workers RENAME TO away"))
    time.sleep(1.3)
    with store.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO workers"))
    until(lease.beat)
    lease.stop()
    assert not lost
    assert living() == []


def test_a_worker_whose_process_is_gone_is_buried_at_once(store, living):
    """On the same machine nobody waits for a beat of a process that does not exist."""
    ended = subprocess.run(
        [sys.executable, "-c", "from bot.engine.leases import worker_name; print(worker_name())"],
        capture_output=True,
        text=True,
        check=True,
    )
    lease = Lease(store, worker_name())
    lease.start()
    with store.begin() as connection:
        workers.enter(connection, ended.stdout.strip(), store.now(connection))
    assert lease.bury() == [ended.stdout.strip()]
    assert living() == [lease.worker]
    lease.stop()


def test_who_looks_for_the_dead_is_alive(store, living):
    """A machine that stood still makes no worker bury itself; one that was buried stays so."""
    lease = Lease(store, worker_name())
    with store.begin() as connection:
        workers.enter(connection, lease.worker, store.now(connection) - timedelta(minutes=5))
    assert lease.bury() == []
    assert living() == [lease.worker]
    lease.stop()
    assert lease.bury() == []
    assert living() == []


def test_a_worker_that_lost_its_lease_ends_its_process():
    """Without cleaning up: what it would write is no longer its to write."""
    script = (
        "import atexit; from bot.engine.leases import leave_now; atexit.register(print, 'no'); leave_now()"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (LOST, "")


def test_a_worker_without_its_database_waits_and_goes_on(scene):
    """Nothing could be read or written, so the run is where it was."""
    from bot.engine.durable import Durable

    vendor = scene.vendor()
    vendor.records = scene.people(1)
    made = scene.clear(scene.changes(1))
    worker = Durable(scene.store, scene.worker(vendor), scene.clock)
    with scene.store.begin() as connection:
        connection.execute(text("ALTER TABLE runs RENAME TO away"))
    assert worker._drive(made.run_id).parked is False
    with scene.store.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO runs"))
    assert worker._drive(made.run_id) is None
    assert scene.run_of(made).state == "landed"


def test_a_sweep_that_fails_is_tried_again_and_old_history_is_deleted(scene):
    """A chore that raises does not end the sweeping; what DBOS remembers of finished runs goes in time."""
    from dbos import DBOS

    from bot.engine.durable import Chore, Durable

    tries = []

    def fail_once():
        tries.append(True)
        if len(tries) == 1:
            raise RuntimeError

    made = scene.clear(scene.changes(1, op="delete"))
    chores = [Chore(name="odd", every=0.0, do=fail_once)]
    worker = Durable(scene.store, scene.worker(scene.vendor(), enter=False), scene.clock, chores=chores)
    worker.start()
    with scene.store.begin() as connection:
        worker.enqueue(connection, made.run_id)
    until(lambda: scene.run_of(made).state == "landed")
    until(lambda: len(tries) >= 2)
    until(lambda: not DBOS.list_workflows(status="PENDING"))
    scene.clock.sleep(400 * 24 * 3600)
    worker._prune()
    assert DBOS.list_workflows() == []
    assert worker.stop(60.0)
