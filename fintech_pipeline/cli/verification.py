"""`fintech signals replay` and `fintech signals audit`: whether stored signals can be trusted."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from fintech_pipeline.cli.parsing import Day, known_symbol
from fintech_pipeline.cli.report import SIMULATED, iso
from fintech_pipeline.cli.session import opened_pipeline
from fintech_pipeline.clock import Window, day_window
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.orchestration.verification import audited, replayed
from fintech_pipeline.signals.audit import Audited
from fintech_pipeline.signals.differences import Differing, told
from fintech_pipeline.signals.judgements import Chunk, Wanted, chunks, labels
from fintech_pipeline.signals.replay import Replayed

SHOWN = 5
FIELDS = 6
WIDTH = 120
UNKNOWN = (
    "its row or an input was changed, or a formula: no input of it was stored after it was written"
)
FIRST_DAY = datetime(1998, 1, 1, tzinfo=UTC)


@click.command()
@click.argument("symbol", required=False)
@click.option("--from", "first", type=Day(), help="The first UTC day; the first there is without.")
@click.option("--to", "last", type=Day(), help="The last UTC day, included; today without it.")
@click.option("--strategy", help="One strategy's label, such as balanced-2; all without it.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON, with every difference.")
@click.pass_context
def replay(
    context: click.Context,
    symbol: str | None,
    first: date | None,
    last: date | None,
    strategy: str | None,
    as_json: bool,
) -> None:
    """Compute stored signals again and tell of any bit that differs; all, or those of SYMBOL.

    Each from the inputs that were known at its cutoff, with the strategy, models and settings it
    was made with, whatever they are now. Nothing is written. Exits 1 if any differs.

    \b
    Examples:
      fintech signals replay
      fintech signals replay AAPL --from 2025-05-01 --to 2025-05-31
    """  # noqa: D301  # click's mark for lines it leaves as they are
    with opened_pipeline() as pipeline:
        known = list(pipeline.instruments.stored().values())
        own = known_symbol(symbol, known).symbol if symbol else None
        wanted = Wanted(_window(first, last, pipeline), own, strategy)
        parts = chunks(pipeline.database, wanted)
        if not parts:
            raise ConfigurationError(_nothing(pipeline, wanted))
        found = _replayed(pipeline, parts)
        simulated = pipeline.settings.simulated
    if as_json:
        click.echo(json.dumps(_replay_document(found), indent=2, ensure_ascii=False))
    else:
        _print_replay(found, simulated)
    context.exit(1 if found.differing else 0)


@click.command()
@click.option("--slots", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@click.option("--seed", type=int, default=1, show_default=True, help="Chooses the slots.")
@click.option("--from", "first", type=Day(), help="The first UTC day; the first there is without.")
@click.option("--to", "last", type=Day(), help="The last UTC day, included; today without it.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON, with every difference.")
@click.pass_context
def audit(
    context: click.Context,
    slots: int,
    seed: int,
    first: date | None,
    last: date | None,
    as_json: bool,
) -> None:
    """Cut off the future at random slots and tell of any bit of a signal that it changes.

    Bars, splits, dividends, articles and scores that were not known at a slot's cutoff are hidden,
    and its signals are compared with those of a pass that reads everything. Nothing is written.
    Exits 1 if any differs: then something looks ahead.

    \b
    Examples:
      fintech signals audit
      fintech signals audit --slots 100 --seed 7 --from 2025-05-01
    """  # noqa: D301  # click's mark for lines it leaves as they are
    with opened_pipeline() as pipeline:
        wanted = Wanted(_window(first, last, pipeline))
        found = audited(pipeline, wanted, slots, seed)
        if not any(one.slots for one in found):
            raise ConfigurationError(_nothing(pipeline, wanted))
        simulated = pipeline.settings.simulated
    differing = [one for part in found for one in part.differing]
    if as_json:
        click.echo(json.dumps(_audit_document(found, seed), indent=2, ensure_ascii=False))
    else:
        _print_audit(found, seed, simulated)
    context.exit(1 if differing else 0)


def _window(first: date | None, last: date | None, pipeline: Pipeline) -> Window:
    if first and last and last < first:
        raise ConfigurationError(f"The days would end on {last}, before they start on {first}.")
    start = day_window(first).start if first else FIRST_DAY
    end = day_window(last).end if last else pipeline.clock() + timedelta(days=1)
    if end < start:
        raise ConfigurationError(f"{first} lies in the future.")
    return Window(start, end)


def _nothing(pipeline: Pipeline, wanted: Wanted) -> str:
    known = labels(pipeline.database)
    if not known:
        return "There is no signal yet; `fintech tick` makes the first."
    if wanted.strategy is not None and wanted.strategy not in known:
        there = ", ".join(known)
        return f"There is no signal of the strategy {wanted.strategy}; there are those of {there}."
    whose = f" of {wanted.symbol}" if wanted.symbol else ""
    return f"There is no signal{whose} in these days; `fintech backfill` would make them."


def _replayed(pipeline: Pipeline, parts: list[Chunk]) -> Replayed:
    """All that came out, with a bar while it takes its time."""
    columns = (
        TextColumn("Replaying"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.completed:,} of {task.total:,} signals"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True, highlight=False)
    found = Replayed()
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("signals", total=sum(part.signals for part in parts))
        for part, came in zip(parts, replayed(pipeline, parts), strict=True):
            found += came
            bar.advance(task, part.signals)
    return found


def _print_replay(found: Replayed, simulated: bool) -> None:
    console = _console()
    replayed, differing = found.signals - found.left_out.total(), len(found.differing)
    if not differing:
        console.print(f"{_count(replayed, 'signal')} replayed: every bit is equal.")
    else:
        console.print(
            f"{_count(replayed, 'signal')} replayed: {found.equal:,} equal to the last bit, "
            f"[bold red]{differing:,} {_differ(differing)}[/]."
        )
        console.print(_table(found.differing, "Stored", "Recomputed"))
        reasons: dict[str, int] = {}
        for one in found.differing:
            reasons[one.because or UNKNOWN] = reasons.get(one.because or UNKNOWN, 0) + 1
        for reason, count in sorted(reasons.items(), key=lambda one: -one[1])[:SHOWN]:
            console.print(f"{_count(count, 'signal')}, likely because {reason}.", markup=False)
    for reason, count in found.left_out.most_common():
        console.print(f"{_count(count, 'signal')} can't be replayed: {reason}.", markup=False)
    _mark(console, simulated)


def _print_audit(found: Sequence[Audited], seed: int, simulated: bool) -> None:
    console = _console()
    for one in found:
        if not one.slots:
            console.print(f"No signals of {one.interval} bars are stored in these days.")
            continue
        span = f"{one.slots[0]:%Y-%m-%d %H:%MZ} to {one.slots[-1]:%Y-%m-%d %H:%MZ}"
        console.print(
            f"{one.interval} bars: the future was cut off at {_count(len(one.slots), 'slot')} "
            f"from {span} (seed {seed})."
        )
        if one.differing:
            differ = f"{len(one.differing):,} {_differ(len(one.differing))}"
            console.print(
                f"Of {_count(one.signals, 'signal')} [bold red]{differ}[/]: something looks ahead."
            )
            console.print(_table(one.differing, "Seeing all", "Without the future"))
        else:
            console.print(f"{_count(one.signals, 'signal')} compared: every bit is equal.")
    _mark(console, simulated)


def _table(differing: Sequence[Differing], stored: str, again: str) -> Table:
    """The first signals that differ, each with its first fields."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), caption_justify="left")
    table.add_column("Signal", no_wrap=True)
    for name in ("Field", stored, again):
        table.add_column(name, overflow="fold")
    for one in differing[:SHOWN]:
        names = [one.symbol, f"{one.slot_at:%Y-%m-%d %H:%MZ}", one.strategy]
        rows = [row[3:] for row in told([one], FIELDS)]
        more = len(one.differences) - len(rows)
        if more > 0:
            rows.append((f"and {_count(more, 'field')} more", "", ""))
        for place, row in enumerate(rows):
            # The last row holds what is left of the three lines that name the signal.
            left = names[place:] if place == len(rows) - 1 else names[place : place + 1]
            table.add_row("\n".join(map(escape, left)), *map(escape, row))
        table.add_section()
    if len(differing) > SHOWN:
        table.caption = f"The first {SHOWN} of {len(differing):,} signals; --json has them all."
    return table


