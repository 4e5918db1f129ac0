"""The product over the twin without a surface: an engine, a worker driven by hand, people who vote."""
# ruff: noqa: ARG002 (small peers have the ports' signatures)

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tools.rules.consent import OBJECTIONS

CACHE = Path(__file__).resolve().parents[3] / ".clearance" / "models" / "understanding"


class NoLimit:
    """A quota nobody else shares."""

    def reserve(self, system: str, bucket: str = "api", *, urgent: bool = True) -> float:
        return 0.0

    def learned(self, system: str, bucket: str = "api", *, retry_after: float) -> None:
        return None


class Desk:
    """The product without a surface: an engine over the twin, a worker driven by hand, people who vote."""

    def __init__(  # noqa: PLR0915 (the parts, wired once)
        self, twin: Any, home: Path, policy_file: Path | None = None
    ) -> None:
        from bot.clock import SystemClock, TwinClock
        from bot.engine import own_records
        from bot.engine.directory import KnownPeople
        from bot.engine.engine import Engine
        from bot.engine.executor import Executor
        from bot.engine.leases import worker_name
        from bot.engine.policy import Policy
        from bot.people import DEMO
        from bot.store import workers
        from bot.store.connect import Store
        from tools.connectors import hubspot, marketo, salesforce, sendgrid
        from tools.registry import load
        from tools.rules.email_key import SubjectKey

        self.twin = twin
        self.clock = TwinClock(twin.advance, ahead=datetime.fromisoformat(twin.now()) - SystemClock().now())
        self.store = Store.open(f"sqlite:///{home}/consent.db")
        self.key = SubjectKey(b"a key for tests", "k0")
        policy = Policy.load(*([policy_file] if policy_file else []))
        shared: dict[str, Any] = {
            "subject": self.key, "clock": self.clock, "quota": NoLimit(), "groups": policy.groups,
        }  # fmt: skip
        oauth = {"client_id": "twin-client", "client_secret": "twin-secret"}
        wired: dict[str, Any] = {
            "salesforce": lambda url: salesforce.connect(base_url=url, **oauth, **shared),
            "marketo": lambda url: marketo.connect(base_url=url, **oauth, **shared),
            "hubspot": lambda url: hubspot.connect(base_url=url, token="pat-twin", **shared),
            "sendgrid": lambda url: sendgrid.connect(base_url=url, api_key="SG.twin", **shared),
        }
        self.vendors = {name: wired[name](f"{twin.url}/{name}") for name in twin.vendors()}
        both = {**self.vendors, "clearance": own_records.connect(self.store, self.clock, key_id="k0")}
        self.readers = {name: each.reader for name, each in both.items()}
        writers = {name: each.writer for name, each in both.items()}
        self.queue: list[str] = []
        self.registry = load()
        self.engine = Engine(
            store=self.store, registry=self.registry, systems=self.readers, writers=writers, policy=policy,
            directory=KnownPeople(DEMO, policy), subject=self.key, clock=self.clock, runbooks=None,  # type: ignore[arg-type] # no runbook is asked for
            enqueue=lambda _, run: self.queue.append(run),
        )  # fmt: skip
        worker = worker_name()
        with self.store.begin() as connection:
            workers.enter(connection, worker, self.store.now(connection))
        self.worker = Executor(self.store, self.readers, writers, self.clock, NoLimit(), worker)

    def call(self, tool: str, *, by: str = "U_MAX", files: Any = None, **args: Any) -> Any:
        """Ask a tool as somebody."""
        from bot.engine.calls import ThreadRef, ToolCall

        return self.engine.submit(
            ToolCall(
                tool=tool,
                args=args,
                principal=self.engine.directory.principal(by),
                said="please",
                files=files or {},
                thread=ThreadRef(surface="terminal", channel="C1", thread="T1"),
            )
        )

    def say(self, words: str) -> Any:
        """Say it as Max, offline."""
        from bot.assistant.conversation import Conversation
        from bot.assistant.offline.interpreter import Interpreter
        from bot.assistant.utterance import Utterance
        from bot.engine.calls import ThreadRef

        model = Interpreter(list(self.registry.values()), cache=CACHE)
        talk = Conversation(self.engine, self.store, model, self.clock)
        return talk.respond(
            Utterance(
                text=words,
                principal=self.engine.directory.principal("U_MAX"),
                thread=ThreadRef(surface="terminal", channel="C1", thread="T1"),
            )
        )

    def land(self, card: Any) -> Any:
        """Dana and Ivy approve, the worker drives the run to its landing."""
        for voter in ("U_DANA", "U_IVY"):
            if self.engine.card(card.header.id).header.state == "pending":
                digest = card.header.digest[:12]
                vote = self.engine.vote(card.header.id, digest_prefix=digest, voter=voter, vote="approve")
                assert vote.accepted, vote.text
        self.drive()
        return self.engine.card(card.header.id)

    def drive(self) -> None:
        """Drive what is queued over its pauses."""
        while self.queue:
            run = self.queue.pop(0)
            while (rest := self.worker.run(run)) is not None:
                self.clock.sleep(max(rest.seconds, 1.0))

    def stopped(self, address: str) -> dict[str, set[bool]]:
        """Whether each record of an address is opted out of everything, by system."""
        found: dict[str, set[bool]] = {}
        for system in self.vendors:
            for batch in self.readers[system].people([address]):
                for person in batch:
                    out = any(mark.scope == "global" and mark.state in OBJECTIONS for mark in person.consent)
                    found.setdefault(system, set()).add(out)
        return found

    def write(self, system: str, **row: Any) -> Any:
        """Somebody else changes a vendor."""
        from tools.plan import Change

        [outcome] = self.vendors[system].writer.apply([Change(subject="x", system=system, **row)])  # type: ignore[arg-type] # a system by name
        assert outcome.state == "applied", outcome
        return outcome

    def rows(self, card: Any, trap: str = "") -> tuple[list[str], dict[str, str]]:
        """A plan's ops as `system op`, and its vetoes by code with their words; of one trap's person only."""
        from bot.store import plans

        who = {self.key(each["email"]) for each in self.twin.traps()[trap]} if trap else set()
        with self.store.read() as connection:
            ops = [
                f"{row.system} {row.op}"
                for row in plans.rows(connection, card.header.key)
                if not who or row.subject in who
            ]
            vetoes = {
                each.code: each.text
                for each in plans.vetoes(connection, card.header.key)
                if not who or each.subject in who
            }
        return ops, vetoes

    def history(self, address: str) -> list[Any]:
        """The ledger's entries on an address."""
        from bot.engine.records import OurRecords

        me = self.engine.directory.principal("U_MAX")
        records = OurRecords(
            store=self.store, directory=self.engine.directory, systems=self.readers, clock=self.clock,
            asker=me,
        )  # fmt: skip
        return list(records.consent_history(self.key(address)))

    def trap(self, name: str) -> dict[str, Any]:
        """The first seeded person of that trap."""
        found: dict[str, Any] = self.twin.traps()[name][0]
        return found

    def events(self, name: str) -> list[Any]:
        """Audit events of that name."""
        from bot.store import audit

        with self.store.read() as connection:
            return [each for each in audit.events(connection) if each.name == name]


