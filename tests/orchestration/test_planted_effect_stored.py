"""A backfill of the simulated exchange, from its headlines to the review: the effect is found."""

from dataclasses import replace
from datetime import UTC, date, datetime

import dagster as dg
import pytest

from fintech_pipeline.clock import Window, days_of
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.definitions import build_definitions
from fintech_pipeline.market.providers.simulated import SimulatedMarket
from fintech_pipeline.orchestration.launch import InProcessLauncher
from fintech_pipeline.orchestration.resources import given_pipeline
from fintech_pipeline.orchestration.review import look_back
from fintech_pipeline.signals import aftermath
from fintech_pipeline.signals.hindsight import Asked
from fintech_pipeline.signals.horizons import HORIZONS, Horizon
from fintech_pipeline.signals.outcomes import FOUND, Estimate
from tests.orchestration.conftest import SetClock

MONTH = Window(datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 29, tzinfo=UTC))


def news_after_eight_bars(
    simulated: Pipeline, clock: SetClock, effect: float, monkeypatch: pytest.MonkeyPatch
) -> Estimate:
    """The coefficient of the news component of a month that was backfilled."""
    market = SimulatedMarket(simulated.settings.simulation.seed, effect)
    pipeline = replace(simulated, market_providers=[market])
    clock.now = datetime(2026, 2, 2, tzinfo=UTC)
    with dg.DagsterInstance.ephemeral() as instance:
        definitions = build_definitions(
            pipeline.settings, clock=clock, pipeline=given_pipeline(pipeline)
        )
        InProcessLauncher(definitions, instance).backfill(days_of(MONTH))
    # The effect lasts for eight bars; nobody else asks for that horizon.
    horizons = {interval: (Horizon("8 bars", bars=8),) for interval in HORIZONS}
    monkeypatch.setattr(aftermath, "HORIZONS", horizons)
    (found,) = look_back(pipeline, Asked(False, MONTH, [pipeline.strategy.label])).strategies
    (one,) = found.horizons
    assert found.first is not None
    assert str(found.first)[:10] == str(date(2026, 1, 5))
    return one.components["news"]


@pytest.mark.slow
def test_backfilled_signals_find_the_planted_effect_of_news(
    simulated: Pipeline, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = news_after_eight_bars(simulated, clock, 1.0, monkeypatch)
    assert found.mean > 0
    assert found.t > 2


@pytest.mark.slow
def test_backfilled_signals_find_nothing_where_nothing_is_planted(
    simulated: Pipeline, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = news_after_eight_bars(simulated, clock, 0.0, monkeypatch)
    assert found.enough
    assert found.verdict != FOUND
