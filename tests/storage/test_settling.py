"""Settling the outcomes of live signals: once, when their time has come."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from fintech_pipeline.clock import SLOT
from fintech_pipeline.errors import StorageError
from fintech_pipeline.market.bars import ActionKind, Interval
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.signals.settling import settle
from fintech_pipeline.storage.database import Database, connect
from tests.storage.settled_past import Past, at

PROJECT = Path(__file__).parents[2]
FIRST, LAST = "2025-06-30 13:30", "2025-07-11 20:00"
"""Two weeks of New York with a half day on Thursday, 3 July, and a holiday on the Friday."""
SETTLE = """
import sys
from datetime import datetime
from fintech_pipeline.storage.database import connect
from tests.storage.settled_past import Past

print("ready", flush=True)
Past(connect(sys.argv[1])).settle(sys.argv[2], batch=3)
"""


@pytest.fixture
def past(database: Database) -> Past:
    made = Past(database)
    made.follow("AAPL", "KO")
    return made


def test_an_outcome_is_settled_when_its_bars_are_there_and_waits_before(past: Past) -> None:
    past.trade("AAPL", FIRST, LAST)
    past.judge("AAPL", "2025-07-01 14:00")
    assert past.settle("2025-07-01 14:29").waiting == 3
    assert past.outcomes() == []

    # The bar 14 rows after the first opened at 114 and closed at 114.5.
    done = past.settle("2025-07-01 14:30")
    assert (done.returns, done.waiting, done.written) == (1, 2, 1)
    (one,) = past.outcomes()
    assert one["return_pct"] == pytest.approx(100 * (114.5 / 114 - 1))
    assert (one["entered_at"], one["left_at"]) == (at("2025-07-01 14:00"), at("2025-07-01 14:30"))
    assert (one["horizon"], one["reason"]) == ("1 bar", None)
    assert one["settled_at"] == at("2025-07-01 14:30")

    assert past.settle("2025-07-02 14:00").returns == 1
    assert past.settle("2025-07-09 14:00").returns == 1
    assert past.settle("2025-07-30 14:00") == past.settle("2025-07-31 14:00")
    five = past.outcomes()[-1]
    # Five sessions on, over the half day's 7 bars, a holiday and a weekend: 13 + 13 + 7 + 13 + 13.
    assert five["left_at"] == at("2025-07-09 14:00")
    assert five["return_pct"] == pytest.approx(100 * ((114.5 + 58) / 114 - 1))


def test_a_signal_that_came_after_the_next_open_is_bought_at_the_one_after(past: Past) -> None:
    past.trade("AAPL", FIRST, LAST)
    past.judge("AAPL", "2025-07-01 14:00", late=timedelta(minutes=2))
    past.settle("2025-07-01 15:00")
    (one,) = past.outcomes()
    assert (one["entered_at"], one["left_at"]) == (at("2025-07-01 14:30"), at("2025-07-01 15:00"))


def test_a_split_and_a_dividend_in_between_bend_no_outcome(past: Past) -> None:
    past.trade("AAPL", FIRST, "2025-07-01 20:00", price=200.0)
    past.trade("AAPL", "2025-07-02 13:30", LAST, price=100.0)
    past.tell("AAPL", "2025-07-02 13:30", ActionKind.SPLIT, 2.0)
    past.tell("AAPL", "2025-07-08 13:30", ActionKind.DIVIDEND, 1.0)
    past.judge("AAPL", "2025-07-01 14:00")
    past.settle("2025-07-20 00:00")
    found = past.returns()
    # Bought at 214; the row of the next day's first bar is 0 again, at 100.
    assert found["1 session"] == pytest.approx(100 * (2 * 100.5 / 214 - 1))
    # The bar closing at 2025-07-09 14:00 is 13 + 7 + 13 + 13 rows on; each new share was paid 1.
    assert found["5 sessions"] == pytest.approx(100 * (2 * (146.5 + 1.0) / 214 - 1))


def test_a_bar_that_never_comes_is_settled_with_the_reason_after_a_week(past: Past) -> None:
    past.trade("AAPL", FIRST, LAST, without=("2025-07-01 14:00", "2025-07-02 13:30"))
    first = past.judge("AAPL", "2025-07-01 14:00")
    second = past.judge("AAPL", "2025-07-01 15:00")
    past.trade("KO", FIRST, LAST, without=("2025-07-02 13:30",))
    past.judge("KO", "2025-07-01 14:00")
    assert past.settle("2025-07-08 14:29").without == {}
    done = past.settle("2025-07-30 00:00")
    assert done.without == {
        "its bar that closed at 2025-07-01 14:30Z never came": 3,
        "its bar that closed at 2025-07-02 14:00Z never came": 1,
    }
    assert done.waiting == 0
    found = [(one["signal_id"], one["horizon"], one["return_pct"]) for one in past.outcomes()]
    assert [one[1:] for one in found if one[0] == first] == [
        ("1 bar", None),
        ("1 session", None),
        ("5 sessions", None),
    ]
    assert all(value is not None for id_, _, value in found if id_ == second)
    assert past.settle("2025-08-30 00:00").written == 0


def test_a_bar_that_comes_late_still_counts(past: Past) -> None:
    past.trade("AAPL", FIRST, LAST, without=("2025-07-01 14:00",))
    past.judge("AAPL", "2025-07-01 14:00")
    assert past.settle("2025-07-05 00:00").waiting == 3
    past.trade("AAPL", FIRST, LAST)
    assert past.settle("2025-07-06 00:00").returns == 2


def test_what_stopped_trading_or_is_no_longer_followed_is_said(past: Past) -> None:
    past.trade("AAPL", FIRST, "2025-07-02 20:00")
    past.trade("KO", FIRST, "2025-07-02 20:00")
    for symbol in ("AAPL", "KO"):
        past.judge(symbol, "2025-07-02 19:00")
    InstrumentStore(past.database, lambda: at("2025-07-03 09:00")).remove("KO")
    done = past.settle("2025-08-01 00:00")
    assert done.without == {
        "no bar of it came since 2025-07-02: delisted, or lost by its provider": 2,
        "it is no longer followed since 2025-07-03": 2,
    }
    assert done.returns == 2


def test_a_symbol_without_any_bar_is_said(past: Past) -> None:
    past.judge("AAPL", "2025-07-02 19:00")
    assert past.settle("2025-08-01 00:00").without == {"no bar of it was ever stored": 3}


def test_an_exchange_that_never_closes_is_settled_over_weekend_and_midnight(past: Past) -> None:
    past.follow("SIM", mic="XSIM")
    past.trade("SIM", "2025-07-05 00:00", "2025-07-11 00:00", mic="XSIM")
    past.judge("SIM", "2025-07-05 23:30")
    past.settle("2025-07-11 00:00")
    assert [(one["entered_at"], one["left_at"]) for one in past.outcomes()] == [
        (at("2025-07-05 23:30"), at("2025-07-06 00:00")),
        (at("2025-07-05 23:30"), at("2025-07-06 23:30")),
        (at("2025-07-05 23:30"), at("2025-07-10 23:30")),
    ]


def test_a_days_signal_is_settled_over_sessions(past: Past) -> None:
    past.trade("AAPL", "2025-06-30 13:30", "2025-08-01 20:00", interval=Interval.DAY)
    # Half hours too, which are none of its business.
    past.trade("AAPL", FIRST, LAST, price=5.0)
    past.judge("AAPL", "2025-06-30 20:00", interval=Interval.DAY, late=timedelta(minutes=3))
    past.settle("2025-08-01 20:00")
    found = [(one["horizon"], one["left_at"], one["return_pct"]) for one in past.outcomes()]
    assert found == [
        ("1 session", at("2025-07-01 20:00"), pytest.approx(100 * (101.5 / 101 - 1))),
        ("5 sessions", at("2025-07-08 20:00"), pytest.approx(100 * (105.5 / 101 - 1))),
        ("21 sessions", at("2025-07-30 20:00"), pytest.approx(100 * (121.5 / 101 - 1))),
    ]


def test_only_the_first_revision_of_live_signals_is_settled(past: Past) -> None:
    past.trade("AAPL", FIRST, LAST)
    past.judge("AAPL", "2025-07-01 14:00", revision=2)
    past.judge("AAPL", "2025-07-01 14:30", live=False)
    done = past.settle("2025-07-20 00:00")
    assert (done.returns, done.waiting) == (0, 0)
    assert past.outcomes() == []


def test_a_bar_corrected_after_settling_changes_no_outcome(past: Past) -> None:
    past.trade("AAPL", FIRST, LAST)
    past.judge("AAPL", "2025-07-01 14:00")
    past.settle("2025-07-20 00:00")
    before = past.outcomes()
    past.trade("AAPL", FIRST, LAST, price=50.0)
    assert past.settle("2025-07-21 00:00").written == 0
    assert past.outcomes() == before


def many(past: Past) -> int:
    """Signals of two symbols; how many outcomes they will have."""
    for symbol in ("AAPL", "KO"):
        past.trade(symbol, FIRST, LAST)
        for n in range(12):
            past.judge(symbol, at("2025-07-01 14:00") + n * SLOT)
            past.judge(symbol, at("2025-07-02 14:00") + n * SLOT)
    return 2 * 24 * 3


@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_the_size_of_a_batch_makes_no_difference(past: Past, batch: int) -> None:
    due = many(past)
    done = past.settle("2025-07-20 00:00", batch)
    assert (done.returns, done.written, len(past.outcomes())) == (due, due, due)


def test_two_at_once_settle_each_outcome_once(past: Past) -> None:
    due = many(past)
    others = [Past(connect(past.database.url)) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(one.settle, "2025-07-20 00:00", 5) for one in others]
        written = [call.result().written for call in calls]
    for one in others:
        one.database.close()
    assert sum(written) == due
    assert len(past.outcomes()) == due


def test_who_is_killed_in_the_middle_leaves_whole_batches_and_the_next_does_the_rest(
    past: Past,
) -> None:
    due = many(past)
    arguments = [sys.executable, "-c", SETTLE, past.database.url, "2025-07-20 00:00"]
    with subprocess.Popen(
        arguments, cwd=PROJECT, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."}
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        deadline = time.monotonic() + 60
        while not past.outcomes() and time.monotonic() < deadline:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
    left = len(past.outcomes())
    assert 0 < left < due
    assert left % 9 == 0  # three signals with three horizons
    assert past.settle("2025-07-20 00:00").written == due - left
    assert len(past.outcomes()) == due


def test_an_outcome_has_a_return_or_a_reason_and_no_nonsense(past: Past) -> None:
    id_ = past.judge("AAPL", "2025-07-01 14:00")
    row = "INSERT INTO fintech.signal_outcomes VALUES (:id, '1 bar', now(), now(), {}, now(), {})"
    for value, reason in (("NULL", "NULL"), ("1", "'why'"), ("'NaN'", "NULL"), ("-101", "NULL")):
        with pytest.raises(StorageError), past.database.transaction() as connection:
            connection.execute(sa.text(row.format(value, reason)), {"id": id_})


def test_settling_nothing_is_nothing(past: Past) -> None:
    assert settle(past.stores, at("2025-07-20 00:00")).written == 0
