"""Signals: written once, and recomputed only as a numbered revision."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fintech_pipeline.clock import SLOT, Window
from fintech_pipeline.errors import StorageError
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.signals.composite import ArticleShare, Contribution, Signal, rounded
from fintech_pipeline.signals.signal_store import SignalStore
from fintech_pipeline.signals.strategy import Action
from fintech_pipeline.storage.database import Database

FIRST = datetime(2025, 5, 20, 14, 0, tzinfo=UTC)
NOW = datetime(2025, 5, 20, 18, 0, tzinfo=UTC)
DAY = Window(FIRST - SLOT, FIRST + 20 * SLOT)
STRATEGY = "balanced-1"


@pytest.fixture
def store(database: Database) -> SignalStore:
    InstrumentStore(database).seed([Instrument(s, s) for s in ("AAPL", "KO", "SPY")])
    return SignalStore(database)


def signal(symbol: str = "AAPL", slot: int = 0, **changes: Any) -> Signal:
    parts = (Contribution("momentum", 0.5, 0.6, 0.3, "up 1.2% over the last 13 bars"),)
    made = Signal(
        symbol,
        FIRST + slot * SLOT,
        STRATEGY,
        100.25,
        -0.5,
        0.3,
        Action.BUY,
        0.55,
        parts,
        (("news", "no scored article in the last five days"),),
        (ArticleShare(7, 0.125), ArticleShare(3, -0.1)),
    )
    return replace(made, **changes)


def write(
    store: SignalStore,
    *made: Signal,
    live: bool = False,
    run_id: str = "run",
    after: timedelta = timedelta(0),
) -> int:
    cutoffs = {one.slot_at: one.slot_at + after for one in made}
    with store.database.transaction() as connection:
        return store.write(connection, made, cutoffs, live, run_id, NOW)


def test_a_signal_comes_back_as_it_was(store: SignalStore) -> None:
    assert write(store, signal(), live=True, after=timedelta(minutes=2)) == 1
    (stored,) = store.newest("AAPL", STRATEGY)
    assert stored.signal == signal()
    assert (stored.revision, stored.live, stored.run_id) == (1, True, "run")
    assert stored.cutoff_at == FIRST + timedelta(minutes=2)


def test_an_equal_signal_writes_nothing(store: SignalStore) -> None:
    write(store, signal(), signal("KO"), live=True)
    assert write(store, signal(), signal("KO"), run_id="again") == 0
    assert [s.run_id for s in store.at_slot(FIRST, STRATEGY)] == ["run", "run"]


CHANGES: dict[str, Any] = {
    "price": 100.26,
    "change_pct": None,
    "score": 0.31,
    "action": Action.HOLD,
    "confidence": 0.56,
    "contributions": (Contribution("trend", 0.5, 0.6, 0.3, "up"),),
    "missing": (),
    "articles": (ArticleShare(7, 0.125),),
}


def test_any_difference_makes_a_revision_and_the_first_stays(store: SignalStore) -> None:
    write(store, signal(), live=True)
    for revision, (name, value) in enumerate(CHANGES.items(), 2):
        changed = signal(**{name: value})
        assert write(store, changed, signal("KO"), run_id=name) == (2 if revision == 2 else 1)
        (newest,) = store.newest("AAPL", STRATEGY)
        assert (newest.revision, newest.signal, newest.run_id) == (revision, changed, name)
    first = store.database.arrow(
        "SELECT revision, price, live, run_id FROM fintech.signals "
        "WHERE symbol = 'AAPL' ORDER BY revision LIMIT 1"
    )
    assert first.to_pylist() == [{"revision": 1, "price": 100.25, "live": True, "run_id": "run"}]


def test_only_the_newest_revision_is_compared(store: SignalStore) -> None:
    one, other = signal(), signal(price=99.0)
    assert [write(store, made) for made in (one, other, other, one)] == [1, 1, 0, 1]
    (newest,) = store.newest("AAPL", STRATEGY)
    assert (newest.revision, newest.signal) == (3, one)


def test_strategies_do_not_revise_each_other(store: SignalStore) -> None:
    write(store, signal())
    assert write(store, signal(strategy="bold-1", price=1.0)) == 1
    assert [s.revision for s in store.newest("AAPL", "bold-1")] == [1]
    assert store.newest("AAPL", STRATEGY)[0].signal.price == 100.25


def test_the_newest_are_one_a_slot_the_newest_first(store: SignalStore) -> None:
    write(store, *(signal(slot=n) for n in range(5)), signal("KO", 9))
    write(store, signal(slot=3, price=5.0))
    found = store.newest("AAPL", STRATEGY, 3)
    assert [(s.signal.slot_at, s.revision) for s in found] == [
        (FIRST + 4 * SLOT, 1),
        (FIRST + 3 * SLOT, 2),
        (FIRST + 2 * SLOT, 1),
    ]
    assert len(store.newest("AAPL", STRATEGY, 99)) == 5
    assert store.newest("SPY", STRATEGY) == []
    assert store.newest_slot(STRATEGY) == FIRST + 9 * SLOT
    assert store.newest_slot("bold-1") is None


def test_a_slot_has_the_newest_revision_of_every_symbol(store: SignalStore) -> None:
    write(store, signal("SPY"), signal("AAPL"), signal("KO"), signal("KO", 1))
    write(store, signal("KO", price=5.0))
    found = store.at_slot(FIRST, STRATEGY)
    assert [(s.signal.symbol, s.revision) for s in found] == [("AAPL", 1), ("KO", 2), ("SPY", 1)]
    assert store.at_slot(FIRST - SLOT, STRATEGY) == []


def test_the_first_cutoff_of_a_symbol_at_a_slot_stays_its_cutoff(store: SignalStore) -> None:
    write(store, signal(), signal("KO", 1), live=True, after=timedelta(minutes=2))
    write(store, signal(price=5.0), signal("SPY", 1), after=timedelta(minutes=50))
    slots = [FIRST + n * SLOT for n in range(3)]
    assert store.cutoffs(slots) == {
        ("AAPL", FIRST): FIRST + timedelta(minutes=2),
        ("KO", FIRST + SLOT): FIRST + SLOT + timedelta(minutes=2),
        ("SPY", FIRST + SLOT): FIRST + SLOT + timedelta(minutes=50),
    }
    assert store.cutoffs([FIRST]) == {("AAPL", FIRST): FIRST + timedelta(minutes=2)}
    assert store.cutoffs([]) == {}


def test_counting_leaves_out_revisions_and_the_window_s_start(store: SignalStore) -> None:
    write(store, *(signal(slot=n) for n in range(4)), signal("KO", 2))
    write(store, signal(slot=2, price=5.0))
    assert store.count(DAY) == 5
    assert store.count(Window(FIRST, FIRST + 2 * SLOT)) == 3


def test_a_score_out_of_bounds_is_refused_whole(store: SignalStore) -> None:
    impossible = (("score", 1.0000001), ("score", float("nan")), ("confidence", -0.1))
    for name, value in impossible:
        wrong: dict[str, Any] = {name: value}
        with pytest.raises(StorageError, match="violates check constraint"):
            write(store, signal("KO"), signal(**wrong))
    with pytest.raises(StorageError, match="foreign key"):
        write(store, signal("KO"), signal("NOPE"))
    assert store.count(DAY) == 0


def test_nothing_made_writes_nothing(store: SignalStore) -> None:
    assert write(store) == 0


def test_a_year_of_signals_is_written_at_once_and_twice_is_once(store: SignalStore) -> None:
    made = [signal(symbol, n) for n in range(3_000) for symbol in ("AAPL", "KO", "SPY")]
    assert write(store, *made) == 9_000
    assert write(store, *made) == 0


def test_hostile_reasons_come_back_as_they_were(store: SignalStore) -> None:
    text = 'it\'s "so" \\ \\u0041 %s {x} 日本語 🚀\n;--' + "x" * 100_000
    parts = (Contribution("momentum", 0.5, 0.6, 0.3, text),)
    made = signal(contributions=parts, missing=((text[:40], text),))
    assert write(store, made) == 1
    assert store.newest("AAPL", STRATEGY)[0].signal == made
    assert write(store, made) == 0


numbers = st.floats(-1, 1).map(rounded)


@pytest.fixture
def later() -> Iterator[int]:
    """Slots that no other example has."""
    return iter(range(10_000))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.floats(5e-324, 1.7e308),
    st.none() | st.floats(allow_nan=False, allow_infinity=False),
    st.lists(numbers, max_size=5),
    st.lists(st.tuples(st.integers(1, 2**53), numbers), max_size=3),
)
def test_numbers_come_back_bit_for_bit_so_that_equal_stays_equal(
    store: SignalStore,
    later: Iterator[int],
    price: float,
    change: float | None,
    values: list[float],
    shares: list[tuple[int, float]],
) -> None:
    made = signal(
        slot=next(later),
        price=price,
        change_pct=change,
        contributions=tuple(Contribution("momentum", v, v, v, "") for v in values),
        articles=tuple(ArticleShare(*share) for share in shares),
    )
    assert write(store, made) == 1
    assert repr(store.at_slot(made.slot_at, STRATEGY)[0].signal) == repr(made)
    assert write(store, made) == 0
