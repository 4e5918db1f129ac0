"""Runs over the shared queue: started in the caller's transaction, taken over from the dead, left cleanly."""

import time

import pytest

from tools.errors import RetryLater


def until(true, seconds=240.0):
    """Wait until `true()` holds."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


@pytest.fixture
def durable(scene):
    """`durable(executor, …)`: a started worker, stopped afterwards."""
    from bot.engine.durable import Durable

    made = []

    def start(executor, **about):
        worker = Durable(scene.store, executor, scene.clock, **about)
        made.append(worker)
        worker.start()
        return worker

    yield start
    for worker in made:
        assert worker.stop(timeout=60.0)


def test_a_run_starts_when_the_transaction_commits_and_not_otherwise(scene, durable):
    """A run enqueued in a transaction that is rolled back never starts; a committed one lands."""
    vendor = scene.vendor()
    vendor.records = scene.people(3)
    lost, kept = scene.clear(scene.changes(3)), scene.clear(scene.changes(3))
    worker = durable(scene.worker(vendor, enter=False))
    with scene.store.engine.connect() as connection:
        worker.enqueue(connection, lost.run_id)
        connection.rollback()
    with scene.store.begin() as connection:
        worker.enqueue(connection, kept.run_id)
    until(lambda: scene.run_of(kept).state == "landed")
    assert scene.run_of(lost).state == "queued"


def test_a_parked_run_goes_on_by_itself(scene, durable):
    """The pause passes by the product's clock and the run lands."""
    vendor = scene.vendor()
    vendor.records = scene.people(2)
    vendor.next = [RetryLater("busy", after=40.0)]
    made = scene.clear(scene.changes(2))
    worker = durable(scene.worker(vendor, enter=False))
    with scene.store.begin() as connection:
        worker.enqueue(connection, made.run_id)
    until(lambda: scene.run_of(made).state == "landed")
    assert scene.clock.slept >= 40.0
    assert vendor.applied == [1, 2]


def test_a_worker_with_a_stale_beat_is_buried_and_its_run_taken_over(scene, durable):
    """A worker that held the run and beats no more loses its row; the run lands elsewhere, rows once."""
    from datetime import timedelta

    from bot.store import runs, workers

    vendor = scene.vendor()
    vendor.records = scene.people(4)
    made = scene.clear(scene.changes(4))
    with scene.store.begin() as connection:
        long_ago = scene.store.now(connection) - timedelta(minutes=1)
        workers.enter(connection, "dead-1", long_ago)
        assert runs.claim(connection, made.run_id, "dead-1")
    worker = durable(scene.worker(vendor, enter=False))
    with scene.store.begin() as connection:
        worker.enqueue(connection, made.run_id)
    until(lambda: scene.run_of(made).state == "landed")
    with scene.store.read() as connection:
        assert workers.living(connection) == [worker.worker_id]
    assert vendor.applied == [1, 2, 3, 4]


def test_stop_leaves_runs_for_the_next_worker(scene):
    """A clean stop in the middle of a run loses nothing, and the next start goes on by itself."""
    from bot.engine.durable import Durable
    from bot.store import workers

    vendor = scene.vendor(batch=1)
    vendor.records = scene.people(30)
    made = scene.clear(scene.changes(30))
    take, executor = vendor.take, scene.worker(vendor, enter=False)

    def until_it_leaves(change):
        if len(vendor.applied) == 3:
            until(executor._leaving.is_set)
        return take(change)

    vendor.take = until_it_leaves
    first = Durable(scene.store, executor, scene.clock)
    first.start()
    with scene.store.begin() as connection:
        first.enqueue(connection, made.run_id)
    until(lambda: vendor.count("apply") == 4)
    assert first.stop(timeout=60.0)
    assert vendor.applied == [1, 2, 3, 4]
    with scene.store.read() as connection:
        assert workers.living(connection) == []
    second = Durable(scene.store, scene.worker(vendor, enter=False), scene.clock)
    second.start()
    until(lambda: scene.run_of(made).state == "landed")
    assert second.stop(timeout=60.0)
    assert vendor.applied == list(range(1, 31))


def test_resume_puts_a_stopped_run_back_into_the_queue(scene, durable):
    """Going on is for those who decide, and only a run that was stopped or waits can go on."""
    from bot.engine.stopping import resume
    from bot.store import runs
    from tools.context import Principal
    from tools.errors import Refused

    vendor = scene.vendor()
    vendor.records = scene.people(2)
    made = scene.clear(scene.changes(2))
    with scene.store.begin() as connection:
        runs.request_stop(connection, made.run_id, by="U_IVY")
    worker = durable(scene.worker(vendor, enter=False))
    with scene.store.begin() as connection:
        worker.enqueue(connection, made.run_id)
    until(lambda: scene.run_of(made).state == "stopped")
    now = scene.clock.now()
    with pytest.raises(Refused):
        resume(scene.store, made.run_id, Principal(id="U_ANA", name="Ana"), now, worker.enqueue)
    max_ = Principal(id="U_MAX", name="Max", roles=frozenset({"marops"}))
    assert "goes on" in resume(scene.store, made.run_id, max_, now, worker.enqueue)
    assert "nothing to go on with" in resume(scene.store, made.run_id, max_, now, worker.enqueue)
    until(lambda: scene.run_of(made).state == "landed")


def test_a_run_no_queue_knows_is_adopted(scene, durable):
    """A run whose queue entry was lost is found by the sweep."""
    vendor = scene.vendor()
    vendor.records = scene.people(1)
    made = scene.clear(scene.changes(1))
    scene.clock.sleep(60)
    durable(scene.worker(vendor, enter=False))
    until(lambda: scene.run_of(made).state == "landed")


def test_chores_are_done_as_often_as_they_say(scene, durable):
    """A chore is done at the first sweep, again when due, and one that fails does not keep others from it."""
    from bot.engine.durable import Chore

    done = []
    chores = [Chore(name="often", every=0.0, do=lambda: done.append("often"))]
    chores.append(Chore(name="seldom", every=3600.0, do=lambda: done.append("seldom")))
    worker = durable(scene.worker(enter=False), chores=chores)
    worker.sweep()
    worker.sweep()
    assert done.count("often") >= 2
    assert done.count("seldom") == 1
