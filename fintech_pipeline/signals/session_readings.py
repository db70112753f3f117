"""What is read from whole sessions: the overnight gap, the usual volume, the close before. Pure.

A row is compared with the same place of earlier sessions, because volume within a day is U-shaped
(Jain and Joh 1988). A day is a session of one row.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.adjustment import Adjusted
from fintech_pipeline.signals.prices import PriceMatrix


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """How a matrix's rows fall into sessions.

    Attributes:
        number: The session of each row, from 0; (time,).
        place: The row's place in its session; (time,).
        first: The row each session starts with, in this matrix; (session,).
        last: The row it ends with; (session,).
    """

    number: NDArray[np.int64]
    place: NDArray[np.int64]
    first: NDArray[np.intp]
    last: NDArray[np.intp]

    @property
    def daily(self) -> bool:
        """Whether every session is one row."""
        return len(self.first) == len(self.number)

    def in_rows(self, by_session: Floats) -> Floats:
        """What holds for whole sessions, in each of their rows."""
        return by_session if self.daily else by_session[:, self.number]


def sessions_of(prices: PriceMatrix) -> Calendar:
    """The sessions of the matrix's rows."""
    number = prices.session - prices.session[:1]
    numbers = np.arange(number[-1] + 1 if len(number) else 0)
    first = np.searchsorted(number, numbers)
    last = np.searchsorted(number, numbers, side="right") - 1
    return Calendar(number, prices.place, first, last)


def closing_before(close: Floats, calendar: Calendar) -> Floats:
    """The last close of the session before each session, NaN where it had no bar.

    Args:
        close: Closes, NaN where there is no bar; (symbol, time).
        calendar: The rows' sessions.

    Returns:
        (symbol, session).
    """
    closing = close if calendar.daily else _last_of_each(close, calendar)
    before = np.empty_like(closing)
    before[:, :1] = np.nan
    before[:, 1:] = closing[:, :-1]
    return before


def _last_of_each(close: Floats, calendar: Calendar) -> Floats:
    closing = close[:, calendar.last]
    for symbol, session in np.argwhere(np.isnan(closing)).tolist():
        closes = close[symbol, calendar.first[session] : calendar.last[session] + 1]
        there = closes[~np.isnan(closes)]
        if len(there):
            closing[symbol, session] = there[-1]
    return closing


def overnight_gap(bars: Adjusted, calendar: Calendar, sessions: int) -> tuple[Floats, Floats]:
    """Each session's open against the last close before it, and the usual size of such a gap.

    Args:
        bars: Adjusted bars.
        calendar: Their sessions.
        sessions: How many gaps before this one tell the usual size; half of them must be known.

    Returns:
        The gap's return and the root of the mean square of those before it; (symbol, session).
        NaN where a bar is missing, or too many are.
    """
    gap = bars.open[:, calendar.first] / closing_before(bars.close, calendar)
    gap -= 1.0
    gap[:, calendar.place[calendar.first] != 0] = np.nan
    squares, known = past_sums(gap * gap, sessions)
    usual = np.sqrt(squares / np.where(2 * known >= sessions, known, np.nan))
    return gap, usual


def usual_turnover(bars: Adjusted, calendar: Calendar, sessions: int) -> tuple[Floats, Floats]:
    """The money traded in each bar, and what is usual at its place of the session.

    Args:
        bars: Adjusted bars.
        calendar: Their sessions.
        sessions: How many sessions before tell the usual; half of them must be known.

    Returns:
        The money and the mean of those before; (symbol, time). NaN where too few are known.
    """
    money = bars.close * bars.volume
    places = int(calendar.place.max(initial=0)) + 1
    if places == 1:
        total, known = past_sums(money, sessions)
    else:
        grid = np.full((len(money), len(calendar.first), places), np.nan)
        grid[:, calendar.number, calendar.place] = money
        totals, counts = past_sums(grid, sessions)
        total = totals[:, calendar.number, calendar.place]
        known = counts[:, calendar.number, calendar.place]
    return money, total / np.where(2 * known >= sessions, known, np.nan)


def past_sums(values: Floats, sessions: int) -> tuple[Floats, Floats]:
    """The sum over the sessions before each session, NaN left out, and how many were known.

    Args:
        values: (symbol, session), or (symbol, session, place).
        sessions: How many sessions before are summed.
    """
    known = ~np.isnan(values)
    if (known == known[:1]).all():  # mostly the same bars exist of all
        known = known[:1]
    return _sum_before(np.where(known, values, 0.0), sessions), _sum_before(known, sessions)


def _sum_before(values: Floats | NDArray[np.bool_], sessions: int) -> Floats:
    # totals[:, i] is the sum of the first i sessions, from the block's first one on.
    totals = np.zeros((values.shape[0], values.shape[1] + 1, *values.shape[2:]))
    np.cumsum(values, axis=1, out=totals[:, 1:])
    past: Floats = totals[:, :-1].copy()
    past[:, sessions:] -= totals[:, : max(0, values.shape[1] - sessions)]
    return past
