"""How the figures of `fintech sentiment evaluate` are printed."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fintech_pipeline.sentiment.evaluation import CLASSES, Figures
from fintech_pipeline.sentiment.judging import Compared, Speed


def document(version: str, compared: Sequence[Compared], fast: Speed) -> dict[str, Any]:
    """The figures as JSON has them."""
    return {
        "model": version,
        "sets": [asdict(one) for one in compared],
        "headlines_per_second": asdict(fast),
    }


def print_all(version: str, compared: Sequence[Compared], fast: Speed) -> None:
    """The figures as tables: all methods side by side, then ours in detail."""
    console = Console(highlight=False, width=min(Console().width, 120))
    table = Table(title=f"Accuracy / macro-F1 of {version}", title_justify="left")
    table.add_column("Set")
    for name in ("Texts", "Local", "VADER", "Majority", "ECE"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in compared:
        calibration = one.ours.calibration
        table.add_row(
            escape(one.name),
            f"{one.ours.texts:,}",
            _pair(one.ours),
            _pair(one.vader),
            _pair(one.majority),
            f"{calibration.error:.3f}" if calibration else "–",
        )
    console.print(table)
    for one in compared:
        if one.titles_right is not None:
            console.print(f"{escape(one.name)}: every entity right in {one.titles_right:.1%}.")
    for one in compared:
        _print_details(console, one)
    console.print(
        f"Headlines a second of one core: {fast.ours:,.0f}, VADER in the same run "
        f"{fast.vader:,.0f}."
    )


def _print_details(console: Console, one: Compared) -> None:
    table = Table(title=escape(one.name), title_justify="left")
    table.add_column("Class")
    for name in ("Precision", "Recall", "F1", *(f"called {label}" for label in CLASSES)):
        table.add_column(name, justify="right")
    for label in CLASSES:
        row = one.ours.classes[label]
        figures = (f"{row.precision:.3f}", f"{row.recall:.3f}", f"{row.f1:.3f}")
        called = (f"{one.ours.confusion[label][other]:,}" for other in CLASSES)
        table.add_row(label, *figures, *called)
    console.print(table)
    if one.ours.calibration:
        bins = (
            f"{b.confidence:.2f} → {b.accuracy:.2f} ({b.texts:,})"
            for b in one.ours.calibration.bins
        )
        console.print(f"confidence → accuracy (texts): {', '.join(bins)}", soft_wrap=True)


def _pair(figures: Figures) -> str:
    return f"{figures.accuracy:.3f} / {figures.macro_f1:.3f}"
