"""Findings: what needs a person, one a cause, and whom it is about by keyed hash."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from bot.store.tables.kinds import Moment, metadata

OPEN = text("settled_at IS NULL")

findings = Table(
    "findings",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("system", String(20), nullable=False),
    Column("writer", Text, nullable=False),
    Column("scope", String(120), nullable=False),
    Column("first_at", Moment),  # of what happened, where anybody tells
    Column("last_at", Moment),
    Column("waits_since", Moment),  # the oldest opt-out that is not honoured
    Column("found_at", Moment, nullable=False),
    Column("settled_at", Moment),
    Column("channel", String(64), nullable=False, default=""),  # where its card stands
    Column("message", String(64), nullable=False, default=""),
    # two processes may come upon the same cause at once
    Index(
        "uq_findings_open",
        "kind",
        "system",
        "writer",
        "scope",
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    ),
)

finding_people = Table(
    "finding_people",
    metadata,
    Column("finding_id", String(20), ForeignKey("findings.id"), nullable=False),
    Column("subject", String(64), nullable=False, index=True),
    Column("settled_at", Moment),
    PrimaryKeyConstraint("finding_id", "subject"),
)
