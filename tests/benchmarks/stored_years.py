"""A database as it is after six years: ten million bars of 500 symbols, with signals and news.

The rows lie in the table as backfills lay them, month by month and symbol by symbol, so that what
is read is scattered as it would be.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from pgpq import ArrowToPostgresBinaryEncoder

from fintech_pipeline.clock import Instants, Window
from fintech_pipeline.market.bar_writing import COLUMNS
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.resampling import half_hours
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.sentiment.models.local.model import LocalModel
from fintech_pipeline.storage.bulk import INSTANT
from fintech_pipeline.storage.database import Database

SYMBOLS = tuple(f"S{n:03}" for n in range(500))
NOW = datetime(2026, 3, 2, 20, 40, tzinfo=UTC)
"""A Monday, twenty minutes before New York closes."""
SPAN = Window(datetime(2020, 3, 2, tzinfo=UTC), NOW)
SIGNAL_DAYS = 28
NEWS_DAYS = 28


def fill(database: Database) -> int:
    """Stores all of it in a migrated database and returns how many bars there are."""
    tags = (("chips",), ("core", "banks"), ())
    listed = [
        Instrument(symbol, f"Symbol {symbol} Incorporated", (), "XNYS", "USD", tags[n % 3])
        for n, symbol in enumerate(SYMBOLS)
    ]
    InstrumentStore(database).seed(listed)
    bars = 0
    for year in range(SPAN.start.year, SPAN.end.year + 1):
        with database.transaction() as connection:
            # The rows are good: no trigger looks each instrument up ten million times.
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
            connection.execute(sa.text("SET LOCAL synchronous_commit = off"))
            connection.execute(
                sa.text(
                    f"CREATE TABLE IF NOT EXISTS fintech.bars_{year} PARTITION OF fintech.bars FOR"
                    f" VALUES FROM ('{year}-01-01 00:00Z') TO ('{year + 1}-01-01 00:00Z')"
                )
            )
            for month in _months(year):
                bars += _copied(connection, month)
    with database.transaction() as connection:
        _write_signals(connection)
        _write_news(connection)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE"))
        connection.execute(sa.text("CHECKPOINT"))
    return bars


def _months(year: int) -> Iterator[Window]:
    edges = [datetime(year + n // 12, n % 12 + 1, 1, tzinfo=UTC) for n in range(13)]
    for start, end in pairwise(edges):
        first, last = max(start, SPAN.start), min(end, SPAN.end)
        if first < last:
            yield Window(first, last)


def _copied(connection: sa.Connection, month: Window) -> int:
    """The month's half hours and days of every symbol, as a backfill of it would store them."""
    sessions = calendar_of("XNYS").sessions(month)
    halves = half_hours(sessions)
    done = halves.closed_at <= np.datetime64(month.end.replace(tzinfo=None))
    closed = sessions.closed_at <= np.datetime64(month.end.replace(tzinfo=None))
    copied = 0
    statement = f"COPY fintech.bars ({', '.join(COLUMNS)}) FROM STDIN WITH (FORMAT BINARY)"
    parts = []
    for number in range(len(SYMBOLS)):
        parts.append(_rows(number, "30m", halves.opened_at[done], halves.closed_at[done]))
        parts.append(_rows(number, "1d", sessions.opened_at[closed], sessions.closed_at[closed]))
    rows = pa.concat_tables(parts).combine_chunks()
    encoder = ArrowToPostgresBinaryEncoder(rows.schema)
    with connection.connection.cursor().copy(statement) as copy:
        copy.write(encoder.write_header())
        for batch in rows.to_batches(max_chunksize=65_536):
            copy.write(encoder.write_batch(batch))
            copied += len(batch)
        copy.write(encoder.finish())
    return copied


