"""Queries over many signals: what Postgres does for each, and that it stays little."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from fintech_pipeline.alerts.tables import alerts
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.signals import signal_reading, signal_series, strategy_reading
from fintech_pipeline.signals.signal_reading import Judge, ListedSignals, known_labels
from fintech_pipeline.signals.strategy import Action
from fintech_pipeline.storage.database import Database

FIRST = datetime(2025, 1, 2, 14, 30, tzinfo=UTC)
LAST = FIRST + timedelta(minutes=30) * 299
JUDGE = Judge("balanced-2", Interval.HALF_HOUR)
FILL = sa.text("""
    INSERT INTO fintech.signals (symbol, interval, slot_at, strategy, revision, price, score,
        action, confidence, components, inputs, cutoff_at, live, run_id, written_at)
    SELECT 'S' || symbol, '30m', CAST(:first AS timestamptz) + slot * interval '30 minutes',
        strategy, 1, 100, 0.1, CASE WHEN slot % 50 = 0 THEN 'buy' ELSE 'hold' END, 0.5, '[]',
        '{"missing": {}, "articles": []}', :first, true, 'run', :first
    FROM generate_series(1, 30) AS symbol, generate_series(0, 299) AS slot,
        unnest(CAST(:strategies AS text[])) AS strategy
""")
BY_ACTION = "ix_signals_strategy_action_slot_at"
BY_SYMBOL = "uq_signals_symbol_interval_slot_at_strategy_revision"


@pytest.fixture
def many(database: Database) -> Database:
    """18,000 signals of two strategies."""
    with database.transaction() as connection:
        connection.execute(
            sa.text("""
                INSERT INTO fintech.instruments (symbol, name, aliases, mic, currency)
                SELECT 'S' || n, 'n', '{}', 'XNYS', 'USD' FROM generate_series(1, 30) AS n
            """)
        )
        connection.execute(FILL, {"first": FIRST, "strategies": ["balanced-2", "swing-1"]})
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE fintech.signals")
        connection.exec_driver_sql("ANALYZE fintech.instruments")
    return database


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(one for part in plan.get("Plans", ()) for one in nodes(part))]


def plan_of(database: Database, query: sa.TextClause, values: dict[str, Any]) -> list[Any]:
    """The steps that Postgres took."""
    with database.transaction() as connection:
        explained = sa.text(f"EXPLAIN (ANALYZE, FORMAT JSON) {query.text}")
        told = connection.execute(explained, values).scalar_one()
    found = told if isinstance(told, list) else json.loads(told)
    return nodes(found[0]["Plan"])


def rows_read(steps: list[Any]) -> float:
    """How many rows of the signals were looked at."""
    read: float = sum(
        (one["Actual Rows"] + one.get("Rows Removed by Filter", 0)) * one["Actual Loops"]
        for one in steps
        if one.get("Relation Name") == "signals"
    )
    return read


def indexes(steps: list[Any]) -> set[str]:
    return {one["Index Name"] for one in steps if "Index Name" in one}


def wanted(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"judge": JUDGE, "start": FIRST, "end": LAST, "count": 101}
    return ListedSignals(**{**given, **changes}).values()


LISTS = {
    "all": (signal_reading._LISTED, wanted(), BY_ACTION, 1_000),
    "one action": (signal_reading._LISTED, wanted(actions=[Action.BUY]), BY_ACTION, 500),
    "a rare action": (signal_reading._LISTED, wanted(actions=[Action.STRONG_SELL]), BY_ACTION, 0),
    "one slot": (signal_reading._LISTED, wanted(start=LAST), BY_ACTION, 100),
    "one symbol": (signal_reading._LISTED_OF, wanted(symbol="S7"), BY_SYMBOL, 300),
    "what stands": (signal_reading._STANDING, wanted(), BY_SYMBOL, 100),
}


def test_a_list_reads_little_more_than_it_shows(many: Database) -> None:
    for name, (query, values, index, most) in LISTS.items():
        steps = plan_of(many, query, values)
        assert index in indexes(steps), name
        assert rows_read(steps) <= most, name


def test_a_series_reads_its_symbol_alone(many: Database) -> None:
    drawn = signal_series.Drawn(JUDGE, "S7", FIRST, LAST, 100)
    for query in (signal_series._SERIES, signal_series._READINGS):
        steps = plan_of(many, query, drawn.values())
        assert BY_SYMBOL in indexes(steps)
        assert rows_read(steps) <= 300 + 100 + 1


def test_labels_are_found_without_reading_every_signal(many: Database) -> None:
    with many.transaction() as connection:
        assert known_labels(connection) == ["balanced-2", "swing-1"]
        used = strategy_reading.used_strategies(connection)
    assert {label: one.newest_slot_at for label, one in used.items()} == {
        "balanced-2": LAST,
        "swing-1": LAST,
    }
    assert rows_read(plan_of(many, signal_reading._LABELS, {})) <= 10
    values = {"labels": ["balanced-2", "swing-1"], "actions": [str(action) for action in Action]}
    assert rows_read(plan_of(many, strategy_reading._USED, values)) <= 20


def test_the_alerts_of_a_signal_have_an_index(database: Database) -> None:
    assert "ix_alerts_signal_id" in {index.name for index in alerts.indexes}
    with database.transaction() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        query = "EXPLAIN SELECT id FROM fintech.alerts WHERE signal_id = 7"
        told = "\n".join(connection.exec_driver_sql(query).scalars())
    assert "ix_alerts_signal_id" in told
