"""Peers of the runs' scenarios: a vendor in memory that fails on request, plans cleared without votes."""
# ruff: noqa: ARG002 (the vendor in memory has the ports' signatures)

import threading
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
        self.buried = {}
        self.bin = False  # whether a delete can be taken back by undelete
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
            each: {name: self.records[each].get(name) for name in fields or self.records[each]}
            if each in self.records
            else None
            for each in record_ids
        }

    def people(self, wanted):
        return iter(())  # nobody here has a word on mail

    def inverse(self, change, *, now, at):
        from tools.ports import Expressed

        if change.op == "delete":
            if now is not None:
                return self.veto(change, "not_gone")
            if not change.backup:
                return self.veto(change, "no_backup")
            kept = {"undelete": change.record_id} if self.bin else dict(change.backup)
            return Expressed(object=change.object, record_id=None, op="create", set=kept)
        if now is None or any(now.get(name) != value for name, value in change.set.items()):
            return self.veto(change, "changed_since")
        if change.op == "create":
            return Expressed(object=change.object, record_id=change.record_id, op="delete", backup=now)
        before = {name: change.backup.get(name) for name in change.set}
        return Expressed(
            object=change.object, record_id=change.record_id, op="update", set=before,
            guard=dict(change.set), backup=now,
        )  # fmt: skip

    def veto(self, change, code):
        from tools.plan import Veto

        return Veto(
            subject=change.subject, system=self.system, object=change.object, record_id=change.record_id,
            op="undo", code=code, text=code,
        )  # fmt: skip

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
            key = change.record_id or change.set.get("undelete") or f"new-{change.seq}"
            if change.op == "delete":
                self.buried[key] = self.records.pop(key, {})
            elif "undelete" in change.set:
                self.records[key] = self.buried.pop(key)
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
        key = change.record_id or change.set.get("undelete") or f"new-{change.seq}"
        if change.op == "delete":
            return "not_landed" if key in self.records else "landed"
        now = self.records.get(key, {})
        if "undelete" in change.set:
            return "landed" if key in self.records else "not_landed"
        return "landed" if all(now.get(n) == v for n, v in change.set.items()) else "not_landed"

    def count(self, what):
        return sum(1 for kind, _ in self.calls if kind == what)


@pytest.fixture
def peers():
    """The clock that moves when slept on, the open limiter and the vendor in memory."""
    return SimpleNamespace(clock=SteppedClock, quota=OpenQuota, vendor=MemoryVendor)


