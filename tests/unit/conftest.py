"""A vendor in memory and a context around it: the catalogue is tested through the ports it is written for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from tools.answer import File
from tools.context import Principal, ToolContext, ToolSummary
from tools.errors import ClearanceError, InvalidArguments
from tools.plan import Change, Fields, Op, Plan, System, Veto
from tools.ports import (
    AuditView,
    BounceEvent,
    ClauseView,
    ConsentMark,
    Engagement,
    Expressed,
    Found,
    Health,
    Membership,
    Person,
    PlanView,
    RequestView,
    RestsOn,
)
from tools.rules.agreements import ConsentEvent
from tools.rules.email_key import SubjectKey

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SUBJECT = SubjectKey(b"a key for tests", "k0")
DELETABLE = frozenset({"Contact", "Lead", "lead", "contact"})


@dataclass
class Vendor:
    """One vendor's readable side in memory. It counts what it is asked, and can fail."""

    system: System
    held: list[Person] = field(default_factory=list)
    bounced: list[BounceEvent] = field(default_factory=list)
    clicked: list[Engagement] = field(default_factory=list)
    lists: list[Membership] = field(default_factory=list)
    capabilities: Mapping[str, str] = field(default_factory=dict)
    broken: ClearanceError | None = None
    asked: list[str] = field(default_factory=list)

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.broken is not None:
            raise self.broken

    def people(self, addresses: Sequence[str] | None = None) -> Iterator[list[Person]]:
        self._ask("people")
        wanted = None if addresses is None else {SUBJECT(address) for address in addresses}
        for person in self.held:
            if wanted is None or person.subject in wanted:
                yield [person]

    def bounces(self, since: datetime | None = None) -> Iterator[list[BounceEvent]]:
        self._ask("bounces")
        yield [event for event in self.bounced if since is None or event.at >= since]

    def engagements(
        self, since: datetime, people: Sequence[Person] | None = None
    ) -> Iterator[list[Engagement]]:
        self._ask("engagements" if people is None else "engagements of few")
        mine = None if people is None else {person.record_id for person in people}
        yield [each for each in self.clicked if each.at >= since and (mine is None or each.record_id in mine)]

    def memberships(self, people: Sequence[Person]) -> Iterator[list[Membership]]:
        self._ask("memberships")
        subjects = {person.subject for person in people}
        yield [each for each in self.lists if each.subject in subjects]

    def count(self) -> Mapping[str, int]:
        return {"person": len(self.held)}

    def health(self) -> Health:
        return Health(system=self.system, as_of=NOW, reachable=True, permitted=True)

    def express(
        self, op: Op, person: Person, *, note: str, rests_on: frozenset[RestsOn] = frozenset()
    ) -> Expressed | None:
        if op == "delete" and person.object not in DELETABLE:
            return None
        if op == "suppress" and any(mark.state == "opt_out_global" for mark in person.consent):
            return None
        return Expressed(
            object=person.object,
            record_id=person.record_id,
            op=op,
            set={"stopped": True, "note": note} if op == "suppress" else {},
            guard=dict.fromkeys(sorted(rests_on), "as read"),
            backup=person.raw,
        )

    def current(
        self, object: str, record_ids: Sequence[str], fields: frozenset[str]
    ) -> Mapping[str, Fields | None]:
        self._ask(f"current {sorted(fields)}")
        by_id = {person.record_id: person.raw for person in self.held if person.object == object}
        return {each: by_id.get(each) for each in record_ids}

    def guard_batch(self, object: str) -> int:
        return 200 if object == "Contact" else 100

    def inverse(self, change: Change, *, now: Fields | None, at: datetime) -> Expressed | Veto:
        self._ask(f"inverse {now is None} {at}")
        return Expressed(object=change.object, record_id=change.record_id, op="unsuppress")


@dataclass
class OwnRecord:
    """Our own record in memory."""

    listed: list[RequestView] = field(default_factory=list)
    plans: dict[str, PlanView] = field(default_factory=dict)
    events: list[AuditView] = field(default_factory=list)
    undoable: dict[str, Plan] = field(default_factory=dict)
    purged: set[str] = field(default_factory=set)
    ledger: list[tuple[str, ConsentEvent]] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)

    def requests(self, *, status: str | None, asker: str) -> list[RequestView]:
        self.asked.append((status, asker))
        return [each for each in self.listed if status in (None, each.state, "waiting")]

    def plan(self, ref: str) -> PlanView:
        if ref not in self.plans:
            raise InvalidArguments("There is no such plan", on=ref)
        return self.plans[ref]

    def audit(
        self, *, who: str, what: str, since: datetime | None, until: datetime | None
    ) -> list[AuditView]:
        self.asked.append((who, what, since, until))
        return [each for each in self.events if who in each.actor and what in each.name]

    def undo(self, ref: str) -> Plan:
        if ref not in self.undoable:
            raise InvalidArguments("There is no such run", on=ref)
        return self.undoable[ref]

    def tombstoned(self, subjects: Sequence[str]) -> frozenset[str]:
        return frozenset(self.purged & set(subjects))

    def consent_history(self, subject: str) -> list[ConsentEvent]:
        return [each for of, each in self.ledger if of == subject]

    def consent_standing(self, subjects: Sequence[str]) -> dict[str, list[ConsentEvent]]:
        newest = {(of, each.system, each.scope): each for of, each in self.ledger if of in subjects}
        return {of: [each for (who, _, _), each in newest.items() if who == of] for of, _, _ in newest}


