"""The routes of the API, a file for each thing there is to ask for."""

from fintech_pipeline.api.routes import instruments, session

ROUTERS = (session.router, instruments.router)
"""In the order of the document."""
