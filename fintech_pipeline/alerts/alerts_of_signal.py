"""The alerts that began with a signal."""

import sqlalchemy as sa

from fintech_pipeline.alerts.tables import alerts


def alerts_of_signal(connection: sa.Connection, signal_id: int) -> list[int]:
    """The ids of the alerts that began with it, in order.

    Args:
        connection: Reads.
        signal_id: The signal's first revision.
    """
    query = sa.select(alerts.c.id).where(alerts.c.signal_id == signal_id).order_by(alerts.c.id)
    return list(connection.scalars(query))
