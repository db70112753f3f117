"""A slot's signals as JSON and as a table."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fintech_pipeline.composition import Pipeline
from fintech_pipeline.news.article_store import ArticleSummary
from fintech_pipeline.orchestration.due import TRADING_SIGNALS
from fintech_pipeline.quota.money import exact
from fintech_pipeline.sentiment.provenance import Key, StoredScore, stored_scores
from fintech_pipeline.signals.chain_telling import scores_behind, stand_ins_told
from fintech_pipeline.signals.composite import Signal
from fintech_pipeline.signals.outcome_telling import ToldTable
from fintech_pipeline.signals.signal_store import StoredSignal
from fintech_pipeline.signals.strategy import Strategy

COLOURS = {
    "strong_buy": "bold green",
    "buy": "green",
    "hold": "default",
    "sell": "red",
    "strong_sell": "bold red",
}
MAX_TABLE_WIDTH = 150
MAX_WARNINGS = 30
SIMULATED = "SIMULATED: a made-up exchange, not a market."


@dataclass(frozen=True, slots=True)
class SlotReport:
    """All that is shown of a slot.

    Attributes:
        slot_at: The slot (UTC).
        run_id: The run that was asked for; None where what is stored is shown.
        strategy: The strategy's label.
        simulated: Whether all of it is made up.
        signals: The signals, by symbol.
        skipped: The symbols without one, each with its reason.
        articles: The articles behind the signals.
        scores: Their scores.
        currencies: Of the prices, by symbol.
    """

    slot_at: datetime
    run_id: str | None
    strategy: str
    simulated: bool
    signals: list[StoredSignal]
    skipped: dict[str, str]
    articles: dict[int, ArticleSummary]
    scores: dict[Key, StoredScore]
    currencies: dict[str, str]

    @property
    def cutoff_at(self) -> datetime:
        """When the inputs were read: the latest of its signals', the slot where it has none."""
        return max((stored.cutoff_at for stored in self.signals), default=self.slot_at)


def report_of(
    pipeline: Pipeline,
    slot_at: datetime,
    run_id: str | None = None,
    strategy: Strategy | None = None,
) -> SlotReport:
    """Reads what is stored of the slot, of the symbols followed now.

    Args:
        pipeline: Where it is stored.
        slot_at: The slot (UTC).
        run_id: The run that was asked for; None where what is stored is shown.
        strategy: Whose signals; the primary one's without it.
    """
    currencies = {one.symbol: one.currency for one in pipeline.instruments.watched()}
    label = (strategy or pipeline.strategy).label
    stored = [
        one for one in pipeline.signals.at_slot(slot_at, label) if one.signal.symbol in currencies
    ]
    articles = [a.article_id for one in stored for a in one.signal.articles]
    return SlotReport(
        slot_at,
        run_id,
        label,
        pipeline.settings.simulated,
        stored,
        pipeline.slots.reasons(TRADING_SIGNALS, slot_at),
        pipeline.articles.summaries(articles) if articles else {},
        stored_scores(pipeline.database, articles),
        currencies,
    )


def print_json(report: SlotReport) -> None:
    """Prints the slot as one JSON object."""
    document = {
        "slot_at": iso(report.slot_at),
        "cutoff_at": iso(report.cutoff_at),
        "run_id": report.run_id,
        "strategy": report.strategy,
        "simulated": report.simulated,
        "signals": [
            signal_document(
                stored, report.articles, report.scores, report.currencies[stored.signal.symbol]
            )
            for stored in report.signals
        ],
        "skipped": [
            {"symbol": symbol, "reason": reason}
            for symbol, reason in sorted(report.skipped.items())
        ],
    }
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def print_table(report: SlotReport) -> None:
    """Prints the slot as a table for a person."""
    console = Console()
    console = Console(width=min(max(console.width, 110), MAX_TABLE_WIDTH), highlight=False)
    title = f"Signals of {report.slot_at:%Y-%m-%d %H:%MZ}, strategy {report.strategy}"
    if report.signals:
        console.print(_table(report, title))
    else:
        console.print(f"No signals for {report.slot_at:%Y-%m-%d %H:%MZ}.")
    reasons: dict[str, list[str]] = {}
    for symbol, reason in sorted(report.skipped.items()):
        reasons.setdefault(reason, []).append(symbol)
    for reason, symbols in reasons.items():
        console.print(f"Skipped {', '.join(symbols)}: {reason}.", markup=False)
    shown = [found for one in report.signals for found in scores_behind(one.signal, report.scores)]
    for line in stand_ins_told(shown):
        console.print(f"Scores: {line}", markup=False)


