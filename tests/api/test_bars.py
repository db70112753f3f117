"""Bars over HTTP: what a chart shows, and what it may ask."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import sqlalchemy as sa

from fintech_pipeline.clock import Instants, KnownBy, instant64
from fintech_pipeline.market.action_store import ActionStore, ToldAction
from fintech_pipeline.market.bar_store import BarStore, Collected
from fintech_pipeline.market.bars import ActionKind, BarSeries, CorporateAction, Interval, RawBars
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.storage.database import Database
from tests.api.living import NOW, serving_api

APPLE = Instrument("AAPL", "Apple Inc.", ("Apple",), "XNAS", "USD", ("tech",))
HALF = timedelta(minutes=30)
PATH = "/api/v1/instruments/AAPL/bars"


def stored(
    database: Database, first: datetime, closes: list[float], provider: str = "yahoo"
) -> None:
    """Half hours from an instant on, each opened where it closed."""
    opened_at = instant64(first) + np.arange(len(closes)) * np.timedelta64(HALF)
    close = np.array(closes, dtype=np.float64)
    bars = RawBars(
        "AAPL",
        Interval.HALF_HOUR,
        opened_at,
        close,
        close + 1,
        close - 1,
        close,
        np.full(len(close), 100.0),
    )
    closed_at: Instants = opened_at + np.timedelta64(HALF)
    series = BarSeries(bars, closed_at)
    live = np.zeros(len(close), dtype=np.bool_)
    with database.transaction() as connection:
        part = Collected(series, provider, NOW, closed_at, live)
        BarStore(database, ("yahoo", "files")).write(connection, [part])


def test_as_many_whole_bars_are_merged_as_a_chart_needs(database: Database) -> None:
    InstrumentStore(database).add(APPLE)
    stored(database, datetime(2026, 3, 2, 10, tzinfo=UTC), [10, 12, 11, 15, 14, 13, 9])
    with serving_api(database) as api:
        whole = api.get(PATH).document
        merged = api.get(f"{PATH}?points=3").document
    assert (whole["bars_per_bucket"], whole["stored_bars"], whole["interval"]) == (1, 7, "30m")
    assert whole["close"] == [10, 12, 11, 15, 14, 13, 9]
    assert merged["bars_per_bucket"] == 3
    assert merged["bars"] == [3, 3, 1]
    assert merged["open"] == [10, 15, 9]
    assert merged["high"] == [13, 16, 10]
    assert merged["low"] == [9, 12, 8]
    assert merged["close"] == [11, 13, 9]
    assert merged["volume_shares"] == [300, 300, 100]
    assert merged["opened_at"][:2] == ["2026-03-02T10:00:00Z", "2026-03-02T11:30:00Z"]
    assert merged["closed_at"][-1] == "2026-03-02T13:30:00Z"
    assert merged["providers"] == ["yahoo"]
    assert merged["simulated"] is True


def test_the_end_of_a_range_does_not_belong_to_it(database: Database) -> None:
    InstrumentStore(database).add(APPLE)
    stored(database, datetime(2026, 3, 2, 10, tzinfo=UTC), [10, 12, 11])
    span = "from=2026-03-02T11:30:00%2B01:00&to=2026-03-02T11:00:00Z"
    with serving_api(database) as api:
        found = api.get(f"{PATH}?{span}").document
    assert found["opened_at"] == ["2026-03-02T10:30:00Z"]
    assert found["from_at"] == "2026-03-02T10:30:00Z"


def test_prices_before_a_split_are_told_in_shares_of_the_last_bar(database: Database) -> None:
    InstrumentStore(database).add(APPLE)
    first = datetime(2026, 3, 2, 10, tzinfo=UTC)
    stored(database, first, [400, 404, 101, 102])
    split = CorporateAction("AAPL", first + 2 * HALF, date(2026, 3, 2), ActionKind.SPLIT, 4.0)
    told = ToldAction(split, "yahoo", NOW, first, KnownBy.BACKFILL)
    with database.transaction() as connection:
        ActionStore(database, ("yahoo",)).write(connection, [told])
    with serving_api(database) as api:
        raw = api.get(PATH).document
        adjusted = api.get(f"{PATH}?adjusted=splits").document
    assert raw["close"] == [400, 404, 101, 102]
    assert adjusted["close"] == [100, 101, 101, 102]
    assert adjusted["volume_shares"] == [400, 400, 100, 100]
    assert adjusted["suspected_split"] is False


def test_fifty_years_are_answered_in_at_most_so_many_points(database: Database) -> None:
    InstrumentStore(database).add(APPLE)
    stored(database, datetime(2025, 1, 1, tzinfo=UTC), list(np.linspace(50, 150, 2500)))
    stored(database, datetime(1999, 1, 1, tzinfo=UTC), [20.0] * 2500, "files")
    with serving_api(database) as api:
        found = api.get(f"{PATH}?interval=30m&from=1976-03-01T00:00:00Z&to=2026-03-01T00:00:00Z")
        days = api.get(f"{PATH}?from=1976-03-01T00:00:00Z")
    shown = found.document
    assert len(shown["close"]) == 1000
    assert (shown["stored_bars"], sum(shown["bars"])) == (5000, 5000)
    assert shown["close"][-1] == 150
    assert shown["providers"] == ["files", "yahoo"]
    assert days.document["interval"] == "1d"


WRONG = [
    ("interval=7m", 422, "The parameter interval is wrong"),
    ("points=0", 422, "The parameter points is wrong"),
    ("points=5001", 422, "The parameter points is wrong"),
    ("from=yesterday", 422, "The parameter from is wrong"),
    ("from=2026-01-01T00:00:00", 422, "The parameter from is wrong"),
    ("from=0001-01-01T00:00:00%2B14:00", 422, "The parameter from is wrong: its year must lie"),
    ("to=9999-12-31T23:59:59-14:00", 422, "The parameter to is wrong: its year must lie"),
    ("from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z", 422, "The parameter from lies after to"),
    ("adjusted=perhaps", 422, "The parameter adjusted is wrong"),
]


def test_a_question_that_has_no_answer_is_told_what_to_mend(database: Database) -> None:
    InstrumentStore(database).add(APPLE)
    with serving_api(database) as api:
        for query, status, detail in WRONG:
            answer = api.get(f"{PATH}?{query}")
            assert (query, answer.status) == (query, status)
            assert answer.detail.startswith(detail)


def test_an_unknown_symbol_is_not_the_same_as_one_without_bars(database: Database) -> None:
    InstrumentStore(database).add(APPLE)
    with serving_api(database) as api:
        none = api.get(PATH)
        unknown = api.get("/api/v1/instruments/NOPE/bars")
        long = api.get(f"/api/v1/instruments/{'A' * 300}/bars")
        odd = api.get("/api/v1/instruments/%00/bars")
    assert (none.status, none.document["close"], none.document["providers"]) == (200, [], [])
    assert unknown.status == 404
    assert unknown.detail == "No instrument of that symbol is known; see GET /api/v1/watchlist."
    assert (long.status, odd.status) == (422, 422)


def test_a_closed_database_is_told_in_a_sentence(database: Database) -> None:
    InstrumentStore(database).add(APPLE)
    with serving_api(database) as api:
        with database.transaction() as connection:
            connection.execute(sa.text("ALTER TABLE fintech.bars RENAME TO elsewhere"))
        answer = api.get(PATH)
    assert answer.status == 503
    assert "fintech db migrate" in answer.detail
