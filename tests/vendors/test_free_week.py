"""Alpha Vantage's free plan for a week: what the spending plan promises, and what the docs show."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fintech_pipeline.storage.database import Database
from tests.vendors.free_week import simulated

SATURDAY = datetime(2025, 11, 8, 5, tzinfo=UTC)
"""Midnight in New York; a start at a weekend, two days before the week."""
DOCS = Path(__file__).parents[2] / "docs" / "quota.md"


def test_a_week_of_twenty_symbols_leaves_none_behind_and_no_day_over_its_budget(
    database: Database,
) -> None:
    week = list(simulated(database, 20, SATURDAY, 9))[2:]
    assert [day.behind for day in week] == [0] * 7, "from half an hour after each close on"
    assert [day.calls.total() for day in week] == [25] * 7, "and nothing is left unused"
    assert [day.calls["daily bars"] for day in week] == [20] * 5 + [0] * 2
    assert sum(day.calls["splits"] for day in week) == 20
    assert sum(day.calls["dividends"] for day in week) == 20
    table = [line for line in DOCS.read_text("utf-8").splitlines() if "day |" in line]
    assert table == [day.row() for day in week], "the table in the docs is this week"


def test_a_symbol_that_the_vendor_does_not_know_spends_nobody_elses_requests(
    database: Database,
) -> None:
    (day,) = simulated(database, 4, SATURDAY + timedelta(days=2), 1, frozenset({"S00"}))
    assert day.behind == 0
    assert day.calls["daily bars"] <= 4 + 4 + 3, "the first, the close, and three more in vain"


@pytest.mark.slow
def test_sixty_symbols_take_turns_at_the_close(database: Database) -> None:
    days = list(simulated(database, 60, SATURDAY + timedelta(days=2), 4))
    assert [day.calls.total() for day in days] == [25] * 4
    assert days[-1].calls["daily bars"] == 25
    assert days[-1].behind <= 3, "a symbol's turn comes with every third close"
