"""Indexes for lists of articles, stories and calls, a page at a time, and for a search."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_index("ix_articles_known_at_id", "articles", ["known_at", "id"], schema="fintech")
    op.create_index(
        "ix_articles_outlet_known_at_id", "articles", ["outlet", "known_at", "id"], schema="fintech"
    )
    op.create_index(
        "ix_articles_words",
        "articles",
        [sa.text("to_tsvector('simple'::regconfig, headline)")],
        schema="fintech",
        postgresql_using="gin",
    )
    op.create_index(
        "ix_stories_first_known_at_id", "stories", ["first_known_at", "id"], schema="fintech"
    )
    op.create_index(
        "ix_provider_calls_provider_id", "provider_calls", ["provider", "id"], schema="fintech"
    )
    op.create_index(
        "ix_provider_calls_state_id", "provider_calls", ["state", "id"], schema="fintech"
    )
    op.create_index(
        "ix_provider_calls_granted_at", "provider_calls", ["granted_at"], schema="fintech"
    )


def downgrade() -> None:
    for table, name in (
        ("provider_calls", "ix_provider_calls_granted_at"),
        ("provider_calls", "ix_provider_calls_state_id"),
        ("provider_calls", "ix_provider_calls_provider_id"),
        ("stories", "ix_stories_first_known_at_id"),
        ("articles", "ix_articles_words"),
        ("articles", "ix_articles_outlet_known_at_id"),
        ("articles", "ix_articles_known_at_id"),
    ):
        op.drop_index(name, table, schema="fintech")
