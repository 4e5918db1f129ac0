"""The parts of a run that need no store: the guard's verdict, paces, quiet logs, who is surely dead."""

import logging
import os
import subprocess
import sys

import pytest

from bot.engine import leases
from bot.engine.durable import Quiet
from bot.engine.guards import judge
from bot.engine.limiter import PACES, Pace
from tools.plan import Change

ROW = Change(
    subject="s",
    system="marketo",
    object="lead",
    record_id="7",
    op="update",
    set={"unsubscribed": True},
    guard={"email": "a@example.com", "tags": ["x", "y"], "score": 3},
    seq=9,
)


def change(op):
    """The row with another op."""
    from dataclasses import replace

    return replace(ROW, op=op)


def test_a_row_whose_guard_holds_goes_on():
    """Equal values pass, whatever else the record holds now."""
    assert judge(ROW, {"email": "a@example.com", "tags": ["x", "y"], "score": 3.0, "other": 1}) is None


@pytest.mark.parametrize(
    ("now", "named"),
    [
        ({"email": "b@example.com", "tags": ["x", "y"], "score": 3}, "email"),
        ({"email": "a@example.com", "tags": ["y", "x"], "score": 3}, "tags"),
        ({"email": None, "tags": ["x", "y"], "score": 4}, "email, score"),
        ({}, "email, tags, score"),
    ],
)
def test_a_row_whose_guard_moved_is_drifted_and_names_the_fields(now, named):
    """Only field names are kept, never values."""
    mark = judge(ROW, now)
    assert (mark.state, mark.error) == ("drifted", f"changed since: {named}")


def test_empty_text_and_nothing_differ():
    """The digest tells them apart, and so does the guard."""
    from dataclasses import replace

    assert judge(replace(ROW, guard={"title": ""}), {"title": None}).state == "drifted"


def test_a_record_that_is_gone():
    """Nothing is left to delete; anything else has drifted."""
    gone = judge(change("delete"), None)
    assert (gone.state, gone.error, gone.landed) == ("skipped", "already gone", "landed")
    assert judge(change("suppress"), None).state == "drifted"


@pytest.mark.parametrize("pace", PACES.values(), ids=PACES.keys())
def test_a_pace_keeps_the_limit_in_every_window(pace: Pace):
    """The burst and what the interval allows within the window together stay at the limit."""
    moments = [max(0.0, (call - pace.burst + 1) * pace.interval) for call in range(3 * pace.calls)]
    for start in moments:
        inside = [moment for moment in moments if start <= moment < start + pace.seconds - 1e-9]
        assert len(inside) <= pace.calls


def test_log_lines_of_one_kind_are_let_through_a_few_times():
    """A flood of one line is cut; another line is not affected."""
    quiet = Quiet(most=2, seconds=60.0)

    def line(number):
        return logging.LogRecord("dbos", logging.ERROR, "file.py", number, "lost", None, None)

    assert [quiet.filter(line(1)) for _ in range(4)] == [True, True, False, False]
    assert quiet.filter(line(2))
    assert Quiet(most=1, seconds=0.0).filter(line(1))


def test_a_worker_is_surely_dead_only_when_its_process_here_is_gone():
    """A name from elsewhere, or one of a living process, proves nothing."""
    mine = leases.worker_name()
    assert not leases.surely_dead(mine)
    child = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    dead = mine.replace(f"-{os.getpid()}-", f"-{int(child.stdout)}-")
    assert leases.surely_dead(dead)
    assert not leases.surely_dead(dead.replace(leases._place(), "00000000"))
    assert not leases.surely_dead("worker-1")
    assert not leases.surely_dead("")


def test_worker_names_differ_between_starts():
    """Two workers of one process are two workers."""
    assert leases.worker_name() != leases.worker_name()
