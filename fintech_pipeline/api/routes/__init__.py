"""The routes of the API, a file for each thing there is to ask for."""

from fintech_pipeline.api.routes import (
    analysis,
    articles,
    backfills,
    bars,
    cluster,
    health,
    instruments,
    outcomes,
    overview,
    quotas,
    runs,
    sentiment,
    session,
    signals,
    slots,
    stories,
    strategies,
    stream,
    ticks,
    watchlist,
)

ROUTERS = (
    session.router,
    overview.router,
    watchlist.router,
    instruments.router,
    bars.router,
    signals.router,
    sentiment.router,
    strategies.router,
    outcomes.router,
    articles.router,
    stories.router,
    quotas.router,
    analysis.router,
    runs.router,
    ticks.router,
    backfills.router,
    slots.router,
    cluster.router,
    stream.router,
)
"""In the order of the document."""
ROOT_ROUTERS = (health.router,)
"""What is asked for at the root: by machines, and without a version."""