@dataclass
class Rules:
    """A policy in memory."""

    texts: tuple[ClauseView, ...] = ()
    classes: frozenset[str] = frozenset({"public", "contact", "consent", "commercial", "personal"})

    def clauses(self) -> tuple[ClauseView, ...]:
        return self.texts

    def readable(self, roles: frozenset[str]) -> frozenset[str]:
        return self.classes if roles else frozenset()


@dataclass
class Shelf:
    """Runbooks in memory: one finding for every question."""

    found: Found = field(default_factory=lambda: Found(outcome="none", citations=()))
    asked: list[tuple[str, frozenset[str]]] = field(default_factory=list)

    def search(self, question: str, *, audiences: frozenset[str]) -> Found:
        self.asked.append((question, audiences))
        return self.found


class StandingClock:
    """Noon on the day the tests play."""

    def now(self) -> datetime:
        return NOW

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"a tool must not wait {seconds} s")


@dataclass
class Stack:
    """Three vendors, our own record, a policy and runbooks; `context` is what a tool is given."""

    salesforce: Vendor = field(default_factory=lambda: Vendor("salesforce"))
    marketo: Vendor = field(default_factory=lambda: Vendor("marketo"))
    sendgrid: Vendor = field(default_factory=lambda: Vendor("sendgrid"))
    records: OwnRecord = field(default_factory=OwnRecord)
    policy: Rules = field(default_factory=Rules)
    runbooks: Shelf = field(default_factory=Shelf)
    tools: Sequence[ToolSummary] = ()

    def context(self, *, files: Mapping[str, bytes] | None = None, **changed: Any) -> ToolContext:
        given: dict[str, Any] = {
            "principal": Principal(id="U_MAX", name="Max", roles=frozenset({"marops"})),
            "systems": {each.system: each for each in (self.salesforce, self.marketo, self.sendgrid)},
            "subject": SUBJECT,
            "clock": StandingClock(),
            "runbooks": self.runbooks,
            "records": self.records,
            "policy": self.policy,
            "tools": self.tools,
            "files": {name: File(name=name, content=content) for name, content in (files or {}).items()},
        }
        return ToolContext(**{**given, **changed})

    def vendor(self, system: System) -> Vendor:
        found: Vendor = getattr(self, system)
        return found

    def holds(self, system: System, address: str, **facts: Any) -> Person:
        """Put a record of this address into a system; the object is the vendor's usual one."""
        vendor = self.vendor(system)
        usual = {"salesforce": "Contact", "marketo": "lead", "sendgrid": "contact"}[system]
        person = Person(
            system=system,
            record_id=facts.pop("record_id", f"{system}-{len(vendor.held) + 1}"),
            as_of=NOW,
            subject=SUBJECT(address),
            address=address,
            object=facts.pop("object", usual),
            raw={"email": address},
            **facts,
        )
        vendor.held.append(person)
        return person

    def bounce(self, system: System, address: str, at: datetime, **facts: Any) -> None:
        """Put a bounce into a system's record; hard unless said otherwise."""
        vendor = self.vendor(system)
        vendor.bounced.append(
            BounceEvent(
                system=system,
                record_id=facts.pop("record_id", f"b{len(vendor.bounced)}"),
                as_of=NOW,
                subject=SUBJECT(address) if "@" in address else "",
                address=address,
                at=at,
                bounce_class=facts.pop("bounce_class", "invalid"),
                raw="550 5.1.1 user unknown",
                **facts,
            )
        )


@pytest.fixture
def stack() -> Stack:
    """Three empty vendors and all rights."""
    return Stack()


@pytest.fixture
def now() -> datetime:
    """Noon of the day the tests play."""
    return NOW


@pytest.fixture
def subject() -> Callable[[str], str]:
    """Address → keyed hash."""
    return SUBJECT


@pytest.fixture
def opted_out() -> ConsentMark:
    """The person's own global opt-out."""
    return ConsentMark(scope="global", state="opt_out_global", at=NOW, source="form")
