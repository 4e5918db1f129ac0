"""What became of records by a run: ids of those it made or merged, and who is being written of just now."""

from collections.abc import Sequence

from sqlalchemy import Connection, and_, select

from bot.store.journal import CHUNK, Group, joined
from bot.store.runs import Run
from bot.store.tables import journal, plan_rows, runs
from tools.plan import System


def created(connection: Connection, run: Run, subjects: Sequence[str]) -> dict[tuple[System, str, str], str]:
    """Ids of records this run created for these people, by system, object and subject."""
    found: dict[tuple[System, str, str], str] = {}
    columns = (plan_rows.c.system, plan_rows.c.object, plan_rows.c.subject, journal.c.record_id)
    for start in range(0, len(subjects), CHUNK):
        made = and_(
            plan_rows.c.plan_key == run.plan_key,
            plan_rows.c.op == "create",
            plan_rows.c.subject.in_(subjects[start : start + CHUNK]),
            journal.c.state == "applied",
            journal.c.record_id.is_not(None),
        )
        query = select(*columns).select_from(joined(run.id)).where(made)
        found.update({(row[0], row[1], row[2]): row[3] for row in connection.execute(query)})
    return found


def merged(connection: Connection, run: Run, group: Group, ids: Sequence[str]) -> dict[str, str]:
    """Ids that records have since this run merged others into them, by their former ids.

    Of a record that took part in several merges it is the id after the last one.
    """
    found: dict[str, str] = {}
    for start in range(0, len(ids), CHUNK):
        chosen = and_(
            plan_rows.c.plan_key == run.plan_key,
            plan_rows.c.system == group.system,
            plan_rows.c.op == "merge",
            plan_rows.c.record_id.in_(ids[start : start + CHUNK]),
            journal.c.state == "applied",
            journal.c.record_id != plan_rows.c.record_id,
        )
        columns = (plan_rows.c.record_id, journal.c.record_id)
        query = select(*columns).select_from(joined(run.id)).where(chosen).order_by(plan_rows.c.stage)
        found.update({row[0]: row[1] for row in connection.execute(query)})
    return found


def runs_about(connection: Connection, subjects: Sequence[str], *, system: System) -> dict[str, str]:
    """Which run is just about to write of these subjects in that system."""
    found: dict[str, str] = {}
    for start in range(0, len(subjects), CHUNK):
        query = (
            select(journal.c.subject, journal.c.run_id)
            .join(runs, runs.c.id == journal.c.run_id)
            .join(plan_rows, and_(plan_rows.c.plan_key == runs.c.plan_key, plan_rows.c.seq == journal.c.seq))
            .where(
                journal.c.subject.in_(subjects[start : start + CHUNK]),
                journal.c.state == "intent",
                plan_rows.c.system == system,
            )
        )
        found.update({row[0]: row[1] for row in connection.execute(query)})
    return found
