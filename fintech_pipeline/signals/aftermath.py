"""What the price did after something was known: from stored bars, for many at once.

Outcomes are judged afterwards, so bars and corporate actions count as they stand now.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.clock import Instants, Window, from_instant64
from fintech_pipeline.market.action_store import ActionStore
from fintech_pipeline.market.bar_store import BarStore
from fintech_pipeline.market.bars import Floats, Interval
from fintech_pipeline.market.resampling import Rows
from fintech_pipeline.market.sessions import SessionCalendar, calendar_of
from fintech_pipeline.signals.horizons import (
    HORIZONS,
    NOWHERE,
    Horizon,
    Prices,
    TradingRows,
    prices_of,
)

BEFORE = timedelta(days=15)
"""Within so many days there is a session, Chinese new year included."""
REACH = timedelta(days=60)
"""Within so many days every horizon has come."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What became known of which symbol, and when; columns.

    Attributes:
        symbol: Our symbols.
        mic: The exchange of each.
        known_at: From when each could be acted on (UTC).
    """

    symbol: NDArray[np.object_]
    mic: NDArray[np.object_]
    known_at: Instants

    def __len__(self) -> int:
        return len(self.symbol)


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """What came after each of `Known` at one horizon; columns.

    Attributes:
        horizon: The horizon.
        entered_at: The open of the first bar after it was known (UTC); NaT where none is.
        left_at: The close of the bar at the horizon (UTC); NaT beyond the calendar's end.
        return_pct: The total return between; NaN where it is not known.
        lacks: The close of the bar that it lacks, the earlier of two; NaT where it lacks none.
    """

    horizon: Horizon
    entered_at: Instants
    left_at: Instants
    return_pct: Floats
    lacks: Instants

    @classmethod
    def of_none(cls, horizon: Horizon, count: int) -> "Followed":
        """Columns to be filled."""
        never = np.full(count, "NaT", dtype="datetime64[us]")
        return cls(horizon, never, never.copy(), np.full(count, np.nan), never.copy())


def follow(
    bars: BarStore, actions: ActionStore, known: Known, interval: Interval
) -> list[Followed]:
    """What came after each, at each horizon of the interval, the nearest first.

    Args:
        bars: The bars' store.
        actions: The corporate actions' store.
        known: What became known.
        interval: Of the bars that are traded.

    Raises:
        StorageError: The database cannot be read.
    """
    found = [Followed.of_none(horizon, len(known)) for horizon in HORIZONS[interval]]
    for calendar, places in _by_calendar(known):
        known_at = known.known_at[places]
        rows = _rows(calendar, known_at, interval)
        symbols = sorted(set(known.symbol[places].tolist()))
        if not len(rows):
            continue
        window = Window(from_instant64(rows.opened_at[0]), from_instant64(rows.closed_at[-1]))
        prices = prices_of(
            bars.current(symbols, interval, window), actions.current(symbols, window), rows, symbols
        )
        column = np.searchsorted(np.array(symbols, dtype=object), known.symbol[places])
        for one in found:
            _fill(one, places, rows, prices, rows.last_before(known_at), column)
    return found


def _fill(
    one: Followed, places: Rows, rows: TradingRows, prices: Prices, before: Rows, column: Rows
) -> None:
    """Writes the outcomes of one calendar's places into the columns."""
    there = (before != NOWHERE) & (before + 1 < len(rows))
    entry = np.where(there, before + 1, NOWHERE)
    leave = np.where(there, rows.exits(before, one.horizon), NOWHERE)
    one.entered_at[places[there]] = rows.opened_at[entry[there]]
    ends = leave != NOWHERE
    one.left_at[places[ends]] = rows.closed_at[leave[ends]]
    one.return_pct[places] = prices.total_return_pct(entry, leave, column)
    for row, price in ((leave, prices.close), (entry, prices.open)):
        missing = (row != NOWHERE) & np.isnan(price[row, column])
        one.lacks[places[missing]] = rows.closed_at[row[missing]]


def _by_calendar(known: Known) -> Iterator[tuple[SessionCalendar, Rows]]:
    """The places of what is traded in the same sessions."""
    mics, of_mic = np.unique(known.mic.astype(str), return_inverse=True)
    calendars = [calendar_of(str(mic)) for mic in mics]
    for name in sorted({calendar.name for calendar in calendars}):
        same = [place for place, calendar in enumerate(calendars) if calendar.name == name]
        yield calendars[same[0]], np.flatnonzero(np.isin(of_mic, same))


def _rows(calendar: SessionCalendar, known_at: Instants, interval: Interval) -> TradingRows:
    """The rows from before the first to beyond the last horizon, as far as the calendar goes."""
    start = max(from_instant64(known_at.min()) - BEFORE, calendar.known.start)
    end = min(from_instant64(known_at.max()) + REACH, calendar.known.end)
    return TradingRows.of(calendar.sessions(Window(min(start, end), end)), interval)
