"""How a signal explains itself: phrases for a person, from the figures that were used. Pure."""

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.market.bars import Interval
from fintech_pipeline.signals.prices import FEWEST_BARS, MOMENTUM_BARS, REVERSAL_BARS


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
    "too few bars for its look-back",
    "too many bars are missing in its look-back",
    "the price did not move",
    "nothing was traded",
    "too few sessions to know what is usual",
    "the session's first bar, or the session before, is missing",
)
"""The phrases for a person, in the order of `Lack`; nothing lacks at 0."""
MISSING = {
    "news": "no scored article in the last five days",
    "news_surprise": "too few scored articles to know the usual tone",
}
"""Why a component of the news is missing."""
_REASONS = {
    "momentum": "{moved} over the last {short} bars",
    "trend": "fast average {size:.2f} ATR {side} the slow",
    "mean_reversion": "{size:.1f} deviations {side} the 20-bar mean",
    "rsi": "RSI {figure:.0f} over 14 bars",
    "reversal": "{moved} over the last {week} bars",
    "volume": "{figure:.1f}× the money of {usual}",
    "money_flow": "money flow index {figure:.0f} over 14 bars",
    "gap": "opened {moved} on the last close",
    "news": "{articles} in {stories}, {tone}",
    "news_surprise": "{size:.2f} {better} than its usual tone",
}
NOTHING_STORED = {
    Interval.HALF_HOUR: "no half-hour bars are stored; backfill it, or look at the provider's"
    " problems",
    Interval.DAY: "no day's bars are stored; backfill it, or look at the provider's problems",
}
NOT_ARRIVED = {
    Interval.HALF_HOUR: "its bar of this half hour has not arrived",
    Interval.DAY: "its bar of this day has not arrived",
}
LACKS_BAR = frozenset({*NOTHING_STORED.values(), *NOT_ARRIVED.values()})
"""The reasons that the provider of bars can say more of."""


def reason_of(component: str, figure: float, interval: Interval, behind: tuple[int, int]) -> str:
    """The figure behind a component, in words.

    Args:
        component: Its name.
        figure: As it is stored.
        interval: Of the strategy's bars.
        behind: How many articles and stories the news rests on.
    """
    articles, stories = behind
    words = {
        "side": "above" if figure >= 0 else "below",
        "size": abs(figure),
        "figure": figure,
        "moved": f"{'up' if figure >= 0 else 'down'} {abs(figure):.1%}",
        "short": MOMENTUM_BARS[interval],
        "week": REVERSAL_BARS[interval],
        "usual": "a usual day" if interval is Interval.DAY else "the same half hour of other days",
        "tone": tone(figure),
        "articles": f"{articles} article{'s' if articles != 1 else ''}",
        "stories": f"{stories} {'stories' if stories != 1 else 'story'}",
        "better": "better" if figure >= 0 else "worse",
    }
    return _REASONS[component].format(**words)


def tone(value: float) -> str:
    """A sentiment value as a word."""
    edges = [(-0.4, "very negative"), (-0.1, "negative"), (0.1, "neutral"), (0.4, "positive")]
    return next((word for edge, word in edges if value < edge), "very positive")


def why_none(present: NDArray[np.bool_], interval: Interval, lacks: Sequence[str] = ()) -> str:
    """Why a symbol whose market was open has no signal.

    Args:
        present: Whether it has a bar in each row up to the judged one.
        interval: Of the bars.
        lacks: Why each price component is missing.
    """
    bars = int(present.sum())
    if bars == 0:
        return NOTHING_STORED[interval]
    if not present[-1]:
        return NOT_ARRIVED[interval]
    few = LACKS[Lack.TOO_FEW_BARS]
    told = "; ".join(dict.fromkeys(lack for lack in lacks if lack and lack != few))
    if bars >= FEWEST_BARS and told:
        return f"no price component exists: {told}"
    counted = f"{bars} bar{'s' if bars != 1 else ''}"
    return f"its history is too short: {counted}, {FEWEST_BARS} are needed"
