"""What came after what was seen, from stored bars, for many at once.

What came is judged afterwards, so bars and corporate actions count as they stand now.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.clock import Instants, Window, from_instant64, instant64
from fintech_pipeline.market.action_store import ActionStore
from fintech_pipeline.market.bar_store import BarStore
from fintech_pipeline.market.bars import Floats, Interval
from fintech_pipeline.market.resampling import Rows
from fintech_pipeline.market.sessions import SessionCalendar
from fintech_pipeline.signals.aftermath import BEFORE, REACH
from fintech_pipeline.signals.forecasting.targets import Future, Target, outcomes
from fintech_pipeline.signals.horizons import NOWHERE, TradingRows, prices_of


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Slots of symbols that share a calendar; columns of one length.

    Attributes:
        calendar: Theirs.
        symbol: Our symbols.
        slot: The slots (UTC).
        known_at: When each could be acted on (UTC).
    """

    calendar: SessionCalendar
    symbol: NDArray[np.object_]
    slot: Instants
    known_at: Instants

    def __len__(self) -> int:
        return len(self.symbol)


@dataclass(frozen=True, slots=True, eq=False)
class Came:
    """What came after each; columns.

    Attributes:
        value: As `targets.outcomes` gives it.
        known: Of which it is known by now.
        ended_at: When it was known (UTC).
        ahead: How many rows after.
    """

    value: Floats
    known: NDArray[np.bool_]
    ended_at: Instants
    ahead: Rows


@dataclass(frozen=True, slots=True)
class History:
    """Stored prices.

    Attributes:
        bars: The bars' store.
        actions: The corporate actions' store.
    """

    bars: BarStore
    actions: ActionStore

    def came(self, interval: Interval, target: Target, seen: Seen, now: datetime) -> Came:
        """What came after what was seen.

        Args:
            interval: Of the bars.
            target: What is looked at.
            seen: At least one.
            now: The present (UTC).

        Raises:
            StorageError: The database cannot be read.
        """
        future, symbols = self._future(interval, seen)
        column = np.searchsorted(np.array(symbols, dtype=object), seen.symbol)
        before = future.rows.last_before(seen.known_at)
        value, leave = outcomes(target, future, before, column)
        ended_at = future.rows.closed_at[np.maximum(leave, 0)]
        known = np.isfinite(value) & (leave != NOWHERE) & (ended_at <= instant64(now))
        return Came(value, known, ended_at, leave - before)

    def _future(self, interval: Interval, seen: Seen) -> tuple[Future, list[str]]:
        """What could be traded from before the first until every horizon has come."""
        start, end = from_instant64(seen.known_at.min()), from_instant64(seen.known_at.max())
        known = seen.calendar.known
        window = Window(max(start - BEFORE, known.start), min(end + REACH, known.end))
        rows = TradingRows.of(seen.calendar.sessions(window), interval)
        symbols = sorted({str(symbol) for symbol in seen.symbol})
        span = Window(from_instant64(rows.opened_at[0]), from_instant64(rows.closed_at[-1]))
        bars = self.bars.current(symbols, interval, span)
        actions = self.actions.current(symbols, span)
        prices = prices_of(bars, actions, rows, symbols)
        # The same matrices of highs and lows, which stand where opens and closes would.
        named = {"high": "open", "low": "close"}
        extremes = bars.drop_columns(["open", "close"]).rename_columns(named)
        far = prices_of(extremes, actions, rows, symbols)
        return Future(rows, prices, far.open, far.close), symbols
