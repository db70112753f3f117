"""Bars and corporate actions: the domain objects of the market slice. Pure.

A bar is one OHLCV record labelled by its start, `opened_at`, and knowable only at its close.
Many bars of one symbol travel as a `BarSeries`, numpy columns of equal length.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.clock import Instants
from fintech_pipeline.errors import DataQualityError

Floats = NDArray[np.float64]


class Interval(StrEnum):
    """The length of a bar. A day's bar spans its session, whatever its length."""

    FIVE_MINUTES = "5m"
    QUARTER_HOUR = "15m"
    HALF_HOUR = "30m"
    DAY = "1d"


LENGTHS = {
    Interval.FIVE_MINUTES: timedelta(minutes=5),
    Interval.QUARTER_HOUR: timedelta(minutes=15),
    Interval.HALF_HOUR: timedelta(minutes=30),
}
"""The fixed lengths; a day's bar closes with its session instead."""


@dataclass(frozen=True, slots=True, eq=False)
class RawBars:
    """Bars of one symbol as a provider gave them: any order, duplicates and nonsense included.

    Attributes:
        symbol: Our symbol.
        interval: The length of each bar.
        opened_at: The bars' starts, `datetime64[us]`, UTC.
        open: First price, in the instrument's currency, not adjusted.
        high: Highest price.
        low: Lowest price.
        close: Last price.
        volume_shares: Shares traded.
    """

    symbol: str
    interval: Interval
    opened_at: Instants
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume_shares: Floats

    def __len__(self) -> int:
        return len(self.opened_at)

    def __getitem__(self, rows: NDArray[np.bool_] | NDArray[np.intp] | slice) -> "RawBars":
        return RawBars(
            self.symbol,
            self.interval,
            self.opened_at[rows],
            self.open[rows],
            self.high[rows],
            self.low[rows],
            self.close[rows],
            self.volume_shares[rows],
        )

    def columns(self) -> tuple[Instants, Floats, Floats, Floats, Floats, Floats]:
        """Times, open, high, low, close and volume, in that order."""
        return (self.opened_at, self.open, self.high, self.low, self.close, self.volume_shares)


@dataclass(frozen=True, slots=True, eq=False)
class BarSeries:
    """Good bars of one symbol in time order, with the instant at which each closed.

    Attributes:
        bars: The rows.
        closed_at: When each bar was complete, `datetime64[us]`, UTC.

    Raises:
        DataQualityError: Times do not increase strictly, a price is not a positive finite number,
            low ≤ open, close ≤ high does not hold, a volume is negative, or a bar closes at or
            before its open.
    """

    bars: RawBars
    closed_at: Instants

    def __post_init__(self) -> None:
        broken = broken_rows(self.bars)
        if broken.any():
            raise DataQualityError(f"{self.symbol} has {int(broken.sum())} impossible bars")
        if (np.diff(self.bars.opened_at) <= np.timedelta64(0)).any():
            raise DataQualityError(f"{self.symbol}'s bars do not stand in strict order of time")
        if len(self.closed_at) != len(self.bars) or (self.closed_at <= self.bars.opened_at).any():
            raise DataQualityError(f"{self.symbol} has a bar that closes before it opens")

    def __len__(self) -> int:
        return len(self.bars)

    @property
    def symbol(self) -> str:
        """Our symbol."""
        return self.bars.symbol

    @property
    def interval(self) -> Interval:
        """The length of the bars."""
        return self.bars.interval


def broken_rows(bars: RawBars) -> NDArray[np.bool_]:
    """Which rows cannot be true: non-finite or non-positive prices, high < low, negative volume."""
    prices = np.stack((bars.open, bars.high, bars.low, bars.close))
    with np.errstate(invalid="ignore"):
        possible = (
            np.isfinite(prices).all(axis=0)
            & (prices > 0).all(axis=0)
            & (bars.low <= np.minimum(bars.open, bars.close))
            & (bars.high >= np.maximum(bars.open, bars.close))
            & np.isfinite(bars.volume_shares)
            & (bars.volume_shares >= 0)
        )
    return ~possible


class ActionKind(StrEnum):
    """The kinds of corporate action that bend a price series."""

    SPLIT = "split"
    DIVIDEND = "dividend"


@dataclass(frozen=True, slots=True)
class CorporateAction:
    """A split or a dividend.

    Attributes:
        symbol: Our symbol.
        ex_at: The open of the first session that trades without it (UTC).
        ex_on: That session's date at the exchange.
        kind: Split or dividend.
        value: New shares for one old share (4.0 for 4:1), or money for each share.
    """

    symbol: str
    ex_at: datetime
    ex_on: date
    kind: ActionKind
    value: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.value) and self.value > 0):
            raise DataQualityError(f"{self.symbol}'s {self.kind} on {self.ex_on} has no value")
