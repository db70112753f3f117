"""`fintech sentiment explain`: what the chain of models says of one headline, and why."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fintech_pipeline.cli.models import opened_models
from fintech_pipeline.cli.parsing import known_symbol
from fintech_pipeline.clock import utc_now
from fintech_pipeline.errors import ConfigurationError, together
from fintech_pipeline.market.watchlist import SYMBOL, symbol_of
from fintech_pipeline.quota.money import exact
from fintech_pipeline.sentiment.model import SentimentModel
from fintech_pipeline.sentiment.models.local.explanation import Explanation
from fintech_pipeline.sentiment.models.local.explanation import explain as explained
from fintech_pipeline.sentiment.models.local.model import LocalModel
from fintech_pipeline.sentiment.scores import NotAsked, SentimentScore, Text, Unscored
from fintech_pipeline.sentiment.scoring import NOT_STORED, Judged, judged_alone
from fintech_pipeline.settings import Settings, load_settings
from fintech_pipeline.settings.sentiment import MODELS

SIDES = ("negative", "neutral", "positive")
OR_NAMED = '`fintech watchlist add` follows it, or --name "…" tells what the headline calls it'


@click.command()
@click.argument("headline")
@click.option("--symbol", required=True, help="For whom it is good or bad.")
@click.option(
    "--name",
    "names",
    multiple=True,
    help="What the headline calls it, where the symbol is not on the watchlist; may be repeated.",
)
@click.option("--summary", default="", help="The article's summary, if it has one.")
@click.option(
    "--model",
    "only",
    type=click.Choice(MODELS),
    help="Ask this model alone; without it the chain in sentiment.models.",
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def explain(
    headline: str,
    symbol: str,
    names: tuple[str, ...],
    summary: str,
    only: str | None,
    as_json: bool,
) -> None:
    """Tell how HEADLINE scores for a symbol, and what moved it.

    Nothing is stored. A vendor's model is asked as in a tick: if the quota and the budget allow
    it, and what it costs is counted.

    \b
    Examples:
      fintech sentiment explain "Apple falls as Microsoft soars" --symbol MSFT
      fintech sentiment explain "Intel falls as AMD soars" --symbol INTC --name Intel
    """  # noqa: D301  # click's mark for lines it leaves as they are
    settings = load_settings()
    text = Text(NOT_STORED, symbol_of(symbol), _names(settings, symbol, names), headline, summary)
    with opened_models(settings, only) as models:
        judged = judged_alone(models, text, utc_now())
        if isinstance(judged.verdict, NotAsked):
            raise together([passed.error for passed in judged.passed])
        shares = _shares(models, judged)
    if as_json:
        click.echo(json.dumps(_document(judged, shares), indent=2, ensure_ascii=False))
    else:
        _print(judged, shares, Console(highlight=False, width=min(Console().width, 120)))


def _names(settings: Settings, symbol: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """What the headline may call the instrument: as configured or stored, and as given."""
    typed = symbol_of(symbol)
    if not SYMBOL.fullmatch(typed):
        raise ConfigurationError(f"{symbol!r} is no symbol (capitals, digits, dot; 15 at most).")
    watched = [one.instrument() for one in settings.watchlist if one.symbol == typed]
    if not watched and not names:
        from fintech_pipeline.cli.session import opened_pipeline

        with opened_pipeline() as pipeline:
            watched = [known_symbol(symbol, pipeline.instruments.watched(), OR_NAMED)]
    known = [name for one in watched for name in (one.name, *one.aliases)]
    return tuple(dict.fromkeys((typed, *known, *names)))


def _shares(models: Sequence[SentimentModel], judged: Judged) -> Explanation | None:
    """Each word's part, where the model that answered can tell it."""
    for model in models:
        if isinstance(model, LocalModel) and model.version == judged.model_version:
            return explained(model, judged.pending.text)
    return None


def _document(judged: Judged, found: Explanation | None) -> dict[str, Any]:
    """As JSON; what there is not is left out."""
    document: dict[str, Any] = {
        "headline": judged.pending.text.headline,
        "symbol": judged.pending.text.symbol,
        "model": judged.model_version,
        "stood_in_for": [
            {"version": passed.model_version, "because": str(passed.error)}
            for passed in judged.passed
        ],
    }
    match judged.verdict:
        case SentimentScore() as score:
            document |= {
                "label": score.label,
                "score": score.value,
                "confidence": score.confidence,
                "reason": score.reason,
                "answered_by": score.answered_by,
                "tokens": score.tokens,
                "cost_usd": exact(score.cost_usd),
            }
        case Unscored() as none:
            document["unscored"] = none.reason
    if found is not None:
        document["evidence"] = dict(zip(SIDES, found.evidence, strict=True))
        document["shares"] = [asdict(share) for share in found.shares]
    return document


def _print(judged: Judged, found: Explanation | None, console: Console) -> None:
    symbol, version = escape(judged.pending.text.symbol), escape(judged.model_version)
    match judged.verdict:
        case SentimentScore() as score:
            console.print(
                f"{symbol}: [bold]{score.label}[/], score {score.value:+.4f}, "
                f"confidence {score.confidence:.2f}: {escape(score.reason)}"
            )
            answered = "" if score.answered_by == judged.model_version else score.answered_by
            by = f" (answered by {escape(answered)})" if answered else ""
            tokens = f" for {score.tokens:,} tokens" if score.tokens else ""
            console.print(f"Model {version}{by}, cost {exact(score.cost_usd)} USD{tokens}")
        case Unscored() as none:
            console.print(f"{symbol}: [bold]unscored[/]: {escape(none.reason)}")
            console.print(f"Model {version}")
    for passed in judged.passed:
        told = f"It stands in for {passed.model_version}: {passed.error}"
        console.print(told, markup=False, soft_wrap=True)
    if found is not None:
        console.print(_table(found))
        console.print("score = how likely positive - how likely negative")


def _table(found: Explanation) -> Table:
    table = Table("Word", title="What speaks for each class", title_justify="left")
    for name in SIDES:
        table.add_column(name.capitalize(), justify="right")
    for share in found.shares:
        row = (share.negative, share.neutral, share.positive)
        table.add_row(escape(share.told), *(f"{one:+.4f}" for one in row))
    table.add_section()
    table.add_row("the sum", *(f"{one:+.4f}" for one in found.evidence))
    table.add_row("how likely, e^sum over all three", *(f"{p:.4f}" for p in found.probabilities))
    return table
