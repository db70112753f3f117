"""A backfill or a tick that is killed at any moment, or runs twice at once: the same rows."""

import random
import time
from collections.abc import Iterator

import pytest

from tests.faults.conftest import Drill, Rows, drill_in

BACKFILL = ("backfill", "--from", "2026-02-25", "--to", "2026-03-04")
"""Two runs, of two months, the later one cut off by the end of a chunk."""
TICK = ("tick", "--slot", "2026-03-05T10:30Z", "--json")
KILLS = 3
MORE_KILLS = 25


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Uninterrupted"]:
    """What a backfill and a tick come to that nobody disturbed, and how long they take."""
    drill = drill_in(tmp_path_factory.mktemp("uninterrupted"))
    try:
        yield Uninterrupted(drill)
        drill.assert_nothing_left()
    finally:
        drill.end()


class Uninterrupted:
    """The rows and the times of a quiet folder."""

    def __init__(self, drill: Drill) -> None:
        self.backfill_seconds = timed(drill, BACKFILL)
        self.backfilled = drill.tables()
        self.tick_seconds = timed(drill, TICK)
        self.ticked = drill.tables()
        assert drill.run_states() == ["SUCCESS"] * 3


def timed(drill: Drill, words: tuple[str, ...]) -> float:
    start = time.monotonic()
    drill.run(*words)
    return time.monotonic() - start


def assert_same(found: dict[str, Rows], expected: dict[str, Rows]) -> None:
    for table, rows in expected.items():
        assert found[table] == rows, table


def kill_again_and_again(
    drill: Drill, words: tuple[str, ...], seed: int, kills: int, seconds: float
) -> None:
    """Kills the command at moments of its life, then lets it end; every run has a true end."""
    moments = random.Random(seed)  # noqa: S311  # repeatable, not secret
    killed = 0
    for _ in range(kills):
        # Half of its life is Python that starts; the later half is more telling.
        killed += drill.start(*words).killed_after(seconds * moments.betavariate(3, 1.5))
        drill.assert_nothing_left()
    assert killed
    said = drill.run(*words)
    states = drill.run_states()
    assert set(states) <= {"SUCCESS", "FAILURE"}, states
    # A kill between the last commit and the run's end leaves a failed run and nothing to do.
    assert states[-1] == "SUCCESS" or "Nothing is missing" in said


@pytest.mark.slow
def test_a_backfill_killed_at_any_moment_and_run_again_has_the_same_rows(
    drill: Drill, uninterrupted: Uninterrupted
) -> None:
    kill_again_and_again(drill, BACKFILL, 1, KILLS, uninterrupted.backfill_seconds)
    assert_same(drill.tables(), uninterrupted.backfilled)


@pytest.mark.slow
def test_a_tick_killed_at_any_moment_and_run_again_has_the_same_rows(
    drill: Drill, uninterrupted: Uninterrupted
) -> None:
    drill.run(*BACKFILL)
    kill_again_and_again(drill, TICK, 3, KILLS, uninterrupted.tick_seconds)
    assert_same(drill.tables(), uninterrupted.ticked)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(10, 14))
def test_a_backfill_killed_many_times_has_the_same_rows(
    drill: Drill, uninterrupted: Uninterrupted, seed: int
) -> None:
    kill_again_and_again(drill, BACKFILL, seed, MORE_KILLS, uninterrupted.backfill_seconds)
    kill_again_and_again(drill, TICK, seed, MORE_KILLS, uninterrupted.tick_seconds)
    assert_same(drill.tables(), uninterrupted.ticked)


@pytest.mark.slow
def test_two_backfills_and_then_two_ticks_at_once_have_the_same_rows(
    drill: Drill, uninterrupted: Uninterrupted
) -> None:
    for words, expected in (
        (BACKFILL, uninterrupted.backfilled),
        (TICK, uninterrupted.ticked),
    ):
        both = [drill.start(*words), drill.start(*words)]
        assert [command.ended(120) for command in both] == [0, 0], [c.said() for c in both]
        assert_same(drill.tables(), expected)
    assert set(drill.run_states()) == {"SUCCESS"}
