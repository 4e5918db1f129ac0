"""The product over a small twin with all vendors: tools, votes and a worker driven by hand, no surface."""
# ruff: noqa: ARG002 (a quota nobody shares has the port's signature)

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tools.rules.consent import OBJECTIONS

PEOPLE = 40
ALL = ("salesforce", "marketo", "hubspot", "sendgrid")
PAUSES = 60  # a run that rests more often than this hangs


class NoLimit:
    """A quota nobody else shares."""

    def reserve(self, system: str, bucket: str = "api", *, urgent: bool = True) -> float:
        return 0.0

    def learned(self, system: str, bucket: str = "api", *, retry_after: float) -> None:
        return None


class Desk:
    """An engine over the twin's vendors, people who vote, a worker driven by hand."""

    def __init__(self, twin: Any, database: Path, systems: tuple[str, ...], rules: tuple[Any, Any]) -> None:
        from bot.clock import SystemClock, TwinClock
        from bot.engine import own_records
        from bot.store.connect import Store
        from tools.rules.email_key import SubjectKey

        self.twin = twin
        self.registry, self.policy = rules
        self.clock = TwinClock(twin.advance, ahead=datetime.fromisoformat(twin.now()) - SystemClock().now())
        self.store = Store.open(f"sqlite:///{database}")
        self.key = SubjectKey(b"a key for tests", "k0")
        self.vendors = self._vendors(systems)
        both = {**self.vendors, "clearance": own_records.connect(self.store, self.clock, key_id="k0")}
        self.readers: dict[Any, Any] = {name: each.reader for name, each in both.items()}
        self.writers: dict[Any, Any] = {name: each.writer for name, each in both.items()}
        self.queue: list[str] = []
        self.engine = self._engine()
        self.worker = self.new_worker()

    def _vendors(self, systems: tuple[str, ...]) -> dict[str, Any]:
        from tools.connectors import hubspot, marketo, salesforce, sendgrid

        url = self.twin.url
        shared: dict[str, Any] = {"subject": self.key, "clock": self.clock, "quota": NoLimit()}
        oauth = {"client_id": "twin-client", "client_secret": "twin-secret"}
        made: dict[str, Callable[[], Any]] = {
            "salesforce": lambda: salesforce.connect(base_url=f"{url}/salesforce", **oauth, **shared),
            "marketo": lambda: marketo.connect(base_url=f"{url}/marketo", **oauth, **shared),
            "hubspot": lambda: hubspot.connect(base_url=f"{url}/hubspot", token="pat-twin", **shared),
            "sendgrid": lambda: sendgrid.connect(base_url=f"{url}/sendgrid", api_key="SG.twin", **shared),
        }
        return {name: made[name]() for name in systems}

    def _engine(self) -> Any:
        from bot.engine.directory import KnownPeople
        from bot.engine.engine import Engine
        from bot.people import DEMO

        return Engine(
            store=self.store, registry=self.registry, systems=self.readers, writers=self.writers,
            policy=self.policy,
            directory=KnownPeople(DEMO, self.policy), subject=self.key, clock=self.clock, runbooks=None,  # type: ignore[arg-type] # no runbook is asked for
            enqueue=lambda _, run: self.queue.append(run),
        )  # fmt: skip

    def new_worker(self) -> Any:
        """A worker with a lease, over this desk's vendors."""
        from bot.engine.executor import Executor
        from bot.engine.leases import worker_name
        from bot.store import workers

        name = worker_name()
        with self.store.begin() as connection:
            workers.enter(connection, name, self.store.now(connection))
        return Executor(self.store, self.readers, self.writers, self.clock, NoLimit(), name)

    def call(self, tool: str, *, files: Mapping[str, Any] | None = None, **args: Any) -> Any:
        """Max asks a tool."""
        from bot.engine.calls import ThreadRef, ToolCall

        return self.engine.submit(
            ToolCall(
                tool=tool,
                args=args,
                principal=self.engine.directory.principal("U_MAX"),
                said="please",
                thread=ThreadRef(surface="terminal", channel="C1", thread="T1"),
                files=files or {},
            )
        )

    def clear(self, card: Any) -> Any:
        """Dana and Ivy approve; nothing runs yet."""
        for voter in ("U_DANA", "U_IVY"):
            if self.card(card).header.state == "pending":
                digest = card.header.digest[:12]
                vote = self.engine.vote(card.header.id, digest_prefix=digest, voter=voter, vote="approve")
                assert vote.accepted, vote.text
        return self.card(card)

    def drive(self) -> None:
        """Drive what is queued over its pauses, each of which passes at once."""
        while self.queue:
            run = self.queue.pop(0)
            for _ in range(PAUSES):
                rest = self.worker.run(run)
                if rest is None:
                    break
                self.clock.sleep(max(rest.seconds, 1.0))
            else:
                raise AssertionError(f"{run} does not come to its end")

    def land(self, card: Any) -> Any:
        """Approve and drive to the end."""
        self.clear(card)
        self.drive()
        return self.card(card)

    def card(self, card: Any) -> Any:
        """The card as it stands."""
        return self.engine.card(card.header.id)

    def people(self, system: str, *addresses: str) -> list[Any]:
        """The records of these addresses."""
        return [each for page in self.readers[system].people(addresses) for each in page]

    def stopped(self, address: str) -> dict[str, set[bool]]:
        """Whether each record of an address is opted out of everything, by system."""
        found: dict[str, set[bool]] = {}
        for system in self.vendors:
            for person in self.people(system, address):
                out = any(mark.scope == "global" and mark.state in OBJECTIONS for mark in person.consent)
                found.setdefault(system, set()).add(out)
        return found

    def write(self, system: str, **row: Any) -> Any:
        """Somebody else changes a vendor."""
        from tools.plan import Change

        [outcome] = self.writers[system].apply([Change(subject="x", system=system, **row)])  # type: ignore[arg-type] # a system by name
        assert outcome.state == "applied", outcome
        return outcome

    def rows(self, card: Any) -> list[Any]:
        """The plan's rows in their order."""
        from bot.store import plans

        with self.store.read() as connection:
            return list(plans.rows(connection, card.header.key))

    def states(self, card: Any) -> dict[int, tuple[str, str]]:
        """State and words of every row that was taken up, by seq."""
        from sqlalchemy import select

        from bot.store.tables import journal

        query = select(journal.c.seq, journal.c.state, journal.c.error)
        with self.store.read() as connection:
            return {
                row.seq: (row.state, row.error)
                for row in connection.execute(query.where(journal.c.run_id == self.card(card).run.id))
            }

    def resume(self, card: Any) -> None:
        """A person puts it right and lets the run go on."""
        from bot.store import runs

        run = self.card(card).run.id
        with self.store.begin() as connection:
            assert runs.reopen(connection, run)
        self.queue.append(run)
        self.drive()

    def step(self) -> Any:
        """Drive the first of the queue to its first pause; it stays queued unless it came to an end."""
        rest = self.worker.run(self.queue[0])
        if rest is None:
            self.queue.pop(0)
        return rest

    def trap(self, name: str, place: int = 0) -> dict[str, Any]:
        """A seeded person of that trap."""
        found: dict[str, Any] = self.twin.traps()[name][place]
        return found

    def inside(self, system: str, name: str) -> set[str]:
        """Record ids in a list or campaign."""
        reader = self.readers[system]
        [found] = [each for page in reader.audiences() for each in page if each.name == name]
        return {each.record_id for page in reader.members(found) for each in page}

    def wrote(self, system: str, pattern: str) -> list[Any]:
        """Writing requests to a vendor that match, from the twin's log."""
        import re

        return [
            each for each in self.twin.log(system)
            if each["method"] != "GET" and re.search(pattern, f"{each['method']} {each['path']}")
        ]  # fmt: skip


