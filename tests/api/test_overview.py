"""The overview over HTTP: one glance, and never older than what was announced."""

import gzip
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from fintech_pipeline.clock import Instants, KnownBy, instant64
from fintech_pipeline.market.action_store import ActionStore, ToldAction
from fintech_pipeline.market.bar_store import BarStore, Collected
from fintech_pipeline.market.bars import ActionKind, BarSeries, CorporateAction, Interval, RawBars
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.quote_store import QuoteStore, ToldQuote
from fintech_pipeline.market.quotes import Quote
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.storage.database import Database
from fintech_pipeline.storage.events import Event, Topic, announce
from tests.api.asking import Client
from tests.api.living import NOW, serving_api

PATH = "/api/v1/overview"
FRIDAY = datetime(2026, 2, 27, 14, 30, tzinfo=UTC)
MONDAY = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
"""When New York opens on the day of `NOW`, 40 minutes before it."""
APPLE = Instrument("AAPL", "Apple Inc.", ("Apple",), "XNAS", "USD", ("tech",))


def write_bars(
    database: Database,
    opened: datetime,
    closes: list[float],
    interval: Interval = Interval.HALF_HOUR,
    symbol: str = "AAPL",
) -> None:
    length = np.timedelta64(30, "m") if interval is Interval.HALF_HOUR else np.timedelta64(390, "m")
    opened_at = instant64(opened) + np.arange(len(closes)) * length
    close = np.array(closes, dtype=np.float64)
    bars = RawBars(symbol, interval, opened_at, close, close + 1, close - 1, close, close)
    closed_at: Instants = opened_at + length
    live = np.zeros(len(close), dtype=np.bool_)
    part = Collected(BarSeries(bars, closed_at), "yahoo", NOW, closed_at, live)
    with database.transaction() as connection:
        BarStore(database, ("yahoo",)).write(connection, [part])


def write_signal(database: Database, slot_at: datetime, action: str, revision: int = 1) -> None:
    with database.transaction() as connection:
        connection.execute(
            sa.text("""
                INSERT INTO fintech.signals (symbol, interval, slot_at, strategy, revision, price,
                    score, action, confidence, components, inputs, cutoff_at, live, run_id,
                    written_at)
                VALUES ('AAPL', '30m', :slot_at, 'balanced-2', :revision, 100, 0.4, :action, 0.8,
                    '[]', '{}', :slot_at, true, 'run', :slot_at)
            """),
            {"slot_at": slot_at, "action": action, "revision": revision},
        )


def write_story(database: Database, symbol: str, known_at: datetime, score: float) -> None:
    with database.transaction() as connection:
        connection.execute(
            sa.text("""
                WITH story AS (
                    INSERT INTO fintech.stories (headline, first_known_at)
                    VALUES ('<b>Beats</b>', :at) RETURNING id
                ), article AS (
                    INSERT INTO fintech.articles (provider, provider_id, content_hash, headline,
                        summary, outlet, url, story_id, published_at, observed_at, known_at,
                        known_by)
                    SELECT 'rss', id::text, id::text, '<b>Beats</b>', '', 'Outlet',
                        'https://example.org', id, :at, :at, :at, 'live' FROM story
                    RETURNING id
                ), about AS (
                    INSERT INTO fintech.article_symbols (article_id, symbol, relevance, matched_by)
                    SELECT id, :symbol, 1, 'name' FROM article RETURNING article_id, symbol
                )
                INSERT INTO fintech.sentiment_scores (article_id, symbol, model_version, score,
                    label, confidence, reason, scored_at)
                SELECT article_id, symbol, 'local-4', :score, 'positive', 0.9, 'beats', :at
                FROM about
            """),
            {"at": known_at, "symbol": symbol, "score": score},
        )


def glance(api: Client) -> Any:
    (found,) = api.get(PATH).document["symbols"]
    return found


def announced(database: Database) -> None:
    with database.transaction() as connection:
        announce(connection, [Event(Topic.BARS, {"symbols": ["AAPL"]})])


def test_one_glance_tells_what_moved_and_what_is_thought_of_it(database: Database) -> None:
    InstrumentStore(database).add(APPLE)
    write_bars(database, FRIDAY, [190.0, 196.0])
    write_bars(database, FRIDAY, [200.0], Interval.DAY)
    write_bars(database, MONDAY, [210.0])
    write_signal(database, MONDAY, "hold")
    write_signal(database, MONDAY + timedelta(minutes=30), "sell")
    write_signal(database, MONDAY + timedelta(minutes=30), "buy", revision=2)
    write_story(database, "AAPL", NOW - timedelta(hours=30), -0.5)
    write_story(database, "AAPL", NOW - timedelta(hours=2), 0.6)
    write_story(database, "AAPL", NOW + timedelta(hours=2), 0.9)
    with serving_api(database) as api:
        whole = api.get(PATH)
    document = whole.document
    (found,) = document["symbols"]
    assert found["price"] == {
        "price": 210.0,
        "priced_at": "2026-03-02T15:00:00Z",
        "age_minutes": 10,
        "source": "bar",
        "provider": "yahoo",
        "previous_close": 200.0,
        "change_pct": 5.0,
    }
    assert found["signal"] == {
        "slot_at": "2026-03-02T15:00:00Z",
        "score": 0.4,
        "action": "buy",
        "confidence": 0.8,
        "action_before": "hold",
    }
    assert (found["sentiment"]["score"], found["stories_24h"], found["open_alerts"]) == (0.6, 1, 0)
    assert found["sparkline"] == {
        "from_at": "2026-02-27T15:00:00Z",
        "to_at": "2026-03-02T15:00:00Z",
        "close": [190.0, 196.0, 210.0],
    }
    assert (found["stale"], document["stale"]) == ([], 0)
    assert (document["simulated"], document["strategy"]) == (True, "balanced-2")
    (market,) = document["markets"]
    assert market == {
        "mic": "XNAS",
        "open": True,
        "why_closed": None,
        "opens_at": "2026-03-03T14:30:00Z",
        "closes_at": "2026-03-02T21:00:00Z",
        "time_zone": "America/New_York",
    }


