"""Requests of a surface that were acknowledged and wait for a worker."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "inbox",
        sa.Column("key", KEY, nullable=False),
        sa.Column("lane", sa.String(120), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("claimed_at", sa.String(32), nullable=True),
        sa.Column("claimed_by", sa.String(120), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_inbox"),
    )
    op.create_index("ix_inbox_lane", "inbox", ["lane"], unique=False)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("inbox")
