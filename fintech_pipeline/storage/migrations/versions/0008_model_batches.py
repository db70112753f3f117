"""Batches of texts that a vendor scores at half the price."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "model_batches",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("vendor_name", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("requests", postgresql.JSONB(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'stored', 'failed')", name=op.f("ck_model_batches_known_state")
        ),
        sa.ForeignKeyConstraint(
            ["call_id"],
            ["fintech.provider_calls.id"],
            name=op.f("fk_model_batches_call_id_provider_calls"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_batches")),
        schema="fintech",
    )


def downgrade() -> None:
    op.drop_table("model_batches", schema="fintech")
