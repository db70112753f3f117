"""What `fintech why` prints: the chain from bars and articles to the score, which adds up."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from fintech_pipeline.cli.report import COLOURS, SIMULATED, scorers_told, scores_behind
from fintech_pipeline.cli.why_news import news_table
from fintech_pipeline.market.bars import ActionKind, Interval
from fintech_pipeline.news.article_store import ArticleSummary
from fintech_pipeline.sentiment.provenance import Key, StoredScore
from fintech_pipeline.signals.bands import ACTION_ROWS
from fintech_pipeline.signals.composite import Signal
from fintech_pipeline.signals.evidence import PriceEvidence, UsedAction
from fintech_pipeline.signals.signal_store import StoredSignal
from fintech_pipeline.signals.strategy import Action, Regime, Strategy

MOST_COLUMNS = 120
SURE = (
    "Coverage is the weight of the components present, agreement how far they point one way, "
    "freshness the share of the last bars that exist."
)
_BARS = {Interval.HALF_HOUR: "half-hour bar", Interval.DAY: "daily bar"}
_INDICATORS = {"adx": "ADX 14", "volatility_ratio": "the volatility of 13 bars over that of 65"}


@dataclass(frozen=True, slots=True)
class Chain:
    """All that stands behind one signal.

    Attributes:
        stored: The signal.
        interval: Of the bars that it judges.
        currency: Of the prices.
        simulated: Whether all of it is made up.
        prices: The bars and actions it saw.
        strategy: What weighed it; None where it was not stored.
        articles: Those behind its news.
        scores: Their scores.
    """

    stored: StoredSignal
    interval: Interval
    currency: str
    simulated: bool
    prices: PriceEvidence | None
    strategy: Strategy | None
    articles: Mapping[int, ArticleSummary]
    scores: Mapping[Key, StoredScore]

    @property
    def signal(self) -> Signal:
        """The signal."""
        return self.stored.signal

    @property
    def regime(self) -> Regime | None:
        """The strategy's regime that held."""
        regimes = self.strategy.regimes if self.strategy else ()
        return next((one for one in regimes if one.name == self.signal.regime), None)


def print_chain(chain: Chain) -> None:
    """Prints it for a person, at up to 120 columns."""
    console = Console(highlight=False, width=min(Console().width, MOST_COLUMNS))
    _print_head(chain, console)
    _title(console, 1, "The bars it saw")
    for line in _bars_told(chain):
        _line(console, line)
    _title(console, 2, "What they and the news say, and what each weighs")
    console.print(Padding(_components(chain), (0, 0, 0, 2)))
    for line in _weights_told(chain):
        _line(console, line)
    _title(console, 3, "From the score to the action")
    for line in _action_told(chain):
        _line(console, line)
    _title(console, 4, "How sure it is")
    _line(console, _confidence_told(chain.signal))
    if chain.signal.coverage is not None:
        console.print(Padding(SURE, (0, 0, 0, 2), expand=False), style="dim")
    if chain.signal.articles:
        _title(console, 5, "The news, story by story")
        news = news_table(chain.signal, chain.articles, chain.scores)
        console.print(Padding(news, (0, 0, 0, 2)))
        for line in scorers_told(scores_behind(chain.signal, chain.scores)):
            _line(console, line)
    if chain.simulated:
        console.print(f"\n{SIMULATED}", style="bold yellow")


def _print_head(chain: Chain, console: Console) -> None:
    signal, stored = chain.signal, chain.stored
    console.print(
        f"[bold]{signal.symbol}[/] at {_at(signal.slot_at)}: "
        f"[{COLOURS[signal.action]}]{_words(signal.action)}[/], score {signal.score:+.6f}, "
        f"confidence {signal.confidence:.2f}"
    )
    change = ""
    if signal.change_pct is not None:
        before = f", {signal.last_close:,.2f}" if signal.last_close is not None else ""
        change = f", {signal.change_pct:+.2f} % against the close of the session before{before}"
    console.print(f"Price {signal.price:,.2f} {chain.currency}{change}.")
    how = "live" if stored.live else "computed afterwards"
    console.print(
        f"Strategy {signal.strategy}; inputs known by {stored.cutoff_at:%Y-%m-%d %H:%M:%SZ}; "
        f"revision {stored.revision}, {how}, run {escape(stored.run_id[:8])}."
    )


def _bars_told(chain: Chain) -> Iterator[str]:
    prices, signal = chain.prices, chain.signal
    if prices is None:
        yield "None is stored any more."
        return
    bar = prices.newest
    if signal.bars is None:
        yield "How many there were was not stored by the version that made this signal."
    else:
        noun = f"{_BARS[chain.interval]}{'' if prices.bars == 1 else 's'}"
        given = ", ".join(
            name if len(prices.providers) == 1 else f"{count:,} by {name}"
            for name, count in prices.providers.items()
        )
        by = f"all by {given}" if len(prices.providers) == 1 else given
        yield f"{prices.bars:,} {noun}, {_at(prices.first_at)} to {_at(bar.closed_at)}, {by}."
    yield (
        f"The newest, {_span(bar.opened_at, bar.closed_at)}: open {bar.open:,.2f}, high "
        f"{bar.high:,.2f}, low {bar.low:,.2f}, close {bar.close:,.2f}, volume "
        f"{bar.volume_shares:,.0f}; by {bar.provider}, known {bar.known_at:%Y-%m-%d %H:%M:%SZ}."
    )
    if prices.actions:
        told = ", ".join(_adjustment(one, chain.currency) for one in prices.actions)
        yield f"The bars before are adjusted for {told}."
    elif signal.bars is not None:
        yield "No split and no dividend fell between them."


