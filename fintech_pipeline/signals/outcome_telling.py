"""The figures of a review in words and tables, the same for a terminal and for the UI. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fintech_pipeline.signals.calibration import Calibration
from fintech_pipeline.signals.outcome_report import HorizonFigures, StrategyFigures
from fintech_pipeline.signals.outcomes import TOO_FEW, Estimate, Rate

SHOWN = 12
"""Groups of a calibration and reasons that are shown; the rest is counted."""
SYMBOLS = 40
"""Symbols that are shown; JSON has all."""


@dataclass(frozen=True, slots=True)
class ToldTable:
    """A table for a person.

    Attributes:
        title: What it shows.
        header: The columns' names.
        rows: The cells.
    """

    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def rate_told(rate: Rate) -> str:
    """A rate with its interval, or that there are too few."""
    if not rate.enough:
        return f"{TOO_FEW} ({rate.windows})"
    return f"{rate.share:.1%} ({rate.low:.1%} to {rate.high:.1%})"


def estimate_told(estimate: Estimate, digits: int = 3, unit: str = "") -> str:
    """A mean with its t, and whether it is an effect where it was looked at as one."""
    if not estimate.enough:
        return f"{TOO_FEW} ({estimate.independent})"
    return f"{estimate.mean:+.{digits}f}{unit} (t {estimate.t:+.1f})"


def coefficient_told(estimate: Estimate) -> str:
    """An information coefficient with its verdict."""
    told = estimate_told(estimate)
    return f"{told}, {estimate.verdict}" if estimate.enough else told


def headline(figures: StrategyFigures) -> str:
    """What a review found, in one or two sentences."""
    counted = sum(one.count for one in figures.horizons)
    said = (
        f"{figures.strategy}: {figures.signals:,} signals of {figures.symbols} symbols, "
        f"{counted:,} outcomes."
    )
    if not figures.looks:
        return f"{said} Too few independent ones to say anything."
    found = [
        f"{name} at {one.horizon} {estimate.mean:+.3f}"
        for one in figures.horizons
        for name, estimate in [("score", one.score), *one.components.items()]
        if estimate.verdict == "effect found"
    ]
    effects = f"Effect found: {', '.join(found)}." if found else "No effect found."
    return (
        f"{said} {effects} {figures.looks} looks were taken, so about {figures.looks / 20:.0f} "
        'would seem to find something by chance ("may be chance").'
    )


def strategy_tables(figures: StrategyFigures) -> list[ToldTable]:
    """Everything about one strategy; of one with too few outcomes only how many there are."""
    horizons = figures.horizons
    tables = [_overview(horizons), *_without(horizons)]
    return [*tables, *_details(horizons)] if figures.looks else tables


def _details(horizons: Sequence[HorizonFigures]) -> list[ToldTable]:
    names = tuple(one.horizon for one in horizons)
    return [
        ToldTable(
            "Information coefficient by component",
            ("component", *names),
            [
                (
                    name.replace("_", " "),
                    *(coefficient_told(one.components[name]) for one in horizons),
                )
                for name in horizons[0].components
            ],
        ),
        ToldTable(
            "Mean return by fifth of the score and by action, in per cent",
            ("scores", "mean score", *names),
            [
                (
                    same[0].name.replace("_", " "),
                    _number(same[0].mean_score),
                    *(estimate_told(bucket.return_pct) for bucket in same),
                )
                for same in (
                    *zip(*(one.fifths for one in horizons), strict=False),
                    *zip(*(one.actions for one in horizons), strict=False),
                )
            ],
        ),
        ToldTable(
            "Beside what needs no skill: hits, mean return in per cent",
            ("rule", *names),
            [
                (
                    same[0].name,
                    *(
                        f"{rate_told(rule.hit_rate)}; {estimate_told(rule.return_pct)}"
                        for rule in same
                    ),
                )
                for same in zip(*(one.rules for one in horizons), strict=True)
            ],
        ),
        ToldTable(
            "Symbol by symbol: hits of the score's sign; its rank correlation over time",
            ("symbol", *names),
            _symbols(horizons),
        ),
    ]


def _symbols(horizons: Sequence[HorizonFigures]) -> list[tuple[str, ...]]:
    """A row for each of the first symbols; how many more there are."""
    rows = [
        (
            same[0].symbol,
            *(f"{rate_told(one.hit_rate)}; {coefficient_told(one.coefficient)}" for one in same),
        )
        for same in zip(*(one.symbols[:SYMBOLS] for one in horizons), strict=True)
    ]
    more = len(horizons[0].symbols) - SYMBOLS
    return [*rows, (f"{more} more", *[""] * len(horizons))] if more > 0 else rows


def calibration_tables(
    horizon: str, models: Sequence[Calibration], outlets: Sequence[Calibration]
) -> list[ToldTable]:
    """How the sentiment of each model and of each outlet did at one horizon."""
    header = ("scores", "hits", "Brier score", "of the base rate")
    return [
        *(
            ToldTable(
                f"Sentiment by {what}, {horizon} after",
                (what, *header),
                [_calibration(one) for one in groups[:SHOWN]] + _rest(groups, len(header)),
            )
            for what, groups in (("model", models), ("outlet", outlets))
            if groups
        ),
        *(
            ToldTable(
                f"Reliability of {one.group}, {horizon} after",
                ("score", "scores", "means a rise of", "rose"),
                [
                    (
                        f"{row.low:+.1f} to {row.high:+.1f}",
                        f"{row.rose.count:,}",
                        _share(row.mean_probability),
                        rate_told(row.rose),
                    )
                    for row in one.reliability
                ],
            )
            for one in models
            if one.rose.enough
        ),
    ]


def _overview(horizons: Sequence[HorizonFigures]) -> ToldTable:
    header = (
        "after",
        "outcomes",
        "wait",
        "lack",
        "score's sign hits",
        "buys hit",
        "sells hit",
        "coefficient of the score",
        "ranked",
    )
    return ToldTable("What came after", header, [_overview_row(one) for one in horizons])


def _overview_row(one: HorizonFigures) -> tuple[str, ...]:
    return (
        one.horizon,
        f"{one.count:,}",
        f"{one.waiting:,}",
        f"{sum(one.without.values()):,}",
        rate_told(one.sign),
        rate_told(one.buys),
        rate_told(one.sells),
        coefficient_told(one.score),
        one.ranked,
    )


def _without(horizons: Sequence[HorizonFigures]) -> Iterable[ToldTable]:
    """Why outcomes lack, the most frequent first."""
    rows = [
        (one.horizon, reason, f"{count:,}")
        for one in horizons
        for reason, count in sorted(one.without.items(), key=lambda item: -item[1])[:SHOWN]
    ]
    if rows:
        yield ToldTable("Why outcomes lack", ("after", "why", "outcomes"), rows)


def _calibration(one: Calibration) -> tuple[str, ...]:
    return (
        one.group,
        f"{one.rose.count:,}",
        rate_told(one.hit_rate),
        f"{one.brier:.3f}" if one.rose.enough else TOO_FEW,
        f"{one.brier_of_base:.3f}" if one.rose.enough else "",
    )


def _rest(groups: Sequence[Calibration], width: int) -> list[tuple[str, ...]]:
    more = groups[SHOWN:]
    if not more:
        return []
    return [(f"{len(more)} more", f"{sum(one.rose.count for one in more):,}", *[""] * (width - 1))]


def _number(value: float) -> str:
    return f"{value:+.2f}" if math.isfinite(value) else "none"


def _share(value: float) -> str:
    return f"{value:.0%}" if math.isfinite(value) else "none"
