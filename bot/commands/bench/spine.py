"""`clearance bench spine`: what one purge costs, beside the least it could cost.

Printed: vendor calls against the safe path's minimum; CPU seconds of a run per 1,000 rows against the same
vendor calls made bare by the connectors; start-up.
"""

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.app import App, opened
from bot.commands.bench import minimum
from bot.commands.bench.machine import machine
from bot.engine.calls import Planned, ThreadRef, ToolCall
from bot.store import plans
from tools.errors import ClearanceError
from tools.plan import Change, Op, System
from tools.twin.server import TwinHandle

SHARE = 0.5  # of the twin's people who bounced
PER_PERSON = 3.6  # people seeded for one whom the plan touches, at that share


@dataclass(frozen=True, kw_only=True)
class Flight:
    """What one purge took."""

    people: int
    rows: int
    landed: str
    calls: dict[str, int]
    least: dict[str, int]
    planning_cpu: float
    run_cpu: float
    bare_cpu: float
    wall: float


def run(sizes: Sequence[int]) -> int:
    """Measure and print; 0 when every purge landed."""
    console = Console(highlight=False, width=120)
    console.print(machine("clearance bench spine"))
    flights = []
    for size in sizes:
        console.print(f"purging about {size:,} people …")
        try:
            flights.append(_fly(size))
        except ClearanceError as error:
            console.print(error.sentence())
            return 1
    console.print(_calls(flights))
    console.print(_cpu(flights))
    console.print(_startup())
    return int(any(not flight.landed.startswith("landed") for flight in flights))


def _fly(size: int) -> Flight:
    with (
        _twin(people=max(300, int(size * PER_PERSON))) as twin,
        _home() as home,
        opened(twin=twin.url, home=home) as app,
    ):
        twin.snapshot("bench")
        started, before = time.monotonic(), _cpu_now()
        planned = _plan(app)
        planning = _cpu_now() - before
        found = Counter(entry["system"] for entry in twin.log() if not _apart(entry))
        twin.clear_log()
        before = _cpu_now()
        state = _clear_and_wait(app, planned)
        spent, wall = _cpu_now() - before, time.monotonic() - started
        flown = Counter(entry["system"] for entry in twin.log() if not _apart(entry))
        key = app.engine.card(planned).header.key
        with app.store.read() as connection:
            changes = list(plans.rows(connection, key, with_backup=True))
        least = _least(changes)
        twin.restore("bench")
        bare = _bare(app, changes)
        return Flight(
            people=app.engine.card(planned).header.people,
            rows=len(changes),
            landed=state,
            calls=dict(found + flown),
            least=least,
            planning_cpu=planning,
            run_cpu=spent,
            bare_cpu=bare,
            wall=wall,
        )


def _plan(app: App) -> str:
    call = ToolCall(
        tool="purge_bounces",
        args={},
        principal=app.directory.principal("U_ANA"),
        thread=ThreadRef(surface="terminal", channel="terminal", thread="bench"),
        said="purge the contacts that hard-bounced",
    )
    result = app.engine.submit(call)
    assert isinstance(result, Planned)
    return result.card.header.id


def _clear_and_wait(app: App, plan: str) -> str:
    digest = app.engine.card(plan).header.digest
    for voter in ("U_MAX", "U_DANA"):
        app.engine.vote(plan, digest_prefix=digest[:12], voter=voter, vote="approve")
    while (state := app.engine.card(plan).header.state) in {"pending", "cleared", "running"}:
        time.sleep(2.0)  # a card counts the journal; asking seldom keeps that out of the figure
    return state


def _least(changes: Sequence[Change]) -> dict[str, int]:
    rows = Counter((change.system, change.object, change.op) for change in changes)
    addresses = {
        system: len({change.subject for change in changes if change.system == system})
        for system in ("salesforce", "marketo", "sendgrid")
    }
    least = minimum.resolve(addresses)
    for (system, object, op), count in rows.items():
        if system in least:
            least[system] += minimum.run(minimum.Work(system=system, object=object, op=op, rows=count))
    return least


