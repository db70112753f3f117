"""The routes of the API, a file for each thing there is to ask for."""

from fintech_pipeline.api.routes import (
    instruments,
    outcomes,
    sentiment,
    session,
    signals,
    strategies,
    stream,
)

ROUTERS = (
    session.router,
    instruments.router,
    signals.router,
    sentiment.router,
    strategies.router,
    outcomes.router,
    stream.router,
)
"""In the order of the document."""
