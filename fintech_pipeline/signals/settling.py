"""Settling: what became of live signals, stored once when its time has come.

An outcome whose bars are there is settled with its return. One whose time has not come, or whose
bars may still come, waits. One whose bar never came is settled with the reason, so that what is
missing is counted and not left out.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fintech_pipeline.clock import from_instant64, instant64
from fintech_pipeline.market.action_store import ActionStore
from fintech_pipeline.market.bar_store import BarStore
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.signals.aftermath import Followed, Known, follow
from fintech_pipeline.signals.horizons import HORIZONS
from fintech_pipeline.signals.outcome_store import OutcomeStore
from fintech_pipeline.storage.bulk import INSTANT
from fintech_pipeline.storage.events import Event, Topic, announce

PATIENCE = timedelta(days=7)
"""How long after its time an outcome waits for its bars: providers mend, and healing looks back."""
BATCH = 20_000
"""Signals settled in one transaction."""


@dataclass(frozen=True, slots=True)
class SettlingStores:
    """Where what is settled and what it is settled with is.

    Attributes:
        bars: The bars' store.
        actions: The corporate actions' store.
        outcomes: The outcomes' store.
    """

    bars: BarStore
    actions: ActionStore
    outcomes: OutcomeStore


@dataclass(slots=True)
class Settled:
    """What one settling did.

    Attributes:
        returns: How many outcomes got their return.
        without: How many got a reason instead, by reason.
        waiting: How many wait.
        written: How many of the settled ones nobody else had settled meanwhile.
    """

    returns: int = 0
    without: Counter[str] = field(default_factory=Counter)
    waiting: int = 0
    written: int = 0


def settle(stores: SettlingStores, now: datetime, batch: int = BATCH) -> Settled:
    """Settles what can be settled, batch by batch, each in a transaction of its own.

    Doing it twice, or two at once, or again after a kill, settles each outcome once.

    Args:
        stores: Where everything is.
        now: The present (UTC).
        batch: Signals a transaction.

    Raises:
        StorageError: The database refused; the batches before are kept.
    """
    done = Settled()
    after = 0
    while len(signals := stores.outcomes.unsettled(now, after, batch)):
        after = signals["id"][-1].as_py()
        for interval in HORIZONS:
            intervals = signals["interval"].to_numpy(zero_copy_only=False)
            mine = signals.filter(pa.array(intervals == str(interval)))
            if len(mine):
                _settle(stores, mine, interval, now, done)
    return done


def known_of(signals: pa.Table) -> Known:
    """When each signal could be acted on: it was there once its inputs were read."""
    return Known(
        signals["symbol"].to_numpy(zero_copy_only=False),
        signals["mic"].to_numpy(zero_copy_only=False),
        signals["cutoff_at"].to_numpy().astype("datetime64[us]"),
    )


def _settle(
    stores: SettlingStores, signals: pa.Table, interval: Interval, now: datetime, done: Settled
) -> None:
    known = known_of(signals)
    followed = follow(stores.bars, stores.actions, known, interval)
    silent = _silent_since(stores, followed, known, interval, now)
    settled_before = signals["settled"].to_pylist()
    removed = dict(zip(known.symbol.tolist(), signals["removed_at"].to_pylist(), strict=True))
    parts = []
    for one in followed:
        open_still = np.array([one.horizon.name not in (names or ()) for names in settled_before])
        due = open_still & (one.left_at <= instant64(now))
        settled = due & np.isfinite(one.return_pct)
        given_up = due & ~settled & (one.left_at <= instant64(now - PATIENCE))
        reasons = {
            int(place): _reason(one, int(place), known, silent, removed)
            for place in np.flatnonzero(given_up)
        }
        done.returns += int(settled.sum())
        done.without.update(reasons.values())
        done.waiting += int((open_still & ~settled & ~given_up).sum())
        parts.append(_table(signals, one, settled | given_up, reasons))
    with stores.outcomes.database.transaction() as connection:
        table = pa.concat_tables(parts)
        written = stores.outcomes.settle(connection, table, now)
        if written:
            about = np.isin(signals["id"].to_numpy(), table["signal_id"].to_numpy())
            symbols = sorted(set(known.symbol[about].tolist()))
            told = {"symbols": symbols, "interval": str(interval), "outcomes": written}
            # Who wants each of them finds by these what this transaction has written.
            ids = table["signal_id"].to_numpy()
            told |= {"first_signal": int(ids.min()), "last_signal": int(ids.max())}
            announce(connection, [Event(Topic.OUTCOMES, told | {"settled_at": now.isoformat()})])
    done.written += written


def _silent_since(
    stores: SettlingStores,
    followed: list[Followed],
    known: Known,
    interval: Interval,
    now: datetime,
) -> dict[str, datetime]:
    """The last bar's open of each symbol that lacks one."""
    lacking = np.zeros(len(known), dtype=np.bool_)
    for one in followed:
        lacking |= ~np.isnat(one.lacks)
    symbols = sorted(set(known.symbol[lacking].tolist()))
    if not symbols:
        return {}
    with stores.outcomes.database.transaction() as connection:
        return stores.bars.newest(connection, symbols, interval, now)


def _reason(
    one: Followed,
    place: int,
    known: Known,
    silent: Mapping[str, datetime],
    removed: Mapping[str, datetime | None],
) -> str:
    """Why an outcome has no return, as half a sentence."""
    symbol, lacks = known.symbol[place], from_instant64(one.lacks[place])
    since = removed[symbol]
    if since is not None and since <= lacks:
        return f"it is no longer followed since {since:%Y-%m-%d}"
    last = silent.get(symbol)
    if last is None:
        return "no bar of it was ever stored"
    if last < lacks:
        return f"no bar of it came since {last:%Y-%m-%d}: delisted, or lost by its provider"
    return f"its bar that closed at {lacks:%Y-%m-%d %H:%MZ} never came"


def _table(
    signals: pa.Table, one: Followed, rows: NDArray[np.bool_], reasons: Mapping[int, str]
) -> pa.Table:
    places = np.flatnonzero(rows)

    def instants(column: NDArray[np.datetime64]) -> "pa.Array[Any]":
        values: pa.Array[Any] = pa.array(column[places]).cast(INSTANT)
        return values

    return pa.table(
        {
            "signal_id": pa.array(signals["id"].to_numpy()[places]),
            "horizon": pa.array([one.horizon.name] * len(places), pa.string()),
            "entered_at": instants(one.entered_at),
            "left_at": instants(one.left_at),
            "return_pct": pa.array(one.return_pct[places], pa.float64(), from_pandas=True),
            "reason": pa.array([reasons.get(int(place)) for place in places], pa.string()),
        }
    )
