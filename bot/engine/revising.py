"""Editing a request: a smaller revision of the same plan, with a digest of its own and no votes.

A revision can only narrow: leave people out, keep some systems, stop after so many people. What it leaves out
is listed as left alone, so that the card still accounts for every row that was found.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.engine import notices, rights
from bot.engine.approvals import known
from bot.engine.drafting import Drafting
from bot.engine.policy import Policy
from bot.engine.settling import Question, Settling
from bot.engine.verdicts import Deny, facts_of
from bot.store import approvals, plans
from bot.store.connect import Store
from bot.store.drafts import Opening
from bot.store.headers import StoredPlan
from tools.context import Principal
from tools.errors import InvalidArguments, Refused
from tools.plan import Change, System, Veto
from tools.ports import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """What to keep of a plan. `cap` is a number of people: the first so many in the order of the rows."""

    exclude_subjects: frozenset[str] = frozenset()
    systems: frozenset[System] | None = None
    cap: int | None = None


class Revising:
    """Makes revisions."""

    def __init__(
        self, *, store: Store, drafting: Drafting, settling: Settling, policy: Policy, clock: Clock
    ) -> None:
        self._store = store
        self._drafting = drafting
        self._settling = settling
        self._policy = policy
        self._clock = clock

    def revise(self, plan_id: str, by: Principal, narrowing: Narrowing) -> str:
        """Write the revision and return the plan's id. Raises `Refused` or `InvalidArguments`."""
        old, barred = self._editable(plan_id, by)
        draft = self._drafting.write(
            self._opening(old), self._rows(old.header.key, narrowing), now=self._clock.now()
        )
        try:
            if not draft.rows:
                raise InvalidArguments(
                    "Nothing would be left of it", on=old.header.id, do="Withdraw it if it should not happen."
                )
            facts = facts_of(old.verdict["facts"])
            settled = self._settling.settle(Question(draft=draft, facts=facts, barred=barred, replaces=old))
        finally:
            self._drafting.discard(draft.key)
        if isinstance(settled, Deny):
            raise Refused(settled.text, on=old.header.id, clause=settled.clause)
        self._tell(old, settled, by)
        return settled.header.id

    def _tell(self, old: StoredPlan, new: StoredPlan, by: Principal) -> None:
        with self._store.begin() as connection:
            now = self._clock.now()
            notices.tell(connection, new, "plan.revised", now=now, text=by.name)
            before, after = old.header.people, new.header.people
            notices.record(connection, new, "plan.revised", actor=by.id, now=now, before=before, after=after)

    def _editable(self, plan_id: str, by: Principal) -> tuple[StoredPlan, tuple[str, ...]]:
        with self._store.read() as connection:
            old = known(connection, plan_id)
            approval = approvals.of_plan(connection, old.header.key)
        if approval is None or approval.state != "pending":
            raise Refused("Only a request that waits for votes can be edited", on=old.header.id)
        if not rights.sees_people(by, old, approval):
            raise Refused(
                f"Only its requester and {approval.group} can edit this request",
                on=old.header.id,
                clause=approval.clause,
            )
        return old, approval.barred

    def _rows(self, plan_key: int, narrowing: Narrowing) -> Iterator[Change | Veto]:
        kept: set[str] = set()
        with self._store.read() as connection:
            yield from plans.vetoes(connection, plan_key)
            for change in plans.rows(connection, plan_key, with_backup=True):
                yield change if _keeps(change, narrowing, kept) else _left_out(change)

    def _opening(self, old: StoredPlan) -> Opening:
        header = old.header
        return Opening(
            tool=header.tool,
            args=header.args,
            principal=header.principal,
            requester=old.requester,
            agent=old.agent,
            said=old.said,
            summary=header.summary,
            evidence=header.evidence,
            policy_version=self._policy.version,
            undo_of=header.undo_of,
            surface=old.surface,
            channel=old.channel,
            thread=old.thread,
            revision=header.revision + 1,
        )


def _keeps(change: Change, narrowing: Narrowing, kept: set[str]) -> bool:
    if change.subject and change.subject in narrowing.exclude_subjects:
        return False
    if narrowing.systems is not None and change.system not in narrowing.systems:
        return False
    if narrowing.cap is None or not change.subject or change.subject in kept:
        return True
    if len(kept) >= narrowing.cap:
        return False
    kept.add(change.subject)
    return True


def _left_out(change: Change) -> Veto:
    return Veto(
        subject=change.subject,
        system=change.system,
        object=change.object,
        record_id=change.record_id,
        op=change.op,
        code="left_out",
        text="left out when the request was edited",
    )
