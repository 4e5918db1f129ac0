"""The engine's face: a `ToolCall` goes in, an answer, a stored and judged plan, or a refusal comes out.

Surfaces, schedules and models reach tools, votes and runs through this class and no other way.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Literal

from bot.engine import rights, showing
from bot.engine.approvals import Approvals, Click, known
from bot.engine.calling import Calling, Stored
from bot.engine.calls import CallResult, Planned, ToolCall, VoteResult
from bot.engine.cards import PlanCard
from bot.engine.clearance import Enqueue
from bot.engine.directory import Directory
from bot.engine.drafting import Drafting
from bot.engine.handing import Handing
from bot.engine.narrowing import Wish, narrowing_of
from bot.engine.policy import Policy
from bot.engine.revising import Narrowing, Revising
from bot.engine.rows_file import rows_file
from bot.engine.settling import Settling
from bot.engine.stopping import resume, stop
from bot.engine.sweeping import Swept, sweep
from bot.store import approvals
from bot.store.connect import Store
from tools.answer import File
from tools.catalog.linking import link
from tools.context import Principal
from tools.errors import ClearanceError, Refused
from tools.plan import System
from tools.ports import Clock, Reader, RunbookSearch, Writer
from tools.registry import Registry


class Engine:
    """What happens to a call once asked for. `enqueue(connection, run_id)` queues a run in a transaction.

    `writers` are asked what a plan would cost and how it comes back; only the executor changes anything.
    """

    def __init__(  # noqa: PLR0913 (the composition root names every part once)
        self,
        *,
        store: Store,
        registry: Registry,
        systems: Mapping[System, Reader],
        writers: Mapping[System, Writer],
        policy: Policy,
        directory: Directory,
        subject: Callable[[str], str],
        clock: Clock,
        runbooks: RunbookSearch,
        enqueue: Enqueue,
        fiscal_start: int = 1,
        credentials_end: Mapping[str, date] | None = None,
    ) -> None:
        self.store = store
        self.registry = registry
        self.policy = policy
        self.directory = directory
        self.clock = clock
        self.subject = subject
        self._enqueue = enqueue
        self._systems = systems
        drafting = Drafting(store, systems, writers)
        settling = Settling(store=store, policy=policy, enqueue=enqueue, clock=clock)
        self._calling = Calling(
            store=store,
            registry=registry,
            systems=systems,
            policy=policy,
            directory=directory,
            subject=subject,
            clock=clock,
            runbooks=runbooks,
            drafting=drafting,
            settling=settling,
            fiscal_start=fiscal_start,
            credentials_end=credentials_end or {},
        )
        self._revising = Revising(
            store=store, drafting=drafting, settling=settling, policy=policy, clock=clock
        )
        self._approvals = Approvals(
            store=store, directory=directory, policy=policy, enqueue=enqueue, clock=clock
        )

        self._handing = Handing(store=store, directory=directory, clock=clock)

    def submit(self, call: ToolCall) -> CallResult:
        """Run the tool; store and judge what it plans. Raises `ClearanceError`s that name what to do."""
        result = self._calling.submit(call)
        if isinstance(result, Stored):
            return Planned(card=self.card(result.plan), files=result.files)
        return result

    def card(self, plan_id: str) -> PlanCard:
        """The newest revision of a plan as it stands now. Raises `InvalidArguments` when unknown."""
        with self.store.read() as connection:
            return showing.card(connection, known(connection, plan_id))

    def vote(
        self,
        plan_id: str,
        *,
        digest_prefix: str,
        voter: str,
        vote: Literal["approve", "reject"],
        reason: str = "",
    ) -> VoteResult:
        """Count a click, or say why it does not count. The voter is looked up in the Directory now."""
        click = Click(plan_id=plan_id, digest_prefix=digest_prefix, vote=vote, reason=reason)
        accepted, text = self._approvals.vote(click, voter)
        return VoteResult(accepted=accepted, text=text, card=self.card(plan_id))

    def withdraw(self, plan_id: str, *, by: str) -> VoteResult:
        """Take a request back before it is decided; its requester may."""
        accepted, text = self._approvals.withdraw(plan_id, by)
        return VoteResult(accepted=accepted, text=text, card=self.card(plan_id))

    def revise(self, plan_id: str, *, by: str, narrowing: Narrowing) -> Planned:
        """Make a smaller revision: votes are void, the old one is superseded. Raises `Refused`."""
        return Planned(
            card=self.card(self._revising.revise(plan_id, self.directory.principal(by), narrowing))
        )

    def narrow(self, plan_id: str, *, by: str, wish: Wish) -> Planned:
        """`revise`, by what a person would say: addresses, row numbers, systems, a number of people."""
        narrowing = narrowing_of(self.store, self.subject, plan_id, wish)
        return self.revise(plan_id, by=by, narrowing=narrowing)

    def delegate(self, plan_id: str, *, by: str, to: str, note: str = "") -> str:
        """Ask another approver to decide; one sentence. It gives no right. Raises `Refused`."""
        return self._handing.delegate(plan_id, by=by, to=to, note=note)

    def snooze(self, plan_id: str, *, by: str, until: datetime) -> str:
        """Put a request off for one approver; one sentence. Raises `Refused` or `InvalidArguments`."""
        return self._handing.snooze(plan_id, by=by, until=until)

    def stop(self, run_id: str | None, *, by: str) -> str:
        """Ask a run to stop, or every run when None; one sentence for the asker. Raises `Refused`."""
        return stop(self.store, run_id, self.directory.principal(by), self.clock.now())

    def resume(self, run_id: str, *, by: str) -> str:
        """Go on with a run that was stopped or waits for a person; one sentence. Raises `Refused`."""
        return resume(self.store, run_id, self.directory.principal(by), self.clock.now(), self._enqueue)

    def rows_csv(self, plan_id: str, *, asker: Principal | str) -> File:
        """All rows of a plan, for its requester, deciders and administrators. Raises `Refused`."""
        person = self.directory.principal(asker if isinstance(asker, str) else asker.id)
        with self.store.read() as connection:
            plan = known(connection, plan_id)
            approval = approvals.of_plan(connection, plan.header.key)
            if not rights.sees_people(person, plan, approval):
                raise Refused(
                    "The rows of this request are for its requester and for those who decide on it",
                    on=plan.header.id,
                    clause="rows-are-private",
                )
            return rows_file(connection, plan, self._link)

    def _link(self, system: System, object: str, record_id: str) -> str:
        try:
            return link(self._systems.get(system), object, record_id)
        except ClearanceError:
            return ""  # an id that its vendor does not know as one

    def sweep(self) -> Swept:
        """Expire requests, forget what is past its time. To be called every minute or so."""
        return sweep(self.store, self.clock.now())
