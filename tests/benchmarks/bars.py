"""Bars: the bulk upsert and read against their floors, and the collection of real files."""

import statistics
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import adbc_driver_postgresql.dbapi as adbc
import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from pgpq import ArrowToPostgresBinaryEncoder

from fintech_pipeline.clock import Sighting, Window
from fintech_pipeline.market import bar_writing
from fintech_pipeline.market.bar_store import BarStore, Collected
from fintech_pipeline.market.bars import BarSeries, Floats, Interval, RawBars
from fintech_pipeline.market.collection import collect_bars
from fintech_pipeline.market.providers.files.provider import FilesMarket
from fintech_pipeline.settings import load_settings
from fintech_pipeline.storage.bulk import INSTANT
from fintech_pipeline.storage.database import Database
from tests.benchmarks.measuring import PROJECT, ROUNDS, SHARED, SYMBOLS, Figure, ratio, timed

MILLION = 1_000_000


def million_bars() -> list[Collected]:
    """Twenty thousand half-hour bars of each of fifty symbols."""
    count = MILLION // SYMBOLS
    start = np.datetime64("2024-01-01T00:00", "us")
    opened_at = start + np.arange(count) * np.timedelta64(30, "m")
    observed_at = datetime(2026, 1, 1, tzinfo=UTC)
    parts = []
    for n in range(SYMBOLS):
        rng = np.random.default_rng(n)
        close: Floats = (100 * np.cumprod(1 + rng.normal(0, 0.002, count))).astype(np.float64)
        high: Floats = close * 1.001
        low: Floats = close * 0.999
        bars = RawBars(
            f"S{n}",
            Interval.HALF_HOUR,
            opened_at,
            close,
            high,
            low,
            close,
            rng.integers(1, 1_000_000, count).astype(np.float64),
        )
        closed_at = opened_at + np.timedelta64(30, "m")
        series = BarSeries(bars, closed_at)
        live = np.zeros(count, dtype=np.bool_)
        parts.append(Collected(series, "simulated", observed_at, closed_at, live))
    return parts


def emptied(opened: Database) -> None:
    """No bars, so that each round writes the same."""
    with opened.transaction() as connection:
        connection.execute(sa.text("TRUNCATE fintech.bars, fintech.bar_revisions"))
        connection.execute(sa.text("SET LOCAL synchronous_commit = off"))
    with opened.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("CHECKPOINT"))


def upsert_and_read(opened: Database) -> Iterator[Figure]:
    """The bulk upsert against COPY plus the same INSERT, and the read against a plain fetch."""
    parts = million_bars()
    store = BarStore(opened, ("simulated",))
    rows = pa.concat_tables([part.table() for part in parts]).combine_chunks()
    encoder = ArrowToPostgresBinaryEncoder(rows.schema)
    payload = encoder.write_header()
    payload += b"".join(encoder.write_batch(batch) for batch in rows.to_batches(65_536))
    payload += encoder.finish()
    columns = ", ".join(
        # As the table has them, so that the floor pays for no conversion.
        f"{field.name} {'timestamptz' if field.type == INSTANT else column.data_type.ddl()}"
        for field, column in zip(rows.schema, encoder.schema().columns, strict=True)
    )

    def floor() -> float:
        emptied(opened)
        return timed(copy_and_insert)

    def copy_and_insert() -> None:
        with opened.transaction() as connection:
            cursor = connection.connection.cursor()
            cursor.execute(f"CREATE TEMP TABLE staged_bars ({columns}) ON COMMIT DROP")
            with cursor.copy("COPY staged_bars FROM STDIN WITH (FORMAT BINARY)") as copy:
                copy.write(payload)
            connection.execute(bar_writing._UPSERT, {"chain": ["simulated"]})

    def ours() -> float:
        emptied(opened)
        return timed(write)

    def write() -> None:
        with opened.transaction() as connection:
            store.write(connection, parts)

    write()  # makes the partitions, which the floor needs too
    value = ratio(ours, floor)
    yield Figure(
        "bulk upsert of a million bars", value, "× the bare floor", "≤ 1.25", value <= 1.25
    )
    with opened.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE fintech.bars"))
    symbols = [f"S{n}" for n in range(SYMBOLS)]
    window = Window(datetime(2024, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))

    def plain() -> float:
        query = (
            "SELECT symbol, opened_at, closed_at, open, high, low, close, volume_shares, known_at "
            "FROM fintech.bars WHERE interval = '30m'"
        )

        def fetch() -> None:
            with adbc.connect(opened.url) as connection, connection.cursor() as cursor:
                cursor.execute(query)
                assert cursor.fetch_arrow_table().num_rows == MILLION

        return timed(fetch)

    def read() -> float:
        return timed(lambda: store.read(symbols, Interval.HALF_HOUR, window))

    value = ratio(read, plain)
    yield Figure(
        "bulk read of a million bars", value, "× a plain ADBC fetch", "≤ 1.2", value <= 1.2
    )


def collecting_real_bars() -> Figure:
    """Reading, screening and resampling sixteen real files of five-minute bars, uncached."""
    settings = load_settings(PROJECT / "examples" / "files.toml", {"FINTECH_DATA": str(SHARED)})
    instruments = [watched.instrument() for watched in settings.watchlist]
    window = Window(datetime(2025, 2, 24, tzinfo=UTC), datetime(2025, 7, 4, tzinfo=UTC))
    sighting = Sighting(datetime(2026, 1, 1, tzinfo=UTC), False, timedelta(0))
    rows = 16 * 7_062

    def collect() -> None:
        provider = FilesMarket(SHARED / "bars" / "five_minute_2025", timedelta(0))
        intervals = (Interval.HALF_HOUR, Interval.DAY)
        collected = collect_bars([provider], instruments, window, intervals, lambda _: sighting)
        assert len(collected.providers) == 16

    seconds = statistics.median([timed(collect) for _ in range(ROUNDS + 1)][1:])
    value = rows / seconds
    return Figure(
        "collecting real five-minute bars", value, "rows/s", "≥ 300,000", value >= 300_000
    )
