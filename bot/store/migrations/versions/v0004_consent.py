"""Consent: the ledger of states and the base of the last reconciliation."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.String(32)


def upgrade() -> None:
    """Create them."""
    _ledger()
    _observations()
    op.create_table(
        "consent_looks",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_consent_looks"),
    )


def downgrade() -> None:
    """Drop them."""
    for name in ("consent_looks", "observation_parts", "observations", "consent_ledger"):
        op.drop_table(name)


def _ledger() -> None:
    op.create_table(
        "consent_ledger",
        sa.Column("key", KEY, autoincrement=True, nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("system", sa.String(20), nullable=False),
        sa.Column("scope", sa.String(120), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("at", MOMENT, nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("run_id", sa.String(20), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_consent_ledger"),
        sa.UniqueConstraint("run_id", "seq", name="uq_consent_ledger_run_id"),
    )
    op.create_index("ix_consent_ledger_subject", "consent_ledger", ["subject"])
    op.create_index("ix_consent_ledger_seen_at", "consent_ledger", ["seen_at"])


def _observations() -> None:
    op.create_table(
        "observations",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("systems", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("run_id", sa.String(20), nullable=False),
        sa.Column("base_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_observations"),
    )
    op.create_table(
        "observation_parts",
        sa.Column("observation_id", sa.String(20), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["observation_id"], ["observations.id"], name="fk_observation_parts_observation_id"
        ),
        sa.PrimaryKeyConstraint("observation_id", "n", name="pk_observation_parts"),
    )
