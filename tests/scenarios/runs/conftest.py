"""Plans cleared without votes, workers over vendors in memory."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


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

    changes = staticmethod(_changes)

    def __init__(self, store, peers):
        self.store = store
        self.vendor = peers.vendor
        self.quota = peers.quota()
        self.clock = peers.clock()

    def worker(self, *vendors, quota=None, enter=True, **connected):
        """An executor over these vendors, with a lease in the store unless `enter` is false."""
        from bot.engine.executor import Executor
        from bot.engine.leases import worker_name
        from bot.store import workers

        name = worker_name()
        if enter:
            with self.store.begin() as connection:
                workers.enter(connection, name, self.store.now(connection))
        readers = {vendor.system: vendor for vendor in vendors}
        writers = dict(readers)
        for system, each in connected.items():
            readers[system], writers[system] = each.reader, each.writer
        return Executor(self.store, readers, writers, self.clock, quota or self.quota, name)

    def clear(self, rows, **about):
        """Store rows as a plan, mint its clearance and open its run."""
        return _clear(self.store, rows, **about)

    def finish(self, executor, made):
        """Drive a run over its pauses."""
        while (rest := executor.run(made.run_id)) is not None:
            assert rest.parked
            self.clock.sleep(rest.seconds)

    def stop(self, made):
        """Ivy stops the run."""
        from bot.store import runs

        with self.store.begin() as connection:
            assert runs.request_stop(connection, made.run_id, by="U_IVY") == [made.run_id]

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
def scene(store, peers):
    """A store, a clock that moves when slept on, and vendors in memory."""
    return Scene(store, peers)
