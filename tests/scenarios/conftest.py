"""Peers of the runs' scenarios: a vendor in memory that fails on request, plans cleared without votes."""
# ruff: noqa: ARG002 (the vendor in memory has the ports' signatures)

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class SteppedClock:
    """A clock that stands still until somebody sleeps on it."""

    def __init__(self):
        self.at = START
        self.slept = 0.0

    def now(self):
        return self.at

    def sleep(self, seconds):
        self.slept += seconds
        self.at += timedelta(seconds=seconds)


class OpenQuota:
    """A limiter that never makes anybody wait, and remembers what it learned."""

    def __init__(self):
        self.learnt = []

    def reserve(self, system, bucket="api", *, urgent=True):
        return 0.0

    def learned(self, system, bucket="api", *, retry_after):
        self.learnt.append((system, retry_after))


class MemoryVendor:
    """Reader and writer of one system over a dict. `next` holds what the next applies do instead."""

    def __init__(self, system="marketo", *, batch=10, guard=7, lag=0.0):
        self.system = system
        self.records = {}
        self.batch, self.guard, self.lag_seconds = batch, guard, lag
        self.applied = []  # seq of every row taken, in order
        self.calls = []  # (what, rows) of every request
        self.next = []  # per apply: an exception, or a callable(changes, take) -> outcomes
        self.reads = []  # per read_back: an exception or a list of answers
        self.hidden = 0  # read_backs that do not see writes yet
        self.lock = threading.Lock()

    # reader
    def guard_batch(self, object):
        return self.guard

    def current(self, object, record_ids, fields):
        self.calls.append(("current", len(record_ids)))
        return {
            each: {name: self.records[each].get(name) for name in fields} if each in self.records else None
            for each in record_ids
        }

    def inverse(self, change, *, now, at):
        from tools.plan import Change
        from tools.ports import Expressed

        assert isinstance(change, Change)
        if change.op == "delete":
            return Expressed(object=change.object, record_id=None, op="create", set=dict(change.backup))
        before = {name: change.backup.get(name) for name in change.set}
        return Expressed(
            object=change.object, record_id=change.record_id, op="update", set=before, guard=dict(change.set)
        )

    # writer
    def batch_size(self, op, object, total):
        return self.batch

    def lag(self):
        return self.lag_seconds

    def apply(self, changes):
        self.calls.append(("apply", len(changes)))
        step = self.next.pop(0) if self.next else None
        if isinstance(step, Exception):
            raise step
        if step is not None:
            return step(changes, self.take)
        return [self.take(change) for change in changes]

    def take(self, change):
        from tools.ports import Outcome

        with self.lock:
            self.applied.append(change.seq)
            key = change.record_id or f"new-{change.seq}"
            if change.op == "delete":
                self.records.pop(key, None)
            else:
                self.records.setdefault(key, {}).update(change.set)
            return Outcome(state="applied", record_id=key)

    def read_back(self, changes, since):
        self.calls.append(("read_back", len(changes)))
        step = self.reads.pop(0) if self.reads else None
        if isinstance(step, Exception):
            raise step
        if step is not None:
            return step
        if self.hidden:
            self.hidden -= 1
            return ["not_landed"] * len(changes)
        return [self._read(change) for change in changes]

    def _read(self, change):
        key = change.record_id or f"new-{change.seq}"
        if change.op == "delete":
            return "not_landed" if key in self.records else "landed"
        now = self.records.get(key, {})
        return "landed" if all(now.get(n) == v for n, v in change.set.items()) else "not_landed"

    def count(self, what):
        return sum(1 for kind, _ in self.calls if kind == what)