def _adjustment(action: UsedAction, currency: str) -> str:
    what = (
        f"a split of {action.value:g} for 1"
        if action.kind == ActionKind.SPLIT
        else f"a dividend of {action.value:g} {currency}"
    )
    return f"{what} on {action.ex_on} ({action.provider}, known {action.known_at:%Y-%m-%d %H:%MZ})"


def _components(chain: Chain) -> Table:
    signal = chain.signal
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_footer=True, pad_edge=False)
    table.add_column("Component", footer="score")
    table.add_column("Because", footer="the sum", ratio=1)
    table.add_column("Value", justify="right")
    table.add_column("× Weight", justify="right")
    table.add_column("= Adds", justify="right", footer=f"{signal.score:+.6f}", min_width=9)
    for part in signal.contributions:
        table.add_row(
            _words(part.name),
            escape(part.reason),
            f"{part.value:+.6f}",
            f"{part.weight:.6f}",
            f"{part.contribution:+.6f}",
        )
    for name, reason in signal.missing:
        table.add_row(_words(name), escape(reason), "missing", "", "", style="dim")
    return table


def _weights_told(chain: Chain) -> Iterator[str]:
    """How the weights in the table come about."""
    strategy, signal, regime = chain.strategy, chain.signal, chain.regime
    if strategy is None:
        return
    if regime is not None:
        factors = ", ".join(f"{_words(name)} × {f:g}" for name, f in regime.weights.items())
        seen = _INDICATORS[regime.indicator]
        yield f"Regime {regime.name} ({seen} is above {regime.above:g}): {factors}."
    weights = strategy.weights_in(regime)
    present = [part.name for part in signal.contributions]
    total = math.fsum(weights[name] for name in present)
    if not signal.missing and regime is None:
        yield "All are present, so each weighs what the strategy gives it."
    elif total > 0:
        own = " + ".join(f"{weights[name]:.4g}" for name in present)
        first = max(present, key=lambda name: weights[name])
        yield (
            f"Weights are shares of those present, {own} = {total:.4g}: {_words(first)} weighs "
            f"{weights[first]:.4g} / {total:.4g}."
        )


def _action_told(chain: Chain) -> Iterator[str]:
    strategy, signal = chain.strategy, chain.signal
    action = signal.action
    if signal.split is not None:
        yield (
            f"Hold, whatever the score: the price moved like a split of {_split(signal.split)} "
            "that nobody told of. The components above read it as one."
        )
        return
    if strategy is None:
        yield "Where the actions began was not stored by the version that made this signal."
        return
    if action is Action.HOLD:
        sell, buy = strategy.bands[Action.SELL], strategy.bands[Action.BUY]
        if sell.enter < signal.score < buy.enter:
            yield (
                f"{signal.score:+.6f} lies between {sell.enter:+.2f}, where sell begins, and "
                f"{buy.enter:+.2f}, where buy does."
            )
        yield f"No action that began in the last {ACTION_ROWS} rows still holds: hold."
        return
    band, side = strategy.bands[action], "below" if action in _BUYS else "above"
    name = _words(action)
    yield (
        f"{name.capitalize()} begins at {band.enter:+.2f} and lasts until the score is {side} "
        f"{band.leave:+.2f}, or until it has not begun again for {ACTION_ROWS} rows."
    )
    if signal.since == signal.slot_at:
        yield f"{signal.score:+.6f} begins it at this very slot: {name}."
    elif signal.since is not None:
        yield (
            f"It last began at {_at(signal.since)}, and {signal.score:+.6f} does not end it: "
            f"{name}."
        )


_BUYS = (Action.BUY, Action.STRONG_BUY)


def _confidence_told(signal: Signal) -> str:
    if signal.coverage is None or signal.agreement is None or signal.freshness is None:
        return f"Confidence {signal.confidence:.6f}; what it is made of was not stored."
    return (
        f"coverage {signal.coverage:.6f} × agreement {signal.agreement:.6f} × freshness "
        f"{signal.freshness:.6f} = confidence {signal.confidence:.6f}"
    )


def _title(console: Console, number: int, text: str) -> None:
    console.print(f"\n[bold]{number}  {text}[/]")


def _line(console: Console, text: str) -> None:
    console.print(Padding(escape(text), (0, 0, 0, 2), expand=False))


def _split(ratio: float) -> str:
    return f"{ratio:g} for 1" if ratio >= 1 else f"1 for {1 / ratio:g}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _span(start: datetime, end: datetime) -> str:
    same_day = start.date() == end.date()
    return f"{_at(start)} to {f'{end:%H:%MZ}' if same_day else _at(end)}"


def _at(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%MZ}"
