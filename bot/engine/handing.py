"""Handing a decision on, and putting it off. Neither gives or takes a right: policy checks at the click."""

from datetime import datetime

from bot.engine import notices
from bot.engine.approvals import DECIDED, known, why_not
from bot.engine.directory import Directory
from bot.store import approvals, reminders
from bot.store.approvals import Approval
from bot.store.connect import Connection, Store
from bot.store.headers import StoredPlan
from bot.store.reminders import Delegation
from tools.context import Principal
from tools.errors import InvalidArguments, Refused
from tools.ports import Clock

NOTE = 500  # characters kept of what the one says to the other


class Handing:
    """Delegations and snoozes of those who may decide."""

    def __init__(self, *, store: Store, directory: Directory, clock: Clock) -> None:
        self._store = store
        self._directory = directory
        self._clock = clock

    def delegate(self, plan_id: str, *, by: str, to: str, note: str) -> str:
        """Ask `to` to decide in the place of `by`; one sentence for `by`. Raises `Refused`."""
        giver, taker = self._directory.principal(by), self._directory.principal(to)
        if by == to:
            raise InvalidArguments("That is you already", on=plan_id[:40], do="Pick somebody else.")
        with self._store.begin() as connection:
            plan, approval = _waiting(connection, plan_id)
            _may(giver, approval)
            refusal = why_not(taker, approval)
            if refusal:
                raise Refused(
                    f"{taker.name} cannot decide on this, so it stays with you",
                    on=plan.header.id,
                    clause=approval.clause,
                )
            self._hand_on(connection, plan, giver, taker, note)
        return f"I asked {taker.name} to decide on {plan.header.id}. You can still vote yourself."

    def snooze(self, plan_id: str, *, by: str, until: datetime) -> str:
        """Leave `by` alone about it until then; one sentence. Raises `Refused` or `InvalidArguments`."""
        person = self._directory.principal(by)
        with self._store.begin() as connection:
            plan, approval = _waiting(connection, plan_id)
            _may(person, approval)
            now = self._clock.now()
            if until <= now:
                raise InvalidArguments(
                    "That moment has passed", on=plan.header.id, do="Pick one that lies ahead."
                )
            if until >= approval.expires_at:
                raise InvalidArguments(
                    "It expires before that", on=plan.header.id, do="Pick an earlier moment, or decide now."
                )
            reminders.snooze(connection, plan.header.id, by, until=until, now=now)
            notices.record(connection, plan, "plan.snoozed", actor=by, now=now, until=until.isoformat())
        return f"{plan.header.id} is put off for you; I remind you then."

    def _hand_on(
        self, connection: Connection, plan: StoredPlan, giver: Principal, taker: Principal, note: str
    ) -> None:
        now = self._clock.now()
        given = Delegation(
            plan_id=plan.header.id,
            giver=giver.id,
            giver_name=giver.name,
            taker=taker.id,
            taker_name=taker.name,
            note=note.replace("\0", "")[:NOTE],
            at=now,
        )
        if not reminders.delegate(connection, given):
            raise InvalidArguments(
                f"You have asked {taker.name} already", on=plan.header.id, do="Ask somebody else, or wait."
            )
        notices.tell(connection, plan, "plan.delegated", now=now, text=taker.id)
        notices.record(connection, plan, "plan.delegated", actor=giver.id, now=now, to=taker.id)


def _waiting(connection: Connection, plan_id: str) -> tuple[StoredPlan, Approval]:
    plan = known(connection, plan_id)
    approval = approvals.of_plan(connection, plan.header.key)
    if approval is None or approval.state != "pending":
        state = (
            DECIDED.get(approval.state, "It was decided already")
            if approval
            else "Nobody has to vote on this"
        )
        raise Refused(state, on=plan.header.id)
    return plan, approval


def _may(person: Principal, approval: Approval) -> None:
    refusal = why_not(person, approval)
    if refusal:
        raise Refused(refusal.rstrip("."), clause=approval.clause)
