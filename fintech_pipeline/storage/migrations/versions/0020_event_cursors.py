"""How far the events have been published."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "event_cursors",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("history", sa.Text(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("event_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(error IS NULL) = (failed_at IS NULL)",
            name=op.f("ck_event_cursors_failed_with_a_reason"),
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_event_cursors")),
        schema="fintech",
    )


def downgrade() -> None:
    op.drop_table("event_cursors", schema="fintech")
