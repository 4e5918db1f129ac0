"""Every table of the store. Alembic's migrations create them; this file is what the code speaks.

Text ids people see: plans `P-1042`, runs `R-17`. Times are UTC, stored as ISO 8601 text with microseconds
(`Moment`), so that SQLite and PostgreSQL compare them alike. JSON columns hold canonical JSON.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from typing_extensions import override

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC as sortable ISO 8601 text."""

    impl = String(32)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """To text."""
        return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From text."""
        return None if value is None else datetime.fromisoformat(value)


Key = BigInteger().with_variant(Integer, "sqlite")

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

audit = Table(
    "audit",
    metadata,
    Column("seq", Key, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False, index=True),
    Column("name", String(80), nullable=False, index=True),  # dotted past tense: plan.approved
    Column("actor", String(80), nullable=False, index=True),
    Column("about", String(80), nullable=False, index=True),  # P-1042, R-17 or ""
    Column("data", JSON, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
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

outbox = Table(
    "outbox",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    Column("kind", String(40), nullable=False),  # plan.pending plan.voted run.progressed run.landed …
    Column("plan_id", String(20), nullable=False),
    Column("run_id", String(20), nullable=False, default=""),
    Column("surface", String(20), nullable=False),
    Column("channel", String(80), nullable=False),
    Column("thread", String(80), nullable=False),
    Column("text", Text, nullable=False, default=""),
    Column("created_at", Moment, nullable=False),
    Column("claimed_at", Moment),
    Column("claimed_by", String(120)),
    Column("done_at", Moment, index=True),
)

cards = Table(  # where a plan's card stands on a surface, so that any process can update it
    "cards",
    metadata,
    Column("plan_id", String(20), nullable=False),
    Column("surface", String(20), nullable=False),
    Column("channel", String(80), nullable=False),
    Column("message", String(80), nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("plan_id", "surface", "channel", "message"),
)

turns = Table(  # conversation: what was said in a thread and what was called
    "turns",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    Column("surface", String(20), nullable=False),
    Column("channel", String(80), nullable=False),
    Column("thread", String(80), nullable=False),
    Column("principal", String(80), nullable=False),
    Column("said", Text, nullable=False),
    Column("tool", String(80)),
    Column("args", JSON),
    Column("replied", Text, nullable=False),
    Column("outcome", String(20), nullable=False),  # answered planned asked declined failed
    Column("plan_id", String(20)),
    Column("at", Moment, nullable=False, index=True),
    Index("ix_turns_thread", "surface", "channel", "thread", "key"),
)

seen = Table(  # event ids already handled; Slack redelivers
    "seen",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("at", Moment, nullable=False, index=True),
)

files = Table(
    "files",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    Column("owner", String(80), nullable=False),
    Column("name", String(255), nullable=False),
    Column("media_type", String(120), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
)

index_state = Table(  # which generation of the runbook index is being served
    "index_state",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("generation", String(80), nullable=False),
    Column("embedder", String(40), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("at", Moment, nullable=False),
)


feedback = Table(  # what people thought of an answer or a plan; a person's last word on a turn counts
    "feedback",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    Column("turn_key", Key, nullable=False),  # no foreign key: turns go sooner than verdicts
    Column("principal", String(80), nullable=False),
    Column("surface", String(20), nullable=False),
    Column("verdict", String(4), nullable=False),  # up down
    Column("tool", String(80), nullable=False),
    Column("args", JSON, nullable=False),
    Column("page", String(255), nullable=False, default=""),
    Column("section", String(255), nullable=False, default=""),
    Column("quote", Text, nullable=False, default=""),
    Column("comment", Text, nullable=False, default=""),
    Column("at", Moment, nullable=False, index=True),
    UniqueConstraint("turn_key", "principal"),
)

corrections = Table(  # what was said and what it should have been taken for: evaluation cases
    "corrections",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    Column("turn_key", Key, nullable=False),
    Column("said", Text, nullable=False),  # addresses replaced
    Column("roles", JSON, nullable=False),  # of the one who said it
    Column("principal", String(80), nullable=False),  # who corrected
    Column("tool", String(80), nullable=False),
    Column("args", JSON, nullable=False),
    Column("meant_tool", String(80), nullable=False),
    Column("meant_args", JSON, nullable=False),
    Column("at", Moment, nullable=False, index=True),
    UniqueConstraint("turn_key", "principal"),
)

gaps = Table(  # questions that the pages did not answer
    "gaps",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    Column("question", Text, nullable=False),  # addresses replaced
    Column("audience", String(120), nullable=False),
    Column("kind", String(12), nullable=False),  # none closest thumbs_down
    Column("page", String(255), nullable=False, default=""),
    Column("at", Moment, nullable=False, index=True),
)

snoozes = Table(  # an approver comes back to a request later
    "snoozes",
    metadata,
    Column("plan_id", String(20), nullable=False),
    Column("principal", String(80), nullable=False),
    Column("until", Moment, nullable=False, index=True),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("plan_id", "principal"),
)

delegations = Table(  # an approver hands a decision to another one
    "delegations",
    metadata,
    Column("plan_id", String(20), nullable=False),
    Column("giver", String(80), nullable=False),
    Column("giver_name", String(120), nullable=False),
    Column("taker", String(80), nullable=False),
    Column("taker_name", String(120), nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("plan_id", "giver", "taker"),
    Index("ix_delegations_taker", "taker"),
)

reminders = Table(  # who was reminded of which request, when last, how often
    "reminders",
    metadata,
    Column("plan_id", String(20), nullable=False),
    Column("principal", String(80), nullable=False),
    Column("times", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("plan_id", "principal"),
)

surface_files = Table(  # files that lie on a surface: sent by us or attached by people, until they expire
    "surface_files",
    metadata,
    Column("surface", String(20), nullable=False),
    Column("file_id", String(80), nullable=False),
    Column("principal", String(80), nullable=False),
    Column("channel", String(80), nullable=False, default=""),
    Column("kind", String(10), nullable=False),  # sent attached
    Column("detail", JSON, nullable=False),  # what fetches it again: name, size, address on the surface
    Column("used_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
    PrimaryKeyConstraint("surface", "file_id"),
    Index("ix_surface_files_waiting", "surface", "channel", "principal"),
)

Index("ix_approvals_waiting", approvals.c.state, approvals.c.group)
Index("ix_plans_asked", plans.c.principal, plans.c.created_at)
Index("ix_plans_newest", plans.c.state, plans.c.created_at)

installations = Table(  # workspaces that installed the app; only the installation's own store has rows here
    "installations",
    metadata,
    Column("team_id", String(40), primary_key=True),
    Column("team_name", String(255), nullable=False),
    Column("bot_user_id", String(40), nullable=False),
    Column("bot_id", String(40), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("installed_by", String(40), nullable=False),
    Column("sealed", Text),  # the token, encrypted; gone once it was revoked
    Column("installed_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)

oauth_states = Table(  # installations under way: a hash of what Slack must bring back
    "oauth_states",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("expires_at", Moment, nullable=False, index=True),
)

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

inbox = (
    Table(  # requests of a surface that were acknowledged and wait for a worker; deleted when it takes them
        "inbox",
        metadata,
        Column("key", Key, primary_key=True, autoincrement=True),
        Column("lane", String(120), nullable=False, index=True),  # those of one lane are taken in their order
        Column("body", JSON, nullable=False),
        Column("claimed_at", Moment),
        Column("claimed_by", String(120)),
    )
)
