"""How a signal explains itself: phrases for a person, from the figures that were used. Pure."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.sentiment.aggregation import NewsSentiment

FEWEST_BARS = 15
"""With fewer bars no price component exists: the index of relative strength needs least."""
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


class Lack(IntEnum):
    """Why a price component is absent from a row: its place in `LACKS`."""

    NOTHING = 0
    NO_BAR = 1
    TOO_FEW_BARS = 2
    HOLES = 3
    STILL = 4
    NO_TRADE = 5
    TOO_FEW_SESSIONS = 6
    NO_OPEN = 7


LACKS = (
    "",
    "its bar is missing",
    TOO_FEW,
    "too many bars are missing in its look-back",
    "the price did not move",
    "nothing was traded",
    "too few sessions to know what is usual",
    "the session's first bar, or the session before, is missing",
)
"""The phrases for a person, in the order of `Lack`; nothing lacks at 0."""
NOTHING_STORED = "no half-hour bars are stored; backfill it, or look at the provider's problems"
NOT_ARRIVED = "its bar of this half hour has not arrived"
LACKS_BAR = frozenset({NOTHING_STORED, NOT_ARRIVED})
"""The reasons that the provider of bars can say more of."""


_SPANS = {"momentum": "13 bars", "reversal": "65 bars"}
_INDEXES = {"rsi": "relative strength", "money_flow": "money flow"}


def price_reason(component: str, figure: float) -> str:
    """The figure behind a price component, in words."""
    match component:
        case "momentum" | "reversal":
            return f"{_moved(figure)} over the last {_SPANS[component]}"
        case "trend":
            side = "above" if figure >= 0 else "below"
            return f"fast average {abs(figure):.2f} ATR {side} the slow"
        case "mean_reversion":
            side = "above" if figure >= 0 else "below"
            return f"{abs(figure):.1f} deviations {side} the 20-bar mean"
        case "rsi" | "money_flow":
            return f"{_INDEXES[component]} {figure:.0f} of 100"
        case "volume":
            return f"{figure:.1f}× the usual volume of this slot"
        case "gap":
            return f"opened {_moved(figure)}"
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
    return (
        f"its history is too short: {bars} bar{'s' if bars != 1 else ''}, {FEWEST_BARS} are needed"
    )


def _moved(share: float) -> str:
    return f"{'up' if share >= 0 else 'down'} {abs(share):.1%}"
