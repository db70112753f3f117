"""Draws the pictures of docs/real-months.md from what the pipeline stored; `make pictures` runs it.

It reads a database that `examples/files.toml` backfilled; it asks no provider and writes no row.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import matplotlib as mpl
import numpy as np
import sqlalchemy as sa
from matplotlib import pyplot as plt

from fintech_pipeline.clock import Window, day_window
from fintech_pipeline.composition import Pipeline, open_pipeline
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.settings import load_settings

PICTURES = Path(__file__).parent / "pictures"
MONTHS = day_window(date(2025, 3, 3), date(2025, 6, 17))
SHOWN = ("AAPL", "AMZN", "META", "UNH")
BLUE, ORANGE, GREY = "#2b6cb0", "#c05621", "#a0aec0"

COVERAGE = """
    SELECT symbol, date(closed_at - interval '1 minute') AS session_on, count(*) AS bars
    FROM fintech.bars
    WHERE interval = '30m' AND opened_at >= :start AND closed_at <= :end
    GROUP BY 1, 2
"""
ARTICLES = """
    SELECT l.symbol, count(*) AS articles, count(DISTINCT a.story_id) AS stories
    FROM fintech.article_symbols AS l JOIN fintech.articles AS a ON a.id = l.article_id
    WHERE a.known_at >= :start AND a.known_at <= :end
    GROUP BY 1 ORDER BY 2 DESC
"""
SCORES = """
    SELECT slot_at, price, score FROM fintech.signals
    WHERE symbol = :symbol AND revision = 1 AND slot_at > :start AND slot_at <= :end
    ORDER BY slot_at
"""
ACTIONS = """
    SELECT action, count(*) FROM fintech.signals
    WHERE revision = 1 AND slot_at > :start AND slot_at <= :end GROUP BY 1 ORDER BY 2 DESC
"""


def rows_of(
    pipeline: Pipeline, query: str, window: Window, **values: str
) -> Sequence[sa.Row[tuple[object, ...]]]:
    """The rows of one of the queries above over the window."""
    with pipeline.database.transaction() as connection:
        bound = {"start": window.start, "end": window.end, **values}
        return connection.execute(sa.text(query), bound).all()


def coverage(pipeline: Pipeline, window: Window) -> None:
    """Bars that exist over bars that were due, for each symbol and session."""
    calendar = calendar_of("XNYS")
    sessions = calendar.sessions(window)
    session, _ = calendar.places(calendar.slots(window))
    due = np.bincount(session - session[0])
    days = [str(day) for day in sessions.session_on]
    symbols = [instrument.symbol for instrument in pipeline.instruments.watched()]
    share = np.zeros((len(symbols), len(days)))
    for symbol, day, bars in rows_of(pipeline, COVERAGE, window):
        column = days.index(str(day))
        share[symbols.index(str(symbol)), column] = int(str(bars)) / due[column]
    gaps = int((share < 1).sum())
    print(f"{len(days)} sessions, {int(due.sum()) * len(symbols):,} bars due, {gaps} gaps")
    figure, axes = plt.subplots(figsize=(9, 3.6), layout="constrained")
    picture = axes.imshow(share, aspect="auto", cmap="Blues", vmin=0, vmax=1)
    axes.set_yticks(range(len(symbols)), symbols, fontsize=7)
    axes.set_xticks(range(0, len(days), 8), [day[5:] for day in days[::8]])
    axes.set_title("Half-hour bars that exist, of those due, by session (New York)", loc="left")
    figure.colorbar(picture, label="share")
    figure.savefig(PICTURES / "real-coverage.png", dpi=110)


def articles(pipeline: Pipeline, window: Window) -> None:
    """Articles and the stories they tell, for each symbol with news."""
    found = rows_of(pipeline, ARTICLES, window)
    names = [str(row[0]) for row in found]
    counts = np.array([[int(str(row[1])), int(str(row[2]))] for row in found])
    for name, (count, stories) in zip(names, counts, strict=True):
        print(f"{name}: {count} articles in {stories} stories")
    place = np.arange(len(names))
    figure, axes = plt.subplots(figsize=(9, 2.8), layout="constrained")
    axes.bar(place - 0.2, counts[:, 0], 0.4, label="articles", color=GREY)
    axes.bar(place + 0.2, counts[:, 1], 0.4, label="stories", color=BLUE)
    axes.set_xticks(place, names)
    axes.set_title("Articles and stories by symbol", loc="left")
    axes.legend(frameon=False)
    figure.savefig(PICTURES / "real-articles.png", dpi=110)


def scores(pipeline: Pipeline, window: Window) -> None:
    """Price and score over all slots, sessions closed up, of a few symbols."""
    figure, grid = plt.subplots(len(SHOWN), 1, figsize=(9, 8), layout="constrained", sharex=True)
    for axes, symbol in zip(grid, SHOWN, strict=True):
        found = rows_of(pipeline, SCORES, window, symbol=symbol)
        price = np.array([float(str(row[1])) for row in found])
        score = np.array([float(str(row[2])) for row in found])
        place = np.arange(len(found))
        axes.plot(place, price, color="#2d3748", linewidth=0.9)
        axes.set_ylabel(f"{symbol}, USD")
        right = axes.twinx()
        right.fill_between(place, score, where=score >= 0, color=BLUE, alpha=0.35, linewidth=0)
        right.fill_between(place, score, where=score < 0, color=ORANGE, alpha=0.35, linewidth=0)
        right.set_ylim(-1, 1)
        right.set_ylabel("score")
        ticks = place[:: 13 * 8]
        axes.set_xticks(ticks, [f"{found[int(i)][0]:%m-%d}" for i in ticks])
    grid[0].set_title("Price (line) and score (area), slot by slot", loc="left")
    figure.savefig(PICTURES / "real-signals.png", dpi=110)
    print(", ".join(f"{row[0]} {row[1]}" for row in rows_of(pipeline, ACTIONS, window)))


def main() -> None:
    """Draws every picture and prints the figures that the page quotes."""
    mpl.use("Agg")
    plt.rcParams.update({"font.size": 9, "axes.spines.top": False})
    PICTURES.mkdir(exist_ok=True)
    pipeline = open_pipeline(load_settings())
    try:
        for draw in (coverage, articles, scores):
            draw(pipeline, MONTHS)
    finally:
        pipeline.close()


if __name__ == "__main__":
    main()
