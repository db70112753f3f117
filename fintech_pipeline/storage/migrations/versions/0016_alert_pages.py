"""Alerts and deliveries by the page, and people that two may edit at once."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

INDEXES = (
    ("ix_alerts_rule_id_id", "alerts", ["rule_id", "id"]),
    ("ix_alerts_subject_id", "alerts", ["subject", "id"]),
    ("ix_alerts_severity_id", "alerts", ["severity", "id"]),
    ("ix_deliveries_contact_id_id", "deliveries", ["contact_id", "id"]),
    ("ix_deliveries_progress_id", "deliveries", ["progress", "id"]),
)


def upgrade() -> None:
    op.add_column(
        "people",
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        schema="fintech",
    )
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns, schema="fintech")


def downgrade() -> None:
    for name, table, _ in INDEXES:
        op.drop_index(name, table, schema="fintech")
    op.drop_column("people", "version", schema="fintech")
