"""The API: who its sessions are, and what it asks others for."""

from pathlib import Path

from pydantic import NonNegativeInt, PositiveFloat

from fintech_pipeline.settings.section import Section, Url

BUILT = Path(__file__).parents[2] / "dashboard" / "dist"
"""Where `make dashboard` puts the dashboard."""


class ApiSettings(Section):
    """The API; its tokens come from the environment, API_VIEWER_TOKEN and API_EDITOR_TOKEN.

    A login ends after `session_hours`. Texts are judged by the analyzer at `analyzer_url` where one
    is named, else by the API itself. Where `proxies` of yours stand in front, each adds to
    X-Forwarded-For whom it heard, and so many of its addresses are believed; of 0 none is.
    The dashboard is served from the folder `dashboard` where one is named, else from where
    `make dashboard` builds it; it links to Dagster's UI at `dagster_url`, the address that a
    browser knows.
    """

    session_hours: PositiveFloat = 12.0
    analyzer_url: Url | None = None
    proxies: NonNegativeInt = 0
    dashboard: Path | None = None
    dagster_url: Url | None = None

    @property
    def dashboard_folder(self) -> Path:
        """Where the built dashboard is, or will be."""
        return self.dashboard or BUILT
