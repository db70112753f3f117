"""Who answered for each score, what it cost, whose verdict it shares, and who stood in for whom."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    # With defaults: code of the revision before goes on to write scores without them.
    zero = sa.text("0")
    columns: list[sa.Column[Any]] = [
        sa.Column("answered_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("tokens", sa.Integer(), server_default=zero, nullable=False),
        sa.Column("cost_usd", sa.Numeric(), server_default=zero, nullable=False),
        sa.Column("same_as", sa.BigInteger(), nullable=True),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=True),
    ]
    for column in columns:
        op.add_column("sentiment_scores", column, schema="fintech")
    scores = ["article_id", "symbol", "model_version"]
    op.create_foreign_key(
        op.f("fk_sentiment_scores_same_as"),
        "sentiment_scores",
        "sentiment_scores",
        ["same_as", "symbol", "model_version"],
        scores,
        source_schema="fintech",
        referent_schema="fintech",
    )
    op.create_table(
        "stand_ins",
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("stood_in_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("stood_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id", "symbol", "stood_in_by"],
            [f"fintech.sentiment_scores.{name}" for name in scores],
            name=op.f("fk_stand_ins_stood_in_by"),
        ),
        sa.PrimaryKeyConstraint(*scores, name=op.f("pk_stand_ins")),
        schema="fintech",
    )


def downgrade() -> None:
    op.drop_table("stand_ins", schema="fintech")
    op.drop_constraint(
        op.f("fk_sentiment_scores_same_as"),
        "sentiment_scores",
        schema="fintech",
    )
    for name in ("known_at", "same_as", "cost_usd", "tokens", "answered_by"):
        op.drop_column("sentiment_scores", name, schema="fintech")
