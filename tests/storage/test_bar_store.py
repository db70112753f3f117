"""Bars against real servers: upserts, revisions, precedence, partitions, constraints, plans."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from fintech_pipeline.clock import Window, instant64
from fintech_pipeline.errors import DataQualityError, StorageError
from fintech_pipeline.market.bar_store import BarStore, Collected
from fintech_pipeline.market.bars import BarSeries, Interval, RawBars
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.storage.database import Database, connect

START = datetime(2025, 5, 20, 13, 30, tzinfo=UTC)
SEEN = datetime(2025, 6, 1, tzinfo=UTC)
LATER = SEEN + timedelta(days=1)
SLOT = timedelta(minutes=30)
HALF_HOUR = np.timedelta64(30, "m")
ALL_TIME = Window(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
CHAIN = ("alpha", "beta", "gamma")
SANITY_SECONDS = 12.0
"""A hundred thousand rows take about two on an idle core; this only catches the quadratic."""


@pytest.fixture
def database(on_either: Database) -> Database:
    names = [Instrument(symbol, symbol) for symbol in ("AAPL", "KO", "MSFT", "SPY")]
    InstrumentStore(on_either).seed(names)
    return on_either


@pytest.fixture
def store(database: Database) -> BarStore:
    return BarStore(database, CHAIN)


def series(
    closes: Sequence[float],
    symbol: str = "AAPL",
    start: datetime = START,
    interval: Interval = Interval.HALF_HOUR,
) -> BarSeries:
    """Bars of one price each, one after the other."""
    price = np.array(closes, dtype=np.float64)
    opened_at = instant64(start) + np.arange(len(price)) * HALF_HOUR
    volume = np.full(len(price), 1000.0)
    rows = RawBars(
        symbol, interval, opened_at, price.copy(), price.copy(), price.copy(), price, volume
    )
    return BarSeries(rows, opened_at + HALF_HOUR)


def brought(
    bars: BarSeries, provider: str = "alpha", seen: datetime = SEEN, live: bool = False
) -> Collected:
    known_at = np.full(len(bars), instant64(seen)) if live else bars.closed_at.copy()
    return Collected(bars, provider, seen, known_at, np.full(len(bars), live))


def write(store: BarStore, *parts: Collected) -> int:
    with store.database.transaction() as connection:
        return store.write(connection, parts)


def stored(store: BarStore, table: str = "bars") -> list[Mapping[str, Any]]:
    query = sa.text(f"SELECT * FROM fintech.{table} ORDER BY symbol, interval, opened_at")  # noqa: S608
    with store.database.transaction() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def read(
    store: BarStore, window: Window = ALL_TIME, symbols: Sequence[str] = ("AAPL",)
) -> list[dict[str, Any]]:
    return store.read(symbols, Interval.HALF_HOUR, window).to_pylist()


def earliest(store: BarStore, *asked: Any) -> dict[str, datetime]:
    with store.database.transaction() as connection:
        return store.earliest(connection, *asked)


def newest(store: BarStore, *asked: Any) -> dict[str, datetime]:
    with store.database.transaction() as connection:
        return store.newest(connection, *asked)


def partitions(database: Database) -> list[str]:
    query = sa.text(
        "SELECT inhrelid::regclass::text FROM pg_inherits "
        "WHERE inhparent = 'fintech.bars'::regclass ORDER BY 1"
    )
    with database.transaction() as connection:
        return [name.removeprefix("fintech.") for name in connection.scalars(query)]


def test_writing_twice_equals_writing_once(store: BarStore) -> None:
    part = brought(series([100.0, 101.0, 102.0]))
    assert write(store, part) == 3
    once = stored(store)
    assert write(store, part) == 0
    assert write(store, replace(part, observed_at=LATER)) == 0
    assert stored(store) == once
    assert stored(store, "bar_revisions") == []


def test_two_writes_in_one_transaction_are_possible(store: BarStore) -> None:
    with store.database.transaction() as connection:
        assert store.write(connection, [brought(series([100.0]))]) == 1
        assert store.write(connection, [brought(series([100.0, 101.0]))]) == 1


def test_nothing_to_write_is_no_error(store: BarStore) -> None:
    assert write(store) == 0
    assert write(store, brought(series([]))) == 0


def test_a_changed_value_makes_a_revision_and_the_old_version_stays_readable(
    store: BarStore,
) -> None:
    write(store, brought(series([100.0, 101.0])))
    assert write(store, brought(series([100.0, 101.5]), seen=LATER, live=True)) == 1
    (old,) = stored(store, "bar_revisions")
    assert (old["close"], old["known_at"], old["replaced_at"]) == (101.0, START + 2 * SLOT, LATER)
    versions = [(row["close"], row["known_at"]) for row in read(store)]
    assert versions == [(100.0, START + SLOT), (101.0, START + 2 * SLOT), (101.5, LATER)]


def test_what_a_backfill_changes_counts_as_known_only_from_then(store: BarStore) -> None:
    # The bar was known with another value until the backfill saw this one.
    write(store, brought(series([100.0])))
    write(store, brought(series([99.0]), seen=LATER))
    assert [(row["close"], row["known_at"]) for row in read(store)] == [
        (100.0, START + SLOT),
        (99.0, LATER),
    ]


def test_a_replacement_is_never_known_before_what_it_replaced(store: BarStore) -> None:
    # A long backfill that began before a tick writes after it.
    write(store, brought(series([100.0]), seen=LATER, live=True))
    write(store, brought(series([99.0]), seen=SEEN))
    assert [row["close"] for row in read(store)] == [100.0, 99.0]


def test_every_version_of_many_is_kept_in_order(store: BarStore) -> None:
    prices = [100.0, 101.0, 100.0, 102.0, 99.5]
    for day, price in enumerate(prices):
        write(store, brought(series([price]), seen=SEEN + timedelta(days=day)))
    assert [row["close"] for row in read(store)] == prices


def test_an_earlier_provider_of_the_chain_replaces_a_later_one(store: BarStore) -> None:
    write(store, brought(series([100.0]), "beta"))
    assert write(store, brought(series([90.0]), "gamma", LATER)) == 0
    assert write(store, brought(series([110.0]), "alpha", LATER)) == 1
    (bar,), (revision,) = stored(store), stored(store, "bar_revisions")
    assert (bar["provider"], bar["close"]) == ("alpha", 110.0)
    assert (revision["provider"], revision["close"]) == ("beta", 100.0)


def test_a_provider_outside_the_chain_replaces_nothing_and_is_replaced(store: BarStore) -> None:
    assert write(store, brought(series([100.0]), "former")) == 1
    assert write(store, brought(series([90.0]), "unheard-of", LATER)) == 0
    assert write(store, brought(series([95.0]), "gamma", LATER)) == 1
    assert stored(store)[0]["provider"] == "gamma"


def test_the_chain_decides_bar_by_bar(store: BarStore) -> None:
    write(store, brought(series([100.0]), "alpha"))
    assert write(store, brought(series([90.0, 91.0]), "beta", LATER)) == 1
    assert [(bar["provider"], bar["close"]) for bar in stored(store)] == [
        ("alpha", 100.0),
        ("beta", 91.0),
    ]


def test_where_two_providers_bring_a_bar_at_once_the_earlier_of_the_chain_is_taken(
    store: BarStore,
) -> None:
    """One that has days only, and one whose days are made of its half hours."""
    of_beta = brought(series([9.0, 8.0], interval=Interval.DAY), "beta")
    of_alpha = brought(series([7.0], interval=Interval.DAY), "alpha")
    assert write(store, of_beta, of_alpha) == 2
    assert write(store, of_alpha, of_beta) == 0
    assert [(row["provider"], row["close"]) for row in stored(store)] == [
        ("alpha", 7.0),
        ("beta", 8.0),
    ]


def of_volume(part: Collected, shares: float, partial: bool = False) -> Collected:
    volume = np.full(len(part.series), shares)
    bars = BarSeries(replace(part.series.bars, volume_shares=volume), part.series.closed_at)
    return replace(part, series=bars, partial=np.full(len(bars), partial))


@pytest.mark.parametrize(
    ("shares", "partial", "taken"),
    [
        (0.0, False, False),
        (400.0, True, False),
        (1000.0, True, True),
        (1200.0, True, True),
        (400.0, False, True),
    ],
    ids=["no volume", "fewer rows", "other prices", "more of it", "a whole bar's correction"],
)
def test_a_poorer_bar_replaces_none_that_holds_more(
    store: BarStore, shares: float, partial: bool, taken: bool
) -> None:
    write(store, brought(series([100.0])))
    new = of_volume(brought(series([99.0]), seen=LATER), shares, partial)
    assert write(store, new) == taken
    assert stored(store)[0]["close"] == (99.0 if taken else 100.0)
    assert len(stored(store, "bar_revisions")) == taken


def test_a_poorer_bar_of_a_better_provider_replaces_none_either(store: BarStore) -> None:
    write(store, brought(series([100.0]), "beta"))
    assert write(store, of_volume(brought(series([99.0]), "alpha", LATER), 10.0, True)) == 0
    assert stored(store)[0]["provider"] == "beta"


def test_where_nothing_has_a_volume_prices_are_corrected_all_the_same(store: BarStore) -> None:
    write(store, of_volume(brought(series([100.0])), 0.0))
    assert write(store, of_volume(brought(series([99.0]), seen=LATER), 0.0)) == 1


def test_a_poor_bar_is_better_than_none(store: BarStore) -> None:
    assert write(store, of_volume(brought(series([100.0])), 0.0, True)) == 1
    assert write(store, brought(series([101.0]), seen=LATER)) == 1
    assert stored(store)[0]["close"] == 101.0


def test_read_gives_the_bars_that_open_and_close_in_the_window(store: BarStore) -> None:
    write(store, brought(series([1.0, 2.0, 3.0, 4.0])), brought(series([9.0], "KO")))
    write(store, brought(series([7.0], interval=Interval.DAY)))
    inside = Window(START + SLOT, START + 3 * SLOT)
    assert sorted(row["close"] for row in read(store, inside)) == [2.0, 3.0]
    cut = Window(START, START + SLOT - timedelta(microseconds=1))
    assert read(store, cut) == []
    both = read(store, symbols=("KO", "AAPL", "SPY"))
    assert sorted((row["symbol"], row["close"]) for row in both) == [
        *(("AAPL", price) for price in (1.0, 2.0, 3.0, 4.0)),
        ("KO", 9.0),
    ]
    assert read(store, symbols=()) == []


def test_partitions_of_several_years_are_made_on_demand(store: BarStore) -> None:
    assert partitions(store.database) == []
    before_midnight = datetime(2023, 12, 31, 23, 0, tzinfo=UTC)
    write(store, brought(series([1.0, 2.0, 3.0, 4.0], start=before_midnight)))
    write(store, brought(series([5.0], start=datetime(1999, 6, 1, tzinfo=UTC))))
    assert partitions(store.database) == ["bars_1999", "bars_2023", "bars_2024"]
    with store.database.transaction() as connection:
        split = connection.scalars(sa.text("SELECT tableoid::regclass::text FROM fintech.bars"))
        assert sorted(split) == [f"fintech.bars_{y}" for y in (1999, 2023, 2023, 2024, 2024)]


def test_two_writers_at_once_make_each_partition_once(store: BarStore) -> None:
    writers = [connect(store.database.url) for _ in range(2)]
    barrier = Barrier(2)

    def fill(database: Database, symbol: str, years: Sequence[int]) -> int:
        written = 0
        for year in years:
            barrier.wait()
            part = brought(series([10.0], symbol, datetime(year, 12, 31, 23, 30, tzinfo=UTC)))
            written += write(BarStore(database, CHAIN), part)
        return written

    with ThreadPoolExecutor(2) as pool:
        years = range(2010, 2022)
        runs = [
            pool.submit(fill, w, s, years) for w, s in zip(writers, ("AAPL", "KO"), strict=True)
        ]
        assert [run.result(60) for run in runs] == [12, 12]
    for writer in writers:
        writer.close()
    assert partitions(store.database) == [f"bars_{year}" for year in years]
    assert len(stored(store)) == 24


def test_two_writers_of_the_same_bars_at_once_leave_one_bar_and_no_error(store: BarStore) -> None:
    writers = [connect(store.database.url) for _ in range(3)]
    barrier = Barrier(3)

    def fill(database: Database) -> int:
        barrier.wait()
        return write(BarStore(database, CHAIN), brought(series([float(n + 1) for n in range(500)])))

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(fill, writers)) == 500
    for writer in writers:
        writer.close()
    assert len(stored(store)) == 500
    assert stored(store, "bar_revisions") == []


def test_impossible_numbers_are_refused_before_anything_is_written(store: BarStore) -> None:
    write(store, brought(series([100.0, 100.0])))
    elsewhere = brought(series([5.0], "KO", datetime(1999, 1, 4, tzinfo=UTC)))
    prices = [("open",), ("high",), ("low",), ("close",), ("open", "high", "low", "close")]
    wrong = [(names, value) for names in prices for value in (np.nan, np.inf, -1.0, 0.0)]
    wrong += [(("volume_shares",), value) for value in (np.nan, np.inf, -1.0)]
    for names, value in wrong:
        changed = brought(series([200.0, 100.0, 100.0]), seen=LATER)
        for name in names:
            getattr(changed.series.bars, name)[2] = value
        # The domain refuses it; a row that slips past it meets the database's own constraints.
        with pytest.raises(DataQualityError, match="AAPL has 1 impossible bar"):
            BarSeries(changed.series.bars, changed.series.closed_at)
        with pytest.raises(StorageError, match="violates check constraint"):
            write(store, elsewhere, changed)
    assert [bar["close"] for bar in stored(store)] == [100.0, 100.0]
    assert stored(store, "bar_revisions") == []
    assert partitions(store.database) == ["bars_2025"]


def test_a_symbol_that_is_no_instrument_is_refused(store: BarStore) -> None:
    with pytest.raises(StorageError, match="violates foreign key constraint"):
        write(store, brought(series([1.0])), brought(series([1.0], "NOPE")))
    assert stored(store) == []


def test_closes_are_those_after_the_windows_start_up_to_its_end(store: BarStore) -> None:
    write(store, brought(series([1.0, 2.0, 3.0])), brought(series([3.0], "KO", START + SLOT)))
    with store.database.transaction() as connection:
        found = store.closes(
            connection,
            ["AAPL", "KO", "SPY"],
            Interval.HALF_HOUR,
            Window(START + SLOT, START + 2 * SLOT),
        )
    assert sorted((s, at) for s, at, _ in found) == [
        ("AAPL", START + 2 * SLOT),
        ("KO", START + 2 * SLOT),
    ]
    assert {provider for *_, provider in found} == {"alpha"}


def test_earliest_is_the_first_bar_of_each_symbol_that_has_any(store: BarStore) -> None:
    old = datetime(2021, 3, 1, 14, 30, tzinfo=UTC)
    write(store, brought(series([1.0, 2.0])), brought(series([3.0], start=old)))
    write(store, brought(series([3.0], "KO", START + SLOT)))
    write(store, brought(series([3.0], "MSFT", old, Interval.DAY)))
    asked = ["MSFT", "KO", "SPY", "AAPL"]
    assert earliest(store, asked, Interval.HALF_HOUR) == {"AAPL": old, "KO": START + SLOT}
    assert earliest(store, asked, Interval.DAY) == {"MSFT": old}
    assert earliest(store, [], Interval.DAY) == {}


def test_newest_is_the_last_bar_of_each_symbol_that_opened_before_an_instant(
    store: BarStore,
) -> None:
    write(store, brought(series([1.0, 2.0, 3.0])), brought(series([3.0], "KO", START + SLOT)))
    asked = ["KO", "SPY", "AAPL"]
    for slots, expected in (
        (3, {"AAPL": START + 2 * SLOT, "KO": START + SLOT}),
        (1, {"AAPL": START}),
        (0, {}),
    ):
        assert newest(store, asked, Interval.HALF_HOUR, START + slots * SLOT) == expected
    assert newest(store, asked, Interval.DAY, START + SLOT) == {}


finite = st.floats(min_value=5e-324, max_value=1.7976931348623157e308)
shares = st.one_of(st.just(-0.0), st.floats(min_value=0.0, max_value=1.7976931348623157e308))
ohlcv = st.tuples(st.tuples(finite, finite, finite, finite).map(sorted), st.booleans(), shares)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(ohlcv, min_size=1, max_size=40))
def test_doubles_come_back_bit_for_bit(
    store: BarStore, bars: list[tuple[list[float], bool, float]]
) -> None:
    low, one, other, high = np.array([prices for prices, _, _ in bars]).T
    rises = np.array([up for _, up, _ in bars])
    before = earliest(store, ["AAPL"], Interval.HALF_HOUR).get("AAPL", START)
    start = before - 40 * SLOT  # each example has a place of its own
    sent = RawBars(
        "AAPL",
        Interval.HALF_HOUR,
        instant64(start) + np.arange(len(bars)) * HALF_HOUR,
        np.where(rises, one, other),
        high.copy(),
        low.copy(),
        np.where(rises, other, one),
        np.array([volume for *_, volume in bars]),
    )
    assert write(store, brought(BarSeries(sent, sent.opened_at + HALF_HOUR))) == len(bars)
    got = store.read(["AAPL"], Interval.HALF_HOUR, Window(start, before)).sort_by("opened_at")
    assert got["opened_at"].to_numpy().astype("M8[us]").tolist() == sent.opened_at.tolist()
    for name in ("open", "high", "low", "close", "volume_shares"):
        assert got[name].to_numpy().tobytes() == getattr(sent, name).tobytes(), name


@dataclass(frozen=True)
class Watching(Database):
    """The same database, which notes the queries it is asked for Arrow."""

    asked: list[str] = field(default_factory=list)

    def arrow(self, query: Any, values: Mapping[str, object] | None = None) -> Any:
        literals = {name: sql.Literal(value) for name, value in (values or {}).items()}
        self.asked.append(sql.SQL(query).format(**literals).as_string())
        return super().arrow(query, values)


def plan_of(database: Database, query: str, values: Any = None) -> dict[str, Any]:
    """The plan as it was carried out."""
    explained = f"EXPLAIN (ANALYZE, FORMAT JSON) {query}"
    with database.transaction() as connection:
        (answer,) = connection.exec_driver_sql(explained, values).one()
    tree = json.loads(answer) if isinstance(answer, str) else answer
    plan: dict[str, Any] = tree[0]["Plan"]
    return plan


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def test_a_hundred_thousand_rows_take_seconds_and_reads_use_partitions_and_the_key(
    database: Database,
) -> None:
    watching = Watching(database.engine, database.readers, database.url)
    store = BarStore(watching, CHAIN)
    start = datetime(2022, 1, 3, tzinfo=UTC)
    price = 100 + np.sin(np.arange(25_000))
    parts = [
        brought(series((price + n).tolist(), symbol, start + n * timedelta(days=365)))
        for n, symbol in enumerate(("AAPL", "KO", "MSFT", "SPY"))
    ]
    begun = time.monotonic()
    assert write(store, *parts) == 100_000
    assert write(store, *parts) == 0
    assert time.monotonic() - begun < SANITY_SECONDS
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(sa.text("ANALYZE fintech.bars"))

    window = Window(datetime(2023, 2, 1, tzinfo=UTC), datetime(2023, 2, 22, tzinfo=UTC))
    assert store.read(["AAPL", "KO"], Interval.HALF_HOUR, window).num_rows == 2 * 21 * 48
    used = [node for query in watching.asked for node in nodes(plan_of(database, query))]
    # Of five years' partitions one is touched, through its key.
    assert {n["Relation Name"] for n in used if "Relation Name" in n} == {
        "bars_2023",
        "bar_revisions",
    }
    assert "bars_2023_pkey" in {n.get("Index Name") for n in used}
    assert "Seq Scan" not in {n["Node Type"] for n in used if n.get("Relation Name") == "bars_2023"}

    statements: list[tuple[str, Any]] = []
    sa.event.listen(
        database.engine,
        "before_cursor_execute",
        lambda _c, _cursor, text, values, *_: statements.append((text, values)),
    )
    found = earliest(store, ["AAPL", "KO", "MSFT", "SPY"], Interval.HALF_HOUR)
    assert found["AAPL"] == start
    text, values = next(s for s in statements if "LATERAL" in s[0])
    probes = [
        n for n in nodes(plan_of(database, text, values)) if "bars_" in n.get("Index Name", "")
    ]
    assert probes
    assert {probe["Node Type"] for probe in probes} <= {"Index Scan", "Index Only Scan"}
    # A probe takes one row at most, however long the history is.
    assert max(probe["Actual Rows"] for probe in probes) <= 1
