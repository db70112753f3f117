"""When a signal turns out right or wrong: in at the next bar's open, out at a later bar's close.

Pure. The bar that a signal was made of is never traded: its close was known no earlier than the
signal. What a holder gains is the total return, splits and dividends included.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fintech_pipeline.clock import Instants
from fintech_pipeline.market.bars import ActionKind, Floats, Interval
from fintech_pipeline.market.resampling import Rows, Sessions, half_hours, slots_ending

NOWHERE = -1
"""The row of what lies outside the rows."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """How long after a signal its outcome is looked at.

    Attributes:
        name: As it is stored and shown.
        bars: How many bars after the signal's own.
        sessions: How many sessions after it, at the same time of the day; on a shorter day at its
            close. Only one of the two is not 0.
    """

    name: str
    bars: int = 0
    sessions: int = 0


HORIZONS: Mapping[Interval, tuple[Horizon, ...]] = {
    Interval.HALF_HOUR: (
        Horizon("1 bar", bars=1),
        Horizon("1 session", sessions=1),
        Horizon("5 sessions", sessions=5),
    ),
    Interval.DAY: (
        Horizon("1 session", sessions=1),
        Horizon("5 sessions", sessions=5),
        Horizon("21 sessions", sessions=21),
    ),
}
"""What the signals of each interval are judged by, the nearest first."""


@dataclass(frozen=True, slots=True, eq=False)
class TradingRows:
    """The half hours, or the sessions, of one exchange in order of time.

    Attributes:
        session: The number of each row's session, rising by one from session to session.
        opened_at: When its trading starts (UTC).
        closed_at: When it ends (UTC).
    """

    session: NDArray[np.int64]
    opened_at: Instants
    closed_at: Instants

    def __len__(self) -> int:
        return len(self.session)

    @classmethod
    def of(cls, sessions: Sessions, interval: Interval) -> "TradingRows":
        """The rows of the sessions, for signals of this interval."""
        if interval is Interval.DAY:
            return cls(np.arange(len(sessions)), sessions.opened_at, sessions.closed_at)
        rows = half_hours(sessions)
        return cls(rows.session.astype(np.int64), rows.opened_at, rows.closed_at)

    def judged(self, slots: Instants) -> Rows:
        """The row that each slot judges; `NOWHERE` where it judges none."""
        ends = slots_ending(self.closed_at)
        found = np.searchsorted(ends, slots)
        there = found < len(ends)
        there[there] = ends[found[there]] == slots[there]
        return np.where(there, found, NOWHERE)

    def last_before(self, known_at: Instants) -> Rows:
        """The last row that opened before something was known: the next can be bought in."""
        return np.searchsorted(self.opened_at, known_at) - 1

    def holding(self, closed_at: Instants) -> Rows:
        """The row in which a bar closes; `NOWHERE` where it closes in none."""
        found = np.searchsorted(self.closed_at, closed_at)
        there = found < len(self)
        there[there] = self.opened_at[found[there]] < closed_at[there]
        return np.where(there, found, NOWHERE)

    def exits(self, rows: Rows, horizon: Horizon) -> Rows:
        """The row at whose close the outcome of a signal of each row is known.

        Args:
            rows: The signals' own rows; `NOWHERE` among them stays so.
            horizon: How long after.

        Returns:
            At least the row after, which is the row of the entry; `NOWHERE` beyond the last row.
        """
        if not len(self):
            return np.full(len(rows), NOWHERE)
        if horizon.bars:
            found = rows + horizon.bars
        else:
            number = self.session - self.session[0]
            first = np.searchsorted(number, np.arange(number[-1] + 2))
            place = rows - first[number[rows]]
            later = number[rows] + horizon.sessions
            inside = np.minimum(later, number[-1])
            found = np.minimum(first[inside] + place, first[inside + 1] - 1)
            found = np.where(later <= number[-1], found, len(self))
        return np.where((rows >= 0) & (found < len(self)), found, NOWHERE)


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """What could be traded, as matrices (row, symbol); NaN where there is no bar.

    Attributes:
        open: The first price of each row, raw.
        close: The last price.
        shares: What one share of before the first row has become by this row.
        paid: The dividends that this share and what became of it were paid by this row.
    """

    open: Floats
    close: Floats
    shares: Floats
    paid: Floats

    def total_return_pct(self, entry: Rows, leave: Rows, column: Rows) -> Floats:
        """What a holder gains from the open of one row to the close of another, in per cent.

        Dividends are kept as money, not reinvested. Who buys at the open of an ex-date buys
        without the dividend and after the split.

        Args:
            entry: The rows bought in; `NOWHERE` gives NaN.
            leave: The rows sold in, none before its entry.
            column: The symbols.
        """
        bought, sold = self.shares[entry, column], self.shares[leave, column]
        paid = (self.paid[leave, column] - self.paid[entry, column]) / bought
        worth = self.close[leave, column] * (sold / bought) + paid
        gained = 100.0 * (worth / self.open[entry, column] - 1.0)
        return np.where((entry >= 0) & (leave >= 0), gained, np.nan)


def prices_of(
    bars: pa.Table, actions: pa.Table, rows: TradingRows, symbols: Sequence[str]
) -> Prices:
    """The bars and actions as matrices.

    Args:
        bars: One version a bar, with `symbol, closed_at, open, close`.
        actions: One version a corporate action, with `symbol, kind, ex_at, value`.
        rows: The matrices' rows.
        symbols: Their columns, sorted.
    """
    names = np.array(symbols, dtype=object)
    shape = (len(rows), len(symbols))
    at = rows.holding(bars["closed_at"].to_numpy().astype("datetime64[us]"))
    column = np.searchsorted(names, bars["symbol"].to_numpy(zero_copy_only=False))
    inside = at != NOWHERE

    def filled(name: str) -> Floats:
        values = np.full(shape, np.nan)
        values[at[inside], column[inside]] = bars[name].to_numpy()[inside]
        return values

    split, dividend = np.ones(shape), np.zeros(shape)
    places = {symbol: place for place, symbol in enumerate(symbols)}
    for action in actions.to_pylist():
        # The first row that opens at the ex-date's open or later trades at the new price.
        ex_at = np.datetime64(action["ex_at"].replace(tzinfo=None), "us")
        row = int(np.searchsorted(rows.opened_at, ex_at))
        if row == len(rows):
            continue
        if action["kind"] == ActionKind.SPLIT:
            split[row, places[action["symbol"]]] *= action["value"]
        else:
            dividend[row, places[action["symbol"]]] += action["value"]
    shares = np.asarray(np.cumprod(split, axis=0), dtype=np.float64)
    # A dividend is told for a share of before a split on the same day.
    paid = np.asarray(np.cumsum(dividend * shares / split, axis=0), dtype=np.float64)
    return Prices(filled("open"), filled("close"), shares, paid)
