"""Indexes for what is measured all the time: of messages, and of a symbol's newest article."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_index("ix_deliveries_due_at", "deliveries", ["due_at"], schema="fintech")
    op.create_index("ix_deliveries_ended_at", "deliveries", ["ended_at"], schema="fintech")
    op.create_index(
        "ix_article_symbols_symbol_article_id",
        "article_symbols",
        ["symbol", "article_id"],
        schema="fintech",
    )
    op.drop_index("ix_article_symbols_symbol", "article_symbols", schema="fintech")


def downgrade() -> None:
    op.create_index("ix_article_symbols_symbol", "article_symbols", ["symbol"], schema="fintech")
    op.drop_index("ix_article_symbols_symbol_article_id", "article_symbols", schema="fintech")
    op.drop_index("ix_deliveries_ended_at", "deliveries", schema="fintech")
    op.drop_index("ix_deliveries_due_at", "deliveries", schema="fintech")
