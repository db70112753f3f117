"""An index of when alerts ended: those of the last days are shown beside the open ones."""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_index("ix_alerts_resolved_at", "alerts", ["resolved_at"], schema="fintech")


def downgrade() -> None:
    op.drop_index("ix_alerts_resolved_at", "alerts", schema="fintech")
