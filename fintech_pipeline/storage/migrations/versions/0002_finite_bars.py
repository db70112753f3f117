"""Bars are finite: to Postgres NaN is greater than every number, so `low > 0` lets it pass."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_check_constraint(
        op.f("ck_bars_finite"),
        "bars",
        "high < 'Infinity' AND volume_shares < 'Infinity'",
        schema="fintech",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_bars_finite"), "bars", type_="check", schema="fintech")
