"""How a signal explains itself: phrases for a person, from the figures that were used. Pure."""

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.sentiment.aggregation import NewsSentiment
from fintech_pipeline.signals.components import BAND_BARS

TOO_FEW = "too few bars for its look-back"
MISSING = {
    "rsi": TOO_FEW,
    "reversal": TOO_FEW,
    "money_flow": TOO_FEW,
    "gap": TOO_FEW,
    "news_surprise": "too few scored articles to know its usual tone",
    "momentum": TOO_FEW,
    "trend": TOO_FEW,
    "mean_reversion": TOO_FEW,
    "volume": "too few sessions to know the usual volume of this slot",
    "news": "no scored article in the last five days",
}
"""Why a component can be absent."""
NOTHING_STORED = "no half-hour bars are stored; backfill it, or look at the provider's problems"
NOT_ARRIVED = "its bar of this half hour has not arrived"
LACKS_BAR = frozenset({NOTHING_STORED, NOT_ARRIVED})
"""The reasons that the provider of bars can say more of."""


def price_reason(component: str, figure: float) -> str:
    """The figure behind a price component, in words."""
    match component:
        case "momentum":
            return f"{_moved(figure)} over the last 13 bars"
        case "trend":
            side = "above" if figure >= 0 else "below"
            return f"fast average {abs(figure):.2f} ATR {side} the slow"
        case "mean_reversion":
            side = "above" if figure >= 0 else "below"
            return f"{abs(figure):.1f} deviations {side} the 20-bar mean"
        case "volume":
            return f"{figure:.1f}× the usual volume of this slot"
        case _:
            raise ValueError(f"{component} is not a price component")


def news_reason(news: NewsSentiment) -> str:
    """What the news component rests on, in words."""
    articles = f"{news.articles} article{'s' if news.articles != 1 else ''}"
    stories = f"{news.stories} {'stories' if news.stories != 1 else 'story'}"
    return f"{articles} in {stories}, {tone(news.value)}"


def tone(value: float) -> str:
    """A sentiment value as a word."""
    edges = [(-0.4, "very negative"), (-0.1, "negative"), (0.1, "neutral"), (0.4, "positive")]
    return next((word for edge, word in edges if value < edge), "very positive")


def why_none(present: NDArray[np.bool_]) -> str:
    """Why a symbol whose market was open has no signal.

    Args:
        present: Whether it has a bar in each slot up to the judged one.
    """
    bars = int(present.sum())
    if bars == 0:
        return NOTHING_STORED
    if not present[-1]:
        return NOT_ARRIVED
    return f"its history is too short: {bars} bar{'s' if bars != 1 else ''}, {BAND_BARS} are needed"


def _moved(share: float) -> str:
    return f"{'up' if share >= 0 else 'down'} {abs(share):.1%}"
