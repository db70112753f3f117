"""Several strategies in one pass: each as if it were alone, days judged where sessions close."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from fintech_pipeline.clock import SLOT, Window
from fintech_pipeline.market.action_store import ActionStore
from fintech_pipeline.market.bar_store import BarStore, Collected
from fintech_pipeline.market.bars import BarSeries, Floats, Interval, RawBars
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.sentiment.score_store import ScoreStore
from fintech_pipeline.signals.components import PriceReadings, price_readings
from fintech_pipeline.signals.computation import Computed, compute_signals
from fintech_pipeline.signals.parts import SignalInputs
from fintech_pipeline.signals.prices import PriceMatrix
from fintech_pipeline.signals.signal_store import signals_in
from fintech_pipeline.signals.strategy import Action, Band, Strategy
from fintech_pipeline.signals.strategy_files import load_strategy
from fintech_pipeline.storage.database import Database

INSTRUMENTS = [Instrument("AAPL", "Apple", (), "XNYS"), Instrument("KO", "Coke", (), "XNYS")]
BALANCED, SWING = load_strategy("balanced"), load_strategy("swing")
CLOSE = datetime(2025, 5, 20, 20, 0, tzinfo=UTC)
SESSIONS = calendar_of("XNYS").sessions(Window(CLOSE - timedelta(days=140), CLOSE))
OBSERVED_AT = CLOSE + timedelta(days=1)


def walk(seed: int, count: int) -> tuple[Floats, ...]:
    rng = np.random.default_rng(seed)
    close = (100 * np.cumprod(1 + rng.normal(0, 0.01, count))).astype(np.float64)
    volume = rng.integers(1_000, 1_000_000, count).astype(np.float64)
    return close * 1.001, close * 1.01, close * 0.99, close, volume


def series(symbol: str, interval: Interval, seed: int) -> Collected:
    if interval is Interval.DAY:
        opened_at, closed_at = SESSIONS.opened_at, SESSIONS.closed_at
    else:
        closed_at = calendar_of("XNYS").slots(Window(CLOSE - timedelta(days=40), CLOSE))
        opened_at = closed_at - np.timedelta64(30, "m")
    open_, high, low, close, volume = walk(seed, len(closed_at))
    bars = RawBars(symbol, interval, opened_at, open_, high, low, close, volume)
    unseen = np.zeros(len(closed_at), dtype=np.bool_)
    return Collected(BarSeries(bars, closed_at), "simulated", OBSERVED_AT, closed_at, unseen)


@pytest.fixture
def inputs(database: Database) -> SignalInputs:
    InstrumentStore(database).seed(INSTRUMENTS)
    store = BarStore(database, ("simulated",))
    with database.transaction() as connection:
        store.write(
            connection,
            [
                series(one.symbol, interval, seed)
                for seed, one in enumerate(INSTRUMENTS)
                for interval in (Interval.HALF_HOUR, Interval.DAY)
            ],
        )
    actions, scores = ActionStore(database, ("simulated",)), ScoreStore(database)
    return SignalInputs(store, actions, scores, ("none",), (BALANCED, SWING), timedelta(hours=12))


def computed(inputs: SignalInputs, *slots: datetime) -> Computed:
    return compute_signals(inputs, INSTRUMENTS, {slot: slot for slot in slots})


def of(table: pa.Table, strategy: Strategy) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = table.filter(
        pc.equal(table["strategy"], pa.scalar(strategy.label))
    ).to_pylist()
    return rows


def test_days_are_judged_where_the_session_closes_and_half_hours_everywhere(
    inputs: SignalInputs,
) -> None:
    found = computed(inputs, CLOSE - SLOT, CLOSE, CLOSE + SLOT)
    assert [row["slot_at"] for row in of(found.table, SWING)] == [CLOSE] * 2
    assert [row["slot_at"] for row in of(found.table, BALANCED)] == [CLOSE - SLOT] * 2 + [CLOSE] * 2
    assert {row["interval"] for row in of(found.table, SWING)} == {"1d"}
    assert found.expected == {CLOSE - SLOT: 2, CLOSE: 2, CLOSE + SLOT: 0}
    assert found.judged() == {CLOSE - SLOT: 2, CLOSE: 2}


def test_where_only_days_are_judged_a_slot_within_the_session_owes_nothing(
    inputs: SignalInputs,
) -> None:
    found = computed(replace(inputs, strategies=(SWING,)), CLOSE - SLOT, CLOSE)
    assert found.expected == {CLOSE - SLOT: 0, CLOSE: 2}
    assert set(found.skipped[CLOSE - SLOT].values()) == {"the session is not over"}


def test_each_strategy_s_signals_are_those_it_has_alone(inputs: SignalInputs) -> None:
    together = computed(inputs, CLOSE).table
    for strategy in (BALANCED, SWING):
        alone = computed(replace(inputs, strategies=(strategy,)), CLOSE).table
        assert of(together, strategy) == of(alone, strategy)


def test_strategies_of_one_interval_read_the_prices_once(inputs: SignalInputs) -> None:
    read: list[Interval] = []

    def counted(prices: PriceMatrix) -> PriceReadings:
        read.append(prices.interval)
        return price_readings(prices)

    bold = replace(BALANCED, name="bold")
    three = replace(inputs, strategies=(BALANCED, bold, SWING), readings=counted)
    found = computed(three, CLOSE)
    assert sorted(read) == [Interval.DAY, Interval.HALF_HOUR]
    assert len(found.table) == 6


def test_a_symbol_that_one_strategy_cannot_judge_is_not_counted_and_the_reason_names_it(
    inputs: SignalInputs,
) -> None:
    with inputs.bars.database.transaction() as connection:
        connection.exec_driver_sql(
            "DELETE FROM fintech.bars WHERE symbol = 'KO' AND interval = '1d' "
            "AND opened_at < '2025-05-12'"
        )
    found = computed(inputs, CLOSE)
    assert found.expected[CLOSE] == 2
    assert found.judged()[CLOSE] == 1
    assert found.skipped[CLOSE] == {
        "KO": "swing-1: its history is too short: 7 bars, 15 are needed"
    }
    assert len(of(found.table, BALANCED)) == 2


def test_a_day_whose_bar_is_missing_is_said_to_be_missing(inputs: SignalInputs) -> None:
    with inputs.bars.database.transaction() as connection:
        connection.exec_driver_sql(
            "DELETE FROM fintech.bars WHERE symbol = 'KO' AND interval = '1d' "
            "AND opened_at > '2025-05-20'"
        )
    assert computed(inputs, CLOSE).skipped[CLOSE] == {"KO": "its bar of this day has not arrived"}


def eager(strategy: Strategy) -> Strategy:
    """Bands that any score enters, and that end soon, so that actions come and go."""
    bands = {
        Action.STRONG_SELL: Band(-0.2, -0.15),
        Action.SELL: Band(-0.06, -0.01),
        Action.BUY: Band(0.06, 0.01),
        Action.STRONG_BUY: Band(0.2, 0.15),
    }
    return replace(strategy, name="eager", bands=bands)


Held = tuple[str, Action, datetime | None]


def actions(inputs: SignalInputs, slots: Sequence[datetime]) -> dict[datetime, list[Held]]:
    made = signals_in(computed(inputs, *slots).table)
    return {s: [(m.symbol, m.action, m.since) for m in made if m.slot_at == s] for s in slots}


def test_an_action_follows_from_the_slot_alone_whatever_else_is_judged(
    inputs: SignalInputs,
) -> None:
    grid = calendar_of("XNYS").slots(Window(CLOSE - timedelta(days=8), CLOSE))
    slots = [slot.replace(tzinfo=UTC) for slot in grid.tolist()]
    judging = replace(inputs, strategies=(eager(BALANCED),))
    together = actions(judging, slots)
    held = {action for found in together.values() for _, action, _ in found}
    assert len(held) >= 3
    for slot in (*slots[::9], slots[13], slots[14]):
        assert actions(judging, [slot])[slot] == together[slot]
