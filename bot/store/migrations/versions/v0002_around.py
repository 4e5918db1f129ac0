"""What stands around plans: audit, notices, conversation, files, quotas, workers, tombstones."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.String(32)


def upgrade() -> None:
    """Create them."""
    _audit()
    _cards()
    _counters()
    _files()
    _index_state()
    _outbox()
    _quotas()
    _seen()
    _tombstones()
    _turns()
    _workers()


def downgrade() -> None:
    """Drop them."""
    for name in (
        "workers",
        "turns",
        "tombstones",
        "seen",
        "quotas",
        "outbox",
        "index_state",
        "files",
        "counters",
        "cards",
        "audit",
    ):
        op.drop_table(name)


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", KEY, autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("about", sa.String(80), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
        sa.UniqueConstraint("hash", name="uq_audit_hash"),
    )
    op.create_index("ix_audit_about", "audit", ["about"], unique=False)
    op.create_index("ix_audit_actor", "audit", ["actor"], unique=False)
    op.create_index("ix_audit_at", "audit", ["at"], unique=False)
    op.create_index("ix_audit_name", "audit", ["name"], unique=False)


def _cards() -> None:
    op.create_table(
        "cards",
        sa.Column("plan_id", sa.String(20), nullable=False),
        sa.Column("surface", sa.String(20), nullable=False),
        sa.Column("channel", sa.String(80), nullable=False),
        sa.Column("message", sa.String(80), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "surface", "channel", "message", name="pk_cards"),
    )


def _counters() -> None:
    op.create_table(
        "counters",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("value", KEY, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_counters"),
    )


def _files() -> None:
    op.create_table(
        "files",
        sa.Column("key", KEY, nullable=False),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("media_type", sa.String(120), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_files"),
    )
    op.create_index("ix_files_expires_at", "files", ["expires_at"], unique=False)


def _index_state() -> None:
    op.create_table(
        "index_state",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("generation", sa.String(80), nullable=False),
        sa.Column("embedder", sa.String(40), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_index_state"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("key", KEY, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("plan_id", sa.String(20), nullable=False),
        sa.Column("run_id", sa.String(20), nullable=False),
        sa.Column("surface", sa.String(20), nullable=False),
        sa.Column("channel", sa.String(80), nullable=False),
        sa.Column("thread", sa.String(80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("claimed_at", MOMENT, nullable=True),
        sa.Column("claimed_by", sa.String(120), nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_outbox"),
    )
    op.create_index("ix_outbox_done_at", "outbox", ["done_at"], unique=False)


def _quotas() -> None:
    op.create_table(
        "quotas",
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("arrival", KEY, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_quotas"),
    )


def _seen() -> None:
    op.create_table(
        "seen",
        sa.Column("id", sa.String(200), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_seen"),
    )
    op.create_index("ix_seen_at", "seen", ["at"], unique=False)


def _tombstones() -> None:
    op.create_table(
        "tombstones",
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("key_id", sa.String(20), nullable=False),
        sa.Column("bounce_class", sa.String(20), nullable=False),
        sa.Column("run_id", sa.String(20), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_tombstones"),
    )


def _turns() -> None:
    op.create_table(
        "turns",
        sa.Column("key", KEY, nullable=False),
        sa.Column("surface", sa.String(20), nullable=False),
        sa.Column("channel", sa.String(80), nullable=False),
        sa.Column("thread", sa.String(80), nullable=False),
        sa.Column("principal", sa.String(80), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("tool", sa.String(80), nullable=True),
        sa.Column("args", sa.JSON(), nullable=True),
        sa.Column("replied", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("plan_id", sa.String(20), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_turns"),
    )
    op.create_index("ix_turns_at", "turns", ["at"], unique=False)
    op.create_index("ix_turns_thread", "turns", ["surface", "channel", "thread", "key"], unique=False)


def _workers() -> None:
    op.create_table(
        "workers",
        sa.Column("id", sa.String(120), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("beat_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )
