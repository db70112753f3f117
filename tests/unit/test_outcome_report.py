"""The review of one strategy, from matrices to sentences."""

import math

import numpy as np
import pytest
from scipy import stats

from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.outcome_report import (
    ACROSS,
    OVER_TIME,
    HorizonFigures,
    StrategyFigures,
    review,
)
from fintech_pipeline.signals.outcome_telling import (
    calibration_tables,
    coefficient_told,
    headline,
    rate_told,
    strategy_tables,
)
from fintech_pipeline.signals.outcomes import FOUND, NOTHING, TOO_FEW
from fintech_pipeline.signals.panel import Aftermath, Panel, turnover
from fintech_pipeline.signals.strategy import Action

FIRST = np.datetime64("2025-07-01T00:30", "us")
SLOT = np.timedelta64(30, "m")


def noise(*shape: int, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).standard_normal(shape)


def panel_of(score: Floats, **components: Floats) -> Panel:
    slots = FIRST + np.arange(len(score)) * SLOT
    action = np.where(score >= 0.15, 3, np.where(score <= -0.15, 1, 2))
    action = np.where(np.isfinite(score), action, -1).astype(np.int8)
    names = tuple(f"S{n}" for n in range(score.shape[1]))
    return Panel(slots, names, score, action, noise(*score.shape, seed=9), components)


def figures(
    score: Floats, gained: Floats, overlap: int = 0, **components: Floats
) -> StrategyFigures:
    panel = panel_of(score, **components)
    left_at = panel.slots + (overlap + 1) * SLOT
    after = Aftermath("1 bar", gained, left_at, {"its bar never came": 2}, 3)
    return review("balanced-2", panel, [after], np.random.default_rng(1))


def only(found: StrategyFigures) -> HorizonFigures:
    (one,) = found.horizons
    return one


def test_a_score_that_knows_something_is_found_and_its_noise_is_not() -> None:
    known = noise(200, 12)
    gained = 0.3 * known + noise(200, 12, seed=2)
    found = figures(np.tanh(known), gained, news=known, volume=noise(200, 12, seed=3))
    one = only(found)
    assert one.ranked == ACROSS
    assert one.score.verdict == one.components["news"].verdict == FOUND
    assert one.components["volume"].verdict == NOTHING
    assert one.score.mean == pytest.approx(0.28, abs=0.03)
    assert one.sign.low > 0.5
    assert one.fifths[0].return_pct.mean < 0 < one.fifths[4].return_pct.mean
    assert "Effect found: score at 1 bar" in headline(found)
    # The score, two components and twelve symbols.
    assert found.looks == 15


def test_the_wrong_way_round_is_told_as_such() -> None:
    known = noise(200, 12)
    one = only(figures(np.tanh(known), -0.3 * known + noise(200, 12, seed=2)))
    assert one.score.mean < 0
    assert one.score.verdict == FOUND
    assert one.sign.high < 0.5
    assert "-0.2" in coefficient_told(one.score)


def test_fewer_than_five_symbols_are_ranked_over_time() -> None:
    known = noise(300, 3)
    gained = 0.3 * known + noise(300, 3, seed=2)
    one = only(figures(np.tanh(known), gained))
    assert one.ranked == OVER_TIME
    each = [stats.spearmanr(known[:, n], gained[:, n]).statistic for n in range(3)]
    assert one.score.mean == pytest.approx(np.mean(each), abs=1e-9)
    assert [s.coefficient.mean for s in one.symbols] == pytest.approx(each, abs=1e-9)
    assert one.score.verdict == FOUND


def test_hits_are_counted_by_hand() -> None:
    score = np.array([[0.5, -0.5, 0.1], [0.5, -0.5, 0.0], [np.nan, 0.5, -0.1]])
    gained = np.array([[1.0, 1.0, 1.0], [-1.0, -1.0, 1.0], [1.0, 0.0, np.nan]])
    one = only(figures(score, gained))
    # A score of 0, a price that stands still and what has no outcome are neither.
    assert (one.sign.hits, one.sign.count) == (3, 5)
    assert (one.buys.hits, one.buys.count) == (1, 2)
    assert (one.sells.hits, one.sells.count) == (1, 2)
    rules = {rule.name: (rule.hit_rate.hits, rule.hit_rate.count) for rule in one.rules}
    assert rules["the strategy's buys and sells"] == (2, 4)
    assert rules["always hold"] == (4, 6)
    counts = {bucket.name: bucket.count for bucket in one.actions}
    assert counts == {"strong_sell": 0, "sell": 2, "hold": 2, "buy": 3, "strong_buy": 0}
    assert one.count == 7


