"""`fintech alerts silence`, `silences` and `unsilence`: what nobody is told of for a while."""

from datetime import timedelta

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fintech_pipeline.alerts.alert_shown import silenced_by
from fintech_pipeline.alerts.alert_story import alerts_shown
from fintech_pipeline.alerts.rule_store import read_rules
from fintech_pipeline.alerts.rules import Severity
from fintech_pipeline.alerts.silence_store import SilenceStore
from fintech_pipeline.alerts.silences import Silence
from fintech_pipeline.cli.alerts_shown import (
    Span,
    at,
    author,
    by_option,
    known_rule,
    print_json,
)
from fintech_pipeline.cli.session import opened_pipeline
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.market.watchlist import symbol_of

NEW = 0
MOST_LETTERS = 300
SEVERITIES = tuple(map(str, Severity))


@click.command()
@click.option("--rule", help="Alerts of this rule.")
@click.option("--symbol", help="Alerts about this symbol, part of the pipeline or provider.")
@click.option("--tag", help="Alerts about symbols with this tag.")
@click.option("--severity", type=click.Choice(SEVERITIES), help="Alerts of this severity.")
@click.option("--for", "span", type=Span(), help="For how long: 45m, 2h, 1d.")
@click.option("--until-resolved", "alert_id", type=int, metavar="ID", help="One alert, to its end.")
@click.option("--comment", default="", help="Why.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@by_option
def silence(
    rule: str | None,
    symbol: str | None,
    tag: str | None,
    severity: str | None,
    span: timedelta | None,
    alert_id: int | None,
    comment: str,
    as_json: bool,
    by: str | None,
) -> None:
    """Tell nobody of what matches all that is named, from now on.

    Who was told of an alert's beginning is told of its end all the same.

    \b
    Examples:
      fintech alerts silence --symbol AAPL --for 2h --comment "earnings call"
      fintech alerts silence --rule crash --severity warning --for 1d
      fintech alerts silence --until-resolved 12
    """  # noqa: D301  # click's mark for lines it leaves as they are
    _check((rule, symbol, tag, severity), span, alert_id)
    with opened_pipeline() as pipeline:
        now = pipeline.clock()
        wished = Silence(
            NEW,
            author(by),
            " ".join(comment.split())[:MOST_LETTERS],
            now,
            now + span if span else None,
            rule,
            _subject(pipeline, symbol),
            tag,
            Severity(severity) if severity else None,
            alert_id,
        )
        if rule is not None:
            with pipeline.database.transaction() as connection:
                known_rule(read_rules(connection), rule)
        made = SilenceStore(pipeline.database).add(wished)
        with pipeline.database.transaction() as connection:
            covered = [
                one for one in alerts_shown(connection) if silenced_by(one, [made], now) is not None
            ]
    if as_json:
        print_json(made)
        return
    count = f"{len(covered)} open alert{'' if len(covered) == 1 else 's'}"
    click.echo(
        f"Silence {made.silence_id} on {made.matched()}, {made.until()}; it covers {count} now."
        f" `fintech alerts unsilence {made.silence_id}` ends it."
    )


def _check(matchers: tuple[str | None, ...], span: timedelta | None, alert_id: int | None) -> None:
    """Whether it says what is silenced, and until when."""
    named = any(one is not None for one in matchers)
    if alert_id is not None and (named or span):
        raise click.UsageError(
            "--until-resolved names one alert and its end; leave the other options out"
        )
    if alert_id is None and not named:
        raise click.UsageError(
            "Say what is silenced: --rule, --symbol, --tag or --severity with --for, or"
            " --until-resolved with an alert's number"
        )
    if alert_id is None and span is None:
        raise click.UsageError("Say for how long, such as --for 2h")


def _subject(pipeline: Pipeline, typed: str | None) -> str | None:
    """A symbol as it is followed; else, a provider or a part of the pipeline, as it is typed."""
    if typed is None:
        return None
    symbol = symbol_of(typed)
    return symbol if symbol in {one.symbol for one in pipeline.instruments.watched()} else typed


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def silences(as_json: bool) -> None:
    """Show the silences that last."""
    with opened_pipeline() as pipeline:
        found = SilenceStore(pipeline.database).lasting(pipeline.clock())
    if as_json:
        print_json({"silences": found})
        return
    if not found:
        click.echo("Nothing is silenced.")
        return
    table = Table("ID", "What", "Until", "By", "Since", "Why")
    for one in found:
        table.add_row(
            str(one.silence_id),
            escape(one.matched()),
            _until(one),
            escape(one.author),
            at(one.starts_at),
            escape(one.comment),
        )
    Console(highlight=False).print(table)


def _until(silence: Silence) -> str:
    return at(silence.ends_at) or silence.until().removeprefix("until ")


@click.command()
@click.argument("silence_id", metavar="ID", type=int)
def unsilence(silence_id: int) -> None:
    """End the silence ID now."""
    with opened_pipeline() as pipeline:
        ended = SilenceStore(pipeline.database).end(silence_id, pipeline.clock())
    click.echo(f"The silence {ended.silence_id} on {ended.matched()} has ended.")
