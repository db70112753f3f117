"""A live tick that is killed at any of its moments: whole steps or none, and then the same rows."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from fintech_pipeline.orchestration.due import ASSETS
from fintech_pipeline.storage.embedded import EmbeddedServer
from tests.faults.conftest import drill_in
from tests.faults.killing import TABLES, WRITTEN, World, difference, runs, tables

QUICK, SLOW = 17, 1000
"""How many kills `make test` has, and how many more `make faults`."""
AGAIN_SECONDS = 30.0
"""By when a tick after a kill has ended; one that waits for the dead would take five minutes."""


@pytest.fixture(scope="module")
def world(server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(server, drill_in(tmp_path_factory.mktemp("kills")).folder, "kills")


@dataclass(frozen=True)
class Kill:
    """At which moment; None is from outside, after a part of the time."""

    moment: int | None
    part: float


def stretches(moments: Sequence[str]) -> list[list[int]]:
    """What comes before the steps; of each its work, the two ends of its commit, and the rest."""
    found = [[n for n, told in enumerate(moments) if told.startswith("before the steps")]]
    for asset in ASSETS:
        own = (f"{asset}:", f"after {asset}:")
        mine = [n for n, told in enumerate(moments) if told.startswith(own)]
        commit = moments.index(f"{asset}: before {WRITTEN}")
        work, rest = [n for n in mine if n < commit], [n for n in mine if n > commit + 1]
        found += [work, [commit], [commit + 1], rest]
    return found


def planned(moments: Sequence[str]) -> list[Kill]:
    """Which seed kills when: the quick ones in each stretch, the slow ones at all other moments."""
    chance = random.Random(7)  # noqa: S311  # repeatable, not secret
    quick: list[int | None] = [chance.choice(stretch) for stretch in stretches(moments)]
    for stretch in stretches(moments):
        left = [n for n in stretch if n not in quick]
        quick += [chance.choice(left)] if left else []
    slow: list[int | None] = [n for n in range(len(moments)) if n not in quick]
    quick += [None] * (QUICK - len(quick))
    slow += [None] * (SLOW - len(slow))
    chance.shuffle(slow)
    return [Kill(moment, chance.random()) for moment in (*quick, *slow)]


def seeds() -> list[object]:
    slow = [
        pytest.param(seed, marks=pytest.mark.slow, id=f"seed-{seed}")
        for seed in range(QUICK, QUICK + SLOW)
    ]
    return [*(pytest.param(seed, id=f"seed-{seed}") for seed in range(QUICK)), *slow]


@pytest.mark.parametrize("seed", seeds())
def test_a_killed_tick_leaves_whole_steps_and_comes_to_the_same_rows_when_run_again(
    world: World, seed: int
) -> None:
    kill = planned(world.tick.moments)[seed]
    with world.copied() as url:
        if kill.moment is None:
            killed = world.start(url, lingers=True).killed_after(kill.part * world.tick.seconds)
        else:
            killed = world.start(url, kill.moment).ended()
        where = f"killed at moment {len(killed.moments)}, {['the start', *killed.moments][-1]}"
        assert killed.code == -9, f"{where}: {killed.said}"

        left, stood = tables(url), runs(url)
        for writer in TABLES:
            told = [difference(left[writer], rows[writer]) for rows in (world.before, world.after)]
            assert "" in told, f"{where}: neither before nor after {writer}: {told}"

        again = world.start(url).ended()
        assert again.code == 0, f"{where}: {again.said}"
        assert again.seconds < AGAIN_SECONDS, where
        found, states = tables(url), runs(url)
        for writer in TABLES:
            assert difference(found[writer], world.after[writer]) == "", where

        assert {*states.values()} <= {"SUCCESS", "FAILURE"}, f"{where}: {states}"
        assert [*states.values()][-1] == "SUCCESS", f"{where}: {states}"
        for run, state in stood.items():
            expected = state if state == "SUCCESS" else "FAILURE"
            assert states[run] == expected, f"{where}: {states}"