def _clear(store, rows: Sequence, *, now=START, tool="set_fields", undo_of="", digest=None):
    from bot.store import clearances, drafts, runs
    from tools.plan import Digest

    args = {"n": 1}
    worked = Digest(tool=tool, args=args, principal="U_MAX", revision=1, policy_version=1)
    counts: dict = {}
    for row in rows:
        worked.add(row)
        ops = counts.setdefault(row.system, {})
        ops[row.op] = ops.get(row.op, 0) + 1
    digest = digest or worked.hexdigest()
    with store.begin() as connection:
        opening = drafts.Opening(
            tool=tool, args=args, principal="U_MAX", requester="Max", agent=None, said="do it",
            summary="Set fields", evidence=(), policy_version=1, undo_of=undo_of,
            surface="terminal", channel="C1", thread="T1",
        )  # fmt: skip
        key = drafts.open_draft(connection, opening, now=now)
        drafts.add_rows(connection, key, rows, now=now)
        totals = drafts.Totals(
            counts=counts, people=len({row.subject for row in rows}), vetoes={},
            effects=frozenset({"update"}), reversibility=(), cost=(), samples=(), digest=digest,
        )  # fmt: skip
        plan_id = drafts.new_id(connection)
        judged = drafts.Judged(
            plan_id=plan_id, state="cleared", verdict={}, expires_at=now + timedelta(days=1)
        )
        drafts.complete(connection, key, totals, judged)
        minted = clearances.Minted(digest=digest, plan_key=key, clause="test")
        clearance = clearances.mint(connection, minted, now=now)
        run_id = runs.create(connection, plan_key=key, digest=digest, clearance_key=clearance, now=now)
    return SimpleNamespace(plan_key=key, plan_id=plan_id, run_id=run_id, digest=digest)


def _changes(n, *, system="marketo", object="lead", op="update", stage=0, first=1, guarded=True):
    """`n` rows on records `r1 … rn`, one person each, numbered from `first`."""
    from tools.plan import Change

    return [
        Change(
            subject=f"s{number}", system=system, object=object, record_id=f"r{number}", op=op,
            set={} if op == "delete" else {"unsubscribed": True},
            guard={"email": f"p{number}@example.com"} if guarded else {},
            stage=stage, reason="test", backup={"email": f"p{number}@example.com", "unsubscribed": False},
            seq=first + number - 1,
        )
        for number in range(1, n + 1)
    ]  # fmt: skip


class Scene:
    """A store, a clock, vendors, and workers over them."""

    vendor = MemoryVendor
    changes = staticmethod(_changes)

    def __init__(self, store):
        self.store = store
        self.clock = SteppedClock()

    def worker(self, *vendors, quota=None, enter=True):
        """An executor over these vendors, with a lease in the store unless `enter` is false."""
        from bot.engine.executor import Executor
        from bot.engine.leases import worker_name
        from bot.store import workers

        name = worker_name()
        if enter:
            with self.store.begin() as connection:
                workers.enter(connection, name, self.store.now(connection))
        pairs = {vendor.system: vendor for vendor in vendors}
        return Executor(self.store, pairs, pairs, self.clock, quota or OpenQuota(), name)

    def clear(self, rows, **about):
        """Store rows as a plan, mint its clearance and open its run."""
        return _clear(self.store, rows, **about)

    def finish(self, executor, made):
        """Drive a run over its pauses."""
        while (rest := executor.run(made.run_id)) is not None:
            assert rest.parked
            self.clock.sleep(rest.seconds)

    def run_of(self, made):
        """The run as it stands."""
        from bot.store import runs

        with self.store.read() as connection:
            return runs.get(connection, made.run_id)

    def states(self, made):
        """Rows by state."""
        from bot.store import journal

        run = self.run_of(made)
        with self.store.read() as connection:
            return journal.counts(connection, run)

    @staticmethod
    def people(n):
        """The records that `changes(n)` are about."""
        return {f"r{k}": {"email": f"p{k}@example.com", "unsubscribed": False} for k in range(1, n + 1)}


@pytest.fixture
def scene(store):
    """A store, a clock that moves when slept on, and vendors in memory."""
    return Scene(store)