def _rows(number: int, interval: str, opened_at: Instants, closed_at: Instants) -> pa.Table:
    days = (opened_at - np.datetime64("2020-03-02T00:00", "us")) / np.timedelta64(1, "D")
    rng = np.random.default_rng((number, len(opened_at), int(days[0]) if len(days) else 0))
    # A price of the day and no walk, so that each month is made without those before it.
    middle = (
        80 + number / 5 + 30 * np.sin(days / (90 + number / 10)) + rng.normal(0, 0.6, len(days))
    )
    open_, close = np.round(middle + rng.normal(0, 0.2, len(days)), 2), np.round(middle, 2)
    high = np.round(np.maximum(open_, close) + np.abs(rng.normal(0, 0.2, len(days))), 2)
    low = np.round(np.minimum(open_, close) - np.abs(rng.normal(0, 0.2, len(days))), 2)
    count = len(opened_at)
    instants = pa.array(closed_at.astype("datetime64[us]")).cast(INSTANT)
    arrays = [
        pa.repeat(pa.scalar(SYMBOLS[number]), count),
        pa.repeat(pa.scalar(interval), count),
        pa.array(opened_at.astype("datetime64[us]")).cast(INSTANT),
        instants,
        *(pa.array(values) for values in (open_, high, low, close)),
        pa.array(rng.integers(1_000, 1_000_000, count).astype(np.float64)),
        pa.repeat(pa.scalar("yahoo"), count),
        instants,
        instants,
        pa.repeat(pa.scalar("backfill"), count),
    ]
    return pa.table(arrays, names=list(COLUMNS))


_SIGNALS = sa.text("""
    INSERT INTO fintech.signals (symbol, interval, slot_at, strategy, revision, price, change_pct,
        score, action, confidence, components, inputs, cutoff_at, live, run_id, written_at)
    SELECT w.symbol, '30m', slot, :strategy, 1, 100, 0.1, score,
        (ARRAY['strong_sell', 'sell', 'hold', 'buy', 'strong_buy'])[1 + floor((score + 1) * 2.49)],
        0.7,
        (SELECT jsonb_agg(jsonb_build_object('name', name, 'value', score, 'weight', 0.125,
            'contribution', score / 8, 'figure', score * 100))
         FROM unnest(ARRAY['momentum', 'trend', 'mean_reversion', 'rsi', 'volume', 'gap', 'news',
            'news_surprise']) AS name),
        jsonb_build_object('missing', '{}'::jsonb, 'articles', '[]'::jsonb, 'coverage', 1,
            'agreement', 0.7, 'freshness', 1, 'bars', 200, 'stories', 0, 'since', slot),
        slot + interval '2 minutes', true, 'bench', slot + interval '2 minutes'
    FROM unnest(CAST(:slots AS timestamptz[])) AS slot
    CROSS JOIN fintech.watchlist AS w
    CROSS JOIN LATERAL (
        SELECT round(sin(extract(epoch FROM slot) / 9000 + hashtext(w.symbol)) * 1e6) / 1e6
            AS score
    ) AS judged
    ORDER BY slot, w.symbol
""")


def _write_signals(connection: sa.Connection) -> None:
    slots = calendar_of("XNYS").slots(Window(NOW - timedelta(days=SIGNAL_DAYS), NOW))
    given = [slot.replace(tzinfo=UTC) for slot in slots.tolist()]
    connection.execute(_SIGNALS, {"slots": given, "strategy": "balanced-2"})


_NEWS = (
    """
    INSERT INTO fintech.stories (headline, first_known_at)
    SELECT 'Story ' || n, CAST(:start AS timestamptz) + n * CAST(:each AS interval)
    FROM generate_series(1, :count) AS n
    """,
    """
    INSERT INTO fintech.articles (provider, provider_id, content_hash, headline, summary, outlet,
        url, story_id, published_at, observed_at, known_at, known_by)
    SELECT 'rss', id::text, md5(id::text), headline, '', 'Outlet', 'https://example.org/' || id, id,
        first_known_at, first_known_at, first_known_at, 'live'
    FROM fintech.stories AS told ORDER BY told.id
    """,
    """
    INSERT INTO fintech.article_symbols (article_id, symbol, relevance, matched_by)
    SELECT id, 'S' || lpad((id % 500)::text, 3, '0'), 0.8, 'name' FROM fintech.articles
    """,
    """
    INSERT INTO fintech.sentiment_scores (article_id, symbol, model_version, score, label,
        confidence, reason, scored_at)
    SELECT article_id, symbol, :version, 0.4, 'positive', 0.9, 'beats', now()
    FROM fintech.article_symbols
    """,
)


def _write_news(connection: sa.Connection) -> None:
    count = 4 * NEWS_DAYS * len(SYMBOLS)
    each = timedelta(days=NEWS_DAYS) / count
    values = {
        "start": NOW - timedelta(days=NEWS_DAYS),
        "each": each,
        "count": count,
        "version": LocalModel().version,
    }
    for statement in _NEWS:
        connection.execute(sa.text(statement), named_in(statement, values))


def named_in(statement: str, values: Mapping[str, object]) -> dict[str, object]:
    """Those of the values that the statement names."""
    return {name: value for name, value in values.items() if f":{name}" in statement}
