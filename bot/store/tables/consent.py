"""Consent: its ledger, observations of all systems, and how far the guard has looked."""

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from bot.store.tables.kinds import Key, Moment, metadata

consent_ledger = Table(  # consent as it was seen to change, or was changed by us; only ever added to
    "consent_ledger",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    Column("subject", String(64), nullable=False, index=True),
    Column("system", String(20), nullable=False),
    Column("scope", String(120), nullable=False),
    Column("state", String(20), nullable=False),
    Column("at", Moment),  # when it came to be so, where anybody tells
    Column("source", Text, nullable=False),
    Column("writer", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("run_id", String(20)),  # ours: with the row's seq, each once
    Column("seq", Integer),
    Column("seen_at", Moment, nullable=False, index=True),
    UniqueConstraint("run_id", "seq"),
)

observations = Table(  # what all systems said at one moment; one that was cleared is the base
    "observations",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("people", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("systems", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("run_id", String(20), nullable=False, default=""),  # whose joins belong to it
    Column("base_at", Moment),
)

observation_parts = Table(
    "observation_parts",
    metadata,
    Column("observation_id", String(20), ForeignKey("observations.id"), nullable=False),
    Column("n", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),  # parquet: keyed hashes and states
    PrimaryKeyConstraint("observation_id", "n"),
)

consent_looks = Table(  # until when the guard has looked
    "consent_looks",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("at", Moment, nullable=False),
)
