"""What a corporate action was known as before it was corrected."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "corporate_action_revisions",
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("ex_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ex_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_by", sa.Text(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["symbol", "ex_on", "kind"],
            [
                "fintech.corporate_actions.symbol",
                "fintech.corporate_actions.ex_on",
                "fintech.corporate_actions.kind",
            ],
            # The convention's name is too long for Postgres; SQLAlchemy cuts it like this.
            name=op.f("fk_corporate_action_revisions_symbol_ex_on_kind_corpora_ae53"),
        ),
        sa.ForeignKeyConstraint(
            ["symbol"],
            ["fintech.instruments.symbol"],
            name=op.f("fk_corporate_action_revisions_symbol_instruments"),
        ),
        sa.PrimaryKeyConstraint(
            "symbol",
            "ex_on",
            "kind",
            "replaced_at",
            name=op.f("pk_corporate_action_revisions"),
        ),
        schema="fintech",
    )


def downgrade() -> None:
    op.drop_table("corporate_action_revisions", schema="fintech")
