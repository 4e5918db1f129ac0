"""People's verdicts on answers, gaps in the runbooks, and what approvers put off or hand on."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.String(32)


def upgrade() -> None:
    """Create them."""
    _feedback()
    _corrections()
    _gaps()
    _snoozes()
    _delegations()
    _reminders()
    _surface_files()
    op.create_index("ix_approvals_waiting", "approvals", ["state", "group"], unique=False)
    op.create_index("ix_plans_asked", "plans", ["principal", "created_at"], unique=False)
    op.create_index("ix_plans_newest", "plans", ["state", "created_at"], unique=False)


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_plans_newest", "plans")
    op.drop_index("ix_plans_asked", "plans")
    op.drop_index("ix_approvals_waiting", "approvals")
    for name in (
        "surface_files",
        "reminders",
        "delegations",
        "snoozes",
        "gaps",
        "corrections",
        "feedback",
    ):
        op.drop_table(name)


def _feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("key", KEY, autoincrement=True, nullable=False),
        sa.Column("turn_key", KEY, nullable=False),
        sa.Column("principal", sa.String(80), nullable=False),
        sa.Column("surface", sa.String(20), nullable=False),
        sa.Column("verdict", sa.String(4), nullable=False),
        sa.Column("tool", sa.String(80), nullable=False),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("page", sa.String(255), nullable=False),
        sa.Column("section", sa.String(255), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_feedback"),
        sa.UniqueConstraint("turn_key", "principal", name="uq_feedback_turn_key"),
    )
    op.create_index("ix_feedback_at", "feedback", ["at"], unique=False)


def _corrections() -> None:
    op.create_table(
        "corrections",
        sa.Column("key", KEY, autoincrement=True, nullable=False),
        sa.Column("turn_key", KEY, nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("principal", sa.String(80), nullable=False),
        sa.Column("tool", sa.String(80), nullable=False),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("meant_tool", sa.String(80), nullable=False),
        sa.Column("meant_args", sa.JSON(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_corrections"),
        sa.UniqueConstraint("turn_key", "principal", name="uq_corrections_turn_key"),
    )
    op.create_index("ix_corrections_at", "corrections", ["at"], unique=False)


def _gaps() -> None:
    op.create_table(
        "gaps",
        sa.Column("key", KEY, autoincrement=True, nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("audience", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("page", sa.String(255), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_gaps"),
    )
    op.create_index("ix_gaps_at", "gaps", ["at"], unique=False)


def _snoozes() -> None:
    op.create_table(
        "snoozes",
        sa.Column("plan_id", sa.String(20), nullable=False),
        sa.Column("principal", sa.String(80), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "principal", name="pk_snoozes"),
    )
    op.create_index("ix_snoozes_until", "snoozes", ["until"], unique=False)


def _delegations() -> None:
    op.create_table(
        "delegations",
        sa.Column("plan_id", sa.String(20), nullable=False),
        sa.Column("giver", sa.String(80), nullable=False),
        sa.Column("giver_name", sa.String(120), nullable=False),
        sa.Column("taker", sa.String(80), nullable=False),
        sa.Column("taker_name", sa.String(120), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "giver", "taker", name="pk_delegations"),
    )
    op.create_index("ix_delegations_taker", "delegations", ["taker"], unique=False)


def _reminders() -> None:
    op.create_table(
        "reminders",
        sa.Column("plan_id", sa.String(20), nullable=False),
        sa.Column("principal", sa.String(80), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "principal", name="pk_reminders"),
    )


def _surface_files() -> None:
    op.create_table(
        "surface_files",
        sa.Column("surface", sa.String(20), nullable=False),
        sa.Column("file_id", sa.String(80), nullable=False),
        sa.Column("principal", sa.String(80), nullable=False),
        sa.Column("channel", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("surface", "file_id", name="pk_surface_files"),
    )
    op.create_index("ix_surface_files_expires_at", "surface_files", ["expires_at"], unique=False)
    op.create_index(
        "ix_surface_files_waiting", "surface_files", ["surface", "channel", "principal"], unique=False
    )
