"""Votes: who may decide, whether a click counts, and what follows in the same transaction.

The Directory is asked who the voter is before anything is written; then one UPDATE of the store decides (see
`bot.store.approvals`). A click that does not count is answered with the clause that says why, and is audited.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.engine import clearance, notices
from bot.engine.clearance import Enqueue
from bot.engine.directory import Directory
from bot.engine.policy import Policy
from bot.engine.verdicts import Deny, NeedsApproval, facts_of
from bot.store import approvals, plans
from bot.store.approvals import Approval, Vote
from bot.store.clearances import Minted
from bot.store.connect import Connection, Store
from bot.store.headers import StoredPlan
from tools.context import Principal
from tools.errors import InvalidArguments
from tools.ports import Clock

MINIMUM_PREFIX = 8
DECIDED = {
    "cleared": "It has been approved already",
    "rejected": "It has been rejected already",
    "expired": "It expired before enough people had voted, and nothing was changed",
    "withdrawn": "It was withdrawn, and nothing was changed",
    "voided": "It was replaced by a newer revision",
}
STALE = "The policy has become stricter since this was asked, so it has to be asked again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """A vote as it arrives: on which plan, on which digest (at least 8 hex digits of it), which way, why."""

    plan_id: str
    digest_prefix: str
    vote: Literal["approve", "reject"]
    reason: str = ""


class _No(Exception):  # noqa: N818 (a click that does not count is no error)
    def __init__(self, clause: str, text: str) -> None:
        super().__init__(text)
        self.clause = clause
        self.text = f"{text} (clause {clause})."


class Approvals:
    """Counts votes, withdraws and expires requests."""

    def __init__(
        self, *, store: Store, directory: Directory, policy: Policy, enqueue: Enqueue, clock: Clock
    ) -> None:
        self._store = store
        self._policy = policy
        self._directory = directory
        self._enqueue = enqueue
        self._clock = clock

    def vote(self, click: Click, voter: str) -> tuple[bool, str]:
        """Whether the click counted, and one sentence for the clicker. Raises on an unknown plan."""
        person = self._directory.principal(voter)
        gone = self._gone(click) if click.vote == "approve" else ()
        try:
            with self._store.begin() as connection:
                return True, self._count(connection, click, person, gone)
        except _No as no:
            self._refused(click, person, no)
            return False, no.text

    def withdraw(self, plan_id: str, by: str) -> tuple[bool, str]:
        """Take a request back before it is decided: its requester may, and nobody else."""
        with self._store.begin() as connection:
            plan = known(connection, plan_id)
            approval = approvals.of_plan(connection, plan.header.key)
            if by != plan.header.principal and (approval is None or by not in approval.barred):
                return (
                    False,
                    "Only the one who asked can withdraw it. You can reject it if you may vote on it.",
                )
            if not approvals.close(connection, plan.header.key, state="withdrawn"):
                return False, _too_late(connection, plan)
            now = self._clock.now()
            plans.move(connection, plan.header.key, of=("pending",), to="withdrawn")
            notices.tell(connection, plan, "plan.withdrawn", now=now)
            notices.record(connection, plan, "plan.withdrawn", actor=by, now=now)
        return True, f"{plan.header.id} is withdrawn. Nothing was changed."

    def _gone(self, click: Click) -> tuple[str, ...]:
        """Who approved earlier and could not do so now: they left the group, or the company."""
        with self._store.read() as connection:
            approval = approvals.of_plan(connection, known(connection, click.plan_id).header.key)
        if approval is None or approval.state != "pending":
            return ()
        earlier = [vote.voter for vote in approval.votes if vote.vote == "approve"]
        return tuple(each for each in earlier if not may_decide(self._directory.principal(each), approval))

    def _count(
        self, connection: Connection, click: Click, person: Principal, gone: tuple[str, ...] = ()
    ) -> str:
        plan = known(connection, click.plan_id)
        approval = approvals.of_plan(connection, plan.header.key)
        if approval is None:
            raise _No(str(plan.verdict["clause"]), "Nobody has to vote on this")
        self._precheck(connection, click, person, plan, approval)
        approval = self._without(connection, plan, approval, gone)
        vote = Vote(
            voter=person.id,
            voter_name=person.name,
            vote=click.vote,
            reason=click.reason.replace("\0", "")[:500],
            at=self._clock.now(),
        )
        if not approvals.put_vote(connection, approval.key, vote):
            raise _No("one-vote-each", "You have voted on this already")
        return self._decide(connection, plan, approval, vote)

    def _without(
        self, connection: Connection, plan: StoredPlan, approval: Approval, gone: tuple[str, ...]
    ) -> Approval:
        """The approval without the votes of those who may not vote any more."""
        for voter in gone:
            if approvals.void_vote(connection, approval.key, voter=voter):
                now = self._clock.now()
                notices.record(
                    connection, plan, "plan.vote_voided", actor=voter, now=now, clause=approval.clause
                )
        return (approvals.of_plan(connection, plan.header.key) or approval) if gone else approval

    def _precheck(
        self,
        connection: Connection,
        click: Click,
        person: Principal,
        plan: StoredPlan,
        approval: Approval,
    ) -> None:
        prefix = click.digest_prefix.strip().lower()
        if not re.fullmatch(rf"[0-9a-f]{{{MINIMUM_PREFIX},64}}", prefix):
            raise _No("same-revision", "That click does not say which revision it is about")
        if not plan.header.digest.startswith(prefix):
            text = f"This request was changed since: revision {plan.header.revision} is on its newest card"
            raise _No("same-revision", text)
        if approval.state != "pending":
            stale = plan.header.state == "stale"
            raise _No(approval.clause, STALE if stale else DECIDED[approval.state])
        if approvals.expired(connection, approval.key):
            raise _No(approval.clause, DECIDED["expired"])
        if click.vote == "approve" and self._outgrown(plan, approval):
            raise _No("policy-changed", STALE)
        _eligible(person, approval)

    def _outgrown(self, plan: StoredPlan, approval: Approval) -> bool:
        """Whether the policy of today asks for more than this approval does."""
        today = self._policy.judge(facts_of(plan.verdict["facts"]))
        if isinstance(today, NeedsApproval):
            return today.quorum > approval.quorum or today.group != approval.group
        return isinstance(today, Deny)

    def _decide(self, connection: Connection, plan: StoredPlan, approval: Approval, vote: Vote) -> str:
        if vote.vote == "reject":
            if not approvals.reject(connection, approval.key, digest=plan.header.digest, voter=vote.voter):
                raise _No(approval.clause, "It was decided a moment before")
            return self._rejected(connection, plan, vote)
        state = approvals.approve(connection, approval.key, digest=plan.header.digest, voter=vote.voter)
        if state is None:
            raise _No(approval.clause, "It was decided a moment before")
        if state == "cleared":
            return self._cleared(connection, plan, approval, vote)
        return self._voted(connection, plan, approval, vote)

    def _rejected(self, connection: Connection, plan: StoredPlan, vote: Vote) -> str:
        plans.move(connection, plan.header.key, of=("pending",), to="rejected")
        notices.tell(connection, plan, "plan.rejected", text=vote.reason, now=vote.at)
        notices.record(connection, plan, "plan.rejected", actor=vote.voter, now=vote.at)
        return f"You rejected {plan.header.id}. Nothing was changed."

    def _voted(self, connection: Connection, plan: StoredPlan, approval: Approval, vote: Vote) -> str:
        notices.tell(connection, plan, "plan.voted", now=vote.at)
        notices.record(connection, plan, "plan.voted", actor=vote.voter, now=vote.at, vote="approve")
        left = approval.quorum - approval.approved - 1
        return f"Your approval of {plan.header.id} counts; {max(left, 1)} more of {approval.group} needed."

    def _cleared(self, connection: Connection, plan: StoredPlan, approval: Approval, vote: Vote) -> str:
        key, digest, now = plan.header.key, plan.header.digest, vote.at
        plans.move(connection, key, of=("pending",), to="cleared")
        minted = Minted(digest=digest, plan_key=key, clause=approval.clause, approval_key=approval.key)
        run_id = clearance.mint(connection, minted, enqueue=self._enqueue, now=now)
        notices.tell(connection, plan, "plan.cleared", run_id=run_id, now=now)
        notices.record(connection, plan, "plan.approved", actor=vote.voter, now=now, clause=approval.clause)
        notices.record(
            connection, plan, "plan.cleared", actor=vote.voter, now=now, clause=approval.clause, run=run_id
        )
        return f"You approved {plan.header.id}. It is cleared and runs now as {run_id}."

    def _refused(self, click: Click, person: Principal, no: _No) -> None:
        with self._store.begin() as connection:
            now = self._clock.now()
            plan = known(connection, click.plan_id)
            expire_due(connection, now)  # whoever comes late should find the card saying so
            if no.clause == "policy-changed":
                _set_aside(connection, plan, now)
            notices.record(
                connection,
                plan,
                "plan.vote_refused",
                actor=person.id,
                now=now,
                vote=click.vote,
                clause=no.clause,
            )


def expire_due(connection: Connection, now: datetime) -> int:
    """End every request whose time is over by the database's clock, in the caller's transaction."""
    keys = approvals.expire(connection)
    late = [plan for key in keys if (plan := plans.get(connection, key)) is not None]
    for plan in late:
        plans.move(connection, plan.header.key, of=("pending",), to="expired")
        notices.tell(connection, plan, "plan.expired", now=now)
    for plan in late:
        notices.record(connection, plan, "plan.expired", actor="clearance", now=now)
    return len(late)


def _set_aside(connection: Connection, plan: StoredPlan, now: datetime) -> None:
    if approvals.close(connection, plan.header.key, state="voided"):
        plans.move(connection, plan.header.key, of=("pending",), to="stale")
        notices.tell(connection, plan, "plan.stale", now=now)


def known(connection: Connection, plan_id: str) -> StoredPlan:
    """The newest revision. Raises `InvalidArguments` when there is no such plan."""
    plan = plans.latest(connection, plan_id)
    if plan is None:
        raise InvalidArguments(
            "There is no such request", on=plan_id[:40], do="Say “list requests” for those there are."
        )
    return plan


def may_decide(person: Principal, approval: Approval) -> bool:
    """Whether this person could vote on it now."""
    try:
        _eligible(person, approval)
    except _No:
        return False
    return True


def why_not(person: Principal, approval: Approval) -> str:
    """Why this person could not vote on it now, with the clause; "" when they could."""
    try:
        _eligible(person, approval)
    except _No as no:
        return no.text
    return ""


def _eligible(person: Principal, approval: Approval) -> None:
    if person.kind != "person":
        raise _No("people-vote", "Guests, bots and agents have no vote")
    if person.id == approval.requester:
        text = f"You asked for this yourself, so somebody else of {approval.group} has to decide"
        raise _No(approval.clause, text)
    if person.id in approval.barred:
        raise _No(approval.clause, "This comes from an agent of yours, so somebody else has to decide")
    if approval.group not in person.roles:
        raise _No(approval.clause, f"Only {approval.group} decides on this, and you are not in it now")


def _too_late(connection: Connection, plan: StoredPlan) -> str:
    approval = approvals.of_plan(connection, plan.header.key)  # as it is now that somebody was faster
    if approval is None or approval.state == "cleared":
        return "It is cleared and its run has begun; say “stop” to halt it."
    return f"{DECIDED.get(approval.state, 'It was decided a moment before')}."
