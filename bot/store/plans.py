"""Plans: reading them, their rows and vetoes, and moving them from state to state."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, or_, select, update

from bot.store.headers import StoredPlan, stored
from bot.store.streaming import streamed
from bot.store.tables import backups, plan_rows, plan_vetoes, plans, runs
from tools.plan import Change, PlanState, Veto

OWN = "clearance"  # our own records, beside the vendors'
# what a person has asked for and has not taken back or been refused
COUNTED: tuple[PlanState, ...] = ("pending", "cleared", "running", "landed", "landed_with_residue")


def latest(connection: Connection, plan_id: str) -> StoredPlan | None:
    """The newest revision of `P-1042`. Case does not matter; drafts are nobody's plan."""
    wanted = and_(plans.c.id == plan_id.strip().upper(), plans.c.state != "draft")
    query = select(plans).where(wanted).order_by(plans.c.revision.desc()).limit(1)
    row = connection.execute(query).mappings().first()
    return None if row is None else stored(row)


def get(connection: Connection, plan_key: int) -> StoredPlan | None:
    """One revision by its key."""
    row = connection.execute(select(plans).where(plans.c.key == plan_key)).mappings().first()
    return None if row is None else stored(row)


def of_run(connection: Connection, run_id: str) -> StoredPlan | None:
    """The revision that run executes."""
    query = (
        select(plans).join(runs, runs.c.plan_key == plans.c.key).where(runs.c.id == run_id.strip().upper())
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else stored(row)


def move(connection: Connection, plan_key: int, *, of: Sequence[PlanState], to: PlanState) -> bool:
    """Set the state if it is one of `of` now. False when somebody was faster."""
    chosen = and_(plans.c.key == plan_key, plans.c.state.in_(of))
    return connection.execute(update(plans).where(chosen).values(state=to)).rowcount == 1


def requests(
    connection: Connection, *, states: Sequence[str] | None, principal: str | None = None, limit: int = 50
) -> list[StoredPlan]:
    """Newest revisions, newest first; of these states and of this requester, where given."""
    query = select(plans).where(plans.c.state.not_in(("draft", "superseded")))
    if states is not None:
        query = query.where(plans.c.state.in_(states))
    if principal is not None:
        query = query.where(plans.c.principal == principal)
    found = connection.execute(query.order_by(plans.c.created_at.desc(), plans.c.key.desc()).limit(limit))
    return [stored(row) for row in found.mappings()]


def requester_called(connection: Connection, name: str) -> str | None:
    """The id of somebody of that first or whole name who has asked for a plan."""
    called = func.lower(plans.c.requester)
    wanted = name.strip().lower()
    named = or_(called == wanted, called.startswith(f"{wanted} ", autoescape=True))
    query = select(plans.c.principal).where(named).order_by(plans.c.key.desc()).limit(1)
    found: str | None = connection.execute(query).scalar()
    return found


def since(connection: Connection, moment: datetime) -> Iterator[StoredPlan]:
    """Completed plans made since then, oldest first."""
    query = select(plans).where(plans.c.created_at >= moment, plans.c.state != "draft").order_by(plans.c.key)
    for row in streamed(connection, query):
        yield stored(row._mapping)  # noqa: SLF001 (SQLAlchemy's documented name for a row by column)


def rows(connection: Connection, plan_key: int, *, with_backup: bool = False) -> Iterator[Change]:
    """The plan's rows in `seq` order, streamed."""
    query = _rows_with_backup() if with_backup else select(plan_rows)
    query = query.where(plan_rows.c.plan_key == plan_key).order_by(plan_rows.c.seq)
    for row in streamed(connection, query):
        yield _change(row)


def vetoes(connection: Connection, plan_key: int) -> Iterator[Veto]:
    """The plan's vetoes in the order they were made, streamed."""
    query = select(plan_vetoes).where(plan_vetoes.c.plan_key == plan_key).order_by(plan_vetoes.c.n)
    for row in streamed(connection, query):
        yield Veto(
            subject=row.subject,
            system=row.system,
            object=row.object,
            record_id=row.record_id,
            op=row.op,
            code=row.code,
            text=row.text,
            instead=row.instead,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Vetoed:
    """The vetoes of one code: how many people, and what all rows say and do instead ("" where they differ).

    `people` is 0 where a row is about nobody known.
    """

    people: int
    text: str
    instead: str


def vetoed(connection: Connection, plan_key: int) -> Mapping[str, Vetoed]:
    """A plan's vetoes by code."""
    told = plan_vetoes.c
    columns = (
        told.code, func.count(told.subject.distinct()), func.min(told.subject), func.min(told.text),
        func.max(told.text), func.min(told.instead), func.max(told.instead),
    )  # fmt: skip
    query = select(*columns).where(told.plan_key == plan_key).group_by(told.code)
    return {
        code: Vetoed(
            people=people if first else 0,
            text=low if low == high else "",
            instead=least if least == most else "",
        )
        for code, people, first, low, high, least, most in connection.execute(query)
    }


def fates(connection: Connection, plan_key: int) -> tuple[int, int, int]:
    """How many people a plan deletes somewhere, changes and keeps, and vetoes without touching them."""
    mine = and_(plan_rows.c.plan_key == plan_key, plan_rows.c.subject != "", plan_rows.c.system != OWN)
    everybody = _distinct_people(connection, mine)
    deleted = _distinct_people(connection, and_(mine, plan_rows.c.op == "delete"))
    there = and_(plan_rows.c.plan_key == plan_key, plan_rows.c.subject == plan_vetoes.c.subject)
    alone = select(func.count(plan_vetoes.c.subject.distinct())).where(
        plan_vetoes.c.plan_key == plan_key, plan_vetoes.c.subject != "", ~exists().where(there)
    )
    untouched = int(connection.execute(alone).scalar_one())
    return deleted, everybody - deleted, untouched


def vetoed_subjects(connection: Connection, plan_key: int) -> frozenset[str]:
    """Whom a plan's vetoes are about."""
    chosen = and_(plan_vetoes.c.plan_key == plan_key, plan_vetoes.c.subject != "")
    return frozenset(connection.execute(select(plan_vetoes.c.subject).where(chosen).distinct()).scalars())


def vetoed_people(connection: Connection, plan_key: int) -> int:
    """Distinct people whom a plan's vetoes are about."""
    query = select(func.count(plan_vetoes.c.subject.distinct())).where(
        plan_vetoes.c.plan_key == plan_key, plan_vetoes.c.subject != ""
    )
    return int(connection.execute(query).scalar_one())


def veto_groups(connection: Connection, plan_key: int, *, limit: int) -> list[tuple[str, str, int]]:
    """Reason, what is done instead, and how many rows: the most frequent reasons first."""
    columns = (plan_vetoes.c.text, plan_vetoes.c.instead)
    number = func.count().label("number")
    query = (
        select(*columns, number)
        .where(plan_vetoes.c.plan_key == plan_key)
        .group_by(*columns)
        .order_by(number.desc(), plan_vetoes.c.text)
        .limit(limit)
    )
    return [(text, instead, count) for text, instead, count in connection.execute(query)]


def subjects_at(connection: Connection, plan_key: int, seqs: Sequence[int]) -> dict[int, str]:
    """Whom these rows of a plan are about, by row number."""
    query = select(plan_rows.c.seq, plan_rows.c.subject)
    chosen = and_(plan_rows.c.plan_key == plan_key, plan_rows.c.seq.in_(seqs))
    return {row.seq: row.subject for row in connection.execute(query.where(chosen))}


def subjects_among(connection: Connection, plan_key: int, subjects: Sequence[str]) -> frozenset[str]:
    """Those of these people whom the plan has rows about."""
    chosen = and_(plan_rows.c.plan_key == plan_key, plan_rows.c.subject.in_(subjects))
    return frozenset(connection.execute(select(plan_rows.c.subject).where(chosen).distinct()).scalars())


def subjects_without(connection: Connection, plan_key: int, systems: Sequence[str]) -> frozenset[str]:
    """The people of a plan for whom these systems have no row."""
    other = plan_rows.alias()
    there = and_(
        other.c.plan_key == plan_key, other.c.subject == plan_rows.c.subject, other.c.system.in_(systems)
    )
    chosen = and_(plan_rows.c.plan_key == plan_key, plan_rows.c.subject != "", ~exists().where(there))
    return frozenset(connection.execute(select(plan_rows.c.subject).where(chosen).distinct()).scalars())


def people_touched(
    connection: Connection, plan_key: int, *, principal: str, tool: str, since: datetime
) -> int:
    """Distinct people of this plan and of what the same person asked of the same tool since then."""
    earlier = and_(
        plans.c.principal == principal,
        plans.c.tool == tool,
        plans.c.created_at >= since,
        plans.c.state.in_(COUNTED),
    )
    return _distinct_people(connection, or_(plans.c.key == plan_key, earlier))


def people_by_clearance(connection: Connection, plan_key: int, *, cleared: Select[tuple[int]]) -> int:
    """Distinct people this plan touches together with the plans whose keys `cleared` selects."""
    return _distinct_people(connection, or_(plans.c.key == plan_key, plans.c.key.in_(cleared)))


def _distinct_people(connection: Connection, chosen: ColumnElement[bool]) -> int:
    query = (
        select(func.count(plan_rows.c.subject.distinct()))
        .select_from(plan_rows.join(plans, plans.c.key == plan_rows.c.plan_key))
        .where(chosen, plan_rows.c.subject != "")
    )
    return int(connection.execute(query).scalar_one())


def created_subjects(connection: Connection, plan_key: int) -> frozenset[str]:
    """Whom a plan creates a record of."""
    query = select(plan_rows.c.subject).where(plan_rows.c.plan_key == plan_key, plan_rows.c.op == "create")
    return frozenset(row.subject for row in streamed(connection, query.distinct()))


def _rows_with_backup() -> Select[tuple[object, ...]]:
    return select(plan_rows, backups.c.record.label("backup")).select_from(
        plan_rows.outerjoin(backups, own_backup())
    )


def own_backup() -> ColumnElement[bool]:
    """Which backup is a row's own."""
    return and_(backups.c.plan_key == plan_rows.c.plan_key, backups.c.seq == plan_rows.c.seq)


def _change(row: Row[tuple[object, ...]]) -> Change:
    return Change(
        subject=row.subject,
        system=row.system,
        object=row.object,
        record_id=row.record_id,
        op=row.op,
        set=row.set,
        guard=row.guard,
        stage=row.stage,
        reason=row.reason,
        backup=getattr(row, "backup", None) or {},
        seq=row.seq,
    )
