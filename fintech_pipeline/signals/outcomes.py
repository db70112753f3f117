"""Was it right? The statistics of predictions and what came after them. Pure.

A number is given only where enough independent observations carry it. Windows that overlap are not
independent: what a slot's outcome shares with the next one's is counted once, in the intervals as
well as in the t-statistics.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.market.bars import Floats

ENOUGH = 30
"""Fewer independent observations than this give no number."""
CROSS_SECTION = 5
"""Fewer symbols than this are not ranked against each other; each is against its own past."""
LEVEL = 0.05
"""A look whose effect were this unlikely by chance alone counts as something."""
TOO_FEW = "too few"
NOTHING = "no effect found"
PERHAPS = "may be chance"
FOUND = "effect found"


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something was so.

    Attributes:
        hits: How often it was.
        count: How often it could have been.
        windows: In how many spans of time that do not overlap.
        effective: How many independent observations tell as much.
        low: The lower end of Wilson's 95 % interval for the effective ones; NaN with none.
        high: Its upper end.
    """

    hits: int
    count: int
    windows: int
    effective: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Hits of all; NaN where there is none."""
        return self.hits / self.count if self.count else math.nan

    @property
    def enough(self) -> bool:
        """Whether the share says anything."""
        return self.windows >= ENOUGH


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over time, and how surely it is not zero.

    Attributes:
        mean: The mean.
        t: The mean over its Newey-West standard error; NaN where there is none.
        p: How probable so large a t is where there is no effect; NaN likewise.
        count: Of how many slots it is the mean.
        independent: How many of these do not share their time with another.
        lags: How far apart two slots may be that count as dependent.
        verdict: In words: `TOO_FEW`, `NOTHING`, `PERHAPS` or `FOUND`.
    """

    mean: float
    t: float
    p: float
    count: int
    independent: int
    lags: int
    verdict: str

    @property
    def enough(self) -> bool:
        """Whether the mean says anything."""
        return self.verdict != TOO_FEW


def rate_of(hit: NDArray[np.bool_], window: NDArray[np.intp], *, reaching: bool) -> Rate:
    """The hits among observations, with an interval that knows how they hang together.

    Symbols move together, and windows that overlap tell the same twice. So the variance of the
    share is taken over whole windows of time, and Wilson's score interval (Wilson 1927) is that of
    as many independent observations as would have this variance, at most as many as there are: the
    effective sample size of a clustered survey (Kish 1965). Where observations reach into the next
    window, the covariance of neighbours counts too.

    Args:
        hit: Whether each observation is one.
        window: The span of time of each; observations of one symbol in different windows do not
            overlap.
        reaching: Whether those of a window may reach into the next one.
    """
    count, hits = len(hit), int(hit.sum())
    if not count:
        return Rate(0, 0, 0, 0, math.nan, math.nan)
    from scipy import stats  # costs a second: what judges nothing does not pay for it

    number, place = np.unique(window, return_inverse=True)
    windows = len(number)
    share = hits / count
    excess = np.bincount(place, weights=hit - share)
    variance = float(excess @ excess) / count**2
    if reaching:
        beside = float((excess[1:] * excess[:-1])[np.diff(number) == 1].sum())
        variance += 2.0 * max(0.0, beside) / count**2
    # Where all are equal nothing tells how they hang together: then a window counts once.
    effective = windows
    if variance > 0:
        effective = max(1, min(count, round(share * (1 - share) / variance)))
    test = stats.binomtest(round(share * effective), effective)
    interval = test.proportion_ci(method="wilson")
    return Rate(hits, count, windows, effective, float(interval.low), float(interval.high))


def newey_west(values: Floats, lags: int) -> tuple[float, float]:
    """The mean of a series and its t-statistic where neighbours depend on each other.

    Newey and West 1987: the variance of the mean from the autocovariances up to the lag, weighed
    by 1 - lag / (lags + 1), with the small-sample factor n / (n - 1).

    Returns:
        Mean and t; t is NaN where the series does not vary or has fewer than two values.
    """
    count = len(values)
    if count < 2:  # a variance needs two
        return (float(values.mean()) if count else math.nan), math.nan
    mean = float(values.mean())
    e = values - mean
    # A series of one value, as far as floating point tells.
    if float(np.abs(e).max()) <= 1e-12 * max(1.0, abs(mean)):
        return mean, math.nan
    variance = float(e @ e)
    for lag in range(1, min(lags, count - 1) + 1):
        variance += 2.0 * (1.0 - lag / (lags + 1)) * float(e[lag:] @ e[:-lag])
    variance /= count * (count - 1)
    return mean, mean / math.sqrt(variance) if variance > 0 else math.nan


