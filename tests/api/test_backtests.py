"""Backtests over HTTP: the newest, and one as a whole."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from fintech_pipeline.market.bars import Interval
from fintech_pipeline.signals.backtesting.backtest import Backtest, Question, document
from fintech_pipeline.signals.backtesting.backtest_store import BacktestStore
from fintech_pipeline.signals.backtesting.terms import Terms
from fintech_pipeline.signals.backtesting.trial import tried
from fintech_pipeline.storage.database import Database
from tests.api.living import serving_api
from tests.unit.test_backtest_account import random_tape

NOON = datetime(2026, 3, 7, 12, tzinfo=UTC)


def made(strategy: str = "balanced-2", terms: Terms | None = None, hours: int = 0) -> Backtest:
    """A backtest of three made-up symbols over forty days."""
    rng = np.random.default_rng(5)
    chosen = terms or Terms()
    trial = tried(random_tape(rng, 40, 3), rng.choice([-1.0, 0.0, 1.0], (40, 3)), chosen)
    first, last = date(2024, 1, 1), date(2024, 2, 9)
    question = Question(strategy, "a" * 64, Interval.DAY, ("A", "B", "C"), first, last, chosen)
    luck = trial.luck([0.02], np.random.default_rng(1))
    at = NOON + timedelta(hours=hours)
    return Backtest(question, at, True, {"D": "no bar"}, trial, luck)


def test_they_are_listed_the_newest_first(
    database: Database,
) -> None:
    store = BacktestStore(database)
    oldest = store.write(made())
    short = store.write(made(terms=Terms(long_short=True), hours=2))
    longer = replace(made(hours=1), question=replace(made().question, to_on=date(2024, 3, 1)))
    newer = store.write(longer)
    with serving_api(database) as api:
        items = api.get("/api/v1/backtests").document["items"]
    assert [item["id"] for item in items] == [short, newer, oldest]
    first = items[0]
    assert (first["strategy"], first["long_short"], first["symbols"]) == ("balanced-2", True, 3)
    assert first["simulated"] is True
    assert first["sharpe_low"] < first["sharpe"] < first["sharpe_high"]
    assert first["trials"] == 2
    assert items[1]["trials"] == 2
    assert "path" not in first


def test_one_is_told_whole_as_it_was_stored(database: Database) -> None:
    one = made()
    number = BacktestStore(database).write(one)
    with serving_api(database) as api:
        told = api.get(f"/api/v1/backtests/{number}").document
    stored = {"id": number, **document(one)}
    assert set(told) == set(stored)
    for name in ("figures", "benchmark", "terms", "path", "left_out"):
        assert told[name] == stored[name]
    assert {**told["luck"], "deflated": 0, "trials": 0, "expected_best": 0} == {
        **stored["luck"],
        "deflated": 0,
        "trials": 0,
        "expected_best": 0,
    }


def test_later_trials_make_an_earlier_result_less_telling(database: Database) -> None:
    store = BacktestStore(database)
    number = store.write(made())
    with serving_api(database) as api:
        alone = api.get(f"/api/v1/backtests/{number}").document["luck"]
        for band in (0.0, 1.0, 2.0):
            store.write(made(terms=Terms(band=band, commission_bps=200.0 * band)))
        among = api.get(f"/api/v1/backtests/{number}").document["luck"]
    assert alone["trials"] == 1
    assert alone["deflated"] == pytest.approx(alone["probabilistic"])
    assert among["trials"] == 4
    assert among["deflated"] < alone["deflated"]
    assert among["expected_best"] > 0.0 == alone["expected_best"]


@pytest.mark.parametrize("number", ["1", "9223372036854775807"])
def test_one_that_is_not_kept_is_told(database: Database, number: str) -> None:
    with serving_api(database) as api:
        answer = api.get(f"/api/v1/backtests/{number}")
    assert (answer.status, answer.document["detail"]) == (
        404,
        "No backtest of that id is kept; see GET /api/v1/backtests.",
    )


def test_where_nothing_was_tried_the_list_is_empty(database: Database) -> None:
    with serving_api(database) as api:
        assert api.get("/api/v1/backtests").document == {"items": []}


def test_other_trials_are_counted_once_each_however_often_they_were_made(
    database: Database,
) -> None:
    store = BacktestStore(database)
    for one in (made(), made(hours=1), made("swing-1"), made(terms=Terms(band=1.0))):
        store.write(one)
    longer = replace(made(hours=3), question=replace(made().question, to_on=date(2024, 3, 1)))
    store.write(longer)
    assert len(store.trials(made().question)) == 2
    assert len(store.trials(made("third-1").question)) == 3
