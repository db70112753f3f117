"""`make bench`: what the project promises of its speed, as ratios measured in one run.

Prints a table and writes `build/bench.json`, a list of `{name, value, unit, goal, holds}`. Both
sides of a ratio run in turn, A B A B …, so that a machine whose speed drifts treats them alike;
the medians are compared. Run it on a quiet machine. Names of parts measure those alone, and
write no file: `bench.py dashboard api`.
"""

import json
import logging
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict

import numpy as np
from rich.console import Console
from rich.table import Table

from tests.benchmarks import (
    alert_latency,
    alerts,
    api_reads,
    api_stream,
    backtests,
    bars,
    dashboard,
    headlines,
    signals,
    signals_bulk,
    ticks,
)
from tests.benchmarks.measuring import PROJECT, SHARED, Figure, database

SAMPLES = 100


def storing() -> Iterator[Figure]:
    """A million bars written and read."""
    with database() as opened:
        yield from bars.upsert_and_read(opened)


def real_data() -> Iterator[Figure]:
    """Real bars collected and real headlines scored, where there are any."""
    if not SHARED.is_dir():
        print("real bars and headlines: not measured, ../shared/data is not here")
        return
    yield bars.collecting_real_bars()
    yield headlines.scoring_headlines()


def signals_in_bulk() -> Iterator[Figure]:
    """Ten years of days of 500 symbols judged by `swing`, Postgres to Postgres."""
    found = signals_bulk.measured()
    value = found.full_seconds / found.floor_seconds
    unit = "× the bare read and upsert"
    yield Figure(f"{found.rows:,} signals of days", value, unit, "≤ 1.6", value <= 1.6)
    share = 100 * found.slot_seconds / found.full_seconds
    yield Figure("one new day of them", share, "% of the full pass", "< 1", share < 1)
    yield Figure("their memory", found.peak_gb, "GB", "< 2", found.peak_gb < 2)


def indicators() -> Iterator[Figure]:
    """The indicators of 500 symbols over ten years of days against a bare loop over TA-Lib."""
    found = signals.measured()
    value = found["indicators / bare loop"]
    yield Figure("indicators", value, "× a bare TA-Lib loop", "≤ 1.5", value <= 1.5)
    value = found["whole readings in blocks / bare loop"]
    # Two thirds of it are ours: volatility, volume, gaps, and what each symbol lacks.
    yield Figure("all price components", value, "× the same loop", "told only", holds=True)


def backtesting() -> Figure:
    """Ten years of days of 500 symbols traded, with figures and luck, after loading."""
    value = backtests.seconds()
    name = f"a backtest of {backtests.SYMBOLS} symbols × {backtests.DAYS:,} days"
    return Figure(name, value, "s after loading", "< 2", value < 2)


def alerting() -> Iterator[Figure]:
    """Alerts decided, delivered, and the whole way through real processes."""
    with database() as opened:
        seconds, begun = alerts.deciding(opened)
    name = f"{alerts.RULES:,} rules × {alerts.SYMBOLS} symbols, {begun:,} alerts begin"
    yield Figure(name, seconds, "s for the slowest look", "< 5", seconds < 5)
    with database() as opened:
        rate = alerts.draining(opened)
    yield Figure(f"{alerts.MAILS:,} mails drained", rate, "mails/s", "≥ 100", rate >= 100)
    found = alert_latency.latencies(SAMPLES)
    slowest = float(np.quantile(found, 0.99))
    unit = f"s at p99 of {SAMPLES} (median {np.median(found):.1f})"
    yield Figure("signal to mail server", slowest, unit, "≤ 10", slowest <= 10)


def streaming() -> Figure:
    """From a commit to a thousand clients of the live stream, on the same cores."""
    with database() as opened:
        found = api_stream.measured(opened)
    value = found.p99 / api_stream.GOAL_SECONDS
    unit = f"× 300 ms at p99 (median {found.median * 1e3:.0f} ms, p99 {found.p99 * 1e3:.0f} ms)"
    holds = found.complete and value <= 1
    return Figure(f"commit to {api_stream.CLIENTS:,} clients", value, unit, "≤ 1", holds)


def reading_over_http() -> Iterator[Figure]:
    """The API's reads, from when each was due, over ten million stored bars."""
    found = api_reads.measured()
    for name, latencies in {**found.latencies_ms, **found.alone_ms, "all": found.all_ms}.items():
        half, most = np.quantile(latencies, [0.5, 0.99])
        unit = f"ms at p99 of {api_reads.PER_SECOND}/s, {found.bars:,} bars (median {half:.1f})"
        if name in found.alone_ms:
            yield Figure(
                f"API: {name}", most, unit.replace("100/s", "10/s"), "told only", holds=True
            )
            continue
        holds = bool(most <= api_reads.MOST_MS)
        yield Figure(f"API: {name}", most, unit, f"≤ {api_reads.MOST_MS:.0f}", holds)


def looking() -> Iterator[Figure]:
    """The dashboard in Chromium with the CPU slowed four times, a watch beside it."""
    found = dashboard.measured()
    for name, value, most, unit in (
        (
            "JavaScript of the first load",
            found.script_bytes / 1e3,
            dashboard.MOST_SCRIPT_KB,
            "kB, compressed",
        ),
        ("first load until usable", found.usable_ms, dashboard.MOST_USABLE_MS, "ms"),
        (
            f"longest frame while {found.cards} cards change",
            found.longest_frame_ms,
            dashboard.MOST_FRAME_MS,
            "ms",
        ),
    ):
        yield Figure(f"dashboard: {name}", value, unit, f"≤ {most:,.0f}", value <= most)


PARTS: Mapping[str, Callable[[], Iterable[Figure]]] = {
    "bars": storing,
    "tick": lambda: [ticks.tick_against_nothing()],
    "headlines": headlines.thousand_headlines,
    "signals": signals_in_bulk,
    "indicators": indicators,
    "backtests": lambda: [backtesting()],
    "alerts": alerting,
    "stream": lambda: [streaming()],
    "api": reading_over_http,
    "dashboard": looking,
    "real": real_data,
}


def main() -> None:
    """Measures everything, or the parts named, and prints the table; exits 1 if a goal is missed.

    All of it together writes the file.
    """
    warnings.simplefilter("ignore")
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    named = sys.argv[1:] or list(PARTS)
    if unknown := set(named) - set(PARTS):
        sys.exit(f"There is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}.")
    figures = [figure for name in named for figure in PARTS[name]()]
    table = Table("Promise", "Measured", "Goal", "Holds")
    for figure in figures:
        measured = f"{figure.value:,.2f} {figure.unit}"
        table.add_row(figure.name, measured, figure.goal, "yes" if figure.holds else "NO")
    Console().print(table)
    if not sys.argv[1:]:
        build = PROJECT / "build"
        build.mkdir(exist_ok=True)
        text = json.dumps([asdict(one) for one in figures], indent=2, ensure_ascii=False)
        (build / "bench.json").write_text(text + "\n")
    if not all(figure.holds for figure in figures):
        sys.exit(1)


if __name__ == "__main__":
    main()
