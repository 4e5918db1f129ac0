"""What people and approvers tell a surface, and who installed it."""

from sqlalchemy import (
    JSON,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from bot.store.tables.kinds import Key, Moment, metadata

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