@pytest.fixture(scope="session")
def _small_twin(untraced: Any) -> Iterator[Any]:
    """A twin of few people with all four vendors: putting it back takes milliseconds."""
    from tools.twin.server import running

    with ExitStack() as stack:
        with untraced():
            handle = stack.enter_context(running(seed=7, people=PEOPLE, map="both", hurry=20))
        handle.snapshot("at-the-start")
        handle.defaults = handle.settings()  # type: ignore[attr-defined] # what is put back after each case
        yield handle


@pytest.fixture
def small_twin(_small_twin: Any) -> Iterator[Any]:
    """That twin as it was at the start, without faults."""
    _small_twin.clear_log()
    yield _small_twin
    _small_twin.clear_faults()
    _small_twin.settings(**_small_twin.defaults)
    _small_twin.restore("at-the-start")


@pytest.fixture(scope="session")
def _rules() -> tuple[Any, Any]:
    """The catalogue and the shipped policy, read once."""
    from bot.engine.policy import Policy
    from tools.registry import load

    return load(), Policy.load()


@pytest.fixture
def open_desk(
    small_twin: Any, migrated_file: Path, _rules: tuple[Any, Any], tmp_path: Path
) -> Iterator[Callable[..., Desk]]:
    """`open_desk(*systems)`: the product over these vendors of the small twin, all of them by default."""
    opened: list[Desk] = []

    def make(*systems: str) -> Desk:
        database = tmp_path / f"desk-{len(opened)}.db"
        shutil.copy(migrated_file, database)
        opened.append(Desk(small_twin, database, systems or ALL, _rules))
        return opened[-1]

    yield make
    for each in opened:
        each.store.close()


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Vendors' calls are not logged here: a failing case is told by its assertions."""
    import structlog

    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    yield
    structlog.configure(**before)
