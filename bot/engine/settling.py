"""A written draft is judged and becomes a plan: waiting for votes, cleared to run, or refused.

Everything a verdict brings with it (approval, clearance, run, notice, audit event) is written in the one
transaction that turns the draft into a plan.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.engine import clearance, notices
from bot.engine.clearance import DAY, Asks, Enqueue
from bot.engine.drafting import Draft
from bot.engine.policy import Policy
from bot.engine.verdicts import Allow, Deny, Facts, NeedsApproval, Verdict, verdict_json
from bot.store import approvals, drafts, plans
from bot.store.approvals import Ask
from bot.store.clearances import Minted, Standing
from bot.store.connect import Connection, Store
from bot.store.drafts import Judged
from bot.store.headers import StoredPlan
from tools.errors import Refused
from tools.plan import PlanState
from tools.ports import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be judged: the draft, the facts known before its rows, who else may not vote (`barred`).

    `replaces` is the revision this one takes the place of.
    """

    draft: Draft
    facts: Facts
    barred: tuple[str, ...] = ()
    replaces: StoredPlan | None = None


class Settling:
    """Turns drafts into plans, by the policy."""

    def __init__(self, *, store: Store, policy: Policy, enqueue: Enqueue, clock: Clock) -> None:
        self._store = store
        self._policy = policy
        self._enqueue = enqueue
        self._clock = clock

    def settle(self, question: Question) -> StoredPlan | Deny:
        """Judge and complete. After a denial, or any failure, the draft is still a draft."""
        with self._store.begin() as connection:
            now = self._clock.now()
            if question.replaces is not None:
                _supersede(connection, question.replaces)
            facts = _with_rows(connection, question, now)
            verdict, standing = self._judge(connection, question, facts, now)
            if isinstance(verdict, Deny):
                connection.rollback()
                return verdict
            plan = self._complete(connection, question, verdict, facts)
            if isinstance(verdict, NeedsApproval):
                self._ask(connection, question, plan, verdict, now)
            else:
                self._clear(connection, plan, verdict, standing, now)
            return plan

    def _judge(
        self, connection: Connection, question: Question, facts: Facts, now: datetime
    ) -> tuple[Verdict, Standing | None]:
        verdict = self._policy.judge(facts)
        if not isinstance(verdict, Allow):
            return verdict, None
        if question.replaces is not None:
            return self._policy.ask("edited", "An edited request is looked at before it runs."), None
        opening = question.draft.opening
        asks = Asks(principal=opening.principal, tool=opening.tool, agent=facts.agent)
        standing = clearance.standing_for(
            connection, asks, verdict, installer=self._policy.installer, now=now
        )
        if standing is None:
            return self._policy.ask(
                verdict.clause, "No standing clearance covers this, so it needs a vote."
            ), None
        if not clearance.within_budget(connection, standing, verdict, question.draft.key, now=now):
            used_up = f"The {standing.people_budget} people a day of “{standing.id}” are used up"
            return self._policy.ask("budget-used-up", f"{used_up}, so it needs a vote."), None
        return verdict, standing

    def _complete(
        self, connection: Connection, question: Question, verdict: Verdict, facts: Facts
    ) -> StoredPlan:
        old, draft = question.replaces, question.draft
        expires = verdict.expires if isinstance(verdict, NeedsApproval) else self._policy.expires
        state: PlanState = "pending" if isinstance(verdict, NeedsApproval) else "cleared"
        judged = Judged(
            plan_id=old.header.id if old else drafts.new_id(connection),
            state=state,
            verdict=verdict_json(verdict, facts),
            expires_at=self._store.now(connection) + expires,
        )
        drafts.complete(connection, draft.key, draft.totals, judged)
        plan = plans.get(connection, draft.key)
        assert plan is not None  # completed two lines above, in this transaction
        return plan

    def _ask(
        self,
        connection: Connection,
        question: Question,
        plan: StoredPlan,
        verdict: NeedsApproval,
        now: datetime,
    ) -> None:
        ask = Ask(
            plan_key=plan.header.key,
            digest=plan.header.digest,
            group=verdict.group,
            quorum=verdict.quorum,
            clause=verdict.clause,
            requester=plan.header.principal,
            barred=question.barred,
        )
        approvals.open_approval(connection, ask, now=now, expires_at=plan.header.expires_at)
        notices.tell(connection, plan, "plan.pending", now=now)
        _proposed(connection, plan, now)

    def _clear(
        self,
        connection: Connection,
        plan: StoredPlan,
        verdict: Verdict,
        standing: Standing | None,
        now: datetime,
    ) -> None:
        minted = Minted(
            digest=plan.header.digest,
            plan_key=plan.header.key,
            clause=verdict.clause,
            standing_id=standing.id if standing else None,
        )
        run_id = clearance.mint(connection, minted, enqueue=self._enqueue, now=now)
        notices.tell(connection, plan, "plan.cleared", run_id=run_id, now=now)
        _proposed(connection, plan, now)
        by = standing.id if standing else ""
        notices.record(connection, plan, "plan.cleared", actor=by, now=now, clause=verdict.clause, run=run_id)


def _with_rows(connection: Connection, question: Question, now: datetime) -> Facts:
    opening, totals = question.draft.opening, question.draft.totals
    people = plans.people_touched(
        connection, question.draft.key, principal=opening.principal, tool=opening.tool, since=now - DAY
    )
    return replace(question.facts, effects=totals.effects, systems=frozenset(totals.counts), people=people)


def _supersede(connection: Connection, old: StoredPlan) -> None:
    key = old.header.key
    # the approval first, as a vote does: two transactions that lock in one order cannot wait for each other
    voided = approvals.close(connection, key, state="voided")
    if not voided or not plans.move(connection, key, of=("pending",), to="superseded"):
        raise Refused(
            "This request was decided or changed meanwhile", on=old.header.id, do="Look at its newest card."
        )


def _proposed(connection: Connection, plan: StoredPlan, now: datetime) -> None:
    header, verdict = plan.header, plan.verdict
    notices.record(
        connection,
        plan,
        "plan.proposed",
        actor=header.principal,
        now=now,
        tool=header.tool,
        people=header.people,
        counts=dict(header.counts),
        effects=sorted(header.effects),
        verdict=verdict["kind"],
        clause=verdict["clause"],
        undo_of=header.undo_of,
    )
