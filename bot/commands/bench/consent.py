"""`clearance bench consent`: everybody's consent compared, beside the bare join of the same files.

Printed: CPU seconds and peak memory of each in a process of its own; vendor calls of a comparison and a sync
over a twin beside the least on the safe path; what the plan itself says it will take.
"""

import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.app import App, opened
from bot.commands.bench import minimum
from bot.commands.bench.machine import machine
from bot.commands.bench.minimum import Work
from bot.engine.calls import Answered, Planned, ThreadRef, ToolCall
from bot.store import plans
from tools.answer import File
from tools.catalog.reconciling import compare_suppressions, sync_suppressions
from tools.plan import Change, PlanHeader
from tools.ports import ConsentState
from tools.rules.sets import Mark, Sets
from tools.rules.stack import takes_any_address
from tools.twin.handle import TwinHandle

SYSTEMS = ("salesforce", "marketo", "sendgrid")
HELD, STOPPED, ALONE = 0.95, 0.06, 0.01  # shares: in a system, opted out everywhere, in one system only
TWIN_PEOPLE = 1000
BATCH = 1_000  # marks at a time: about a vendor's page
MEBIBYTE = 1 << 20

# The join alone, as one would write it by hand over the same columns; it finds differences and explains none.
BARE = """
import sys, duckdb, numpy as np
from pathlib import Path
folder = Path(sys.argv[1])
db = duckdb.connect()
db.execute("SET memory_limit = '192MB'; SET threads = 2; SET enable_progress_bar = false")
for name in sys.argv[2:]:
    columns = {"hi": "u8", "lo": "u8", "state": "u1"}
    db.register(name, {c: np.memmap(folder / f"{name}.{c}", dtype=t, mode="r") for c, t in columns.items()})
a, b, c = sys.argv[2:]
print(db.execute(f'''
    SELECT count(*) FILTER (
      least(a.state, b.state, c.state) < 4 AND NOT (a.state = b.state AND b.state = c.state)
    )
    FROM {a} a FULL JOIN {b} b USING (hi, lo) FULL JOIN {c} c USING (hi, lo)
''').fetchone()[0])
"""
OURS = """
import sys
from bot.commands.bench.consent_child import compare_files
print(compare_files(sys.argv[1], sys.argv[2:]))
"""


@dataclass(frozen=True, kw_only=True)
class Took:
    """What one process took: CPU seconds, peak memory in MiB, seconds by the wall, what it found."""

    cpu: float
    peak: float
    wall: float
    found: str


