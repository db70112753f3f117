"""Last prices without a bar."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "quotes",
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("as_of_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("price", sa.Double(), nullable=False),
        sa.Column("previous_close", sa.Double(), nullable=True),
        sa.Column("volume_shares", sa.Double(), nullable=True),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("price > 0 AND price < 'Infinity'", name=op.f("ck_quotes_possible")),
        sa.ForeignKeyConstraint(
            ["symbol"],
            ["fintech.instruments.symbol"],
            name=op.f("fk_quotes_symbol_instruments"),
        ),
        sa.PrimaryKeyConstraint("symbol", "as_of_at", name=op.f("pk_quotes")),
        schema="fintech",
    )


def downgrade() -> None:
    op.drop_table("quotes", schema="fintech")
