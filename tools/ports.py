"""What the tools need from the world, as vendor-neutral shapes and protocols.

Read models carry `system`, `record_id` and `as_of`. Readers answer; writers change, and only the executor
holds one. A vendor that cannot do a thing says so in `capabilities`; it is never faked. Ports that tools may
not import an implementation of (runbook search, our own records, policy, clock, quotas) are declared here and
wired in `bot.app`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol, runtime_checkable

from tools import health
from tools.answer import Citation
from tools.plan import Change, Fields, Op, Plan, Reversibility, System, Veto
from tools.rules import bounces, consent, deliverability, vetoes
from tools.rules.agreements import ConsentEvent, Observations

# The words of the trade are the rules'; read models use the same ones.
ConsentState = consent.ConsentState
Deliverability = deliverability.Deliverability
BounceClass = bounces.BounceClass
TieKind = vetoes.TieKind
Health = health.Health
RestsOn = Literal["address", "consent", "deliverability", "ties"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentMark:
    """One system's word on consent for one scope: state, when, from where, written by whom."""

    scope: str  # "global", or a group's or brand's name
    state: ConsentState
    at: datetime | None
    source: str
    writer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """Something that holds a person in place: deleting the record would lose it (`tools.rules.vetoes`)."""

    kind: TieKind
    text: str  # readable: "open opportunity 'Renewal 2026'"
    record_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One record of a person in one system. `raw` is the vendor's whole record and becomes the backup."""

    system: System
    record_id: str
    as_of: datetime
    subject: str
    address: str
    object: str  # the vendor's object: Contact, Lead, lead, contact
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    title: str = ""
    country: str = ""
    phone: str = ""
    state: str = ""
    city: str = ""
    industry: str = ""
    lead_source: str = ""
    owner: str = ""
    consent: tuple[ConsentMark, ...] = ()
    deliverability: Deliverability = "unknown"
    deliverability_raw: str = ""
    deliverability_at: datetime | None = None
    lifecycle: str = ""
    score: int | None = None
    created: datetime | None = None
    modified: datetime | None = None  # of the record's last change, by whomever
    linked: str | None = None  # the CRM's record it is synced with: "" for none, None where it is not told
    held_back: str = ""  # what on the record itself keeps it out of the sync
    last_activity: datetime | None = None
    roles: tuple[str, ...] = ()  # opportunity ids
    ties: tuple[Tie, ...] = ()
    raw: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceEvent:
    """One bounce as one system recorded it; `raw` keeps the vendor's text beside our class."""

    system: System
    record_id: str
    as_of: datetime
    subject: str
    address: str
    at: datetime
    bounce_class: BounceClass
    raw: str
    campaign: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """A sign of life: one person's own click, as the system saw it on one of its records."""

    system: System
    record_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A person's place in a list or campaign of one system."""

    system: System
    record_id: str
    as_of: datetime
    list_or_campaign: str
    subject: str
    status: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expressed:
    """A wish put into a vendor's own words, ready to become a `Change`."""

    object: str
    record_id: str | None
    op: Op
    set: Fields = field(default_factory=dict)
    guard: Fields = field(default_factory=dict)
    backup: Fields = field(default_factory=dict)


class Reader(Protocol):
    """Reads one vendor. Every method streams in the vendor's own page size and raises `tools.errors` only."""

    @property
    def system(self) -> System:
        """The vendor's name in plans."""

    @property
    def capabilities(self) -> Mapping[str, str]:
        """What it can do ("" = fully) or the sentence that says why it cannot, by name of method or op."""

    def people(self, addresses: Sequence[str] | None = None) -> Iterator[list[Person]]:
        """All records of these addresses (every lead and contact behind one), or all people when None."""

    def bounces(self, since: datetime | None = None) -> Iterator[list[BounceEvent]]:
        """Bounces recorded since then (all, when None)."""

    def memberships(self, people: Sequence[Person]) -> Iterator[list[Membership]]:
        """The lists and campaigns these people are in."""

    def count(self) -> Mapping[str, int]:
        """Records of people by object."""

    def health(self) -> Health:
        """Reachability, rights, API use. Never raises: a failure is the answer."""

    def express(
        self, op: Op, person: Person, *, note: str, rests_on: frozenset[RestsOn] = frozenset()
    ) -> Expressed | None:
        """`op` on `person` in this vendor's words; None when it already is so and no row is needed.

        `note` is written where the vendor has a place for a reason. `rests_on` says which facts the decision
        rested on; the vendor's fields behind them become the guard.
        """

    def current(
        self, object: str, record_ids: Sequence[str], fields: frozenset[str]
    ) -> Mapping[str, Fields | None]:
        """The guard read: these fields now, by record id; None for a record that is gone.

        At most `guard_batch(object)` ids. Fields may include the connector's own derived ones (a count of
        opportunity roles), spelled as `express` spelled them.
        """

    def guard_batch(self, object: str) -> int:
        """How many ids one guard read takes at the least cost."""

    def inverse(self, change: Change, *, now: Fields | None, at: datetime) -> Expressed | Veto:
        """How `change`, applied by us at `at` and now reading `now` (None: gone), is taken back."""


@runtime_checkable
class SeesEngagement(Protocol):
    """A reader whose vendor records what people do with mail. Not every vendor's API tells."""

    def engagements(
        self, since: datetime, people: Sequence[Person] | None = None
    ) -> Iterator[list[Engagement]]:
        """People's own clicks since then, machines' left out; of these people only, when they are few."""


