"""`fintech api`: what is stored, live, over HTTP."""

import click

from fintech_pipeline.cli.listening import (
    address_of,
    is_loopback,
    listening,
    serving_options,
)
from fintech_pipeline.clock import utc_now
from fintech_pipeline.errors import ConfigurationError, PipelineError
from fintech_pipeline.settings import is_set, load_settings, secret
from fintech_pipeline.telemetry.configured import log_as_configured

VIEWER, EDITOR = "API_VIEWER_TOKEN", "API_EDITOR_TOKEN"
MOST_CONNECTIONS = 3000
"""Streams hold one each."""
OVERVIEW, DOCUMENT = "/api/v1/overview", "/api/v1/openapi.json"


@click.command()
@serving_options(port=8080, per_minute=6000)
def api(host: str, port: int, per_minute: int, drain_seconds: float, grace_seconds: int) -> None:
    """Serve what is stored, live, over HTTP, until Ctrl-C.

    On this machine's own address nobody logs in. On any other it takes API_VIEWER_TOKEN, for those
    who look, and API_EDITOR_TOKEN, for those who may change things as well.

    \b
    Examples:
      fintech api                                  `fintech up` does it too
      curl -s http://127.0.0.1:8080/api/v1/overview
    """  # noqa: D301  # click's mark for lines it leaves as they are
    settings = load_settings()
    require_tokens(host)
    # The server and the stores cost seconds to import, for which `--help` need not wait.
    from fintech_pipeline.api.access import api_access
    from fintech_pipeline.api.app import api_app
    from fintech_pipeline.api.guard import State
    from fintech_pipeline.api.limits import Limits
    from fintech_pipeline.api.serving import draining_server, open_more_files
    from fintech_pipeline.api.tokens import checked_tokens
    from fintech_pipeline.cli.api_services import opened_services

    limits, state = Limits(per_minute=per_minute), State()
    access = api_access(
        checked_tokens(secret(VIEWER), secret(EDITOR)),
        session_hours=settings.api.session_hours,
        public_url=settings.alerts.public_url,
        limits=limits,
        clock=utc_now,
    )
    log_as_configured(settings)
    open_more_files()
    with listening(host, port) as listener, opened_services(settings, state) as services:
        server = draining_server(
            api_app(
                services,
                access=access,
                limits=limits,
                state=state,
                dashboard=settings.api.dashboard_folder,
            ),
            state,
            drain_seconds=drain_seconds,
            grace_seconds=grace_seconds,
            streams=True,
            most_connections=MOST_CONNECTIONS,
        )
        address = address_of(host, listener)
        click.echo(
            f"{address}{OVERVIEW}, all there is in {address}{DOCUMENT}; Ctrl-C ends it.",
        )
        server.run([listener])
    if state.cut_off:
        raise PipelineError(f"{state.cut_off} requests took too long and were cut off.")
    click.echo("Stopped.")


def require_tokens(host: str) -> None:
    """Refuses an address that others reach where everybody there could change things.

    Raises:
        ConfigurationError: There are no tokens, and the address is not this machine's own.
    """
    if not (is_set(VIEWER) or is_set(EDITOR) or is_loopback(host)):
        raise ConfigurationError(
            f"Whoever reaches {host} could change things: set {VIEWER} and {EDITOR}, each to at"
            " least 16 random letters, or listen on 127.0.0.1."
        )