def test_a_split_over_the_weekend_is_no_fall(database: Database) -> None:
    InstrumentStore(database).add(APPLE)
    write_bars(database, FRIDAY, [400.0])
    write_bars(database, FRIDAY, [400.0], Interval.DAY)
    write_bars(database, MONDAY, [101.0])
    split = CorporateAction("AAPL", MONDAY, MONDAY.date(), ActionKind.SPLIT, 4.0)
    with database.transaction() as connection:
        told = ToldAction(split, "yahoo", NOW, FRIDAY, KnownBy.BACKFILL)
        ActionStore(database, ("yahoo",)).write(connection, [told])
    with serving_api(database) as api:
        found = glance(api)
    assert (found["price"]["previous_close"], found["price"]["change_pct"]) == (100.0, 1.0)
    assert found["sparkline"]["close"] == [100.0, 101.0]


def test_what_should_be_newer_is_told_with_since_when(database: Database) -> None:
    InstrumentStore(database).add(APPLE)
    InstrumentStore(database).add(Instrument("7203", "Toyota", (), "XTKS", "JPY"))
    write_bars(database, FRIDAY, [190.0])
    with serving_api(database) as api:
        document = api.get(PATH).document
    toyota, apple = document["symbols"]
    assert apple["stale"] == [
        "The newest price is of 2026-02-27 15:00Z; that of 2026-03-02 15:00Z, 10 min ago, is"
        " missing.",
        "There is no signal of balanced-2 yet; that for 2026-03-02 15:00Z, 10 min ago, is missing.",
    ]
    assert toyota["price"] is None
    assert toyota["stale"][0].startswith("There is no price yet; that of 2026-03-02 06:")
    tokyo = next(one for one in document["markets"] if one["mic"] == "XTKS")
    assert (tokyo["open"], tokyo["opens_at"]) == (False, "2026-03-03T00:00:00Z")
    assert tokyo["why_closed"] == "before the session of 2026-03-03 opens at 00:00Z"
    assert document["stale"] == 2


def test_a_newer_quote_is_the_price(database: Database) -> None:
    InstrumentStore(database).add(APPLE)
    write_bars(database, MONDAY, [101.0])
    quote = ToldQuote(Quote("AAPL", 102.0, NOW - timedelta(minutes=2), 100.0), "alpha", NOW)
    with database.transaction() as connection:
        QuoteStore(database).write(connection, [quote])
    with serving_api(database) as api:
        price = glance(api)["price"]
    assert (price["source"], price["price"], price["change_pct"]) == ("quote", 102.0, 2.0)


def test_what_was_announced_is_in_the_next_answer(database: Database) -> None:
    InstrumentStore(database).add(APPLE)
    write_bars(database, MONDAY - timedelta(hours=1), [100.0])
    with serving_api(database) as api:
        first = api.get(PATH)
        same = api.ask(method="GET", path=PATH, headers={"If-None-Match": first.headers["etag"]})
        packed = api.ask(method="GET", path=PATH, headers={"Accept-Encoding": "gzip"})
        # Its number is given before another commits, and it commits after that one was seen.
        with database.transaction() as slow:
            announce(slow, [Event(Topic.BARS, {"symbols": ["AAPL"]})])
            announced(database)
            between = api.get(PATH)
            slow.execute(sa.text("UPDATE fintech.bars SET close = 100.5 WHERE symbol = 'AAPL'"))
        changed = api.get(PATH)
    assert (same.status, same.body) == (304, b"")
    assert gzip.decompress(packed.body) == first.body
    assert packed.headers["etag"] == first.headers["etag"]
    assert between.document["symbols"][0]["price"]["price"] == 100.0
    assert changed.document["symbols"][0]["price"]["price"] == 100.5
    assert changed.headers["etag"] != first.headers["etag"]


def test_many_who_ask_at_once_are_told_the_same(database: Database) -> None:
    InstrumentStore(database).add(APPLE)
    write_bars(database, MONDAY, [100.0])
    bodies: list[bytes] = []
    with serving_api(database) as api:
        askers = [
            threading.Thread(target=lambda: bodies.append(api.get(PATH).body)) for _ in range(20)
        ]
        for one in askers:
            one.start()
        for one in askers:
            one.join()
    assert len(bodies) == 20
    assert len(set(bodies)) == 1


def test_an_empty_watchlist_and_a_closed_database_are_told(database: Database) -> None:
    with serving_api(database) as api:
        empty = api.get(PATH)
        with database.transaction() as connection:
            connection.execute(sa.text("ALTER TABLE fintech.events RENAME TO elsewhere"))
        closed = api.get(PATH)
    assert (empty.document["symbols"], empty.document["markets"]) == ([], [])
    assert closed.status == 503
    assert "fintech db migrate" in closed.detail
