"""A stored past to be settled: bars, actions and live signals, with times as people write them."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import numpy as np
import sqlalchemy as sa

from fintech_pipeline.clock import Instants, KnownBy, Window, from_instant64, instant64
from fintech_pipeline.market.action_store import ActionStore, ToldAction
from fintech_pipeline.market.bar_store import BarStore, Collected
from fintech_pipeline.market.bars import (
    ActionKind,
    BarSeries,
    CorporateAction,
    Floats,
    Interval,
    RawBars,
)
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.signals.horizons import TradingRows
from fintech_pipeline.signals.outcome_store import OutcomeStore
from fintech_pipeline.signals.settling import Settled, SettlingStores, settle
from fintech_pipeline.storage.database import Database

SIGNAL = sa.text("""
    INSERT INTO fintech.signals (symbol, interval, slot_at, strategy, revision, price, change_pct,
        score, action, confidence, components, inputs, cutoff_at, live, run_id, written_at)
    VALUES (:symbol, :interval, :slot_at, :strategy, :revision, 100, :change_pct, :score, :action,
        0.5, CAST(:components AS jsonb), '{"missing": {}, "articles": []}', :cutoff_at, :live,
        'run', :slot_at)
    RETURNING id
""")
OUTCOMES = sa.text("""
    SELECT o.*, s.symbol, s.slot_at FROM fintech.signal_outcomes AS o
    JOIN fintech.signals AS s ON s.id = o.signal_id ORDER BY signal_id, left_at
""")


def at(text: str) -> datetime:
    """An instant such as 2025-07-01 14:00 (UTC)."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass(frozen=True)
class Past:
    """What is stored, and its settling."""

    database: Database
    chain: tuple[str, ...] = field(default=("files",))

    @property
    def stores(self) -> SettlingStores:
        bars, actions = (kind(self.database, self.chain) for kind in (BarStore, ActionStore))
        return SettlingStores(bars, actions, OutcomeStore(self.database))  # type: ignore[arg-type]

    def follow(self, *symbols: str, mic: str = "XNYS") -> None:
        seeded = [Instrument(symbol, symbol, mic=mic) for symbol in symbols]
        InstrumentStore(self.database).seed(seeded)

    def trade(
        self,
        symbol: str,
        first: str,
        last: str,
        mic: str = "XNYS",
        interval: Interval = Interval.HALF_HOUR,
        without: tuple[str, ...] = (),
        price: float = 100.0,
    ) -> None:
        """Stores a bar for each row between the two, the n-th opening at price + n, closing 0.5 up.

        Args:
            without: Opens of rows that have no bar.
        """
        sessions = calendar_of(mic).sessions(Window(at(first), at(last)))
        rows = TradingRows.of(sessions, interval)
        inside = (rows.opened_at >= instant64(at(first))) & (rows.closed_at <= instant64(at(last)))
        inside &= ~np.isin(rows.opened_at, [instant64(at(one)) for one in without])
        opened = price + np.flatnonzero(inside).astype(np.float64)
        times = rows.opened_at[inside], rows.closed_at[inside]
        self.bring(symbol, interval, times, opened, opened + 0.5)

    def bring(
        self,
        symbol: str,
        interval: Interval,
        times: tuple[Instants, Instants],
        opened: Floats,
        closed: Floats,
    ) -> None:
        """Stores bars of these opens and closes, in time and in price."""
        low, high, count = np.minimum(opened, closed), np.maximum(opened, closed), len(opened)
        volume = np.full(count, 1000.0)
        raw = RawBars(symbol, interval, times[0], opened, high, low, closed, volume)
        backfilled = np.zeros(count, dtype=np.bool_)
        observed_at = from_instant64(times[1][-1])
        seen = Collected(BarSeries(raw, times[1]), self.chain[0], observed_at, times[1], backfilled)
        with self.database.transaction() as connection:
            self.stores.bars.write(connection, [seen])

    def tell(self, symbol: str, ex_at: str, kind: ActionKind, value: float) -> None:
        """Stores a split or a dividend."""
        when = at(ex_at)
        action = CorporateAction(symbol, when, date(when.year, when.month, when.day), kind, value)
        told = ToldAction(action, "files", when, when, KnownBy.BACKFILL)
        with self.database.transaction() as connection:
            self.stores.actions.write(connection, [told])

    def judge(
        self,
        symbol: str,
        slot_at: str | datetime,
        score: float = 0.5,
        *,
        interval: Interval = Interval.HALF_HOUR,
        late: timedelta = timedelta(0),
        live: bool = True,
        revision: int = 1,
        strategy: str = "balanced-2",
        components: str = "[]",
    ) -> int:
        """Stores a signal and returns its id."""
        slot = slot_at if isinstance(slot_at, datetime) else at(slot_at)
        values = {
            "symbol": symbol,
            "interval": str(interval),
            "slot_at": slot,
            "strategy": strategy,
            "revision": revision,
            "change_pct": 1.0 if score > 0 else -1.0,
            "score": score,
            "action": "buy" if score > 0 else "sell",
            "components": components,
            "cutoff_at": slot + late,
            "live": live,
        }
        with self.database.transaction() as connection:
            return int(connection.execute(SIGNAL, values).scalar_one())

    def settle(self, now: str, batch: int = 20_000) -> Settled:
        return settle(self.stores, at(now), batch)

    def outcomes(self) -> list[dict[str, object]]:
        """All that is settled, by signal and time."""
        with self.database.transaction() as connection:
            return [dict(row) for row in connection.execute(OUTCOMES).mappings()]

    def returns(self) -> dict[str, float | None]:
        """The returns of the only signal by horizon."""
        return {str(one["horizon"]): one["return_pct"] for one in self.outcomes()}  # type: ignore[misc]
