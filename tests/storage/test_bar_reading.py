"""Bars and glances are found by index, however many partitions and rows there are."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from fintech_pipeline.api import glances
from fintech_pipeline.clock import Instants, Window, instant64
from fintech_pipeline.market import bar_reading
from fintech_pipeline.market.bar_reading import bars_between
from fintech_pipeline.market.bar_store import BarStore, Collected
from fintech_pipeline.market.bars import BarSeries, Interval, RawBars
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.storage.database import Database

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
SYMBOLS = [f"S{n}" for n in range(20)]


def years_of(symbol: str) -> Collected:
    """Half hours around the clock of the last 700 days, in three partitions."""
    count = 48 * 700
    opened_at = instant64(NOW) - np.arange(count, 0, -1) * np.timedelta64(30, "m")
    close = 50 + np.arange(count) / 7
    bars = RawBars(
        symbol, Interval.HALF_HOUR, opened_at, close, close + 0.1, close - 0.1, close, close
    )
    closed_at: Instants = opened_at + np.timedelta64(30, "m")
    live = np.zeros(count, dtype=np.bool_)
    return Collected(BarSeries(bars, closed_at), "yahoo", NOW, closed_at, live)


def scans(plan: Any) -> Iterator[tuple[str, str]]:
    """Each table that is scanned, and how; what is never executed does not count."""
    if "Relation Name" in plan and plan.get("Actual Loops", 1):
        yield plan["Relation Name"], plan["Node Type"]
    for part in plan.get("Plans", []):
        yield from scans(part)


def plan_of(connection: sa.Connection, query: sa.TextClause, values: dict[str, object]) -> Any:
    explained = sa.text(f"EXPLAIN (ANALYZE, FORMAT JSON) {query.text}")
    found = connection.execute(explained, values).scalar_one()
    document = json.loads(found) if isinstance(found, str) else found
    return document[0]["Plan"]


def test_what_is_read_is_what_was_stored_and_an_index_finds_it(database: Database) -> None:
    InstrumentStore(database).seed([Instrument(symbol, symbol) for symbol in SYMBOLS])
    written = years_of("S7")
    with database.transaction() as connection:
        store = BarStore(database, ("yahoo",))
        store.write(connection, [written])
        store.write(connection, [years_of("S8")])
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE fintech.bars"))
        window = Window(datetime(1976, 1, 1, tzinfo=UTC), NOW)
        found = bars_between(connection, "S7", Interval.HALF_HOUR, window)
        month = {
            "symbol": "S7",
            "interval": "30m",
            "start": NOW - timedelta(days=30),
            "end": NOW,
        }
        bars_plan = dict(scans(plan_of(connection, bar_reading._QUERY, month)))
        values = {
            "now": NOW,
            "sparks_from": NOW - timedelta(days=21),
            "news_from": NOW - timedelta(days=1),
            "interval": "30m",
            "strategy": "balanced-2",
        }
        glance_plan = dict(scans(plan_of(connection, glances._GLANCES, values)))
    assert found is not None
    for ours, theirs in zip(found.bars.columns(), written.series.bars.columns(), strict=True):
        assert (ours == theirs).all()
    assert (found.closed_at == written.series.closed_at).all()
    of_bars = {table: how for table, how in bars_plan.items() if table.startswith("bars_")}
    assert of_bars.keys() == {"bars_2026"}
    assert "Seq Scan" not in of_bars.values()
    # Nobody has a day stored here, so that all years are looked into, each by its index.
    looked_into = {table: how for table, how in glance_plan.items() if table.startswith("bars_")}
    assert looked_into
    assert all("Index" in how for how in looked_into.values())
