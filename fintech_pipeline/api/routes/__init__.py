"""The routes of the API, a file for each thing there is to ask for."""

from fintech_pipeline.api.routes import (
    backfills,
    cluster,
    health,
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
    cluster.router,
)
"""In the order of the document."""
ROOT_ROUTERS = (health.router,)
"""What is asked for at the root: by machines, and without a version."""
