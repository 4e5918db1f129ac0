"""Where a person appears in clear outside of rows and backups: requests' words, conversations, files."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, String, cast, delete, func, or_, select, update

from bot.store.runs import UNFINISHED
from bot.store.tables import files, plan_rows, plans, runs, turns

_CHUNK = 5000  # below every database's limit of bound values


def plan_of(connection: Connection, run_id: str) -> int | None:
    """The key of the plan that run executes."""
    key: int | None = connection.execute(select(runs.c.plan_key).where(runs.c.id == run_id)).scalar()
    return key


def forget_requests(connection: Connection, subject: str, *, but: int | None) -> None:
    """Empty the words and arguments of every request that is about this person, except one."""
    about = select(plan_rows.c.plan_key).where(plan_rows.c.subject == subject)
    chosen = plans.c.key.in_(about) if but is None else (plans.c.key.in_(about) & (plans.c.key != but))
    connection.execute(update(plans).where(chosen).values(args={}, said=""))


def forget_text(connection: Connection, address: str) -> None:
    """Delete conversation and files in which that address is written."""
    wanted = address.lower()
    told = (turns.c.said, turns.c.replied, cast(turns.c.args, String))
    connection.execute(delete(turns).where(or_(*(_names(column, wanted) for column in told))))
    connection.execute(update(plans).where(_names(plans.c.said, wanted)).values(said=""))
    for key, content in connection.execute(select(files.c.key, files.c.content)).all():
        if wanted.encode() in content.lower():
            connection.execute(delete(files).where(files.c.key == key))


def left_of(connection: Connection, subjects: Sequence[str]) -> set[str]:
    """Of these people, those that rows of runs now over still hold in clear."""
    over = runs.c.state.not_in(UNFINISHED)
    clear = or_(cast(plan_rows.c.set, String) != "{}", cast(plan_rows.c.guard, String) != "{}")
    found: set[str] = set()
    for start in range(0, len(subjects), _CHUNK):
        mine = plan_rows.c.subject.in_(subjects[start : start + _CHUNK])
        query = select(plan_rows.c.subject).join(runs, runs.c.plan_key == plan_rows.c.plan_key)
        found |= set(connection.execute(query.where(mine, over, clear).distinct()).scalars())
    return found


def _names(column: ColumnElement[str], wanted: str) -> ColumnElement[bool]:
    return func.lower(column).contains(wanted, autoescape=True)