def test_the_baselines_need_no_skill_and_have_none() -> None:
    one = only(figures(np.tanh(noise(400, 8)), noise(400, 8, seed=2)))
    for rule in one.rules:
        assert rule.hit_rate.low < 0.5 < rule.hit_rate.high
        assert abs(rule.return_pct.t) < 3


def test_the_strategy_earns_what_its_sides_earned() -> None:
    score = np.tile([0.5, -0.5, 0.0], (40, 1))
    gained = np.tile([2.0, 1.0, 9.0], (40, 1)) + 0.01 * noise(40, 3)
    rule = only(figures(score, gained)).rules[0]
    assert rule.return_pct.mean == pytest.approx((2.0 - 1.0) / 2, abs=0.02)


def test_turnover_is_the_share_of_a_position_that_is_traded() -> None:
    # From sell to buy all of it, from buy to hold half, and a slot without a signal is left out.
    side = np.array([[-1.0, 0.0], [1.0, 0.0], [np.nan, 0.0], [0.0, 0.0]])
    assert turnover(side) == pytest.approx((1.0 + 0.5 + 0 + 0 + 0) / 5)
    assert math.isnan(turnover(np.full((1, 2), 0.0)))


def test_too_few_slots_give_words_in_place_of_numbers() -> None:
    found = figures(np.tanh(noise(20, 8)), noise(20, 8, seed=2))
    assert only(found).score.verdict == TOO_FEW
    assert found.looks == 0
    assert headline(found).endswith("Too few independent ones to say anything.")
    assert [told.title for told in strategy_tables(found)] == [
        "What came after",
        "Why outcomes lack",
    ]
    (row,) = strategy_tables(found)[0].rows
    assert row[:4] == ("1 bar", "160", "3", "2")
    assert all(cell.startswith("too few (") for cell in row[4:8])


def test_windows_that_overlap_are_not_read_as_independent() -> None:
    score, steps = np.tanh(noise(200, 8)), noise(210, 8, seed=2)
    sums = np.cumsum(steps, axis=0)
    one = only(figures(score, sums[10:] - sums[:200], overlap=9))
    assert one.score.independent == 20
    assert rate_told(one.sign) == "too few (20)"


def test_no_effect_is_said_and_the_looks_are_counted() -> None:
    found = figures(np.tanh(noise(300, 8, seed=4)), noise(300, 8, seed=5))
    assert only(found).score.verdict == NOTHING
    assert "No effect found. 9 looks were taken" in headline(found)


def test_every_table_is_as_wide_as_its_header() -> None:
    found = figures(np.tanh(noise(60, 8)), noise(60, 8, seed=2), news=noise(60, 8, seed=3))
    tables = strategy_tables(found)
    assert len(tables) == 6
    for told in (*tables, *calibration_tables("1 bar", [], [])):
        assert told.rows
        assert {len(row) for row in told.rows} == {len(told.header)}
        assert not any("nan" in cell for row in told.rows for cell in row)


def test_of_many_symbols_the_first_are_shown_and_the_rest_is_counted() -> None:
    found = figures(np.tanh(noise(40, 50)), noise(40, 50, seed=2))
    rows = strategy_tables(found)[-1].rows
    assert len(rows) == 41
    assert rows[-1] == ("10 more", "")


def test_a_strategy_without_a_signal_has_nothing_to_say() -> None:
    empty = Panel(
        np.empty(0, dtype="datetime64[us]"), (), np.empty((0, 0)), np.empty((0, 0), np.int8),
        np.empty((0, 0)), {},
    )  # fmt: skip
    found = review("balanced-2", empty, [], np.random.default_rng(1))
    assert (found.signals, found.first, found.looks) == (0, None, 0)


def test_every_action_has_a_side() -> None:
    panel = panel_of(np.array([[0.5, -0.5, 0.0, np.nan]]))
    assert panel.side[0, :3].tolist() == [1.0, -1.0, 0.0]
    assert math.isnan(panel.side[0, 3])
    assert len(Action) == 5
