"""What the stored days and quotes tell, on a real Postgres."""

import math
import statistics
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
import sqlalchemy as sa

from fintech_pipeline.clock import Instants, instant64
from fintech_pipeline.market.bar_store import BarStore, Collected
from fintech_pipeline.market.bars import BarSeries, Interval, RawBars
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.quote_store import QuoteStore, ToldQuote, quotes
from fintech_pipeline.market.quotes import Quote
from fintech_pipeline.market.stored_days import StoredDays
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.storage.database import Database

FIRST = datetime(2025, 11, 10, 14, 30, tzinfo=UTC)
CLOSES = [10.0, 11.0, 10.5, 12.0, 11.5, 13.0, 12.0]


@pytest.fixture
def days(database: Database) -> StoredDays:
    names = [Instrument("AAPL", "Apple Inc."), Instrument("KO", "Coca-Cola")]
    InstrumentStore(database, lambda: FIRST).seed(names)
    return StoredDays(database)


def store(database: Database, symbol: str, closes: list[float]) -> None:
    opened: Instants = np.array(
        [instant64(FIRST + timedelta(days=n)) for n in range(len(closes))], dtype="datetime64[us]"
    )
    price, shares = np.array(closes), np.ones(len(closes))
    raw = RawBars(symbol, Interval.DAY, opened, price, price, price, price, shares)
    closed: Instants = opened + np.timedelta64(390, "m")
    part = Collected(BarSeries(raw, closed), "files", FIRST, closed, np.ones(len(closes), bool))
    with database.transaction() as connection:
        BarStore(database, ("files",)).write(connection, [part])


def test_only_days_that_are_there_are_told_of(database: Database, days: StoredDays) -> None:
    store(database, "AAPL", CLOSES)
    later = FIRST + timedelta(days=30)
    wanted = [("AAPL", FIRST), ("AAPL", later), ("KO", FIRST)]
    assert days.among(wanted) == {("AAPL", FIRST)}
    assert days.among([]) == set()


def test_volatility_is_the_deviation_of_log_returns(database: Database, days: StoredDays) -> None:
    store(database, "AAPL", CLOSES)
    store(database, "KO", CLOSES[:4])
    returns = [math.log(b / a) for a, b in pairwise(CLOSES)]
    found = days.volatilities(["AAPL", "KO", "GONE"], FIRST)
    assert found == {"AAPL": pytest.approx(statistics.stdev(returns))}, "KO has too few"
    assert days.volatilities(["AAPL"], FIRST + timedelta(days=3)) == {}


def test_a_quote_is_kept_once_and_corrected_in_place(database: Database, days: StoredDays) -> None:
    store = QuoteStore(days.database)
    first = ToldQuote(Quote("AAPL", 270.1, FIRST, None, 5.0), "alpha_vantage", FIRST)
    again = ToldQuote(first.quote, "alpha_vantage", FIRST + timedelta(minutes=1))
    better = ToldQuote(Quote("AAPL", 270.2, FIRST, 269.0), "alpha_vantage", again.observed_at)
    with database.transaction() as connection:
        store.write(connection, [first])
        store.write(connection, [again])
        row = connection.execute(sa.select(quotes)).one()
        assert (row.price, row.observed_at) == (270.1, FIRST), "it says the same"
        store.write(connection, [better])
        store.write(connection, [])
        row = connection.execute(sa.select(quotes)).one()
    assert (row.price, row.previous_close, row.volume_shares) == (270.2, 269.0, None)