def warn_of(faults: Sequence[str]) -> None:
    """Tells what was wrong with the input, a line each, beside the output and not in it."""
    for fault in faults[:MAX_WARNINGS]:
        click.echo(f"Warning: {fault}", err=True)
    more = len(faults) - MAX_WARNINGS
    if more > 0:
        click.echo(f"… and {more} more; the checks in the UI have them all.", err=True)


def _table(report: SlotReport, title: str) -> Table:
    table = Table(
        title=title,
        caption=SIMULATED if report.simulated else None,
        caption_style="bold yellow",
        header_style="bold",
        title_justify="left",
        caption_justify="left",
    )
    table.add_column("Symbol", style="bold")
    for name in ("Price", "Change %", "Sentiment", "Score", "Confidence"):
        table.add_column(name, justify="right")
    table.add_column("Action")
    table.add_column("Strongest reasons", ratio=1)
    mixed = len(set(report.currencies.values())) > 1
    for stored in report.signals:
        signal = stored.signal
        news = next((part for part in signal.contributions if part.name == "news"), None)
        reasons = "\n".join(
            f"{part.name.replace('_', ' ')} {part.contribution:+.2f} ({part.reason})"
            for part in signal.strongest(2)
        )
        colour = COLOURS[signal.action]
        table.add_row(
            signal.symbol,
            f"{signal.price:,.2f}{f' {report.currencies[signal.symbol]}' if mixed else ''}",
            f"{signal.change_pct:+.2f}" if signal.change_pct is not None else "unknown",
            f"{news.value:+.2f}" if news else "no news",
            f"{signal.score:+.3f}",
            f"{signal.confidence:.2f}",
            f"[{colour}]{signal.action.replace('_', ' ')}[/]{_why_held(signal)}",
            reasons,
        )
    return table


def _why_held(signal: Signal) -> str:
    """What is said beside the action: since when it holds, or what holds it back."""
    if signal.split is not None:
        return "\nlooks like a split"
    if signal.since is None or signal.since == signal.slot_at:
        return ""
    shown = "%H:%MZ" if signal.since.date() == signal.slot_at.date() else "%m-%d %H:%MZ"
    return f"\nsince {signal.since:{shown}}"


def signal_document(
    stored: StoredSignal,
    articles: Mapping[int, ArticleSummary],
    scores: Mapping[Key, StoredScore],
    currency: str,
) -> dict[str, Any]:
    """One signal as it is printed in JSON."""
    signal = stored.signal
    return {
        "symbol": signal.symbol,
        "price": signal.price,
        "currency": currency,
        "change_pct": signal.change_pct,
        "score": signal.score,
        "action": str(signal.action),
        "since": signal.since and iso(signal.since),
        "regime": signal.regime,
        "suspected_split": signal.split,
        "confidence": signal.confidence,
        "coverage": signal.coverage,
        "agreement": signal.agreement,
        "freshness": signal.freshness,
        "revision": stored.revision,
        "live": stored.live,
        "components": [
            {
                "name": part.name,
                "value": part.value,
                "weight": part.weight,
                "contribution": part.contribution,
                "reason": part.reason,
            }
            for part in signal.contributions
        ],
        "missing": dict(signal.missing),
        "articles": [
            {
                "id": share.article_id,
                "share": share.share,
                "headline": articles[share.article_id].headline,
                "outlet": articles[share.article_id].outlet,
                "url": articles[share.article_id].url,
                "known_at": iso(articles[share.article_id].known_at),
                "sentiment": _score_document(
                    scores.get((share.article_id, signal.symbol, share.model_version))
                ),
            }
            for share in signal.articles
        ],
    }


def _score_document(stored: StoredScore | None) -> dict[str, Any] | None:
    if stored is None:
        return None
    score, stands_in = stored.score, stored.stands_in
    return {
        "label": score.label,
        "score": score.value,
        "confidence": score.confidence,
        "reason": score.reason,
        "model": stored.model_version,
        "answered_by": score.answered_by,
        "cost_usd": exact(score.cost_usd),
        "stands_in_for": stands_in
        and {"version": stands_in.preferred_version, "because": stands_in.reason},
    }


def iso(instant: datetime) -> str:
    """The instant as JSON has it."""
    return instant.isoformat().replace("+00:00", "Z")


def table_of(told: ToldTable) -> Table:
    """A table for a person as one for a terminal: the first column to the left."""
    table = Table(title=told.title, title_justify="left", header_style="bold")
    for place, name in enumerate(told.header):
        table.add_column(name, justify="left" if place == 0 else "right")
    for row in told.rows:
        table.add_row(*map(escape, row))
    return table
