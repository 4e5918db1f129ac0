"""Several workers on one store: one dies or freezes, the other takes over, and nothing is sent twice."""

import os
import signal

import pytest

pytestmark = [pytest.mark.chaos, pytest.mark.untraced]


def test_when_the_driver_is_killed_the_other_worker_takes_over(at, nursery, twin, some_rows, cleared, judge):
    """Both are up; the one that drives the run dies at a write; the other finishes without being told."""
    made, seen = cleared(some_rows), judge(some_rows)
    kill = {"system": "marketo", "match": "POST", "nth": 4, "kind": "kill"}
    first = nursery.spawn(
        before_start=lambda pid: twin.fault(**kill, pid=pid),
        **at, run=made.run_id,
    )  # fmt: skip
    assert nursery.wait(lambda: seen.driver(made) == first)
    second = nursery.spawn(**at)
    assert nursery.wait(lambda: seen.finished(made))
    assert not nursery.alive(first)
    assert nursery.alive(second)
    assert seen.run(made).state == "landed"
    assert seen.sent(["before"]) == seen.planned()
    assert seen.gone()


def test_a_frozen_worker_that_wakes_up_leaves_without_doubling(at, nursery, twin, some_rows, cleared, judge):
    """Frozen while its request is under way: declared dead, its run finished elsewhere; awake, it goes."""
    made, seen = cleared(some_rows), judge(some_rows)
    twin.fault(system="salesforce", match="PATCH", nth=1, kind="timeout", when="after", seconds=3.0)
    first = nursery.spawn(**at, run=made.run_id)
    assert nursery.wait(lambda: any(fault["struck"] for fault in twin.faults()))
    os.kill(first, signal.SIGSTOP)
    second = nursery.spawn(**at, patience=3.0)
    assert nursery.wait(lambda: seen.finished(made))
    assert seen.run(made).state == "landed"
    os.kill(first, signal.SIGCONT)
    assert nursery.wait(lambda: not nursery.alive(first))
    assert nursery.alive(second)
    assert seen.sent(["after"]) == seen.planned()
    assert seen.journal(made) == {"applied": len(some_rows)}
