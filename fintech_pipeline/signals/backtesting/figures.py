"""The figures of an account: by day, over all of it, by year and by the market's state. Pure."""

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.clock import Instants
from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.backtesting.accounting import Account
from fintech_pipeline.signals.backtesting.luck import sharpe
from fintech_pipeline.signals.backtesting.sizes import MEMORY

YEAR = np.timedelta64(365, "D") + np.timedelta64(6, "h")
TREND_DAYS = 50
"""The market rises while it stands above its mean of so many days."""
UNKNOWN = "not known yet"
REGIMES = ("calm and rising", "calm and falling", "wild and rising", "wild and falling", UNKNOWN)


@dataclass(frozen=True, slots=True)
class Figures:
    """What an account came to.

    Attributes:
        return_pct: What was gained on the capital.
        yearly_return_pct: The same a year, compounded; None under a quarter of a year.
        volatility_pct: The standard deviation of daily returns, a year's; None under two days.
        sharpe: The yearly Sharpe ratio, with a riskless rate of 0; None where no day differs.
        drawdown_pct: The deepest fall from a peak, at most 0.
        drawdown_days: The longest time from a peak to its return, in calendar days, to the end
            where it has not returned.
        turnover: How often a year the capital was turned over: half of what was traded.
        exposure_pct: What was held and owed, in the mean of all rows.
        net_pct: What was held less what was owed, the same way.
        cost_pct: What all trades cost, as a sum of shares of the equity of their time.
        trades: How many orders were made.
        days: How many days there are.
    """

    return_pct: float
    yearly_return_pct: float | None
    volatility_pct: float | None
    sharpe: float | None
    drawdown_pct: float
    drawdown_days: int
    turnover: float
    exposure_pct: float
    net_pct: float
    cost_pct: float
    trades: int
    days: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """What some of the days came to.

    Attributes:
        name: Which days.
        days: How many.
        return_pct: What was gained in them, one after the other.
        benchmark_return_pct: What was gained by holding.
        sharpe: The yearly Sharpe ratio; None where they are under 20 days, or never differ.
        drawdown_pct: The deepest fall within them; None where they do not follow one another.
    """

    name: str
    days: int
    return_pct: float
    benchmark_return_pct: float
    sharpe: float | None
    drawdown_pct: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """An account by the day.

    Attributes:
        on: The UTC dates that rows end, rising.
        last: The place of each date's last row.
        returns: What each day gained, as a share.
        a_year: How many such days a year has.
    """

    on: NDArray[np.datetime64]
    last: NDArray[np.intp]
    returns: Floats
    a_year: float


def days_of(closed_at: Instants, equity: Floats) -> Days:
    """The equity's daily returns.

    Args:
        closed_at: When each row closed (UTC), rising.
        equity: What the account was worth then; it began as 1.
    """
    # A bar that closes at midnight ends its day.
    dates = (closed_at - np.timedelta64(1, "us")).astype("datetime64[D]")
    on, first = np.unique(dates, return_index=True)
    last = np.append(first[1:], len(dates)) - 1
    worth = np.append(1.0, equity[last])
    # Of an account that has lost everything nothing can be gained or lost.
    returns = np.where(worth[:-1] > 0.0, worth[1:] / np.where(worth[:-1] > 0.0, worth[:-1], 1), 1.0)
    span = (closed_at[-1] - closed_at[0]) / YEAR
    a_year = (len(on) - 1) / span if len(on) > 1 and span > 0 else 252.0
    return Days(on, last, returns - 1.0, float(a_year))


