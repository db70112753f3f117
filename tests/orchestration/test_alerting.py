"""Live slots are decided once each, whoever asks; backfills page nobody; failed runs do."""

import dataclasses
import tomllib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster._core.utils import make_new_run_id

from fintech_pipeline.alerts.rule_files import rule_file_of
from fintech_pipeline.alerts.rule_store import RuleStore
from fintech_pipeline.alerts.rules import Metric
from fintech_pipeline.clock import SLOT
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import Unavailable
from fintech_pipeline.market.provider import MarketAnswer
from fintech_pipeline.orchestration.alerting import decide_slots
from fintech_pipeline.orchestration.health import Health
from fintech_pipeline.orchestration.partitions import SLOT_TAG
from fintech_pipeline.orchestration.runs import BACKFILL_TAG, failed_in_a_row
from fintech_pipeline.orchestration.steps import compute
from fintech_pipeline.orchestration.work import tick_work
from sensors.alerts import alert_on_signals
from sensors.health import watch_pipeline
from tests.orchestration.conftest import ChangedMarket, Runs, SetClock
from tests.orchestration.judged_past import LATER, NOW, SLOT_AT, SYMBOLS, Past

RULES = """
[people.anna]
email = "anna@example.com"
[rules.any-score]
metric = "score"
above = -0.99
notify = ["anna"]
[rules.failing]
metric = "failed_runs"
above = 0
notify = ["anna"]
"""


def apply(pipeline: Pipeline, rules: str = RULES) -> None:
    file = rule_file_of("rules.toml", tomllib.loads(rules))
    RuleStore(pipeline.database).apply(file, "test", pipeline.clock())


def rows(pipeline: Pipeline, query: str) -> list[tuple[Any, ...]]:
    with pipeline.database.transaction() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def fired(pipeline: Pipeline) -> list[tuple[str, datetime]]:
    found: list[Any] = rows(
        pipeline, "SELECT subject, started_at FROM fintech.alerts ORDER BY started_at, subject"
    )
    return found


@pytest.fixture
def live(past: Past) -> Pipeline:
    """A moment after a live tick, and a rule that every score fires."""
    past.clock.now = NOW
    apply(past.pipeline)
    return past.pipeline


def test_a_live_slot_is_decided_once_and_tells_everything_in_one_message(live: Pipeline) -> None:
    assert decide_slots(live) == ["2026-01-20 10:00Z: 3 fired; 1 message."]
    assert decide_slots(live) == []
    assert fired(live) == [(symbol, SLOT_AT) for symbol in SYMBOLS]
    [told] = rows(live, "SELECT told FROM fintech.decided_slots")
    assert told == ("2026-01-20 10:00Z: 3 fired; 1 message.",)
    assert len(rows(live, "SELECT 1 FROM fintech.deliveries WHERE progress = 'planned'")) == 1


def test_an_alert_refers_to_the_first_signal_and_tells_its_facts(live: Pipeline) -> None:
    decide_slots(live)
    told = rows(
        live,
        "SELECT e.told, s.score, s.price, s.revision FROM fintech.alert_events AS e "
        "JOIN fintech.alerts AS a ON a.id = e.alert_id JOIN fintech.signals AS s "
        "ON s.id = a.signal_id",
    )
    assert len(told) == 3
    for facts, score, price, revision in told:
        assert (facts["score"], facts["price"], revision) == (score, price, 1)
        assert facts["simulated"] is True
        assert 1 <= len(facts["why"]) <= 3


def test_two_who_decide_at_once_decide_once(live: Pipeline) -> None:
    with ThreadPoolExecutor(4) as pool:
        told = [one for found in pool.map(lambda _: decide_slots(live), range(4)) for one in found]
    assert len(told) == 1
    assert len(fired(live)) == 3


def test_slots_of_hours_ago_page_nobody(past: Past) -> None:
    past.clock.now = LATER
    apply(past.pipeline)
    assert decide_slots(past.pipeline) == []
    assert fired(past.pipeline) == []


def test_a_backfill_pages_nobody(past: Past) -> None:
    past.clock.now = NOW
    apply(past.pipeline)
    with past.pipeline.database.transaction() as connection:
        connection.execute(sa.text("UPDATE fintech.slots SET live = false"))
        connection.execute(sa.text("UPDATE fintech.signals SET live = false"))
    past.backfill()
    assert decide_slots(past.pipeline) == []


