"""Clearances, and the standing ones that stand in for votes within a budget of people a day."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, insert, select, update

from bot.store import plans
from bot.store.clock import database_now
from bot.store.once import inserted
from bot.store.tables import clearances, standing_clearances

ANY_TOOL = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Minted:
    """One clearance: of which plan and digest, by votes (`approval_key`) or by standing (`standing_id`)."""

    digest: str
    plan_key: int
    clause: str
    approval_key: int | None = None
    standing_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A person's own, named, budgeted, expiring permission for one tool (`*`: any the clause covers)."""

    id: str
    owner: str
    clause: str
    tool: str
    people_budget: int  # distinct people a day
    expires_at: datetime | None = None


def mint(connection: Connection, minted: Minted, *, now: datetime) -> int:
    """Write a clearance and return its key. A second one for the same plan is an error of the database."""
    values = {name: getattr(minted, name) for name in Minted.__slots__}
    statement = insert(clearances).values(**values, at=now).returning(clearances.c.key)
    key: int = connection.execute(statement).scalar_one()
    return key


def of_plan(connection: Connection, plan_key: int) -> Minted | None:
    """The clearance of that revision."""
    row = connection.execute(select(clearances).where(clearances.c.plan_key == plan_key)).first()
    return None if row is None else Minted(**{name: getattr(row, name) for name in Minted.__slots__})


def grant(connection: Connection, standing: Standing, *, now: datetime) -> bool:
    """Write a standing clearance. False when one of that id exists already, revoked or not."""
    values = {name: getattr(standing, name) for name in Standing.__slots__}
    return inserted(connection, standing_clearances, **values, created_at=now)


def revoke(connection: Connection, standing_id: str) -> bool:
    """End a standing clearance for good. False when there is none, or it was ended before."""
    live = and_(standing_clearances.c.id == standing_id, standing_clearances.c.revoked_at.is_(None))
    statement = update(standing_clearances).where(live).values(revoked_at=database_now())
    return connection.execute(statement).rowcount == 1


def hold(connection: Connection, standing_id: str) -> Standing | None:
    """The standing clearance if it is in force, locked so that its budget is spent by one plan at a time."""
    table = standing_clearances
    query = (
        select(table)
        .where(
            table.c.id == standing_id,
            table.c.revoked_at.is_(None),
            (table.c.expires_at.is_(None)) | (table.c.expires_at > database_now()),
        )
        .with_for_update()
    )
    row = connection.execute(query).first()
    return None if row is None else Standing(**{name: getattr(row, name) for name in Standing.__slots__})


def people_with(connection: Connection, standing_id: str, plan_key: int, *, since: datetime) -> int:
    """Distinct people this plan and everything cleared by that standing clearance since then touch."""
    spent = select(clearances.c.plan_key).where(
        clearances.c.standing_id == standing_id, clearances.c.at >= since
    )
    return plans.people_by_clearance(connection, plan_key, cleared=spent)
