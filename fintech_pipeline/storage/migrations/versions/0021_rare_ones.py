"""Indexes for lists whose rows are rare: alerts that ended lately, the news of one provider."""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_index("ix_alerts_resolved_at", "alerts", ["resolved_at"], schema="fintech")
    op.create_index(
        "ix_articles_provider_known_at_id",
        "articles",
        ["provider", "known_at", "id"],
        schema="fintech",
    )


def downgrade() -> None:
    op.drop_index("ix_articles_provider_known_at_id", "articles", schema="fintech")
    op.drop_index("ix_alerts_resolved_at", "alerts", schema="fintech")