@pytest.fixture
def desk(own_twin: Any, tmp_path: Path) -> Iterator[Desk]:
    """Everything over the shared twin, which is put back afterwards."""
    made = Desk(own_twin, tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def desk_with(own_twin: Any, tmp_path: Path) -> Iterator[Any]:
    """`desk_with(toml)`: everything over the shared twin, with these rules over the shipped policy."""
    made: list[Desk] = []

    def make(toml: str) -> Desk:
        home = tmp_path / f"desk-{len(made)}"
        home.mkdir()
        file = home / "clearance.toml"
        file.write_text(toml, encoding="utf-8")
        made.append(Desk(own_twin, home, file))
        return made[-1]

    yield make
    for each in made:
        each.store.close()


@pytest.fixture(scope="module")
def purged(twin: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A purge of the shared twin, approved and landed once for a module: desk, plan, card."""
    from types import SimpleNamespace

    twin.snapshot("before-purge")
    made = Desk(twin, tmp_path_factory.mktemp("purged"))
    planned = made.call("purge_bounces").card
    yield SimpleNamespace(desk=made, planned=planned, card=made.land(planned))
    made.store.close()
    twin.restore("before-purge")


@pytest.fixture(scope="session")
def make_desk() -> type[Desk]:
    """For tests that bring a twin of their own."""
    return Desk
