"""The report of a soak: what happened, what was found, and a plot of each measure."""

from collections import defaultdict
from pathlib import Path

import matplotlib as mpl
import numpy as np

from tests.soak.living import Life
from tests.soak.measuring import MOST_GROWTH, Series

TITLES = {
    "memory_mb": "Memory of its own (USS), MB",
    "files": "Open files",
    "threads": "Threads",
    "connections": "Connections to the server",
}


def write_report(folder: Path, life: Life, findings: list[str]) -> Path:
    """Writes `report.md` and its pictures; gives its path."""
    mpl.use("Agg")
    seconds = np.array(life.measures.seconds)
    half, most = np.quantile(seconds, [0.5, 0.99])
    lines = [
        f"# Soak of {life.ticks} ticks, seed {life.seed}",
        "",
        "**All well.**" if not findings else "**Not well:**",
        *(f"- {finding}" for finding in findings),
        "",
        f"A tick with its decision took {half:.2f} s at the median and {most:.2f} s at p99, "
        f"all {seconds.sum() / 60:.0f} minutes.",
        "",
        "## What happened",
        "| what | times |",
        "|---|---:|",
        *(
            f"| {what} | {times:,} |"
            for what, times in sorted({**life.counted, **life.world.weather.counted}.items())
        ),
        "",
        "## What was measured",
        "The line is fitted to the last life of a process, after the first 30 % of its samples.",
        "",
        "| process | measure | fitted at first | at last | may rise by |",
        "|---|---|---:|---:|---:|",
    ]
    lines += [
        f"| {one.process} | {one.measure} | {fitted[0]:.1f} | {fitted[1]:.1f} | {one.limit:.1f} |"
        for one in life.measures.series
        if (fitted := one.fitted())
    ]
    by_measure: dict[str, list[Series]] = defaultdict(list)
    for one in life.measures.series:
        by_measure[one.measure].append(one)
    for measure in MOST_GROWTH:
        _plot(folder / f"{measure}.png", TITLES[measure], by_measure[measure])
        lines += ["", f"![{TITLES[measure]}]({measure}.png)"]
    _plot_seconds(folder / "seconds.png", seconds)
    lines += ["", "![Seconds a tick](seconds.png)", ""]
    path = folder / "report.md"
    path.write_text("\n".join(lines))
    return path


def _plot(path: Path, title: str, several: list[Series]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    axes = figure.subplots()
    for one in several:
        axes.plot(one.ticks, one.values, label=one.process, linewidth=1)
    axes.set(title=title, xlabel="ticks", ylim=(0, None))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    figure.savefig(path)


def _plot_seconds(path: Path, seconds: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3), layout="constrained")
    axes = figure.subplots()
    axes.plot(np.arange(1, len(seconds) + 1), seconds, linewidth=0.7)
    axes.set(title="Seconds a tick with all that failed in it", xlabel="ticks", ylim=(0, None))
    figure.savefig(path)
