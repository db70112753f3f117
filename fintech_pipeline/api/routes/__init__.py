"""The routes of the API, a file for each thing there is to ask for."""

from fintech_pipeline.api.routes import (
    analysis,
    articles,
    instruments,
    outcomes,
    quotas,
    sentiment,
    session,
    signals,
    stories,
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
    articles.router,
    stories.router,
    quotas.router,
    analysis.router,
    stream.router,
)
"""In the order of the document."""
