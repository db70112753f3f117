"""The first revision of every signal with its action, slot by slot, in an index alone."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_index(
        "ix_signals_first",
        "signals",
        ["strategy", "symbol", "slot_at"],
        unique=False,
        schema="fintech",
        postgresql_include=["action"],
        postgresql_where=sa.text("revision = 1"),
    )


def downgrade() -> None:
    op.drop_index("ix_signals_first", "signals", schema="fintech")
