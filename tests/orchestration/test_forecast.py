"""Models from stored bars: learnt, registered, spoken in signals, and scored."""

import importlib.util
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import dagster as dg
import numpy as np
import pytest
from click.testing import CliRunner

from fintech_pipeline.cli import session
from fintech_pipeline.cli.main import fintech
from fintech_pipeline.clock import SLOT, instant64
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.definitions import build_definitions
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.orchestration.jobs import TRAINING_JOB
from fintech_pipeline.orchestration.resources import given_pipeline
from fintech_pipeline.orchestration.steps import compute
from fintech_pipeline.orchestration.training import models_and_scores, train_all
from fintech_pipeline.orchestration.work import Work
from fintech_pipeline.settings.configuration import ResourceSettings
from fintech_pipeline.signals.forecasting.learners import learner_named
from fintech_pipeline.signals.strategy_files import load_strategies
from tests.orchestration.conftest import NOW, Opens, SetClock, rows
from tests.storage.settled_past import Past

START = NOW.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=9)
SYMBOLS = ("AAPL", "KO", "MSFT", "META")
DIRECTIONS = "SELECT * FROM fintech.forecast_models WHERE target LIKE 'direction%' ORDER BY id"


def bring(past: Past, goes_on: float) -> None:
    """Half hours up to the present of four symbols; so often the next goes the way of the last."""
    generator = np.random.default_rng(7)
    count = int((NOW - START) / SLOT)
    opened_at = instant64(START) + np.arange(count) * np.timedelta64(SLOT)
    for symbol in SYMBOLS:
        turns = np.where(generator.random(count) < goes_on, 1.0, -1.0)
        steps = np.cumprod(turns) * np.abs(generator.normal(0.001, 0.0005, count))
        prices = 100 * np.exp(np.cumsum(steps))
        opens = np.append(100.0, prices[:-1])
        past.bring(
            symbol, Interval.HALF_HOUR, (opened_at, opened_at + np.timedelta64(SLOT)), opens, prices
        )


@pytest.fixture
def pipeline(simulated: Pipeline) -> Pipeline:
    return replace(simulated, strategies=load_strategies(["foretelling"]))


@pytest.fixture
def past(pipeline: Pipeline) -> Past:
    made = Past(pipeline.database, ("simulated",))
    for symbol in SYMBOLS:
        made.follow(symbol, mic="XSIM")
    return made


def judge(pipeline: Pipeline) -> datetime:
    """Judges the newest slot, live."""
    now = pipeline.clock()
    slot = now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0)
    compute(pipeline, Work((slot.date(),), slot, now, "run"))
    return slot


def forecast_of(pipeline: Pipeline, slot: datetime) -> list[Any]:
    """What the signals of a slot say of the component: a contribution, or why it lacks."""
    found = rows(
        pipeline,
        "SELECT components, inputs FROM fintech.signals WHERE slot_at = :slot ORDER BY symbol",
        slot=slot,
    )
    return [
        next(
            (part for part in one["components"] if part["name"] == "forecast"),
            one["inputs"]["missing"].get("forecast"),
        )
        for one in found
    ]


def test_the_same_history_and_seed_give_the_same_models(pipeline: Pipeline, past: Past) -> None:
    bring(past, goes_on=0.5)
    first, second = train_all(pipeline), train_all(pipeline)
    assert len(first.models) == len(second.models) == 4
    digests = [
        [row["digest"] for row in rows(pipeline, DIRECTIONS) if row["id"] in step.models]
        for step in (first, second)
    ]
    assert digests[0] == digests[1]
    (direction, *_) = rows(pipeline, DIRECTIONS)
    assert (direction["interval"], direction["learner"], direction["seed"]) == ("30m", "trees", 7)
    assert direction["symbols"] == sorted(SYMBOLS)
    assert "momentum" in direction["features"]
    assert direction["samples"] > 1_000
    # Of the first of five there was too little to learn of before it.
    assert 3 <= len(direction["folds"]) <= 5


def test_without_an_edge_a_model_weighs_nothing_and_what_it_says_is_kept(
    pipeline: Pipeline, past: Past, clock: SetClock
) -> None:
    bring(past, goes_on=0.5)
    assert forecast_of(pipeline, judge(pipeline)) == ["no model was trained by then"] * 4
    train_all(pipeline)
    clock.advance(minutes=30)
    # It speaks from an hour after it was learnt on.
    assert rows(pipeline, "SELECT * FROM fintech.forecasts") == []
    past_of_hours(past, hours=2)
    clock.advance(minutes=60)
    lacks = forecast_of(pipeline, judge(pipeline))
    assert set(lacks) == {
        "no edge: no model of the direction beats the naive forecast out of sample"
    }
    foretold = rows(pipeline, "SELECT * FROM fintech.forecasts")
    assert len(foretold) == 4 * 4
    assert {row["symbol"] for row in foretold} == set(SYMBOLS)