def estimate_of(series: Floats, overlap: int) -> Estimate:
    """The mean of a series over slots and whether it differs from zero.

    Args:
        series: One value a slot, NaN where a slot has none.
        overlap: How many of the slots after a slot share its time.
    """
    values = series[np.isfinite(series)]
    count = len(values)
    independent = count // (overlap + 1)
    lags = _lags(count, overlap)
    mean, t = newey_west(values, lags)
    if independent < ENOUGH or math.isnan(t):
        return Estimate(mean, t, math.nan, count, independent, lags, TOO_FEW)
    from scipy import stats

    p = float(2 * stats.t.sf(abs(t), independent - 1))
    return Estimate(mean, t, p, count, independent, lags, PERHAPS if p <= LEVEL else NOTHING)


def _lags(count: int, overlap: int) -> int:
    """The lags of the Newey-West variance.

    Bartlett's weights count far lags too little: with the overlap alone, overlapping returns would
    look surer than they are, so it is taken twice. The floor is Newey and West's own rule.
    """
    rule = math.floor(4.0 * (count / 100.0) ** (2.0 / 9.0)) if count else 0
    return max(2 * overlap, rule)


def corrected(estimates: Sequence[Estimate]) -> list[Estimate]:
    """The estimates, those called `FOUND` that withstand the number of looks taken.

    Holm 1979: of m looks the smallest p is compared with 5 % / m, the next with 5 % / (m - 1), …,
    until one fails. Of the others below 5 % one in twenty looks has to be expected.
    """
    looks = [place for place, one in enumerate(estimates) if one.enough]
    found = list(estimates)
    for rank, place in enumerate(sorted(looks, key=lambda place: estimates[place].p)):
        if estimates[place].p > LEVEL / (len(looks) - rank):
            break
        found[place] = replace(estimates[place], verdict=FOUND)
    return found


def looks_of(estimates: Iterable[Estimate]) -> int:
    """How many of the estimates had a chance to be called an effect."""
    return sum(one.enough for one in estimates)


def rank_correlation(scores: Floats, returns: Floats) -> Floats:
    """Spearman's rank correlation over the symbols of each slot (the information coefficient).

    Args:
        scores: Matrix (slot, symbol), NaN where missing.
        returns: The same of what came after.

    Returns:
        One value a slot; NaN with fewer than `CROSS_SECTION` symbols, or where all are equal.
    """
    ranks = [_ranks(scores, returns, 1), _ranks(returns, scores, 1)]
    norm = np.sqrt((ranks[0] ** 2).sum(axis=1) * (ranks[1] ** 2).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (ranks[0] * ranks[1]).sum(axis=1) / norm
    both = np.isfinite(scores) & np.isfinite(returns)
    return np.where((both.sum(axis=1) >= CROSS_SECTION) & (norm > 0), found, np.nan)


def rank_products(scores: Floats, returns: Floats) -> Floats:
    """What each slot adds to each symbol's own rank correlation over time.

    Returns:
        Matrix (slot, symbol): the mean of a column is Spearman's correlation of the symbol's
        scores with what came after each; NaN where either is missing, or never varies.
    """
    one, other = _ranks(scores, returns, 0), _ranks(returns, scores, 0)
    both = np.isfinite(scores) & np.isfinite(returns)
    count = both.sum(axis=0)
    norm = np.sqrt((one**2).sum(axis=0) * (other**2).sum(axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(both & (norm > 0), one * other * (count / norm), np.nan)


def _ranks(values: Floats, beside: Floats, axis: int) -> Floats:
    """Ranks along an axis less their mean, where both are there; 0 elsewhere."""
    from scipy import stats

    both = np.isfinite(values) & np.isfinite(beside)
    ranks = stats.rankdata(np.where(both, values, np.nan), axis=axis, nan_policy="omit")
    count = both.sum(axis=axis, keepdims=True)
    # Ranks with ties shared have the mean of 1 … n.
    return np.where(both, ranks - (count + 1) / 2.0, 0.0)


def overlap_of(slots: NDArray[np.datetime64], left_at: NDArray[np.datetime64]) -> int:
    """How many of the slots after a slot fall before its outcome is known, at most.

    Args:
        slots: The slots, rising.
        left_at: When each one's outcome is known; NaT where it is not.
    """
    known = ~np.isnat(left_at)
    if not known.any():
        return 0
    # A slot at the very instant at which another is left shares nothing with it.
    later = np.searchsorted(slots, left_at[known]) - np.flatnonzero(known) - 1
    return max(0, int(later.max()))


def over_symbols(values: Floats) -> Floats:
    """The mean over the symbols of each slot that have a value; NaN where none has."""
    there = np.isfinite(values)
    count = there.sum(axis=1)
    total = np.where(there, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
