"""The routes of the API, a file for each thing there is to ask for."""

from fintech_pipeline.api.routes import instruments, stream

ROUTERS = (instruments.router, stream.router)
"""In the order of the document."""
