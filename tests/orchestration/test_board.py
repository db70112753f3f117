"""What rules look at, read from a past that was judged, against plain queries."""

from datetime import timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from fintech_pipeline.alerts.board import Board, read_board
from fintech_pipeline.alerts.measures import Why
from fintech_pipeline.alerts.rules import Metric, MetricKey, Recipient, Rule, Scope, value_of
from fintech_pipeline.clock import SLOT
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.orchestration.alerting import MarketTime, board_inputs
from fintech_pipeline.orchestration.trials import try_rules
from fintech_pipeline.signals.strategy import Action
from tests.orchestration.judged_past import SLOT_AT, SYMBOLS, Past

KEYS = (
    MetricKey(Metric.SCORE),
    MetricKey(Metric.ACTION),
    MetricKey(Metric.ACTION, None, True),
    MetricKey(Metric.SENTIMENT),
    MetricKey(Metric.PRICE_CHANGE_PCT, timedelta(hours=2)),
    MetricKey(Metric.PRICE_CHANGE_PCT, timedelta(days=1)),
    MetricKey(Metric.DRAWDOWN_PCT, timedelta(days=1)),
    MetricKey(Metric.STALENESS_MINUTES),
    MetricKey(Metric.STORIES, timedelta(hours=6)),
)
LAST = SLOT_AT.replace(day=19, hour=23, minute=30)
SLOTS = [LAST - n * SLOT for n in range(12)]


@pytest.fixture(scope="module")
def board(seen_past: Past) -> Board:
    pipeline = seen_past.pipeline
    seen_at = {slot: slot + timedelta(minutes=2) for slot in SLOTS}
    return read_board(board_inputs(pipeline), KEYS, pipeline.instruments.watched(), seen_at)


def cell(board: Board, key: MetricKey, row: int, symbol: str) -> float:
    column = board.symbols.index(symbol)
    assert board.measured[key].why[row, column] == Why.NOTHING
    return float(board.measured[key].value[row, column])


def test_scores_and_actions_are_those_of_the_signals_first_made(
    board: Board, seen_past: Past
) -> None:
    pipeline = seen_past.pipeline
    for row, slot in enumerate(board.slots):
        for stored in pipeline.signals.at_slot(slot, pipeline.strategy.label):
            signal = stored.signal
            assert cell(board, KEYS[0], row, signal.symbol) == signal.score
            assert cell(board, KEYS[1], row, signal.symbol) == value_of(signal.action)
            news = {one.name: one.value for one in signal.contributions}.get("news")
            if news is not None:
                assert cell(board, KEYS[3], row, signal.symbol) == news


def test_a_change_of_action_is_its_steps_since_the_slot_before(board: Board) -> None:
    actions, moves = board.measured[KEYS[1]].value, board.measured[KEYS[2]].value
    np.testing.assert_array_equal(moves[1:], actions[1:] - actions[:-1])
    # The slot before the first is looked up too.
    assert not np.isnan(moves[0]).any()


def test_a_change_of_action_is_seen_across_slots_without_a_signal(past: Past) -> None:
    pipeline = past.pipeline
    values = {"gap": LAST - SLOT, "before": LAST - 2 * SLOT}
    with pipeline.database.transaction() as connection:
        connection.execute(sa.text("DELETE FROM fintech.signals WHERE slot_at = :gap"), values)
        before = "UPDATE fintech.signals SET action = 'strong_sell' WHERE slot_at = :before"
        connection.execute(sa.text(before), values)
    seen_at = {LAST: LAST + timedelta(minutes=2)}
    board = read_board(board_inputs(pipeline), KEYS, pipeline.instruments.watched(), seen_at)
    for symbol in SYMBOLS:
        steps = cell(board, KEYS[1], 0, symbol) - value_of(Action.STRONG_SELL)
        assert cell(board, KEYS[2], 0, symbol) == steps


def test_price_changes_are_those_of_stored_closes(board: Board, seen_past: Past) -> None:
    with seen_past.pipeline.database.transaction() as connection:
        query = "SELECT symbol, closed_at, close FROM fintech.bars WHERE interval = '30m'"
        closes = {(r.symbol, r.closed_at): r.close for r in connection.execute(sa.text(query))}
    for row, slot in enumerate(board.slots):
        midnight = slot.replace(hour=0, minute=0)
        for symbol in SYMBOLS:
            close = closes[symbol, slot]
            two_hours = (close / closes[symbol, slot - timedelta(hours=2)] - 1) * 100
            assert cell(board, KEYS[4], row, symbol) == pytest.approx(two_hours, rel=1e-9)
            since_midnight = (close / closes[symbol, midnight] - 1) * 100
            assert cell(board, KEYS[5], row, symbol) == pytest.approx(since_midnight, rel=1e-9)
            high = max(v for (s, at), v in closes.items() if s == symbol and midnight <= at <= slot)
            assert cell(board, KEYS[6], row, symbol) == pytest.approx(
                (1 - close / high) * 100, abs=1e-9
            )
            assert cell(board, KEYS[7], row, symbol) == 0.0


def test_stories_are_counted_once_however_many_articles_tell_them(
    board: Board, seen_past: Past
) -> None:
    query = sa.text(
        "SELECT count(DISTINCT a.story_id) FROM fintech.articles AS a "
        "JOIN fintech.article_symbols AS s ON s.article_id = a.id "
        "WHERE s.symbol = :symbol AND a.known_at > :start AND a.known_at <= :end"
    )
    counted = 0
    with seen_past.pipeline.database.transaction() as connection:
        for row, slot in enumerate(board.slots):
            end = slot + timedelta(minutes=2)
            for symbol in SYMBOLS:
                values = {"symbol": symbol, "start": end - timedelta(hours=6), "end": end}
                expected = connection.execute(query, values).scalar_one()
                assert cell(board, KEYS[8], row, symbol) == expected
                counted += expected
    assert counted > 0


def test_a_rule_is_tried_on_the_past(seen_past: Past) -> None:
    rule = Rule(
        "any_score",
        Metric.SCORE,
        Scope(everything=True),
        above=True,
        threshold=-1.1,
        clear=-1.1,
        recipients=(Recipient("anna"),),
    )
    never = Rule("never", Metric.SCORE, Scope(everything=True), True, 1.1, 1.1)
    broad, quiet = try_rules(seen_past.pipeline, [rule, never], days=1)
    # Where the past was not judged there is no data, and an alert that is open stays open.
    assert sorted(one.subject for one in broad.firings) == list(SYMBOLS)
    assert all(one.ended_at is None for one in broad.firings)
    assert broad.most_at_once == 3
    assert quiet.firings == ()


def test_market_time_counts_only_the_half_hours_that_trade() -> None:
    counted = MarketTime([Instrument("AAPL", "Apple Inc.", mic="XNAS")])
    friday, monday = SLOT_AT.replace(day=16, hour=20, minute=30), SLOT_AT.replace(day=20, hour=15)
    # Friday's last half hour ends at 21:00Z, Monday is a holiday, Tuesday opens at 14:30Z.
    assert counted(Metric.SCORE, "AAPL")(friday, monday) == 2 * SLOT
    assert counted(Metric.STORIES, "AAPL")(friday, monday) == monday - friday
