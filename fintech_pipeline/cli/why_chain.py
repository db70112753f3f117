"""What `fintech why` prints: the chain from bars and articles to the score, which adds up."""

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from fintech_pipeline.cli.report import COLOURS, SIMULATED
from fintech_pipeline.cli.why_news import news_table
from fintech_pipeline.signals.chain import Chain
from fintech_pipeline.signals.chain_telling import (
    action_told,
    bars_told,
    confidence_told,
    scorers_told,
    scores_behind,
    slot_told,
    weights_told,
    words,
)

MOST_COLUMNS = 120
FACTORS = (
    "Coverage is the weight of the components present, agreement how far they point one way, "
    "freshness the share of the last bars that exist."
)


def print_chain(chain: Chain) -> None:
    """Prints it for a person, at up to 120 columns."""
    console = Console(highlight=False, width=min(Console().width, MOST_COLUMNS))
    _print_head(chain, console)
    _title(console, 1, "The bars it saw")
    for line in bars_told(chain):
        _line(console, line)
    _title(console, 2, "What they and the news say, and what each weighs")
    console.print(Padding(_components(chain), (0, 0, 0, 2)))
    for line in weights_told(chain):
        _line(console, line)
    _title(console, 3, "From the score to the action")
    for line in action_told(chain):
        _line(console, line)
    _title(console, 4, "The confidence")
    _line(console, confidence_told(chain.signal))
    if chain.signal.coverage is not None:
        console.print(Padding(FACTORS, (0, 0, 0, 2), expand=False), style="dim")
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
        f"[bold]{signal.symbol}[/] at {slot_told(signal.slot_at)}: "
        f"[{COLOURS[signal.action]}]{words(signal.action)}[/], score {signal.score:+.6f}, "
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
            words(part.name),
            escape(part.reason),
            f"{part.value:+.6f}",
            f"{part.weight:.6f}",
            f"{part.contribution:+.6f}",
        )
    for name, reason in signal.missing:
        table.add_row(words(name), escape(reason), "missing", "", "", style="dim")
    return table


def _title(console: Console, number: int, text: str) -> None:
    console.print(f"\n[bold]{number}  {text}[/]")


def _line(console: Console, text: str) -> None:
    console.print(Padding(escape(text), (0, 0, 0, 2), expand=False))
