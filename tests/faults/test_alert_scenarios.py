"""Whatever dies, hangs, jumps or lies: no alert is lost, and nobody gets an SMS twice."""

import logging
from collections.abc import Iterator

import pytest

from tests.faults.alert_life import lived_through
from tests.faults.alert_scenarios import scenario
from tests.faults.alert_world import World, made_world

FILE = "tests/faults/test_alert_scenarios.py"
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
    again = f"Repeat it: .venv/bin/pytest -n 0 -m 'slow or not slow' '{FILE}' -k '[{seed}]'"
    assert not broken, "\n".join([*broken, drawn.told(), again])
