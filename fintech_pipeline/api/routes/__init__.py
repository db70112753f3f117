"""The routes of the API, a file for each thing there is to ask for."""

from fintech_pipeline.api.routes import (
    alerts,
    deliveries,
    instruments,
    people,
    rules,
    silences,
    trials,
)

ROUTERS = (
    instruments.router,
    people.router,
    rules.router,
    trials.router,
    alerts.router,
    silences.router,
    deliveries.router,
)
"""In the order of the document."""
