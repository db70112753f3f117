"""What the vendors' own models say of their articles."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "vendor_sentiments",
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("relevance", sa.Double(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "score BETWEEN -1 AND 1 AND relevance BETWEEN 0 AND 1",
            name=op.f("ck_vendor_sentiments_bounded"),
        ),
        sa.ForeignKeyConstraint(
            ["article_id", "symbol"],
            ["fintech.article_symbols.article_id", "fintech.article_symbols.symbol"],
            name=op.f("fk_vendor_sentiments_article_id_symbol_article_symbols"),
        ),
        sa.PrimaryKeyConstraint("article_id", "symbol", name=op.f("pk_vendor_sentiments")),
        schema="fintech",
    )


def downgrade() -> None:
    op.drop_table("vendor_sentiments", schema="fintech")
