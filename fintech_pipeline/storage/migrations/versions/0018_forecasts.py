"""Models of what comes next, and what they foretold."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "forecast_models",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("interval", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("learner", sa.Text(), nullable=False),
        sa.Column("trained_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_slot_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_slot_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("symbols", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("features", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("verdict", postgresql.JSONB(), nullable=False),
        sa.Column("folds", postgresql.ARRAY(sa.Double()), nullable=False),
        sa.Column("has_edge", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("artefact", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(digest IS NULL) = (artefact IS NULL)", name=op.f("ck_forecast_models_whole")
        ),
        sa.CheckConstraint(
            "artefact IS NOT NULL OR NOT has_edge",
            name=op.f("ck_forecast_models_edge_of_something"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forecast_models")),
        schema="fintech",
    )
    op.create_index(
        "ix_forecast_models_trained_at",
        "forecast_models",
        ["interval", "target", sa.text("trained_at DESC")],
        schema="fintech",
    )
    op.create_table(
        "forecasts",
        sa.Column("model_id", sa.BigInteger(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("slot_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"],
            ["fintech.forecast_models.id"],
            name=op.f("fk_forecasts_model_id_forecast_models"),
        ),
        sa.ForeignKeyConstraint(
            ["symbol"], ["fintech.instruments.symbol"], name=op.f("fk_forecasts_symbol_instruments")
        ),
        sa.PrimaryKeyConstraint("model_id", "slot_at", "symbol", name=op.f("pk_forecasts")),
        schema="fintech",
    )


def downgrade() -> None:
    op.drop_table("forecasts", schema="fintech")
    op.drop_table("forecast_models", schema="fintech")
