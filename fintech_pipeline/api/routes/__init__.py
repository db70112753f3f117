"""The routes of the API, a file for each thing there is to ask for."""

from fintech_pipeline.api.routes import (
    backfills,
    instruments,
    runs,
    slots,
    ticks,
)

ROUTERS = (
    instruments.router,
    runs.router,
    ticks.router,
    backfills.router,
    slots.router,
)
"""In the order of the document."""
