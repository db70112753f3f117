"""What each signal was made with: its strategy, models and formulas."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "signal_bases",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("definition", postgresql.JSONB(), nullable=False),
        sa.Column("models", postgresql.JSONB(), nullable=False),
        sa.Column("half_life_hours", sa.Double(), nullable=False),
        sa.Column("source_weights", postgresql.JSONB(), nullable=False),
        sa.Column("formulas", sa.Integer(), nullable=False),
        sa.Column(
            "first_used_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_bases")),
        sa.UniqueConstraint("digest", name=op.f("uq_signal_bases_digest")),
        schema="fintech",
    )
    op.create_index(
        op.f("ix_signal_bases_strategy"), "signal_bases", ["strategy"], schema="fintech"
    )
    # Empty in rows of earlier versions.
    op.add_column("signals", sa.Column("basis_id", sa.BigInteger()), schema="fintech")
    op.create_foreign_key(
        op.f("fk_signals_basis_id_signal_bases"),
        "signals",
        "signal_bases",
        ["basis_id"],
        ["id"],
        source_schema="fintech",
        referent_schema="fintech",
    )


def downgrade() -> None:
    op.drop_column("signals", "basis_id", schema="fintech")
    op.drop_table("signal_bases", schema="fintech")
