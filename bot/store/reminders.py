"""What approvers put off, hand on, and were reminded of.

Rows name plans and people by id (and names to show), never addresses. They are forgotten with `prune` once
the request they belong to is older than anybody can decide on.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, delete, select, update

from bot.store.once import inserted, upsert
from bot.store.tables import delegations, plans, reminders, snoozes


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """One approver asks another to decide on a plan. It gives no right: the policy checks at the click."""

    plan_id: str
    giver: str
    giver_name: str
    taker: str
    taker_name: str
    note: str
    at: datetime


def snooze(connection: Connection, plan_id: str, principal: str, *, until: datetime, now: datetime) -> None:
    """Leave this person alone about this plan until then; the last word counts."""
    values = {"until": until, "at": now}
    statement = upsert(connection, snoozes).values(plan_id=plan_id, principal=principal, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["plan_id", "principal"], set_=values))


def snoozed(connection: Connection, principal: str, *, now: datetime) -> dict[str, datetime]:
    """Until when this person put which plans off, of those that are still put off."""
    query = select(snoozes.c.plan_id, snoozes.c.until).where(
        snoozes.c.principal == principal, snoozes.c.until > now
    )
    return {row.plan_id: row.until for row in connection.execute(query)}


def snoozes_over(connection: Connection, *, now: datetime, limit: int = 100) -> list[tuple[str, str]]:
    """Take away the snoozes that are over, in the caller's transaction: (plan, person), oldest first."""
    query = select(snoozes.c.plan_id, snoozes.c.principal).where(snoozes.c.until <= now)
    found = [(row.plan_id, row.principal) for row in connection.execute(query.order_by(snoozes.c.until))]
    taken = []
    for plan_id, principal in found[:limit]:
        mine = and_(snoozes.c.plan_id == plan_id, snoozes.c.principal == principal, snoozes.c.until <= now)
        if connection.execute(delete(snoozes).where(mine)).rowcount:
            taken.append((plan_id, principal))
    return taken


def delegate(connection: Connection, given: Delegation) -> bool:
    """Keep a delegation. False when the same two had agreed on it already."""
    return inserted(connection, delegations, **{name: getattr(given, name) for name in Delegation.__slots__})


def delegated(connection: Connection, plan_id: str) -> list[Delegation]:
    """The delegations of a plan, oldest first."""
    columns = (delegations.c[name] for name in Delegation.__slots__)
    query = select(*columns).where(delegations.c.plan_id == plan_id).order_by(delegations.c.at)
    return [Delegation(**row) for row in connection.execute(query).mappings()]


def handed_to(connection: Connection, taker: str) -> dict[str, Delegation]:
    """What was handed to this person, by plan."""
    columns = (delegations.c[name] for name in Delegation.__slots__)
    query = select(*columns).where(delegations.c.taker == taker).order_by(delegations.c.at)
    return {row["plan_id"]: Delegation(**row) for row in connection.execute(query).mappings()}


def claim(
    connection: Connection, plan_id: str, principal: str, *, not_since: datetime, now: datetime
) -> bool:
    """Whether the caller is to remind this person now: nobody has since then, and from now on somebody has.

    Safe between processes: the row's own condition decides who reminds.
    """
    if inserted(connection, reminders, plan_id=plan_id, principal=principal, times=1, at=now):
        return True
    mine = and_(
        reminders.c.plan_id == plan_id, reminders.c.principal == principal, reminders.c.at <= not_since
    )
    again = update(reminders).where(mine).values(times=reminders.c.times + 1, at=now)
    return connection.execute(again).rowcount == 1


def reminded(connection: Connection, plan_id: str) -> dict[str, int]:
    """How often who was reminded of a plan."""
    query = select(reminders.c.principal, reminders.c.times).where(reminders.c.plan_id == plan_id)
    return {row.principal: row.times for row in connection.execute(query)}


def prune(connection: Connection, *, before: datetime) -> int:
    """Delete what belongs to plans made before then."""
    old = select(plans.c.id).where(plans.c.created_at < before)
    return sum(
        connection.execute(delete(table).where(table.c.plan_id.in_(old))).rowcount
        for table in (snoozes, delegations, reminders)
    )