def past_of_hours(past: Past, hours: int) -> None:
    """Some more half hours after the present, that rise."""
    opened_at = instant64(NOW.replace(minute=0, second=0)) + np.arange(2 * hours) * np.timedelta64(
        SLOT
    )
    for symbol in SYMBOLS:
        prices = np.linspace(100.0, 110.0, 2 * hours, dtype=np.float64)
        times = opened_at, opened_at + np.timedelta64(SLOT)
        past.bring(symbol, Interval.HALF_HOUR, times, prices, prices + 1.0)


def test_with_an_edge_it_is_a_component_like_the_others_and_is_scored(
    pipeline: Pipeline, past: Past, clock: SetClock
) -> None:
    bring(past, goes_on=0.8)
    before = judge(pipeline)
    step = train_all(pipeline)
    edges = {one.target.name for _, one in step.models.values() if one.verdict.has_edge}
    assert "direction, 1 bar" in edges
    past_of_hours(past, hours=6)
    clock.advance(minutes=90)
    slot = judge(pipeline)
    parts = forecast_of(pipeline, slot)
    for part in parts:
        assert part["value"] == pytest.approx(2 * part["figure"] - 1, abs=1e-5)
        assert part["contribution"] == pytest.approx(part["weight"] * part["value"], abs=2e-6)
    # What was judged before the model was learnt is judged the same again.
    assert forecast_of(pipeline, before) == ["no model was trained by then"] * 4
    compute(pipeline, Work((before.date(),), None, pipeline.clock(), "again"))
    revisions = rows(pipeline, "SELECT max(revision) AS last FROM fintech.signals")
    assert revisions == [{"last": 1}]

    clock.advance(hours=2)
    scores = {model["target"]: score for model, score in models_and_scores(pipeline, 4)}
    score = scores["direction, 1 bar"]
    assert score.foretold >= score.known >= 4
    assert score.loss is not None
    assert score.hits is not None
    assert scores["volatility, 1 bar"].hits is None
    assert scores["volatility, 1 bar"].loss is not None


@pytest.fixture
def command(simulated: Pipeline, opens: Opens, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The command on the test's database, with the test's clock."""
    monkeypatch.setattr(
        session, "open_pipeline", lambda settings: opens(simulated.settings) or settings
    )
    monkeypatch.setattr(Pipeline, "close", lambda _: None)
    return CliRunner()


def test_the_command_learns_and_shows(command: CliRunner, past: Past) -> None:
    told = command.invoke(fintech, ["signals", "forecast", "show"], catch_exceptions=False)
    assert told.output == "No model yet; `fintech signals forecast train` learns the first.\n"
    told = command.invoke(fintech, ["signals", "forecast", "train"])
    assert "Nothing was learnt: no bar of 30m is stored" in str(told.exception)
    bring(past, goes_on=0.5)
    told = command.invoke(fintech, ["signals", "forecast", "train"], catch_exceptions=False)
    assert "direction, 1 bar" in told.output
    assert "No edge" in told.output
    assert "SIMULATED" in told.output
    shown = command.invoke(fintech, ["signals", "forecast", "show", "--json"])
    document = json.loads(shown.stdout)
    assert document["simulated"] is True
    assert len(document["models"]) == 4
    assert document["models"][0]["score"] == {"foretold": 0, "known": 0, "loss": None, "hits": None}


@pytest.mark.skipif(
    importlib.util.find_spec("torch") is not None, reason="here the optional extra is installed"
)
def test_without_its_library_the_network_is_refused_in_a_sentence() -> None:
    with pytest.raises(ConfigurationError, match=r"needs PyTorch, .* or set forecast.learner"):
        learner_named("sequence")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def test_the_asset_tells_the_verdicts_and_its_job_has_resources_of_its_own(
    pipeline: Pipeline, past: Past, instance: dg.DagsterInstance
) -> None:
    bring(past, goes_on=0.5)
    resources = {"requests": {"cpu": "1", "memory": "2Gi"}}
    told = ResourceSettings.model_validate(resources)
    forecast = pipeline.settings.forecast.model_copy(update={"resources": told})
    settings = pipeline.settings.model_copy(update={"forecast": forecast})
    definitions = build_definitions(
        settings, clock=pipeline.clock, pipeline=given_pipeline(pipeline)
    )
    job = definitions.resolve_job_def(TRAINING_JOB)
    result = job.execute_in_process(instance=instance)
    (event,) = result.asset_materializations_for_node("forecast_models")
    shown = {label: value.value for label, value in event.metadata.items()}
    assert shown["dagster/row_count"] == 4
    assert shown["with an edge"] == 0
    assert "No edge" in str(shown["verdicts"])
    asked = {"container_config": {"resources": resources}}
    assert json.loads(job.tags["dagster-k8s/config"]) == asked
    (node,) = job.nodes
    assert json.loads(node.definition.tags["dagster-k8s/config"]) == asked
