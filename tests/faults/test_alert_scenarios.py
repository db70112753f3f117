"""Whatever dies, hangs, jumps or lies: no alert is lost, and nobody gets an SMS twice.

A failing seed is repeated by its test's name: `pytest -m "slow or not slow" 'FILE::NAME[SEED]'`.
"""

import logging
from collections.abc import Iterator

import pytest

from tests.faults.alert_scenarios import scenario
from tests.faults.alert_world import World, lived_through, made_world

SEEDS = range(40)
MORE_SEEDS = range(40, 1000)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with made_world(tmp_path_factory.mktemp("alerts")) as made:
        yield made


@pytest.mark.parametrize(
    "seed", [*SEEDS, *(pytest.param(seed, marks=pytest.mark.slow) for seed in MORE_SEEDS)]
)
def test_what_is_promised_of_alerts_holds_whatever_goes_wrong(
    world: World, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    drawn = scenario(seed)
    with caplog.at_level(logging.ERROR, "fintech"):
        broken = lived_through(world, drawn)
    broken += [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert not broken, "\n".join([*broken, drawn.told()])
