"""Runs, their journal, workers and the pace kept towards vendors."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from bot.store.tables.kinds import Key, Moment, metadata

runs = Table(
    "runs",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("plan_key", Key, ForeignKey("plans.key"), nullable=False, unique=True),
    Column("digest", String(64), nullable=False),
    Column("clearance_key", Key, ForeignKey("clearances.key"), nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("parked_until", Moment),
    Column("stop_requested", Boolean, nullable=False, default=False),
    Column("stopped_by", String(80), nullable=False, default=""),
    Column("attention", Text, nullable=False, default=""),  # what failed and what to do, for a person
    Column("worker", String(120)),  # who drives it; free when that worker has no row any more
    Column("tries", Integer, nullable=False, default=0),  # pauses in a row without progress
    Column("landing", JSON),
    Column("created_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("finished_at", Moment),
)

journal = Table(
    "journal",
    metadata,
    Column("run_id", String(20), ForeignKey("runs.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("subject", String(64), nullable=False),
    Column("state", String(10), nullable=False),  # a RowState other than waiting
    Column("landed", String(12)),  # landed not_landed cannot_tell, once read back
    Column("record_id", String(120)),
    Column("error", Text, nullable=False, default=""),
    Column("hint", Text, nullable=False, default=""),
    Column("worker", String(120), nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("run_id", "seq"),
    Index("ix_journal_subject", "run_id", "subject"),
    Index("ix_journal_state", "run_id", "state"),
)

workers = Table(
    "workers",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("started_at", Moment, nullable=False),
    Column("beat_at", Moment, nullable=False),
)

quotas = Table(
    "quotas",
    metadata,
    Column("name", String(120), primary_key=True),  # tenant/system/bucket
    Column("arrival", Key, nullable=False),  # theoretical arrival time, in microseconds since 1970
    Column("at", Moment, nullable=False),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("subject", String(64), primary_key=True),
    Column("key_id", String(20), nullable=False),
    Column("bounce_class", String(20), nullable=False),
    Column("run_id", String(20), nullable=False),
    Column("at", Moment, nullable=False),
)