def figures_of(account: Account, closed_at: Instants, days: Days) -> Figures:
    """What the account came to."""
    years = float((closed_at[-1] - closed_at[0]) / YEAR)
    end = float(account.equity[-1])
    found = sharpe(days.returns)
    spread = float(np.std(days.returns, ddof=1)) if len(days.on) > 1 else math.nan
    worth = np.append(1.0, account.equity[days.last])
    return Figures(
        return_pct=100.0 * (end - 1.0),
        yearly_return_pct=100.0 * (end ** (1.0 / years) - 1.0) if years >= 0.25 else None,
        volatility_pct=_known(100.0 * spread * math.sqrt(days.a_year)),
        sharpe=_known(found * math.sqrt(days.a_year)),
        drawdown_pct=100.0 * float(_falls(worth).min()),
        drawdown_days=_longest_fall(worth, days.on),
        turnover=float(account.traded.sum()) / 2.0 / years if years > 0 else 0.0,
        exposure_pct=100.0 * float(account.gross.mean()),
        net_pct=100.0 * float(account.net.mean()),
        cost_pct=100.0 * float(account.paid.sum()),
        trades=account.trades,
        days=len(days.on),
    )


def falls(equity: Floats) -> Floats:
    """How far below its highest so far the equity is, as a share, at most 0; it began as 1."""
    return _falls(np.append(1.0, equity))[1:]


def years_of(days: Days, held: Days) -> list[Stretch]:
    """Each calendar year."""
    year = days.on.astype("datetime64[Y]")
    return [_stretch(str(one), year == one, days, held) for one in np.unique(year)]


def regimes_of(days: Days, held: Days) -> list[Stretch]:
    """The days by what the market had been doing until the day before.

    Args:
        days: The account's.
        held: Those of the market: of who holds all symbols alike.
    """
    state = market_states(held.returns)
    found = [
        replace(_stretch(name, state == place, days, held), drawdown_pct=None)
        for place, name in enumerate(REGIMES)
        if (state == place).any()
    ]
    return found if len(days.on) > TREND_DAYS else []


def market_states(returns: Floats) -> NDArray[np.int8]:
    """The place in `REGIMES` of each day's state, as it was known the evening before.

    It rises while it stands above its mean of 50 days, and is wild while its volatility (EWMA, λ =
    0.94) is above the median of all its days so far.
    """
    level = np.cumprod(1.0 + returns)
    states = np.full(len(returns), len(REGIMES) - 1, dtype=np.int8)
    if len(returns) <= TREND_DAYS:
        return states
    total = np.append(0.0, np.cumsum(level))
    mean = (total[TREND_DAYS:] - total[:-TREND_DAYS]) / TREND_DAYS
    variance, so_far = float(returns[0] ** 2), []
    wild = np.zeros(len(returns), dtype=np.bool_)
    for day, one in enumerate(returns):
        variance = MEMORY * variance + (1.0 - MEMORY) * float(one) ** 2
        so_far.append(variance)
        # The median of those before, which this one is not part of.
        wild[day] = variance > float(np.median(so_far))
    rises = level[TREND_DAYS - 1 :] > mean
    states[TREND_DAYS:] = 2 * wild[TREND_DAYS - 1 : -1] + ~rises[:-1]
    return states


def _stretch(name: str, chosen: NDArray[np.bool_], days: Days, held: Days) -> Stretch:
    own = days.returns[chosen]
    found = sharpe(own) * math.sqrt(days.a_year) if len(own) >= 20 else math.nan
    return Stretch(
        name,
        len(own),
        100.0 * float(np.prod(1.0 + own) - 1.0),
        100.0 * float(np.prod(1.0 + held.returns[chosen]) - 1.0),
        _known(found),
        100.0 * float(_falls(np.append(1.0, np.cumprod(1.0 + own))).min()),
    )


def _falls(worth: Floats) -> Floats:
    found: Floats = worth / np.maximum.accumulate(worth) - 1.0
    return found


def _longest_fall(worth: Floats, on: NDArray[np.datetime64]) -> int:
    """The longest time between two peaks, in days; the first stands on the first day."""
    peaks = np.flatnonzero(worth >= np.maximum.accumulate(worth))
    at = np.append(on[:1], on)[np.append(peaks, len(worth) - 1)]
    gaps = [
        int((later - earlier) / np.timedelta64(1, "D"))
        for (before, after), (earlier, later) in zip(
            pairwise(np.append(peaks, len(worth) - 1)), pairwise(at), strict=True
        )
        # From one peak to the next day's there is no fall between.
        if after > before + 1 or worth[after] < worth[before]
    ]
    return max(gaps, default=0)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
