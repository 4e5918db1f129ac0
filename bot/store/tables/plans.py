"""Plans, their rows, votes and clearances."""

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from bot.store.tables.kinds import Key, Moment, metadata

counters = Table("counters", metadata, Column("name", String(20), primary_key=True), Column("value", Key))

plans = Table(
    "plans",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    Column("id", String(20), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("tool", String(80), nullable=False),
    Column("args", JSON, nullable=False),
    Column("principal", String(80), nullable=False, index=True),
    Column("requester", String(120), nullable=False),  # a name to show
    Column("agent", String(80)),
    Column("said", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("people", Integer, nullable=False),
    Column("vetoes", JSON, nullable=False),
    Column("effects", JSON, nullable=False),
    Column("reversibility", JSON, nullable=False),
    Column("cost", JSON, nullable=False),
    Column("samples", JSON, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("verdict", JSON, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("state", String(24), nullable=False, index=True),
    Column("undo_of", String(20), nullable=False, default=""),
    Column("surface", String(20), nullable=False),
    Column("channel", String(80), nullable=False),
    Column("thread", String(80), nullable=False),
    Column("created_at", Moment, nullable=False, index=True),
    Column("expires_at", Moment, nullable=False),
    UniqueConstraint("id", "revision"),
)

plan_rows = Table(
    "plan_rows",
    metadata,
    Column("plan_key", Key, ForeignKey("plans.key"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("subject", String(64), nullable=False),
    Column("system", String(20), nullable=False),
    Column("object", String(80), nullable=False),
    Column("record_id", String(120)),
    Column("op", String(20), nullable=False),
    Column("set", JSON, nullable=False),
    Column("guard", JSON, nullable=False),
    Column("stage", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("plan_key", "seq"),
    Index("ix_plan_rows_group", "plan_key", "stage", "system", "object", "op", "seq"),
    Index("ix_plan_rows_subject", "subject"),
)

plan_vetoes = Table(
    "plan_vetoes",
    metadata,
    Column("plan_key", Key, ForeignKey("plans.key"), nullable=False),
    Column("n", Integer, nullable=False),
    Column("subject", String(64), nullable=False),
    Column("system", String(20), nullable=False),
    Column("object", String(80), nullable=False),
    Column("record_id", String(120)),
    Column("op", String(20), nullable=False),
    Column("code", String(80), nullable=False),
    Column("text", Text, nullable=False),
    Column("instead", String(80), nullable=False),
    PrimaryKeyConstraint("plan_key", "n"),
)

backups = Table(
    "backups",
    metadata,
    Column("plan_key", Key, ForeignKey("plans.key"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("subject", String(64), nullable=False, index=True),
    Column("record", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    PrimaryKeyConstraint("plan_key", "seq"),
)

approvals = Table(
    "approvals",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    Column("plan_key", Key, ForeignKey("plans.key"), nullable=False, unique=True),
    Column("digest", String(64), nullable=False),
    Column("group", String(80), nullable=False),
    Column("quorum", Integer, nullable=False),
    Column("clause", String(80), nullable=False),
    Column("requester", String(80), nullable=False),
    Column("barred", JSON, nullable=False),  # who may not vote besides the requester: an agent's owner
    Column("state", String(20), nullable=False),  # pending cleared rejected expired withdrawn voided
    Column("approved", Integer, nullable=False, default=0),  # votes for it: counted in the deciding UPDATE
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("decided_at", Moment),
)

votes = Table(
    "votes",
    metadata,
    Column("approval_key", Key, ForeignKey("approvals.key"), nullable=False),
    Column("voter", String(80), nullable=False),
    Column("voter_name", String(120), nullable=False),
    Column("vote", String(10), nullable=False),  # approve reject
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("approval_key", "voter"),
)

standing_clearances = Table(
    "standing_clearances",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("owner", String(80), nullable=False),
    Column("clause", String(80), nullable=False),
    Column("tool", String(80), nullable=False),
    Column("people_budget", Integer, nullable=False),  # distinct people a day
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
    Column("created_at", Moment, nullable=False),
)

clearances = Table(
    "clearances",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    # not unique: the same request made twice has the same rows, and each revision is cleared by itself
    Column("digest", String(64), nullable=False, index=True),
    Column("plan_key", Key, ForeignKey("plans.key"), nullable=False, unique=True),
    Column("approval_key", Key, ForeignKey("approvals.key")),
    Column("standing_id", String(80), ForeignKey("standing_clearances.id")),
    Column("clause", String(80), nullable=False),
    Column("at", Moment, nullable=False),
)

Index("ix_approvals_waiting", approvals.c.state, approvals.c.group)
Index("ix_plans_asked", plans.c.principal, plans.c.created_at)
Index("ix_plans_newest", plans.c.state, plans.c.created_at)
