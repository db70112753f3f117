"""`fintech api`: what is stored, live, over HTTP."""

from typing import TYPE_CHECKING

import click

from fintech_pipeline.cli.api_tokens import EDITOR, LEAST_LETTERS, VIEWER, ApiTokens, api_tokens
from fintech_pipeline.cli.listening import address_of, is_loopback, listening, log_to_stderr
from fintech_pipeline.errors import ConfigurationError, PipelineError
from fintech_pipeline.settings import load_settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from fintech_pipeline.api.guard import State
    from fintech_pipeline.api.services import Services

OVERVIEW, DOCUMENT = "/api/v1/overview", "/api/v1/openapi.json"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8080, show_default=True, help="The port."
)
@click.option(
    "--per-minute",
    type=click.IntRange(1),
    default=6000,
    show_default=True,
    help="How many requests a client's address may make in a minute.",
)
@click.option(
    "--drain-seconds",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    help="How long to go on after SIGTERM, not ready any more.",
)
@click.option(
    "--grace-seconds",
    type=click.IntRange(1),
    default=30,
    show_default=True,
    help="How long requests under way may take at the end.",
)
def api(host: str, port: int, per_minute: int, drain_seconds: float, grace_seconds: int) -> None:
    """Serve what is stored, live, over HTTP, until Ctrl-C.

    On this machine's own address nobody logs in. On any other it takes API_VIEWER_TOKEN, for those
    who look, and API_EDITOR_TOKEN, for those who may change things as well.

    \b
    Examples:
      fintech api                                  `fintech up` does it too
      curl -s http://127.0.0.1:8080/api/v1/overview
    """  # noqa: D301  # click's mark for lines it leaves as they are
    settings, tokens = load_settings(), api_tokens()
    require_tokens(host, tokens)
    # The server and the stores cost a second to import, for which `--help` need not wait.
    from fintech_pipeline.api.guard import State
    from fintech_pipeline.api.serving import draining_server
    from fintech_pipeline.cli.api_services import opened_services

    log_to_stderr()
    with listening(host, port) as listener, opened_services(settings) as services:
        state = State()
        app = app_of(services, tokens, per_minute, state)
        server = draining_server(
            app, state, drain_seconds=drain_seconds, grace_seconds=grace_seconds
        )
        address = address_of(host, listener)
        click.echo(
            f"{address}{OVERVIEW}, all there is in {address}{DOCUMENT}; Ctrl-C ends it.",
        )
        server.run([listener])
    if state.cut_off:
        raise PipelineError(f"{state.cut_off} requests took too long and were cut off.")
    click.echo("Stopped.")


def require_tokens(host: str, tokens: ApiTokens | None) -> None:
    """Refuses an address that others reach where everybody there could change things.

    Raises:
        ConfigurationError: There are no tokens, and the address is not this machine's own.
    """
    if tokens is None and not is_loopback(host):
        raise ConfigurationError(
            f"Whoever reaches {host} could change things: set {VIEWER} and {EDITOR}, each to at"
            f" least {LEAST_LETTERS} random letters, or listen on 127.0.0.1."
        )


def app_of(
    services: "Services", tokens: ApiTokens | None, per_minute: int, state: "State"
) -> "ASGIApp":
    """The app on these services, behind its guard."""
    from fintech_pipeline.api.app import api_app
    from fintech_pipeline.api.limits import Limits
    from fintech_pipeline.cli.api_door import guarded

    return guarded(api_app(services), tokens, Limits(per_minute=per_minute), state)
