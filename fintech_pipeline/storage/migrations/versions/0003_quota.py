"""The quota ledger: every call to a vendor, and how each vendor stands."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "provider_calls",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("symbols", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("cost", sa.Integer(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.CheckConstraint("cost > 0", name=op.f("ck_provider_calls_positive")),
        sa.CheckConstraint(
            "state IN ('granted', 'made', 'refused', 'refunded')",
            name=op.f("ck_provider_calls_known_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_calls")),
        schema="fintech",
    )
    op.create_index(
        op.f("ix_provider_calls_provider_granted_at"),
        "provider_calls",
        ["provider", "granted_at"],
        unique=False,
        schema="fintech",
    )
    op.create_table(
        "quotas",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("exhausted_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_quotas")),
        schema="fintech",
    )


def downgrade() -> None:
    op.drop_table("quotas", schema="fintech")
    op.drop_table("provider_calls", schema="fintech")
