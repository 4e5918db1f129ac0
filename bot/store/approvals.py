"""Approvals and votes. The store's compare-and-set is the only arbiter of a click.

`approve` and `reject` are one UPDATE each that holds every predicate: still pending, not expired by the
database's clock, the digest the voter saw, a plan still waiting, not the requester's own. A vote is written
first and is unique by person; the caller rolls back when the UPDATE finds nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, and_, case, delete, exists, insert, select, update

from bot.store.clock import database_now
from bot.store.once import inserted
from bot.store.tables import approvals, plans, votes


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One person's vote: `approve` or `reject`, with the reason given."""

    voter: str
    voter_name: str
    vote: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What is asked of whom for one revision, under which clause, and how far it is."""

    key: int
    plan_key: int
    digest: str
    group: str
    quorum: int
    clause: str
    requester: str
    barred: tuple[str, ...]
    state: str
    approved: int
    created_at: datetime
    expires_at: datetime
    votes: tuple[Vote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """An approval to be opened. `barred` may not vote besides the requester."""

    plan_key: int
    digest: str
    group: str
    quorum: int
    clause: str
    requester: str
    barred: tuple[str, ...] = ()


def open_approval(connection: Connection, ask: Ask, *, now: datetime, expires_at: datetime) -> int:
    """Open an approval and return its key."""
    values = {
        "plan_key": ask.plan_key,
        "digest": ask.digest,
        "group": ask.group,
        "quorum": ask.quorum,
        "clause": ask.clause,
        "requester": ask.requester,
        "barred": list(ask.barred),
        "state": "pending",
        "approved": 0,
        "created_at": now,
        "expires_at": expires_at,
    }
    key: int = connection.execute(insert(approvals).values(**values).returning(approvals.c.key)).scalar_one()
    return key


def of_plan(connection: Connection, plan_key: int) -> Approval | None:
    """The approval of that revision, with its votes in order."""
    row = connection.execute(select(approvals).where(approvals.c.plan_key == plan_key)).first()
    return None if row is None else _approval(connection, row)


def put_vote(connection: Connection, approval_key: int, vote: Vote) -> bool:
    """Write a vote. False when this person has voted already; their own approval gives way to a rejection."""
    if vote.vote == "reject":
        mine = and_(votes.c.approval_key == approval_key, votes.c.voter == vote.voter)
        connection.execute(delete(votes).where(mine, votes.c.vote == "approve"))
    values = {name: getattr(vote, name) for name in Vote.__slots__}
    # the unique key decides between two clicks at once
    return inserted(connection, votes, approval_key=approval_key, **values)


def approve(connection: Connection, approval_key: int, *, digest: str, voter: str) -> str | None:
    """Count an approval: the state afterwards (`pending` or `cleared`), or None when it may not count."""
    complete = approvals.c.approved + 1 >= approvals.c.quorum
    statement = (
        update(approvals)
        .where(_decidable(approval_key, digest, voter))
        .values(
            approved=approvals.c.approved + 1,
            state=case((complete, "cleared"), else_=approvals.c.state),
            decided_at=case((complete, database_now()), else_=approvals.c.decided_at),
        )
        .returning(approvals.c.state)
    )
    state: str | None = connection.execute(statement).scalar()
    return state


def void_vote(connection: Connection, approval_key: int, *, voter: str) -> bool:
    """Take back the approval of somebody who may not vote any more. False when there is none to take back."""
    mine = and_(votes.c.approval_key == approval_key, votes.c.voter == voter, votes.c.vote == "approve")
    if not connection.execute(delete(votes).where(mine)).rowcount:
        return False
    fewer = update(approvals).where(approvals.c.key == approval_key, approvals.c.state == "pending")
    connection.execute(fewer.values(approved=approvals.c.approved - 1))
    return True


def reject(connection: Connection, approval_key: int, *, digest: str, voter: str) -> bool:
    """End it by one rejection. False when it may not count."""
    statement = (
        update(approvals)
        .where(_decidable(approval_key, digest, voter))
        .values(state="rejected", decided_at=database_now())
    )
    return connection.execute(statement).rowcount == 1


def close(connection: Connection, plan_key: int, *, state: str) -> bool:
    """End a pending approval as `withdrawn` or `voided`. False when it was decided already."""
    chosen = and_(approvals.c.plan_key == plan_key, approvals.c.state == "pending")
    statement = update(approvals).where(chosen).values(state=state, decided_at=database_now())
    return connection.execute(statement).rowcount == 1


def expire(connection: Connection) -> list[int]:
    """End what is past its time by the database's clock; the keys of the plans concerned."""
    statement = (
        update(approvals)
        .where(approvals.c.state == "pending", approvals.c.expires_at <= database_now())
        .values(state="expired", decided_at=database_now())
        .returning(approvals.c.plan_key)
    )
    return sorted(connection.execute(statement).scalars())


def expired(connection: Connection, approval_key: int) -> bool:
    """Whether a pending approval is past its time by the database's clock."""
    late = and_(approvals.c.key == approval_key, approvals.c.expires_at <= database_now())
    return connection.execute(select(approvals.c.key).where(late)).first() is not None


def _decidable(approval_key: int, digest: str, voter: str) -> ColumnElement[bool]:
    waiting = exists().where(
        plans.c.key == approvals.c.plan_key,
        plans.c.digest == approvals.c.digest,
        plans.c.state == "pending",
    )
    return and_(
        approvals.c.key == approval_key,
        approvals.c.state == "pending",
        approvals.c.digest == digest,
        approvals.c.requester != voter,
        approvals.c.expires_at > database_now(),
        waiting,
    )


def _approval(connection: Connection, row: Row[tuple[object, ...]]) -> Approval:
    fields = {name: getattr(row, name) for name in Approval.__slots__ if name not in {"votes", "barred"}}
    cast = _votes(connection, fields["key"])
    return Approval(**fields, barred=tuple(row.barred), votes=cast)


def _votes(connection: Connection, approval_key: int) -> tuple[Vote, ...]:
    query = select(votes).where(votes.c.approval_key == approval_key).order_by(votes.c.at, votes.c.voter)
    return tuple(
        Vote(voter=row.voter, voter_name=row.voter_name, vote=row.vote, reason=row.reason, at=row.at)
        for row in connection.execute(query)
    )
