"""The figures of `clearance bench consent`: what is counted, and how near the least it comes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.app import opened
from bot.commands.bench.consent import SYSTEMS, Flight, Making, _marks, fly
from bot.commands.bench.consent_child import compare_files
from tools.rules.sets import Sets


@pytest.fixture(scope="module")
def flight(twin: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flight]:
    """One comparison and sync, landed, its calls counted; the shared twin is put back afterwards."""
    twin.snapshot("before-flight")
    with opened(twin=twin.url, home=tmp_path_factory.mktemp("bench")) as app:
        yield fly(app, twin, 1200)
    twin.restore("before-flight")


def test_a_sync_takes_hardly_more_calls_than_the_safe_path_needs(flight: Flight) -> None:
    """Besides reading everybody: resolve, guard, write and landing, by the vendors' batch sizes."""
    assert flight.state == "landed"
    synced = flight.resolved + flight.flown
    assert sum(synced[each] for each in SYSTEMS) <= 1.1 * sum(flight.least_sync.values()), (
        synced, flight.least_sync,
    )  # fmt: skip


def test_a_list_that_takes_any_address_is_written_and_read_back_and_not_searched(flight: Flight) -> None:
    """SendGrid: one call suppresses them all, one reads back what was put there since."""
    assert flight.header.counts["sendgrid"]["suppress"] > 1
    assert (flight.resolved["sendgrid"], flight.flown["sendgrid"]) == (0, 2)


def test_reading_everybody_takes_hardly_more_calls_than_it_must(flight: Flight) -> None:
    """Pages, extracts and exports at their largest; polls of a job but one are left out."""
    assert sum(flight.read.values()) <= 1.1 * sum(flight.least_read.values()), (
        flight.read, flight.least_read,
    )  # fmt: skip


def test_the_measured_comparison_finds_every_address_that_differs(tmp_path: Path) -> None:
    """Counted the long way round over the same people."""
    people = 600
    with Sets(key=lambda address: address) as sets:
        stopped: dict[str, dict[str, bool]] = {}
        for system in SYSTEMS:
            making = Making(_marks(system, people))
            sets.take(system, making)
            assert making.cpu > 0
            for mark in (each for batch in _marks(system, people) for each in batch):
                stopped.setdefault(mark.subject, {})[system] = mark.state == "opt_out_global"
        differ = sum(
            any(own.values()) and (not all(own.values()) or "sendgrid" not in own) for own in stopped.values()
        )
        assert differ > 0
        assert compare_files(str(sets.folder), list(SYSTEMS)) == differ
