"""`fintech analyzer`: scores texts on demand, over HTTP."""

from collections.abc import Sequence

import click

from fintech_pipeline.cli.listening import (
    address_of,
    is_loopback,
    listening,
    serving_options,
)
from fintech_pipeline.cli.models import opened_models, workers_for
from fintech_pipeline.clock import utc_now
from fintech_pipeline.errors import ConfigurationError, PipelineError
from fintech_pipeline.sentiment.model import SentimentModel
from fintech_pipeline.sentiment.scores import NotAsked, Text, Unscored
from fintech_pipeline.settings import load_settings, secret
from fintech_pipeline.telemetry.configured import log_as_configured

TOKEN = "ANALYZER_TOKEN"  # noqa: S105  # the name of a variable
LEAST_LETTERS = 16
KNOWN = Text(0, "KO", ("KO", "Coca-Cola"), "Coca-Cola beats estimates", "")


@click.command()
@serving_options(port=8090, per_minute=600)
def analyzer(
    host: str, port: int, per_minute: int, drain_seconds: float, grace_seconds: int
) -> None:
    """Score texts on demand, over HTTP, until Ctrl-C.

    \b
    Example:
      curl -s http://127.0.0.1:8090/v1/analyze -H 'Content-Type: application/json' \\
        -d '{"text": "Apple beats estimates", "symbol": "AAPL"}'
    """  # noqa: D301  # click's mark for lines it leaves as they are
    # The server costs half a second to import, for which `--help` need not wait.
    from fintech_pipeline.api.analyzer import analyzer_app
    from fintech_pipeline.api.guard import State
    from fintech_pipeline.api.limits import Limits
    from fintech_pipeline.api.serving import draining_server

    settings, token = load_settings(), secret(TOKEN)
    if token is not None and len(token.get_secret_value()) < LEAST_LETTERS:
        raise ConfigurationError(f"{TOKEN} needs at least {LEAST_LETTERS} letters.")
    if token is None and not is_loopback(host):
        raise ConfigurationError(
            f"Whoever reaches {host} could ask: set {TOKEN} to at least {LEAST_LETTERS} random"
            " letters, which clients then send as Authorization: Bearer, or listen on 127.0.0.1."
        )
    log_as_configured(settings)
    with opened_models(settings) as models, listening(host, port) as listener:
        _load(models)
        limits, state = Limits(per_minute=per_minute, workers=workers_for(settings)), State()
        names = {one.symbol: (one.symbol, one.name, *one.aliases) for one in settings.watchlist}
        app = analyzer_app(models, names, limits, utc_now, token=token, state=state)
        server = draining_server(
            app, state, drain_seconds=drain_seconds, grace_seconds=grace_seconds
        )
        versions = " then ".join(model.version for model in models)
        click.echo(f"{versions} at {address_of(host, listener)}/v1/analyze; Ctrl-C ends it.")
        server.run([listener])
    if state.cut_off:
        raise PipelineError(f"{state.cut_off} requests took too long and were cut off.")
    click.echo("Stopped.")


def _load(models: Sequence[SentimentModel]) -> None:
    """Has each model that costs nothing judge a text, so that the first client need not wait.

    Raises:
        PipelineError: One does not; then nothing is served.
    """
    for model in models:
        verdict = None if model.costs else model.score([KNOWN])[0]
        if isinstance(verdict, NotAsked):
            raise verdict.error
        if isinstance(verdict, Unscored):
            raise PipelineError(f"{model.version} can't judge a plain headline; nothing is served.")
