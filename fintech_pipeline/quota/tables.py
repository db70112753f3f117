"""The ledger's tables."""

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from fintech_pipeline.storage.database import instant, metadata


class State(StrEnum):
    """What became of a grant; all but a refunded one count as spent."""

    GRANTED = "granted"
    MADE = "made"
    REFUSED = "refused"
    REFUNDED = "refunded"


provider_calls = sa.Table(
    "provider_calls",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("symbols", ARRAY(sa.Text), nullable=False),
    sa.Column("cost", sa.Integer, nullable=False),
    sa.Column("granted_at", instant, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("told", sa.Text),
    sa.Column("ended_at", instant),
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("tokens_in", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("tokens_out", sa.Integer, nullable=False, server_default=sa.text("0")),
    # While a call runs, and where nobody knows what it used: the most that it may cost.
    sa.Column("cost_usd", sa.Numeric, nullable=False, server_default=sa.text("0")),
    sa.CheckConstraint("cost > 0", name="positive"),
    sa.CheckConstraint("state IN ('granted', 'made', 'refused', 'refunded')", name="known_state"),
    # Every question is about one provider from an instant on, so old rows cost nothing.
    sa.Index(None, "provider", "granted_at"),
    # People look at the newest calls, and at what a month cost.
    sa.Index("ix_provider_calls_provider_id", "provider", "id"),
    sa.Index("ix_provider_calls_state_id", "state", "id"),
    sa.Index("ix_provider_calls_granted_at", "granted_at"),
)

quotas = sa.Table(
    "quotas",
    metadata,
    sa.Column("provider", sa.Text, primary_key=True),
    sa.Column("exhausted_until", instant),
    sa.Column("failures", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("paused_until", instant),
    sa.Column("told", sa.Text),
)
