"""Forgetting: personal data leaves the store by age, or because a person asked to be erased.

Digests, the journal and the audit trail hold subjects and record ids only and stay as they are.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, String, cast, delete, exists, or_, select, update

from bot.store.tables import backups, plan_rows, plans

EMPTY: dict[str, object] = {}


def expire_content(connection: Connection, *, before: datetime) -> int:
    """Empty rows, backups and samples of plans older than that; returns the plans concerned."""
    kept = or_(cast(plans.c.samples, String) != "[]", exists().where(backups.c.plan_key == plans.c.key))
    old = select(plans.c.key).where(plans.c.created_at < before, kept)
    keys = list(connection.execute(old).scalars())
    if keys:
        connection.execute(delete(backups).where(backups.c.plan_key.in_(keys)))
        connection.execute(
            update(plan_rows).where(plan_rows.c.plan_key.in_(keys)).values(set=EMPTY, guard=EMPTY, reason="")
        )
        connection.execute(update(plans).where(plans.c.key.in_(keys)).values(samples=[], args=EMPTY, said=""))
    return len(keys)


def forget_people(connection: Connection, subjects: Sequence[str], *, but: int | None = None) -> int:
    """Empty every row, backup and sample of these people; returns the rows concerned.

    `but` is the key of a plan whose run still needs its rows.
    """
    about: ColumnElement[bool] = plan_rows.c.subject.in_(subjects)
    if but is not None:
        about &= plan_rows.c.plan_key != but
    keys = list(connection.execute(select(plan_rows.c.plan_key).where(about).distinct()).scalars())
    connection.execute(delete(backups).where(backups.c.subject.in_(subjects)))
    emptied = connection.execute(update(plan_rows).where(about).values(set=EMPTY, guard=EMPTY, reason=""))
    for key in keys:
        _drop_samples(connection, key, frozenset(subjects))
    return emptied.rowcount


def _drop_samples(connection: Connection, plan_key: int, subjects: frozenset[str]) -> None:
    samples = connection.execute(select(plans.c.samples).where(plans.c.key == plan_key)).scalar_one()
    kept = [each for each in samples if each["subject"] not in subjects]
    if len(kept) < len(samples):
        connection.execute(update(plans).where(plans.c.key == plan_key).values(samples=kept))