def _bare(app: App, changes: Sequence[Change]) -> float:
    """CPU seconds of the same guard reads, writes and landing reads, straight through the connectors."""
    before = time.process_time()
    for (_, system, object, op), group in groupby(sorted(changes, key=_kind), key=_kind):
        if system == "clearance":
            continue
        rows, pair = list(group), app.connected[system]
        for part in _parts(rows, pair.reader.guard_batch(object)):
            guarded = [each for each in part if each.guard and each.record_id]
            fields = frozenset(name for each in guarded for name in each.guard)
            if guarded:
                pair.reader.current(object, [str(each.record_id) for each in guarded], fields)
        for part in _parts(rows, pair.writer.batch_size(op, object, len(rows))):
            pair.writer.apply(part)
        pair.writer.read_back(rows, app.clock.now())
    return time.process_time() - before


def _kind(change: Change) -> tuple[int, System, str, Op]:
    return change.stage, change.system, change.object, change.op


def _parts(rows: Sequence[Change], size: int) -> Iterator[list[Change]]:
    left = iter(rows)
    while part := list(islice(left, max(1, size))):
        yield part


def _apart(entry: dict[str, object]) -> bool:
    """Calls that the minimum does not count: tokens, and listing the bounces."""
    path = str(entry["path"])
    return (
        "oauth" in path
        or "/activities" in path
        or "/suppression/bounces" in path
        or "/suppression/blocks" in path
    )


def _cpu_now() -> float:
    return time.process_time()


def _calls(flights: Sequence[Flight]) -> Table:
    table = Table(
        title="Vendor calls of a purge: counted at the twin / least on the safe path", title_justify="left"
    )
    for column in ("people", "rows", "Salesforce", "Marketo", "SendGrid", "all", "ratio", "ended"):
        table.add_column(column, justify="right")
    for flight in flights:
        counted, least = sum(flight.calls.values()), sum(flight.least.values())
        each = [
            f"{flight.calls.get(name, 0)} / {flight.least[name]}"
            for name in ("salesforce", "marketo", "sendgrid")
        ]
        ratio = f"{counted / least:.2f}" if least else "–"
        table.add_row(
            f"{flight.people:,}", f"{flight.rows:,}", *each, f"{counted} / {least}", ratio, flight.landed
        )
    return table


def _cpu(flights: Sequence[Flight]) -> Table:
    table = Table(title="CPU seconds per 1,000 rows", title_justify="left")
    for column in ("rows", "planning", "run", "bare calls", "run / bare", "wall s"):
        table.add_column(column, justify="right")
    for flight in flights:
        thousands = max(flight.rows / 1000, 0.001)
        table.add_row(
            f"{flight.rows:,}",
            f"{flight.planning_cpu / thousands:.2f}",
            f"{flight.run_cpu / thousands:.2f}",
            f"{flight.bare_cpu / thousands:.2f}",
            f"{flight.run_cpu / max(flight.bare_cpu, 0.001):.2f}",
            f"{flight.wall:.0f}",
        )
    return table


def _startup() -> Table:
    table = Table(title="Start-up, CPU seconds (least of 3)", title_justify="left")
    table.add_column("what")
    table.add_column("CPU s", justify="right")
    for what, words in (
        ("bare Python", ["-c", "pass"]),
        ("import of typer alone", ["-c", "import typer"]),
        ("clearance --help", ["-m", "bot", "--help"]),
        ("import of bot.app", ["-c", "import bot.app"]),
    ):
        table.add_row(what, f"{min(_child_cpu(words) for _ in range(3)):.2f}")
    return table


def _child_cpu(words: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], check=True, capture_output=True)  # noqa: S603 (our own words)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@contextmanager
def _home() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="clearance-bench-"))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _twin(people: int) -> Iterator[TwinHandle]:
    """A twin in a process of its own, so that its CPU is not ours."""
    words = ["-m", "bot", "twin", "--people", str(people), "--bounced-share", str(SHARE), "--port", "0"]
    child = subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True)  # noqa: S603 (our own words)
    try:
        assert child.stdout is not None
        yield TwinHandle(child.stdout.readline().split()[-1])
    finally:
        child.terminate()
        child.wait(10)
