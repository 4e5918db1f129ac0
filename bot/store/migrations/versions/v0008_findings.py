"""Findings: what needs a person, and whom it is about."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.String(32)


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "findings",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("system", sa.String(20), nullable=False),
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("scope", sa.String(120), nullable=False),
        sa.Column("first_at", MOMENT, nullable=True),
        sa.Column("last_at", MOMENT, nullable=True),
        sa.Column("waits_since", MOMENT, nullable=True),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("message", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_findings"),
    )
    still_open = sa.text("settled_at IS NULL")
    op.create_index(
        "uq_findings_open",
        "findings",
        ["kind", "system", "writer", "scope"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_table(
        "finding_people",
        sa.Column("finding_id", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["finding_id"], ["findings.id"], name="fk_finding_people_finding_id"),
        sa.PrimaryKeyConstraint("finding_id", "subject", name="pk_finding_people"),
    )
    op.create_index("ix_finding_people_subject", "finding_people", ["subject"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("finding_people")
    op.drop_table("findings")
