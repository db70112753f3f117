"""How much of a Sharpe ratio may be luck. Pure; chance is passed in.

- The stationary bootstrap (Politis, Romano 1994): days are drawn in blocks of random length, so
  that what follows one another stays together. The mean length is chosen by Politis and White
  (2004), with the correction of Patton, Politis and White (2009).
- The probabilistic Sharpe ratio (Bailey, López de Prado 2012): the chance that the true one is
  above another, given how skewed and how heavy in its tails the returns are.
- The deflated Sharpe ratio (Bailey, López de Prado 2014): the same against the best that so many
  trials would have shown without any skill.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from fintech_pipeline.market.bars import Floats

RESAMPLES = 2_000
LEVEL = 0.95
"""Of the interval."""
FEWEST_DAYS = 20
"""With fewer days on which anything was gained or lost nothing is said of luck."""
_STILL = 1e-12
"""What is left of equal numbers by rounding is no deviation."""
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Luck:
    """What of a Sharpe ratio may be luck.

    Attributes:
        low: Where the interval of the yearly Sharpe ratio begins.
        high: Where it ends.
        level: How often such an interval holds the true one.
        probabilistic: The chance in [0, 1] that the true Sharpe ratio is above 0.
        deflated: The chance that it is above the best of so many trials without skill.
        trials: How many were tried, this one included.
        expected_best: The yearly Sharpe ratio that the best of them would show without skill.
        daily: The Sharpe ratio of one day.
        skew: The skewness of the daily returns.
        tails: Their kurtosis; 3 for a normal distribution.
    """

    low: float
    high: float
    level: float
    probabilistic: float
    deflated: float
    trials: int
    expected_best: float
    daily: float
    skew: float
    tails: float


def sharpe(returns: Floats) -> float:
    """Mean over standard deviation of the returns, of one day; NaN where they never differ.

    The riskless rate is taken as 0.
    """
    if len(returns) < 2:
        return math.nan
    deviation = float(np.std(returns, ddof=1))
    if deviation <= _STILL * max(1.0, float(np.abs(returns).max())):
        return math.nan
    return float(np.mean(returns)) / deviation


def luck_of(
    returns: Floats, trials: Floats, days_a_year: float, chance: np.random.Generator
) -> Luck | None:
    """What of the Sharpe ratio of these days may be luck.

    Args:
        returns: Of each day.
        trials: The daily Sharpe ratios of all trials, this one's among them.
        days_a_year: How many of these days a year has.
        chance: Draws the blocks.

    Returns:
        None where too few days gained or lost anything, or they never differ.
    """
    found = sharpe(returns)
    if np.count_nonzero(returns) < FEWEST_DAYS or not math.isfinite(found):
        return None
    year = math.sqrt(days_a_year)
    low, high = bootstrapped(returns, chance)
    shape = (returns - returns.mean()) / returns.std()
    skew, tails = float((shape**3).mean()), float((shape**4).mean())
    best = best_by_luck(trials)
    days = len(returns)
    return Luck(
        low * year,
        high * year,
        LEVEL,
        probability(found, 0.0, days, skew, tails),
        probability(found, best, days, skew, tails),
        max(len(trials), 1),
        best * year,
        found,
        skew,
        tails,
    )


def best_by_luck(trials: Floats) -> float:
    """The daily Sharpe ratio that the best of these trials would show without any skill."""
    return expected_best(float(np.var(trials, ddof=1)) if len(trials) > 1 else 0.0, len(trials))


def bootstrapped(
    returns: Floats, chance: np.random.Generator, resamples: int = RESAMPLES
) -> tuple[float, float]:
    """The interval of the daily Sharpe ratio, by its quantiles among the resamples."""
    days = len(returns)
    joined = 1.0 / max(1.0, block_length(returns))
    ratios = np.empty(resamples)
    # A hundred at a time: years of days drawn all at once would fill the memory.
    for first in range(0, resamples, 100):
        many = min(100, resamples - first)
        begins = chance.random((many, days)) < joined
        begins[:, 0] = True
        starts = chance.integers(0, days, size=(many, days))
        place = np.arange(days)
        began = np.maximum.accumulate(np.where(begins, place, 0), axis=1)
        drawn = returns[(np.take_along_axis(starts, began, axis=1) + place - began) % days]
        deviation = drawn.std(axis=1, ddof=1)
        moves = deviation > _STILL * np.maximum(1.0, np.abs(drawn).max(axis=1))
        # Days that never differ show nothing, which is no reason to leave them out.
        ratios[first : first + many] = np.where(
            moves, drawn.mean(axis=1) / np.where(moves, deviation, 1.0), 0.0
        )
    tail = (1.0 - LEVEL) / 2.0
    low, high = np.quantile(ratios, [tail, 1.0 - tail])
    return float(low), float(high)


def block_length(returns: Floats) -> float:
    """The mean length of a block in days, by Politis and White (2004) as corrected in 2009."""
    days = len(returns)
    centred = returns - returns.mean()
    # As many lags in a row that look like none, and the bound beyond which one counts.
    run = max(5, math.ceil(math.log10(days)))
    most = math.ceil(math.sqrt(days)) + run
    covariance = np.array([centred[lag:] @ centred[: days - lag] for lag in range(most + 1)]) / days
    if not covariance[0] > 0.0:
        return 1.0
    # Each lag's correlation, of the two stretches themselves.
    tied = np.array([_correlation(centred, lag) for lag in range(1, most + 1)])
    quiet = np.abs(tied) < 2.0 * math.sqrt(math.log10(days) / days)
    runs = [lag for lag in range(most - run + 1) if quiet[lag : lag + run].all()]
    loud = np.flatnonzero(~quiet)
    last = (runs[0] if runs else (int(loud[-1]) + 1 if len(loud) else 0)) or 1
    window = min(2 * last, most)
    lags = np.arange(-window, window + 1)
    flat = np.minimum(1.0, 2.0 * (1.0 - np.abs(lags) / window))
    weighed = flat * covariance[np.abs(lags)]
    slope, spread = float((np.abs(lags) * weighed).sum()), 2.0 * float(weighed.sum()) ** 2
    if spread <= 0.0:
        return 1.0
    length = (2.0 * slope**2 / spread) ** (1 / 3) * days ** (1 / 3)
    return min(float(length), float(math.ceil(min(3.0 * math.sqrt(days), days / 3.0))))


def _correlation(centred: Floats, lag: int) -> float:
    later, earlier = centred[lag:], centred[: len(centred) - lag]
    size = math.sqrt(float(later @ later) * float(earlier @ earlier))
    return float(later @ earlier) / size if size > 0.0 else 0.0


def probability(found: float, against: float, days: int, skew: float, tails: float) -> float:
    """The probabilistic Sharpe ratio from its parts; all of one day, `tails` is 3 for a normal."""
    variance = 1.0 - skew * found + (tails - 1.0) / 4.0 * found**2
    # Far out, where the expansion behind it ends, it may become negative.
    deviation = math.sqrt(max(variance, 1e-12) / (days - 1))
    return _NORMAL.cdf((found - against) / deviation)


def expected_best(variance: float, trials: int) -> float:
    """The Sharpe ratio that the best of so many trials shows without skill, of one day.

    Args:
        variance: Of the trials' Sharpe ratios.
        trials: How many.
    """
    if trials < 2:
        return 0.0
    euler = 0.5772156649015329
    first = _NORMAL.inv_cdf(1.0 - 1.0 / trials)
    second = _NORMAL.inv_cdf(1.0 - 1.0 / (trials * math.e))
    return math.sqrt(variance) * ((1.0 - euler) * first + euler * second)
