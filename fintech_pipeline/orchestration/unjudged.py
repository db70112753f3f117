"""Why a symbol has no signal at a slot, from what was recorded of the slot."""

from datetime import datetime

import sqlalchemy as sa

from fintech_pipeline.orchestration.due import TRADING_SIGNALS
from fintech_pipeline.orchestration.slots import slots


def why_no_signal(connection: sa.Connection, symbol: str, slot_at: datetime) -> str | None:
    """The reason as half a sentence; None where none was recorded.

    Args:
        connection: Reads.
        symbol: Which symbol.
        slot_at: The slot (UTC).
    """
    told = slots.c.reasons[symbol]
    query = sa.select(told.astext).where(
        slots.c.asset == TRADING_SIGNALS,
        slots.c.slot_at == slot_at,
        sa.func.jsonb_typeof(told) == "string",
    )
    reason: str | None = connection.scalar(query)
    return reason
