"""Lists of signals by strategy and action, and the alerts that began with a signal."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_index(
        "ix_signals_strategy_action_slot_at",
        "signals",
        ["strategy", "action", "slot_at"],
        unique=False,
        schema="fintech",
    )
    op.create_index("ix_alerts_signal_id", "alerts", ["signal_id"], unique=False, schema="fintech")


def downgrade() -> None:
    op.drop_index("ix_alerts_signal_id", "alerts", schema="fintech")
    op.drop_index("ix_signals_strategy_action_slot_at", "signals", schema="fintech")
