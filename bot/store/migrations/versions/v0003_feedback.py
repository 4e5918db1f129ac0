"""People's verdicts on answers, gaps in the runbooks, and what approvers put off or hand on."""

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them."""


def downgrade() -> None:
    """Drop them."""