def run(people: int, twin_people: int = TWIN_PEOPLE) -> int:
    """Measure and print; 0 when the sync landed."""
    console = Console(highlight=False, width=120)
    words = f"clearance bench consent --people {people}"
    console.print(machine(words))
    sizes = sorted({max(1000, people // 10), people})
    console.print(_sets_table([(size, *_measured(size)) for size in sizes]))
    flight = _over_a_twin(twin_people)
    console.print(_calls_table(flight))
    console.print(_plan_table(flight))
    return int(flight.state != "landed")


@dataclass(slots=True)
class Making:
    """Batches of marks, and the CPU seconds that making them up took."""

    batches: Iterator[list[Mark]]
    cpu: float = 0.0

    def __iter__(self) -> Iterator[list[Mark]]:
        while True:
            started = time.process_time()
            batch = next(self.batches, None)
            self.cpu += time.process_time() - started
            if batch is None:
                return
            yield batch


def _measured(people: int) -> tuple[Took, Took, float]:
    """Ours, the bare join, and the CPU seconds of writing the columns, apart from making up the marks."""
    writing = 0.0
    with Sets(key=lambda address: address) as sets:
        for system in SYSTEMS:
            making = Making(_marks(system, people))
            started = time.process_time()
            sets.take(system, making)
            writing += time.process_time() - started - making.cpu
        ours = min((_child(OURS, sets.folder) for _ in range(3)), key=lambda took: took.cpu)
        bare = min((_child(BARE, sets.folder) for _ in range(3)), key=lambda took: took.cpu)
    return ours, bare, writing


def _marks(system: str, people: int) -> Iterator[list[Mark]]:
    """One system's marks of so many people, the same people for every system."""
    chance = random.Random(7)  # noqa: S311 (shares of a population, not secrets)
    own = SYSTEMS.index(system)
    batch: list[Mark] = []
    for number in range(people):
        draw, alone = chance.random(), chance.randrange(len(SYSTEMS))
        held = [chance.random() < HELD for _ in SYSTEMS][own]
        out = draw < STOPPED or (draw < STOPPED + ALONE and alone == own)
        if held or out:
            key = hashlib.sha256(str(number).encode()).hexdigest()
            address, record = f"person.{number}@example-company.example", f"{system}-{number}"
            state: ConsentState = "opt_out_global" if out else "none"
            batch.append(
                Mark(key, "global", state, None, "record", record, address, "field history", "import")
            )
        if len(batch) >= BATCH:
            yield batch
            batch = []
    yield batch


def _child(code: str, folder: Path) -> Took:
    """Run code over the files in a process of its own."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen([sys.executable, "-c", code, str(folder), *SYSTEMS], stdout=out)  # noqa: S603 (our own words)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        assert child.returncode == 0
        out.seek(0)
        found = out.read().decode().strip()
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes
    return Took(
        cpu=usage.ru_utime + usage.ru_stime,
        peak=usage.ru_maxrss * unit / MEBIBYTE,
        wall=time.monotonic() - started,
        found=found,
    )


def _sets_table(rows: list[tuple[int, Took, Took, float]]) -> Table:
    table = Table(
        title="Comparing three systems, each in a process of its own (least of 3)", title_justify="left"
    )
    columns = ("people", "ours CPU s", "bare CPU s", "ratio", "ours MiB", "bare MiB", "differ", "bare finds",
               "writing CPU s")  # fmt: skip
    for column in columns:
        table.add_column(column, justify="right")
    for people, ours, bare, writing in rows:
        table.add_row(
            f"{people:,}", f"{ours.cpu:.2f}", f"{bare.cpu:.2f}", f"{ours.cpu / bare.cpu:.2f}",
            f"{ours.peak:.0f}", f"{bare.peak:.0f}", ours.found, bare.found, f"{writing:.1f}",
        )  # fmt: skip
    return table


@dataclass(frozen=True, kw_only=True)
class Flight:
    """A comparison and a sync over a twin: vendor calls by system, counted and least; what the plan said."""

    state: str
    read: Counter[str]
    least_read: dict[str, int]
    resolved: Counter[str]  # while planning, besides reading everybody again
    flown: Counter[str]
    least_sync: dict[str, int]
    header: PlanHeader


def _over_a_twin(people: int) -> Flight:
    from tools.twin.server import running

    with (
        tempfile.TemporaryDirectory(prefix="clearance-bench-") as home,
        running(seed=7, people=people) as twin,
        opened(twin=twin.url, home=Path(home)) as app,
    ):
        return fly(app, twin, people)


def fly(app: App, twin: TwinHandle, people: int) -> Flight:
    """Compare, sync and land over a twin of so many people; the log of the twin counts."""
    counted(twin)
    assert isinstance(submit(app, compare_suppressions.name), Answered)
    read, jobs = counted(twin)
    planned = submit(app, sync_suppressions.name)
    assert isinstance(planned, Planned)
    again, _ = counted(twin)
    state = land(app, planned.card.header.id)
    flown, _ = counted(twin)
    with app.store.read() as connection:
        least = _least_sync(plans.rows(connection, planned.card.header.key))
    return Flight(
        state=state,
        read=read,
        least_read=_least_read(people, jobs),
        resolved=again - read,
        flown=flown,
        least_sync=least,
        header=planned.card.header,
    )


def submit(app: App, tool: str, files: Mapping[str, File] | None = None, **args: object) -> object:
    """Ask a tool as a person of the twin who may."""
    return app.engine.submit(
        ToolCall(
            tool=tool,
            args=args,
            principal=app.directory.principal("U_MAX"),
            thread=ThreadRef(surface="terminal", channel="terminal", thread="bench"),
            said="bench",
            files=files or {},
        )
    )


def land(app: App, plan: str) -> str:
    """Clear a plan by two votes and wait for its landing; the state it ends in."""
    digest = app.engine.card(plan).header.digest
    for voter in ("U_DANA", "U_IVY"):
        app.engine.vote(plan, digest_prefix=digest[:12], voter=voter, vote="approve")
    while (state := app.engine.card(plan).header.state) in {"pending", "cleared", "running"}:
        time.sleep(1.0)
    return state


def counted(twin: TwinHandle) -> tuple[Counter[str], int]:
    """Requests by system since the last look, and how many of Marketo's extract jobs.

    Left out are tokens, and the polls of a job but one: how often a job is asked for is a matter of pace.
    """
    log = [entry for entry in twin.log() if "oauth" not in str(entry["path"])]
    twin.clear_log()
    polls = Counter(path for entry in log if (path := str(entry["path"])).endswith("/status.json"))
    counted = Counter(str(entry["system"]) for entry in log)
    counted["marketo"] -= polls.total() - len(polls)
    jobs = sum(str(entry["path"]).endswith("/export/create.json") for entry in log)
    return counted, jobs


def _least_read(people: int, jobs: int) -> dict[str, int]:
    """Records and history by pages of two objects; four calls an extract job; lists and one export."""
    pages = ceil(people / minimum.PAGE)
    return {"salesforce": 2 * 2 * pages, "marketo": 4 * jobs + 3, "sendgrid": 3 + 3}


def _least_sync(changes: Iterable[Change]) -> dict[str, int]:
    kinds = Counter((each.system, each.object, each.op) for each in changes)
    held: Counter[str] = Counter()
    for (system, _, _), rows in kinds.items():
        held[system] += 0 if takes_any_address(system) else rows
    least = minimum.resolve(held)
    for (system, object, op), rows in kinds.items():
        if system in least:
            least[system] += minimum.run(Work(system=system, object=object, op=op, rows=rows))
    return least


def _calls_table(flight: Flight) -> Table:
    title = "Vendor calls, counted at the twin / least on the safe path"
    table = Table(title=title, title_justify="left")
    for column in ("what", "Salesforce", "Marketo", "SendGrid", "ratio"):
        table.add_column(column, justify="right")
    for what, calls, least in (
        ("compare", flight.read, flight.least_read),
        ("sync besides reading", flight.resolved + flight.flown, flight.least_sync),
    ):
        ratio = sum(calls[each] for each in SYSTEMS) / max(1, sum(least.values()))
        table.add_row(what, *(f"{calls[each]} / {least[each]}" for each in SYSTEMS), f"{ratio:.2f}")
    return table


def _plan_table(flight: Flight) -> Table:
    title = f"What the plan says of itself, {flight.header.people:,} people"
    table = Table(title=title, title_justify="left")
    for column in ("system", "calls", "counted", "minutes", "share of the day's quota"):
        table.add_column(column, justify="right")
    for cost in flight.header.cost:
        share = f"{cost.quota_share:.4%}" if cost.quota_share else "–"
        calls, seen = str(cost.calls), str(flight.flown[cost.system])
        table.add_row(cost.system, calls, seen, f"{cost.minutes:.2f}", share)
    return table
