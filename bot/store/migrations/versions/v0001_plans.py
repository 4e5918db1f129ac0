"""Plans and their rows, approvals, clearances, runs and the journal."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.String(32)


def upgrade() -> None:
    """Create them."""
    _plans()
    _standing_clearances()
    _approvals()
    _backups()
    _plan_rows()
    _plan_vetoes()
    _clearances()
    _votes()
    _runs()
    _journal()


def downgrade() -> None:
    """Drop them."""
    for name in (
        "journal",
        "runs",
        "votes",
        "clearances",
        "plan_vetoes",
        "plan_rows",
        "backups",
        "approvals",
        "standing_clearances",
        "plans",
    ):
        op.drop_table(name)


def _plans() -> None:
    op.create_table(
        "plans",
        sa.Column("key", KEY, nullable=False),
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("tool", sa.String(80), nullable=False),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("principal", sa.String(80), nullable=False),
        sa.Column("requester", sa.String(120), nullable=False),
        sa.Column("agent", sa.String(80), nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("vetoes", sa.JSON(), nullable=False),
        sa.Column("effects", sa.JSON(), nullable=False),
        sa.Column("reversibility", sa.JSON(), nullable=False),
        sa.Column("cost", sa.JSON(), nullable=False),
        sa.Column("samples", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("undo_of", sa.String(20), nullable=False),
        sa.Column("surface", sa.String(20), nullable=False),
        sa.Column("channel", sa.String(80), nullable=False),
        sa.Column("thread", sa.String(80), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_plans"),
        sa.UniqueConstraint("id", "revision", name="uq_plans_id"),
    )
    op.create_index("ix_plans_created_at", "plans", ["created_at"], unique=False)
    op.create_index("ix_plans_principal", "plans", ["principal"], unique=False)
    op.create_index("ix_plans_state", "plans", ["state"], unique=False)


def _standing_clearances() -> None:
    op.create_table(
        "standing_clearances",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("clause", sa.String(80), nullable=False),
        sa.Column("tool", sa.String(80), nullable=False),
        sa.Column("people_budget", sa.Integer(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_standing_clearances"),
    )


def _approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("key", KEY, nullable=False),
        sa.Column("plan_key", KEY, sa.ForeignKey("plans.key", name="fk_approvals_plan_key"), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("group", sa.String(80), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("clause", sa.String(80), nullable=False),
        sa.Column("requester", sa.String(80), nullable=False),
        sa.Column("barred", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("approved", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_approvals"),
        sa.UniqueConstraint("plan_key", name="uq_approvals_plan_key"),
    )


def _backups() -> None:
    op.create_table(
        "backups",
        sa.Column("plan_key", KEY, sa.ForeignKey("plans.key", name="fk_backups_plan_key"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("plan_key", "seq", name="pk_backups"),
    )
    op.create_index("ix_backups_subject", "backups", ["subject"], unique=False)


def _plan_rows() -> None:
    op.create_table(
        "plan_rows",
        sa.Column("plan_key", KEY, sa.ForeignKey("plans.key", name="fk_plan_rows_plan_key"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("system", sa.String(20), nullable=False),
        sa.Column("object", sa.String(80), nullable=False),
        sa.Column("record_id", sa.String(120), nullable=True),
        sa.Column("op", sa.String(20), nullable=False),
        sa.Column("set", sa.JSON(), nullable=False),
        sa.Column("guard", sa.JSON(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("plan_key", "seq", name="pk_plan_rows"),
    )
    op.create_index(
        "ix_plan_rows_group",
        "plan_rows",
        ["plan_key", "stage", "system", "object", "op", "seq"],
        unique=False,
    )
    op.create_index("ix_plan_rows_subject", "plan_rows", ["subject"], unique=False)


def _plan_vetoes() -> None:
    op.create_table(
        "plan_vetoes",
        sa.Column(
            "plan_key", KEY, sa.ForeignKey("plans.key", name="fk_plan_vetoes_plan_key"), nullable=False
        ),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("system", sa.String(20), nullable=False),
        sa.Column("object", sa.String(80), nullable=False),
        sa.Column("record_id", sa.String(120), nullable=True),
        sa.Column("op", sa.String(20), nullable=False),
        sa.Column("code", sa.String(80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("instead", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("plan_key", "n", name="pk_plan_vetoes"),
    )


def _clearances() -> None:
    op.create_table(
        "clearances",
        sa.Column("key", KEY, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("plan_key", KEY, sa.ForeignKey("plans.key", name="fk_clearances_plan_key"), nullable=False),
        sa.Column(
            "approval_key",
            KEY,
            sa.ForeignKey("approvals.key", name="fk_clearances_approval_key"),
            nullable=True,
        ),
        sa.Column(
            "standing_id",
            sa.String(80),
            sa.ForeignKey("standing_clearances.id", name="fk_clearances_standing_id"),
            nullable=True,
        ),
        sa.Column("clause", sa.String(80), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_clearances"),
        sa.UniqueConstraint("plan_key", name="uq_clearances_plan_key"),
    )
    op.create_index("ix_clearances_digest", "clearances", ["digest"], unique=False)


def _votes() -> None:
    op.create_table(
        "votes",
        sa.Column(
            "approval_key", KEY, sa.ForeignKey("approvals.key", name="fk_votes_approval_key"), nullable=False
        ),
        sa.Column("voter", sa.String(80), nullable=False),
        sa.Column("voter_name", sa.String(120), nullable=False),
        sa.Column("vote", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("approval_key", "voter", name="pk_votes"),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("plan_key", KEY, sa.ForeignKey("plans.key", name="fk_runs_plan_key"), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column(
            "clearance_key",
            KEY,
            sa.ForeignKey("clearances.key", name="fk_runs_clearance_key"),
            nullable=False,
        ),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("parked_until", MOMENT, nullable=True),
        sa.Column("stop_requested", sa.Boolean(), nullable=False),
        sa.Column("stopped_by", sa.String(80), nullable=False),
        sa.Column("attention", sa.Text(), nullable=False),
        sa.Column("worker", sa.String(120), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("landing", sa.JSON(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sa.UniqueConstraint("plan_key", name="uq_runs_plan_key"),
    )
    op.create_index("ix_runs_state", "runs", ["state"], unique=False)


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column(
            "run_id", sa.String(20), sa.ForeignKey("runs.id", name="fk_journal_run_id"), nullable=False
        ),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("landed", sa.String(12), nullable=True),
        sa.Column("record_id", sa.String(120), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("worker", sa.String(120), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "seq", name="pk_journal"),
    )
    op.create_index("ix_journal_state", "journal", ["run_id", "state"], unique=False)
    op.create_index("ix_journal_subject", "journal", ["run_id", "subject"], unique=False)
