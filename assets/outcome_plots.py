"""The plots of a review, as pictures inside Markdown.

They are drawn without a window system and without matplotlib's global state, so in any thread.
"""

import base64
import io
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from fintech_pipeline.signals.hindsight import SentimentFigures
from fintech_pipeline.signals.outcome_report import HorizonFigures, StrategyFigures
from fintech_pipeline.signals.outcomes import Estimate

COLOURS = ("#2b6cb0", "#c05621", "#4a5568")
"""Of the horizons, the nearest first."""
GREY = "#a0aec0"
DPI = 90


def strategy_plot(figures: StrategyFigures) -> str:
    """The information coefficients by component, and the returns by fifth of the score."""
    picture = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = picture.subplots(1, 2)
    draw_coefficients(left, figures.horizons)
    draw_fifths(right, figures.horizons)
    return _markdown(picture, f"{figures.strategy}: coefficients and returns")


def sentiment_plot(found: Sequence[SentimentFigures]) -> str | None:
    """How often prices rose after scores, by model; None where there are too few scores."""
    enough = [
        one
        for one in found
        if any(row.rose.enough for m in one.models[:1] for row in m.reliability)
    ]
    if not enough:
        return None
    picture = Figure(figsize=(5, 3.6), layout="constrained")
    draw_reliability(picture.subplots(), enough)
    return _markdown(picture, "reliability of the sentiment scores")


def draw_coefficients(axes: Axes, horizons: Sequence[HorizonFigures]) -> None:
    """A bar for each component and horizon with its 95 % interval; none where there are too few."""
    names = ["score", *horizons[0].components]
    height = 0.8 / len(horizons)
    for place, one in enumerate(horizons):
        estimates = [one.score, *one.components.values()]
        at = np.arange(len(names)) + (place - (len(horizons) - 1) / 2) * height
        axes.barh(
            at,
            [e.mean if e.enough else 0.0 for e in estimates],
            height,
            xerr=[_interval(e) for e in estimates],
            color=COLOURS[place],
            error_kw={"linewidth": 0.8, "ecolor": "#1a202c"},
            label=_label(one, one.score),
        )
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_yticks(range(len(names)), [name.replace("_", " ") for name in names], fontsize=8)
    axes.invert_yaxis()
    axes.set_title("Information coefficient, with its 95 % interval", loc="left", fontsize=9)
    _plain(axes)


def draw_fifths(axes: Axes, horizons: Sequence[HorizonFigures]) -> None:
    """The mean return of each fifth of the scores with its 95 % interval."""
    for place, one in enumerate(horizons):
        estimates = [bucket.return_pct for bucket in one.fifths]
        at = np.arange(len(estimates)) + (place - 1) * 0.12
        axes.errorbar(
            at,
            [e.mean if e.enough else np.nan for e in estimates],
            yerr=[_interval(e) for e in estimates],
            color=COLOURS[place],
            marker="o",
            markersize=3,
            linewidth=1,
            capsize=2,
            label=one.horizon,
        )
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.set_xticks(range(5), ["lowest", "2", "3", "4", "highest"], fontsize=8)
    axes.set_xlabel("fifth of the score", fontsize=8)
    axes.set_title("Mean return in per cent", loc="left", fontsize=9)
    _plain(axes)


def draw_reliability(axes: Axes, found: Sequence[SentimentFigures]) -> None:
    """What the scores of the model with the most of them said, and how often prices rose."""
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle="--")
    for place, one in enumerate(found):
        rows = [row for row in one.models[0].reliability if row.rose.enough]
        share = np.array([row.rose.share for row in rows])
        low, high = (np.array([getattr(row.rose, end) for row in rows]) for end in ("low", "high"))
        axes.errorbar(
            [row.mean_probability for row in rows],
            share,
            yerr=[np.maximum(share - low, 0), np.maximum(high - share, 0)],
            color=COLOURS[place],
            marker="o",
            markersize=3,
            linewidth=1,
            capsize=2,
            label=f"{one.horizon} after",
        )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel("what the score says: the probability of a rise", fontsize=8)
    axes.set_ylabel("how often the price rose", fontsize=8)
    axes.set_title(f"Reliability of {found[0].models[0].group}", loc="left", fontsize=9)
    _plain(axes)


def _interval(estimate: Estimate) -> float:
    """Half the width of the 95 % interval of a mean."""
    return 1.96 * abs(estimate.mean / estimate.t) if estimate.enough and estimate.t else 0.0


def _label(one: HorizonFigures, estimate: Estimate) -> str:
    return one.horizon if estimate.enough else f"{one.horizon}: too few"


def _plain(axes: Axes) -> None:
    """What is common to all: the legend below the picture, where it hides nothing."""
    axes.legend(frameon=False, fontsize=7, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.15))
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)


def _markdown(picture: Figure, alternative: str) -> str:
    FigureCanvasAgg(picture)
    png = io.BytesIO()
    picture.savefig(png, format="png", dpi=DPI)
    return f"![{alternative}](data:image/png;base64,{base64.b64encode(png.getvalue()).decode()})"