RowOutcome = Literal["applied", "failed", "unknown"]
Read = Literal["landed", "not_landed", "cannot_tell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the vendor said of one row. `record_id` is the id it has now (new for a create)."""

    state: RowOutcome
    record_id: str | None = None
    error: str = ""  # the vendor's code and text, for the journal
    hint: str = ""  # what a person can do about it


class Writer(Protocol):
    """Changes one vendor. Held by the executor alone; an import contract and a test keep it so."""

    @property
    def system(self) -> System:
        """The vendor's name in plans."""

    def batch_size(self, op: Op, object: str, total: int) -> int:
        """Rows one `apply` should be given when `total` rows of this kind are to be done."""

    def apply(self, changes: Sequence[Change]) -> list[Outcome]:
        """Do these changes (one op, one object, at most `batch_size`); outcomes in input order.

        Raises `RetryLater` or `NeedsAttention` only when the vendor surely took nothing, `OutcomeUnknown`
        when it may have taken all or some.
        """

    def read_back(self, changes: Sequence[Change], since: datetime) -> list[Read]:
        """Whether each change is now true at the vendor, in input order. Used for doubt and for landing.

        `since` is when the run began. Any number of rows of one op and object.
        """

    def lag(self) -> float:
        """Seconds within which the vendor's own reads and syncs show a write."""

    def reversibility(self, op: Op, object: str, now: datetime) -> Reversibility:
        """How `op` comes back and until when."""

    def cost(self, op: Op, object: str, total: int) -> int:
        """Vendor calls for applying, guard-reading and landing-reading `total` rows."""

    def daily_limit(self) -> int:
        """The vendor's calls a day, for the share shown before approval (0: none known)."""

    def calls_per_minute(self) -> float:
        """The pace we keep, for the minutes shown before approval."""


class Clock(Protocol):
    """The product's clock."""

    def now(self) -> datetime:
        """Now, in UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Quota(Protocol):
    """Shared limiter of vendor calls across threads and processes."""

    def reserve(self, system: System, bucket: str = "api", *, urgent: bool = True) -> float:
        """Take one slot and return the seconds to wait before sending. People go before agents (`urgent`)."""

    def learned(self, system: System, bucket: str = "api", *, retry_after: float) -> None:
        """The vendor asked for a pause."""


class Notebook(Protocol):
    """Small values that outlive the process, until they expire: which vendor job is under way, and of what.

    A value is JSON and holds nothing personal.
    """

    def get(self, key: str) -> Mapping[str, object] | None:
        """The value of that name (at most 255 characters), unless it has expired."""

    def put(self, key: str, value: Mapping[str, object], *, keep: timedelta) -> None:
        """Write it down for so long, in place of what was there."""

    def forget(self, key: str) -> None:
        """Take it out."""


Pass = Literal["answer", "closest", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the runbooks say: a claim with citations, the closest sections without one, or nothing."""

    outcome: Pass
    citations: tuple[Citation, ...]
    passage: str = ""
    tool: str = ""  # a tool the passage names, for the button that starts it
    ask: str = ""  # how to ask for that tool, where the page says so
    mode: str = "lexical"
    notice: str = ""  # a sentence about how it was searched, for people
    corrected: tuple[tuple[str, str], ...] = ()  # (as typed, as also searched)


class RunbookSearch(Protocol):
    """Retrieval over runbooks and handbook."""

    def search(self, question: str, *, audiences: frozenset[str]) -> Found:
        """The passages that answer `question` among pages these audiences may see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """One plan in a list of requests: what, whose, in which state, waiting on whom."""

    plan: str
    summary: str
    requester: str
    state: str
    waits_on: str
    people: int
    created_at: datetime
    run: str = ""
    calls: Mapping[System, int] = field(default_factory=dict)  # what its run is expected to take


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """One plan opened: its card as lines and tables, already in words."""

    plan: str
    state: str
    text: str
    facts: Mapping[str, str | int | float]
    tables: tuple[tuple[str, tuple[str, ...], tuple[tuple[str | int | float, ...], ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """One audit event. It holds subjects and record ids, never addresses or names."""

    seq: int
    at: datetime
    name: str
    actor: str
    about: str
    data: Mapping[str, object]


class Records(Protocol):
    """Our own records, read-only: requests, plans, runs, audit, tombstones, consent."""

    def requests(self, *, status: str | None, asker: str) -> list[RequestView]:
        """Requests, newest first; `status` is a state, or `waiting` for those that wait on a vote."""

    def plan(self, ref: str) -> PlanView:
        """One plan by id (`P-1042`) or by its run's id (`R-17`). Raises `InvalidArguments` when unknown."""

    def audit(
        self, *, who: str, what: str, since: datetime | None, until: datetime | None
    ) -> list[AuditView]:
        """Audit events, newest first, at most 200."""

    def undo(self, ref: str) -> Plan:
        """The plan that takes a run back, from its journal. Raises `InvalidArguments` or `Refused`."""

    def tombstoned(self, subjects: Sequence[str]) -> frozenset[str]:
        """Which of these subjects we have purged before."""

    def consent_history(self, subject: str) -> list[ConsentEvent]:
        """One person's entries in the ledger of consent, oldest first."""

    def consent_standing(self, subjects: Sequence[str]) -> Mapping[str, Sequence[ConsentEvent]]:
        """The ledger's newest entry for each system and scope, by person; nobody without entries."""

    def observations(self) -> Observations:
        """What was observed of everybody's consent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseView:
    """One rule of the policy, in words."""

    id: str
    text: str
    verdict: str


class PolicyView(Protocol):
    """The policy, to be read."""

    def clauses(self) -> tuple[ClauseView, ...]:
        """Every rule in the order of the file."""

    def readable(self, roles: frozenset[str]) -> frozenset[str]:
        """Data classes (public contact consent commercial personal) these roles may read."""