def _replay_document(found: Replayed) -> dict[str, Any]:
    return {
        "signals": found.signals,
        "equal": found.equal,
        "different": len(found.differing),
        "differences": [_document(one, "recomputed") for one in found.differing],
        "not_replayable": [
            {"reason": reason, "signals": count} for reason, count in found.left_out.most_common()
        ],
    }


def _audit_document(found: Sequence[Audited], seed: int) -> dict[str, Any]:
    return {
        "seed": seed,
        "audits": [
            {
                "interval": str(one.interval),
                "slots": [iso(slot) for slot in one.slots],
                "signals": one.signals,
                "different": len(one.differing),
                "differences": [_document(two, "without_the_future") for two in one.differing],
            }
            for one in found
        ],
    }


def _document(differing: Differing, again: str) -> dict[str, Any]:
    return {
        "symbol": differing.symbol,
        "slot_at": iso(differing.slot_at),
        "strategy": differing.strategy,
        "revision": differing.revision,
        "because": differing.because,
        "fields": [
            {"field": one.field, "stored": one.stored, again: one.again}
            for one in differing.differences
        ],
    }


def _console() -> Console:
    console = Console(highlight=False)
    return Console(highlight=False, width=min(max(console.width, 80), WIDTH))


def _mark(console: Console, simulated: bool) -> None:
    if simulated:
        console.print(SIMULATED, style="bold yellow")


def _differ(count: int) -> str:
    return "differs" if count == 1 else "differ"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
