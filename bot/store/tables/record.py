"""The audit trail, news for the surfaces, conversation, files and the index being served."""

from sqlalchemy import JSON, Column, Index, Integer, LargeBinary, PrimaryKeyConstraint, String, Table, Text

from bot.store.tables.kinds import Key, Moment, metadata

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

inbox = Table(  # what a surface acknowledged, until a worker is done with it
    "inbox",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    Column("lane", String(120), nullable=False, index=True),  # those of one lane are taken in their order
    Column("body", JSON, nullable=False),
    Column("claimed_at", Moment),  # renewed while the worker is at it
    Column("claimed_by", String(120)),
    Column("takes", Integer, nullable=False, default=0, server_default="0"),  # workers that took it
)

notes = Table(  # small things to be found again after a restart: vendor jobs under way, lines on a surface
    "notes",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("value", JSON, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
)
