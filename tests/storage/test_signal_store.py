"""Signals: written once, and recomputed only as a numbered revision."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fintech_pipeline.clock import SLOT, Window
from fintech_pipeline.errors import StorageError
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.signals.basis_store import Basis, BasisStore
from fintech_pipeline.signals.composite import ArticleShare, Contribution, Signal
from fintech_pipeline.signals.signal_rows import COLUMNS
from fintech_pipeline.signals.signal_store import SignalStore, StoredSignal
from fintech_pipeline.signals.strategy import Action
from fintech_pipeline.signals.strategy_files import load_strategy
from fintech_pipeline.storage.database import Database

FIRST = datetime(2025, 5, 20, 14, 0, tzinfo=UTC)
NOW = datetime(2025, 5, 20, 18, 0, tzinfo=UTC)
DAY = Window(FIRST - SLOT, FIRST + 20 * SLOT)
STRATEGY = "balanced-2"
MORE = ("coverage", "agreement", "freshness", "bars", "regime", "split", "last_close", "stories")


@pytest.fixture
def store(database: Database) -> SignalStore:
    InstrumentStore(database).seed([Instrument(s, s) for s in ("AAPL", "KO", "SPY")])
    return SignalStore(database)


def signal(symbol: str = "AAPL", slot: int = 0, **changes: Any) -> Signal:
    parts = (Contribution("momentum", 0.5, 0.6, 0.3, "up 1.2% over the last 13 bars", 0.012),)
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
        coverage=0.8,
        agreement=1.0,
        freshness=0.923077,
        bars=143,
        since=FIRST - SLOT,
        regime="trending",
        last_close=100.75,
        stories=2,
    )
    return replace(made, **changes)


def columns(made: tuple[Signal, ...], after: timedelta) -> pa.Table:
    """The signals as they are computed: columns, with JSON of what they rest on."""
    rows = []
    for one in made:
        parts = [asdict(part) for part in one.contributions]
        for part in parts:
            # What is stored has the figure, or is from before and has the reason.
            part.pop("reason" if part["figure"] is not None else "figure")
        inputs: dict[str, Any] = {"missing": dict(one.missing)}
        inputs["articles"] = [asdict(article) for article in one.articles]
        inputs["since"] = one.since and one.since.isoformat()
        inputs |= {name: getattr(one, name) for name in MORE}
        rows.append(
            {
                "symbol": one.symbol,
                "interval": "30m",
                "slot_at": one.slot_at,
                "strategy": one.strategy,
                "price": one.price,
                "change_pct": one.change_pct,
                "score": one.score,
                "action": str(one.action),
                "confidence": one.confidence,
                "components": json.dumps(parts),
                "inputs": json.dumps(inputs),
                "cutoff_at": one.slot_at + after,
            }
        )
    return pa.Table.from_pylist(rows, schema=COLUMNS)


def write(
    store: SignalStore,
    *made: Signal,
    live: bool = False,
    run_id: str = "run",
    after: timedelta = timedelta(0),
) -> int:
    basis = Basis(load_strategy("balanced"), ("local-1",), timedelta(hours=12), {})
    with store.database.transaction() as connection:
        basis_id = BasisStore(store.database).basis_id(connection, basis)
        bases = {STRATEGY: basis_id, "bold-1": basis_id}
        return store.write(
            connection, columns(made, after), bases, live=live, run_id=run_id, at=NOW
        )


def test_a_signal_comes_back_as_it_was(store: SignalStore) -> None:
    assert write(store, signal(), live=True, after=timedelta(minutes=2)) == 1
    (stored,) = store.newest("AAPL", STRATEGY)
    assert stored.signal == signal()
    assert (stored.revision, stored.live, stored.run_id) == (1, True, "run")
    assert stored.cutoff_at == FIRST + timedelta(minutes=2)
    assert stored.basis_id is not None
    assert BasisStore(store.database).read([stored.basis_id])[stored.basis_id].models == (
        "local-1",
    )


def test_a_signal_stored_by_an_earlier_version_is_still_read(store: SignalStore) -> None:
    insert = """
        INSERT INTO fintech.signals (symbol, interval, slot_at, strategy, revision, price,
            change_pct, score, action, confidence, components, inputs, cutoff_at, live, run_id,
            written_at)
        VALUES ('AAPL', '30m', :slot, 'balanced-1', 1, 100.25, NULL, 0.3, 'buy', 0.5,
            '[{"name": "momentum", "value": 0.5, "weight": 0.6, "contribution": 0.3,
               "reason": "up 1.2% over the last 13 bars"}]',
            '{"missing": {"news": "no news"}, "articles": [{"article_id": 7, "share": 0.1}]}',
            :slot, true, 'old', :slot)
    """
    with store.database.transaction() as connection:
        connection.execute(sa.text(insert), {"slot": FIRST})
    (stored,) = store.newest("AAPL", "balanced-1")
    part = Contribution("momentum", 0.5, 0.6, 0.3, "up 1.2% over the last 13 bars")
    assert stored == StoredSignal(
        Signal(
            "AAPL",
            FIRST,
            "balanced-1",
            100.25,
            None,
            0.3,
            Action.BUY,
            0.5,
            (part,),
            (("news", "no news"),),
            (ArticleShare(7, 0.1),),
        ),
        revision=1,
        cutoff_at=FIRST,
        live=True,
        run_id="old",
        basis_id=None,
    )


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
    "since": None,
    "regime": None,
    "split": 4.0,
    "bars": 142,
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


numbers = st.floats(-1, 1).map(lambda number: round(number, 6) + 0.0)


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
