"""Our own records as tools read them: requests, plans, the audit trail, undo, tombstones.

Made anew for every call, with the one who asks: the people in a plan are shown to its requester, to those who
may decide on it, and to administrators; everybody else sees counts.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.engine import rights
from bot.engine.approvals import may_decide
from bot.engine.directory import Directory
from bot.engine.observing import OurObservations
from bot.engine.opened import opened
from bot.store import approvals, audit, ledger, plans, runs, tombstones
from bot.store.approvals import Approval
from bot.store.audit import Search
from bot.store.connect import Connection, Store
from bot.store.headers import StoredPlan
from bot.store.ledger import LedgerEntry
from tools.context import Principal
from tools.errors import InvalidArguments
from tools.plan import Plan, System
from tools.ports import AuditView, Clock, PlanView, Reader, RequestView
from tools.rules.agreements import ConsentEvent

WAITING = "waiting"
LANDED = ("landed", "landed_with_residue")


class OurRecords:
    """Implements `tools.ports.Records` for one asker."""

    def __init__(
        self,
        *,
        store: Store,
        directory: Directory,
        systems: Mapping[System, Reader],
        clock: Clock,
        asker: Principal,
    ) -> None:
        self._store = store
        self._directory = directory
        self._systems = systems
        self._clock = clock
        self._asker = asker

    def requests(self, *, status: str | None, asker: str) -> list[RequestView]:
        """Requests, newest first, at most 50; what they wait on says so where the asker may vote."""
        states = {None: None, WAITING: ("pending",), "landed": LANDED}.get(status, (status or "",))
        person = self._asker if asker == self._asker.id else self._directory.principal(asker)
        with self._store.read() as connection:
            return [_request(connection, plan, person) for plan in plans.requests(connection, states=states)]

    def plan(self, ref: str) -> PlanView:
        """One plan by its id or its run's id. Raises `InvalidArguments` when unknown."""
        with self._store.read() as connection:
            plan = plans.latest(connection, ref) or plans.of_run(connection, ref)
            if plan is None:
                raise InvalidArguments(
                    "There is no such request or run",
                    on=ref[:40],
                    do="Say “list requests” for those there are.",
                )
            approval = approvals.of_plan(connection, plan.header.key)
            clear = rights.sees_people(self._asker, plan, approval)
            return opened(connection, plan, approval, clear=clear)

    def audit(
        self, *, who: str, what: str, since: datetime | None, until: datetime | None
    ) -> list[AuditView]:
        """Audit events, newest first, at most 200; `who` is an id or a name."""
        search = Search(who=self._id_of(who), what=what, since=since, until=until)
        with self._store.read() as connection:
            found = audit.search(connection, search)
        return [
            AuditView(
                seq=each.seq, at=each.at, name=each.name, actor=each.actor, about=each.about, data=each.data
            )
            for each in found
        ]

    def undo(self, ref: str) -> Plan:
        """The plan that takes a run back. Raises `InvalidArguments` or `Refused`."""
        from bot.engine import undo  # it stands above the records: an undo is a plan like any other

        return undo.plan(self._store, ref, self._systems, self._clock, self._asker)

    def tombstoned(self, subjects: Sequence[str]) -> frozenset[str]:
        """Which of these subjects we have purged before."""
        with self._store.read() as connection:
            return frozenset(tombstones.find(connection, subjects))

    def consent_history(self, subject: str) -> list[ConsentEvent]:
        """One person's entries in the ledger of consent, oldest first."""
        self.observations().absorb()
        with self._store.read() as connection:
            return [_event(each) for each in ledger.history(connection, subject)]

    def consent_standing(self, subjects: Sequence[str]) -> Mapping[str, Sequence[ConsentEvent]]:
        """The ledger's newest entry for each system and scope, by person."""
        self.observations().absorb()
        found: defaultdict[str, list[ConsentEvent]] = defaultdict(list)
        with self._store.read() as connection:
            for each in ledger.standing(connection, subjects).values():
                found[each.subject].append(_event(each))
        return found

    def observations(self) -> OurObservations:
        """What was observed of everybody's consent."""
        return OurObservations(self._store, self._clock)

    def _id_of(self, who: str) -> str:
        wanted = who.strip().lstrip("@").casefold()
        if not wanted:
            return ""
        for role in ("marops", "admin", "marketer"):
            for person in self._directory.members(role):
                if wanted in {person.id.casefold(), person.name.casefold(), *person.name.casefold().split()}:
                    return person.id
        with self._store.read() as connection:
            return plans.requester_called(connection, wanted) or who.strip().lstrip("@")


def _event(entry: LedgerEntry) -> ConsentEvent:
    return ConsentEvent(
        system=entry.system,
        scope=entry.scope,
        state=entry.state,
        at=entry.at,
        source=entry.source,
        writer=entry.writer,
        evidence=entry.evidence,
        run=entry.run_id or "",
        seen=entry.seen_at,
    )


def _request(connection: Connection, plan: StoredPlan, asker: Principal) -> RequestView:
    header = plan.header
    run = runs.of_plan(connection, header.key)
    return RequestView(
        plan=header.id,
        summary=header.summary,
        requester=plan.requester,
        state=header.state,
        waits_on=_waits_on(header.state, approvals.of_plan(connection, header.key), asker),
        people=header.people,
        created_at=header.created_at,
        run=run.id if run else "",
        calls={each.system: each.calls for each in header.cost},
    )


def _waits_on(state: str, approval: Approval | None, asker: Principal) -> str:
    if state != "pending" or approval is None:
        return ""
    left = f"{approval.quorum - approval.approved} of {approval.group}"
    voted = {vote.voter for vote in approval.votes}
    return f"{left}, you may vote" if may_decide(asker, approval) and asker.id not in voted else left