def test_of_a_slot_that_gains_symbols_only_the_new_ones_are_decided(
    live: Pipeline, past: Past
) -> None:
    with live.database.transaction() as connection:
        late = "symbol = 'META' AND slot_at = :slot"
        connection.execute(sa.text(f"DELETE FROM fintech.signals WHERE {late}"), {"slot": SLOT_AT})  # noqa: S608  # a constant
    assert decide_slots(live) == ["2026-01-20 10:00Z: 2 fired; 1 message."]
    compute(live, tick_work(SLOT_AT, past.clock(), "again"))
    assert decide_slots(live) == ["2026-01-20 10:00Z: 1 fired; 1 message."]
    assert fired(live) == [(symbol, SLOT_AT) for symbol in SYMBOLS]
    assert decide_slots(live) == []


def test_the_next_slot_goes_on_where_the_last_one_ended(live: Pipeline, past: Past) -> None:
    decide_slots(live)
    past.clock.now = NOW + SLOT
    past.tick(SLOT_AT + SLOT)
    assert decide_slots(live) == ["2026-01-20 10:30Z: nothing changed."]
    assert len(fired(live)) == 3


def test_the_sensor_says_what_it_decided_and_starts_no_run(live: Pipeline) -> None:
    sensor = alert_on_signals()
    assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
    with dg.build_sensor_context(resources={"pipeline": live}) as context:
        first = sensor.evaluate_tick(context)
        assert first.skip_message == "2026-01-20 10:00Z: 3 fired; 1 message."
        assert first.cursor == "2026-01-20 10:00Z: 3 fired; 1 message."
        assert first.run_requests == []
    with dg.build_sensor_context(resources={"pipeline": live}, cursor=first.cursor) as context:
        again = sensor.evaluate_tick(context)
        assert again.skip_message == "Every live slot is decided."
        assert again.cursor == first.cursor


def look_at_health(pipeline: Pipeline, runs: Runs) -> None:
    failed = {Metric.FAILED_RUNS: failed_in_a_row(runs.instance)}
    Health(pipeline.settings, pipeline.database, pipeline.clock).look(failed)


def broken(pipeline: Pipeline) -> Pipeline:
    def fail(_: MarketAnswer) -> MarketAnswer:
        raise Unavailable("The exchange is away.")

    (source,) = pipeline.market_providers
    return dataclasses.replace(pipeline, market_providers=[ChangedMarket(source, fail)])


def test_a_failed_tick_is_told_and_the_next_good_one_ends_it(
    simulated: Pipeline, runs: Runs, clock: SetClock
) -> None:
    apply(simulated)
    slot = clock.now.replace(minute=0, second=0)
    with pytest.raises(Unavailable):
        runs.of(broken(simulated)).tick(slot)
    assert failed_in_a_row(runs.instance) == {"tick": 1.0}
    context = dg.build_sensor_context(instance=runs.instance, resources={"pipeline": simulated})
    with context:
        told = watch_pipeline().evaluate_tick(context).skip_message
    assert told == "The pipeline was looked at: 1 fired; 1 message."
    clock.advance(minutes=2)
    runs.of(simulated).tick(slot)
    look_at_health(simulated, runs)
    [(subject, resolved_at)] = rows(simulated, "SELECT subject, resolved_at FROM fintech.alerts")
    assert (subject, resolved_at) == ("tick", clock.now)


def test_a_failed_backfill_pages_nobody(simulated: Pipeline, runs: Runs, clock: SetClock) -> None:
    apply(simulated)
    with pytest.raises(Unavailable):
        runs.of(broken(simulated)).backfill([(clock.now - timedelta(days=1)).date()])
    assert failed_in_a_row(runs.instance) == {}
    look_at_health(simulated, runs)
    assert fired(simulated) == []


def test_a_long_backfill_does_not_hide_that_ticks_fail(runs: Runs) -> None:
    def ended(tag: str, status: dg.DagsterRunStatus) -> None:
        run = dg.DagsterRun("tick", make_new_run_id(), status=status, tags={tag: "x"})
        runs.instance.add_run(run)

    ended(SLOT_TAG, dg.DagsterRunStatus.SUCCESS)
    for _ in range(3):
        ended(SLOT_TAG, dg.DagsterRunStatus.FAILURE)
    for _ in range(70):
        ended(BACKFILL_TAG, dg.DagsterRunStatus.SUCCESS)
    assert failed_in_a_row(runs.instance) == {"tick": 3.0}
