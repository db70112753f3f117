"""The simulated exchange has a planted effect of news: the review finds it, and only where it is.

The prices are the simulation's, the news what its events would be told as, scored by somebody who
understands them. Everything between is what judges real signals.
"""

from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import pyarrow as pa
import pytest

from fintech_pipeline.clock import SLOT, Window, from_instant64, instant64
from fintech_pipeline.market import simulation
from fintech_pipeline.market.bars import Floats, Interval
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.sentiment.aggregation import ScoredArticle, aggregate
from fintech_pipeline.signals.horizons import Horizon, TradingRows, prices_of
from fintech_pipeline.signals.outcome_report import HorizonFigures, review
from fintech_pipeline.signals.outcomes import FOUND, NOTHING
from fintech_pipeline.signals.panel import Aftermath, Panel

SYMBOLS = ("AAPL", "AMZN", "COIN", "GOOG", "HOOD", "KO", "LLY", "MCD", "META", "MSFT", "TSM", "UNH")
FIRST = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = 20
JUDGED = Window(FIRST, FIRST + timedelta(days=DAYS))
SEEN = Window(FIRST - timedelta(days=2), JUDGED.end + timedelta(days=1))
EIGHT_BARS = Horizon("8 bars", bars=simulation.EFFECT_BARS)
WHEN = pa.timestamp("us", "UTC")


def rows_of() -> TradingRows:
    return TradingRows.of(calendar_of("XSIM").sessions(SEEN), Interval.HALF_HOUR)


@cache
def news(seed: int, symbol: str) -> Floats:
    """The news component of every judged slot."""
    told = [
        ScoredArticle(
            event.number,
            event.number,
            "wire",
            event.happened_at + timedelta(minutes=2),
            1.0,
            0.8 * event.direction,
            0.9,
        )
        for event in simulation.events(seed, symbol, SEEN)
    ]
    slots = [FIRST + n * SLOT for n in range(1, 48 * DAYS + 1)]
    values = []
    for slot in slots:
        known = [one for one in told if slot - timedelta(days=2) < one.known_at <= slot]
        found = aggregate(known, slot)
        values.append(np.nan if found is None else found.value)
    return np.array(values)


def prices(seed: int, effect: float) -> tuple[pa.Table, pa.Table]:
    """Bars and splits of the simulated exchange, as the stores give them."""
    series = [simulation.bars(seed, symbol, SEEN, effect) for symbol in SYMBOLS]
    bars = pa.concat_tables(
        pa.table(
            {
                "symbol": [one.symbol] * len(one),
                "closed_at": pa.array(one.opened_at + np.timedelta64(SLOT)).cast(WHEN),
                "open": pa.array(one.open),
                "close": pa.array(one.close),
            }
        )
        for one in series
    )
    splits = [s for symbol in SYMBOLS for s in simulation.splits(seed, symbol, SEEN, effect)]
    actions = pa.table(
        {
            "symbol": pa.array([one.symbol for one in splits], pa.string()),
            "kind": pa.array([str(one.kind) for one in splits], pa.string()),
            "ex_at": pa.array([one.ex_at for one in splits], WHEN),
            "value": pa.array([one.value for one in splits], pa.float64()),
        }
    )
    return bars, actions


def judged(seed: int, effect: float) -> HorizonFigures:
    """The review of a strategy that knows the news alone, eight bars after each slot."""
    rows, value = rows_of(), np.stack([news(seed, symbol) for symbol in SYMBOLS], axis=1)
    slots = instant64(FIRST) + np.arange(1, len(value) + 1) * np.timedelta64(SLOT)
    before = rows.last_before(slots)
    leave = rows.exits(before, EIGHT_BARS)
    traded = prices_of(*prices(seed, effect), rows, SYMBOLS)
    gained = np.stack(
        [
            traded.total_return_pct(before + 1, leave, np.full(len(slots), column))
            for column in range(len(SYMBOLS))
        ],
        axis=1,
    )
    action = np.where(np.isfinite(value), 2, -1).astype(np.int8)
    panel = Panel(slots, SYMBOLS, value, action, np.zeros_like(value), {"news": value})
    after = Aftermath(EIGHT_BARS.name, gained, rows.closed_at[leave], {}, 0)
    (figures,) = review("news-1", panel, [after], np.random.default_rng(1)).horizons
    return figures


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_planted_effect_is_found_with_the_right_sign(seed: int) -> None:
    found = judged(seed, effect=1.0).components["news"]
    assert found.mean > 0
    assert found.t > 2
    assert found.verdict == FOUND


def test_an_effect_the_wrong_way_round_is_found_as_such() -> None:
    found = judged(1, effect=-2.0).components["news"]
    assert found.mean < 0
    assert found.verdict == FOUND


def test_without_an_effect_none_is_reported() -> None:
    found = [judged(seed, effect=0.0).components["news"] for seed in range(4)]
    assert all(one.enough for one in found)
    assert not any(one.verdict == FOUND for one in found)
    # One in twenty seems to be something by chance: two of four would come once in seventy times.
    assert sum(one.verdict != NOTHING for one in found) <= 1


@pytest.mark.slow
def test_over_many_worlds_without_an_effect_about_one_in_twenty_seems_to_have_one() -> None:
    found = [judged(seed, effect=0.0).components["news"] for seed in range(40)]
    assert not any(one.verdict == FOUND for one in found)
    # Two are expected; more than six come once in two hundred times.
    assert sum(one.verdict != NOTHING for one in found) <= 6
    assert abs(np.mean([one.t for one in found])) < 0.5


def test_prices_without_an_effect_are_the_same_noise() -> None:
    with_it, without = (simulation.bars(3, "KO", JUDGED, effect) for effect in (1.0, 0.0))
    moves = np.diff(np.log(with_it.close)) - np.diff(np.log(without.close))
    assert len(with_it) == len(without)
    assert np.abs(moves).max() > 0.0005
    first = simulation.events(3, "KO", Window(simulation.EPOCH, JUDGED.end))[0].happened_at
    early = Window(simulation.EPOCH, from_instant64(np.datetime64(first.replace(tzinfo=None), "m")))
    with_it, without = (simulation.bars(3, "KO", early, effect) for effect in (1.0, 0.0))
    np.testing.assert_array_equal(with_it.close, without.close)
