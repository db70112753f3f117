"""Draws the pictures and writes the figures of docs/outcomes.md from what the pipeline stored.

`python docs/outcomes.py` reviews the backfilled history of the database that the configuration
names, asks no provider and writes no row; `python docs/outcomes.py days FOLDER` first stores five
years of days and writes the configuration that follows them. The page says how both are used.
"""

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from marked import markdown, write_between
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from assets.outcome_plots import draw_coefficients, draw_fifths, draw_reliability
from fintech_pipeline.clock import Sighting, Window, utc_now
from fintech_pipeline.composition import Pipeline, open_pipeline
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.collection import collect_bars
from fintech_pipeline.orchestration.review import look_back
from fintech_pipeline.settings import load_settings
from fintech_pipeline.signals.hindsight import Asked, Review
from fintech_pipeline.signals.outcome_telling import (
    calibration_tables,
    headline,
    strategy_tables,
)

PAGE = Path(__file__).parent / "outcomes.md"
PICTURES = Path(__file__).parent / "pictures"
BUILD = Path(__file__).parents[1] / "build"
YEARS = (date(2012, 9, 4), date(2017, 9, 1))
DAYS = """# Written by docs/outcomes.py: every ticker of the folder, on New York's calendar.
name = "days"

[database]
folder = "../.fintech"

[pipeline]
starts_on = 2012-09-04

[market]
providers = ["files"]

[market.files]
folder = "{folder}"

[news]
providers = []

[signals]
strategies = ["swing"]
"""
SYMBOL = """
[[watchlist]]
symbol = "{0}"
name = "{0}"
mic = "XNYS"
"""


def main() -> None:
    """Stores the days, or draws and writes what the configured database holds."""
    if sys.argv[1:2] == ["days"]:
        configuration = follow_days(Path(sys.argv[2]).resolve())
        print(f"{store_days(configuration):,} days are stored; {configuration} follows them.")
        return
    settings = load_settings()
    pipeline = open_pipeline(settings)
    try:
        history = Window(datetime(1998, 1, 1, tzinfo=UTC), pipeline.clock())
        found = look_back(pipeline, Asked(False, history))
    finally:
        pipeline.close()
    draw(found, settings.name)
    write(found, settings.name)


def follow_days(folder: Path) -> Path:
    """Writes a configuration that follows every ticker of a folder of `TICKER.csv.gz`."""
    tickers = sorted(path.name.partition(".csv")[0] for path in folder.glob("*.csv*"))
    BUILD.mkdir(exist_ok=True)
    made = BUILD / "days.toml"
    text = DAYS.format(folder=folder) + "".join(SYMBOL.format(ticker) for ticker in tickers)
    made.write_text(text, "utf-8")
    return made


def store_days(configuration: Path) -> int:
    """Stores the bars of all the years in one go; a backfill would ask month by month."""
    pipeline = open_pipeline(load_settings(configuration))
    first, last = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in YEARS)
    try:
        return _collect(pipeline, Window(first, last + timedelta(days=1)))
    finally:
        pipeline.close()


def _collect(pipeline: Pipeline, window: Window) -> int:
    collected = collect_bars(
        pipeline.market_providers,
        pipeline.instruments.watched(),
        window,
        (Interval.DAY,),
        lambda delay: Sighting(utc_now(), live=False, usual_delay=delay),
    )
    for problem in collected.problems[:10]:
        print(f"{problem.symbol}: {problem.reason}")
    with pipeline.database.transaction() as connection:
        written = pipeline.bars.write(connection, collected.parts)
        pipeline.actions.write(connection, collected.actions)
    return written


def draw(found: Review, name: str) -> None:
    """A picture of each strategy, and one of the sentiment where there is any."""
    for figures in found.strategies:
        picture = Figure(figsize=(9, 3.6), layout="constrained")
        left, right = picture.subplots(1, 2)
        draw_coefficients(left, figures.horizons)
        draw_fifths(right, figures.horizons)
        _save(picture, f"outcomes-{name}.png")
    if found.sentiment:
        picture = Figure(figsize=(5, 3.6), layout="constrained")
        draw_reliability(picture.subplots(), found.sentiment)
        _save(picture, f"outcomes-{name}-sentiment.png")


def write(found: Review, name: str) -> None:
    """Puts the tables between the marks of this configuration on the page."""
    parts = []
    for figures in found.strategies:
        parts += [headline(figures), f"Turnover: {figures.turnover:.1%} of a position a signal."]
        parts += [markdown(told) for told in strategy_tables(figures)]
    for one in found.sentiment:
        told = calibration_tables(one.horizon, one.models, one.outlets)
        parts += [markdown(table) for table in told]
    body = "\n\n".join(parts)
    write_between(PAGE, name, body)


def _save(picture: Figure, name: str) -> None:
    FigureCanvasAgg(picture)
    PICTURES.mkdir(exist_ok=True)
    picture.savefig(PICTURES / name, dpi=110)


if __name__ == "__main__":
    main()
