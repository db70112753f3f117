"""Backtests, the newest of each question."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "backtests",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("strategy", sa.Text, nullable=False),
        sa.Column("definition", sa.Text, nullable=False),
        sa.Column("terms", postgresql.JSONB, nullable=False),
        sa.Column("symbols", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("from_on", sa.Date, nullable=False),
        sa.Column("to_on", sa.Date, nullable=False),
        sa.Column("made_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("daily_sharpe", sa.Double),
        sa.Column("document", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_backtests"),
        sa.UniqueConstraint(
            *("strategy", "definition", "terms", "symbols", "from_on", "to_on"),
            name="uq_backtests_question",
        ),
        sa.CheckConstraint("from_on <= to_on", name="ck_backtests_in_order"),
        schema="fintech",
    )
    op.create_index(
        "ix_backtests_made_at",
        "backtests",
        [sa.text("made_at DESC"), sa.text("id DESC")],
        schema="fintech",
    )


def downgrade() -> None:
    op.drop_table("backtests", schema="fintech")
