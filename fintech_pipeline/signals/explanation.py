"""How a signal explains itself: phrases for a person, from the figures that were used. Pure."""

from collections.abc import Callable, Mapping, Sequence
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
Behind = tuple[int, int]
"""How many articles and stories the news rests on."""
_REASONS: Mapping[str, Callable[[float, Interval, Behind], str]] = {
    "momentum": lambda x, of, _: f"{_moved(x)} over the last {MOMENTUM_BARS[of]} bars",
    "trend": lambda x, *_: f"fast average {abs(x):.2f} ATR {_side(x)} the slow",
    "mean_reversion": lambda x, *_: f"{abs(x):.1f} deviations {_side(x)} the 20-bar mean",
    "rsi": lambda x, *_: f"RSI {x:.0f} over 14 bars",
    "reversal": lambda x, of, _: f"{_moved(x)} over the last {REVERSAL_BARS[of]} bars",
    "volume": lambda x, of, _: f"{x:.1f}× the money of {_USUAL[of]}",
    "money_flow": lambda x, *_: f"money flow index {x:.0f} over 14 bars",
    "gap": lambda x, *_: f"opened {_moved(x)} on the last close",
    "news": lambda x, _, behind: f"{_told(behind)}, {tone(x)}",
    "news_surprise": lambda x, *_: (
        f"{abs(x):.2f} {'better' if x >= 0 else 'worse'} than its usual tone"
    ),
    "forecast": lambda x, *_: f"models see a rise with a probability of {x:.0%}",
}
_USUAL: Mapping[Interval, str] = {
    Interval.DAY: "a usual day",
    Interval.HALF_HOUR: "the same half hour of other days",
}
_TONES = ((-0.4, "very negative"), (-0.1, "negative"), (0.1, "neutral"), (0.4, "positive"))
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


def reason_of(component: str, figure: float, interval: Interval, behind: Behind) -> str:
    """The figure behind a component, in words.

    Args:
        component: Its name.
        figure: As it is stored.
        interval: Of the strategy's bars.
        behind: How many articles and stories the news rests on.
    """
    return _REASONS[component](figure, interval, behind)


def _moved(change: float) -> str:
    return f"{'up' if change >= 0 else 'down'} {abs(change):.1%}"


def _side(figure: float) -> str:
    return "above" if figure >= 0 else "below"


def _told(behind: Behind) -> str:
    articles, stories = behind
    return (
        f"{articles} article{'s' if articles != 1 else ''} in"
        f" {stories} {'stories' if stories != 1 else 'story'}"
    )


def tone(value: float) -> str:
    """A sentiment value as a word."""
    return next((word for edge, word in _TONES if value < edge), "very positive")


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