class PricedVendor(MemoryVendor):
    """A vendor in memory that also knows what a run costs and how it comes back."""

    def reversibility(self, op, object, now):
        from tools.plan import Reversibility

        if op == "delete":
            return Reversibility(system=self.system, op=op, how="undelete", until=now + timedelta(days=15))
        return Reversibility(system=self.system, op=op, how="inverse")

    def cost(self, op, object, total):
        return -(-total // self.batch) * 3

    def daily_limit(self):
        return 1000

    def calls_per_minute(self):
        return 60.0


def _rows(op, count, *, first=1, system="marketo", **more):
    from tools.plan import Change

    for number in range(first, first + count):
        yield Change(
            subject=f"{number:064x}",
            system=system,
            object="lead",
            record_id=None if op == "create" else f"r{number}",
            op=op,
            set={"email": f"p{number}@example.com"} if op == "create" else more.get("set", {}),
            guard={} if op == "create" else {"email": f"p{number}@example.com"},
            reason="asked for",
            backup={} if op == "create" else {"email": f"p{number}@example.com", "title": "VP"},
        )


EXAMPLES = tuple(f"example {number}" for number in range(8))


def _tools():
    """Tools that plan what their arguments say, so that a test names the rows it wants."""
    from tools.answer import Answer
    from tools.context import ToolContext
    from tools.errors import RetryLater
    from tools.plan import Plan, Veto
    from tools.registry import tool

    globals().update(Answer=Answer, ToolContext=ToolContext, Plan=Plan)  # the hints below are read by name

    @tool(examples=EXAMPLES)
    def change_people(
        context: ToolContext, *, op: str, count: int = 1, first: int = 1, opt_in: bool = False
    ) -> Plan:
        """Change so many people in the way named."""
        values = {"unsubscribed": False} if opt_in else {"title": "CMO"} if op == "update" else {}
        return Plan(summary=f"{op} {count} people", rows=_rows(op, count, first=first, set=values))

    @tool(examples=EXAMPLES)
    def change_others(context: ToolContext, *, op: str, count: int = 1, first: int = 1) -> Plan:
        """Change so many people in two systems."""

        def both():
            yield from _rows(op, count, first=first)
            yield from _rows(op, count, first=first, system="sendgrid")

        return Plan(summary=f"{op} {count} people in two systems", rows=both())

    @tool(examples=EXAMPLES)
    def refuse_all(context: ToolContext, *, count: int = 2, why: str = "has an open deal") -> Plan:
        """Leave everybody alone."""
        veto = Veto(
            subject="a" * 64, system="marketo", object="lead", record_id="r1", op="delete",
            code="deal", text=why, instead="suppress",
        )  # fmt: skip
        return Plan(summary="purge nobody", rows=[veto] * count)

    @tool(examples=EXAMPLES)
    def break_off(context: ToolContext) -> Plan:
        """Read a vendor that breaks off in the middle."""

        def rows():
            yield from _rows("update", 700)
            raise RetryLater("Marketo is busy", after=5)

        return Plan(summary="half a plan", rows=rows())

    @tool(examples=EXAMPLES)
    def count_people(context: ToolContext) -> Answer:
        """Count people."""
        return Answer(text=f"{len(context.systems)} systems.", facts={"roles": len(context.principal.roles)})

    return [change_people, change_others, refuse_all, break_off, count_people]


def _registry():
    from tools.registry import Registry, Tool

    tools = _tools()
    later = Tool(
        name="later", description="Not yet.", examples=EXAMPLES, returns="plan", arguments=tools[-1].arguments
    )
    return Registry([*tools, later])


PEOPLE = {
    "U_ANA": ("Ana", set()),
    "U_MAX": ("Max", {"marops"}),
    "U_DANA": ("Dana", {"marops"}),
    "U_IVY": ("Ivy", {"marops"}),
}


class Desk:
    """An engine over a store and vendors in memory, and the people who use it."""

    def __init__(self, store, policy_file=None):
        from bot.engine.policy import Policy

        self.store = store
        self.clock = SteppedClock()
        self.clock.at = datetime.now(UTC)
        self.policy = Policy.load(*([policy_file] if policy_file else []))
        self.groups = {user: set(groups) for user, (_, groups) in PEOPLE.items()}
        self.enqueued = []
        self.engine = self._engine()

    def _engine(self):
        from bot.engine.engine import Engine

        vendors = {name: PricedVendor(name) for name in ("marketo", "sendgrid")}
        return Engine(
            store=self.store,
            registry=_registry(),
            systems=vendors,
            writers=vendors,
            policy=self.policy,
            directory=self,
            subject=lambda address: f"{len(address):064x}",
            clock=self.clock,
            runbooks=None,
            enqueue=lambda _, run_id: self.enqueued.append(run_id),
        )

    # the directory
    def principal(self, user):
        from tools.context import Principal

        if user == "U_GUEST":
            return Principal(id=user, name="Gus", kind="guest")
        if user not in self.groups:
            return Principal(id=user, name=user, kind="guest")
        roles = self.policy.roles_for(user, groups=frozenset(self.groups[user]))
        return Principal(id=user, name=PEOPLE[user][0], roles=roles, timezone="Europe/Berlin")

    def members(self, role):
        return tuple(found for user in self.groups if role in (found := self.principal(user)).roles)

    # what people do
    def call(self, tool="change_people", *, by="U_MAX", principal=None, tainted=False, owner="", **args):
        from bot.engine.calls import ThreadRef, ToolCall

        return self.engine.submit(
            ToolCall(
                tool=tool,
                args=args,
                principal=principal or self.principal(by),
                thread=ThreadRef(surface="terminal", channel="C1", thread="T1"),
                said="please",
                tainted=tainted,
                owner=owner,
            )
        )

    def plan(self, op="update", count=1, **about):
        """The card of a plan just made."""
        return self.call(op=op, count=count, **about).card

    def vote(self, card, voter, vote="approve", reason="", prefix=None):
        return self.engine.vote(
            card.header.id,
            digest_prefix=prefix or card.header.digest[:12],
            voter=voter,
            vote=vote,
            reason=reason,
        )

    def let_expire(self, card):
        """Put the approval's end into the past, by the database's own clock."""
        from sqlalchemy import update

        from bot.store.tables import approvals

        with self.store.begin() as connection:
            past = self.store.now(connection) - timedelta(seconds=1)
            mine = approvals.c.plan_key == card.header.key
            connection.execute(update(approvals).where(mine).values(expires_at=past))

    def count(self, table):
        """Rows of a table."""
        from sqlalchemy import func, select

        from bot.store import tables

        with self.store.read() as connection:
            return connection.execute(select(func.count()).select_from(getattr(tables, table))).scalar_one()

    def events(self, name=""):
        """Audit events of that name, oldest first."""
        from bot.store import audit

        with self.store.read() as connection:
            return [each for each in audit.events(connection) if each.name.startswith(name)]

    def notices(self):
        """Kinds of open notices, oldest first."""
        from bot.store import outbox

        with self.store.begin() as connection:
            found = outbox.claim(connection, surface="terminal", by="test", now=self.clock.now(), limit=500)
        return [each.kind for each in found]


@pytest.fixture
def desk(store):
    """An engine with the shipped policy, on both databases."""
    return Desk(store)


@pytest.fixture
def desk_with(store, tmp_path):
    """`desk_with(toml)`: an engine with these rules over the shipped policy."""

    def make(toml):
        file = tmp_path / "clearance.toml"
        file.write_text(toml, encoding="utf-8")
        return Desk(store, file)

    return make
