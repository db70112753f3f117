"""What came after each live signal."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "signal_outcomes",
        sa.Column("signal_id", sa.BigInteger(), nullable=False),
        sa.Column("horizon", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("return_pct", sa.Double(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(return_pct IS NULL) = (reason IS NOT NULL)",
            name=op.f("ck_signal_outcomes_return_or_reason"),
        ),
        sa.CheckConstraint(
            "return_pct >= -100 AND return_pct < 'Infinity'",
            name=op.f("ck_signal_outcomes_finite"),
        ),
        sa.ForeignKeyConstraint(
            ["signal_id"],
            ["fintech.signals.id"],
            name=op.f("fk_signal_outcomes_signal_id_signals"),
        ),
        sa.PrimaryKeyConstraint("signal_id", "horizon", name=op.f("pk_signal_outcomes")),
        schema="fintech",
    )


def downgrade() -> None:
    op.drop_table("signal_outcomes", schema="fintech")
