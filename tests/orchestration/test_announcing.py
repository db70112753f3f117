"""What a tick and a backfill tell those who follow live, and in which transaction."""

from collections import Counter
from datetime import date

import pytest
import sqlalchemy as sa

from fintech_pipeline.composition import Pipeline
from fintech_pipeline.orchestration import steps
from fintech_pipeline.orchestration.scoring_step import score_articles
from fintech_pipeline.orchestration.work import Work, backfill_work, tick_work
from fintech_pipeline.storage.events import Topic
from tests.orchestration.conftest import NOW, at_slot, rows
from tests.orchestration.test_ticks import SLOT_AT

Row = dict[str, object]


def told(pipeline: Pipeline, topic: Topic) -> list[Row]:
    found = rows(
        pipeline,
        f"SELECT payload FROM fintech.events WHERE topic = '{topic}' ORDER BY id",  # noqa: S608
    )
    return [row["payload"] for row in found]


def work_through(pipeline: Pipeline, work: Work) -> None:
    steps.collect_market(pipeline, work)
    steps.collect_articles(pipeline, work)
    score_articles(pipeline, work)
    steps.compute(pipeline, work)


def test_a_live_tick_tells_all_that_it_wrote(simulated: Pipeline) -> None:
    work_through(simulated, tick_work(SLOT_AT, NOW, "run"))
    stored = {one.signal.symbol: one.signal for one in at_slot(simulated, SLOT_AT)}
    (first, *_) = told(simulated, Topic.SIGNALS)
    assert first["live"] is True
    assert first["slot_at"] == SLOT_AT.isoformat()
    assert first["symbols"] == sorted(stored)
    signals = [stored[symbol] for symbol in sorted(stored)]
    assert first["score"] == [one.score for one in signals]
    assert first["price"] == [one.price for one in signals]
    assert first["action"] == [one.action for one in signals]
    assert [one["asset"] for one in told(simulated, Topic.SLOTS)] == [
        "market_bars",
        "news_articles",
        "article_sentiment",
        "trading_signals",
    ]
    (bars,) = told(simulated, Topic.BARS)
    assert bars["symbols"] == sorted(one.symbol for one in simulated.instruments.watched())
    assert bars["live"] is True


def test_a_second_tick_of_the_same_tells_only_that_it_was_there(simulated: Pipeline) -> None:
    work_through(simulated, tick_work(SLOT_AT, NOW, "run"))
    before = _counts(simulated)
    work_through(simulated, tick_work(SLOT_AT, NOW, "run"))
    assert _counts(simulated) - before == Counter({Topic.SLOTS: 4})


def test_days_of_a_backfill_are_one_event_a_step(simulated: Pipeline) -> None:
    (work,) = backfill_work([date(2026, 1, 18), date(2026, 1, 19)], NOW, "run")
    work_through(simulated, work)
    (signals,) = told(simulated, Topic.SIGNALS)
    assert signals["live"] is False
    assert signals["from_at"] < signals["to_at"]  # type: ignore[operator]  # both texts
    assert set(signals) == {"symbols", "strategies", "from_at", "to_at", "rows", "live"}
    assert len(told(simulated, Topic.BARS)) == 1
    assert len(told(simulated, Topic.SLOTS)) == 4


def test_what_fails_in_the_middle_tells_nothing(
    simulated: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(steps, "record_slots", dies)
    with pytest.raises(KeyboardInterrupt):
        steps.collect_market(simulated, tick_work(SLOT_AT, NOW, "run"))
    with simulated.database.transaction() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM fintech.events")) == 0


def _counts(pipeline: Pipeline) -> Counter[Topic]:
    found = rows(pipeline, "SELECT topic, count(*) AS n FROM fintech.events GROUP BY topic")
    return Counter({Topic(row["topic"]): row["n"] for row in found})
