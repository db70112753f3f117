"""The routes of the API, a file for each thing there is to ask for."""

from fintech_pipeline.api.routes import bars, instruments, overview, watchlist

ROUTERS = (overview.router, watchlist.router, instruments.router, bars.router)
"""In the order of the document."""
