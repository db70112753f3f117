"""The routes of the API, a file for each thing there is to ask for."""

from fintech_pipeline.api.routes import analysis, articles, instruments, quotas, stories

ROUTERS = (
    instruments.router,
    articles.router,
    stories.router,
    quotas.router,
    analysis.router,
)
"""In the order of the document."""
