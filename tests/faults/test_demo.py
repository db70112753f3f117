"""`make demo` from a clean clone: killed at any moment, twice at once, and again."""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.conftest import PROJECT, Command, Drill, served_by

SYMBOLS = [
    "AAPL",
    "AMZN",
    "BRK.B",
    "COIN",
    "GOOG",
    "KO",
    "LLY",
    "MCD",
    "META",
    "MSFT",
    "TSM",
    "UNH",
]
INSTALL_SECONDS = 15.0
"""About how long an installation takes; it is killed within."""
COMMANDS_SECONDS = 14.0
"""About how long the backfill and the tick take together."""
AGAIN_CPU_SECONDS = 30.0
"""What a demo may cost whose folder has everything; a machine that does nothing else needs less."""
pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.timeout(900)]


@dataclass
class Clone:
    """A copy of the project as a clone would be, with what is not committed yet."""

    drill: Drill

    @property
    def environment(self) -> dict[str, str]:
        """One that names another configuration and another database: the demo heeds neither."""
        own = {n: t for n, t in self.drill.environment.items() if not n.startswith(("MAKE", "MFL"))}
        strange = {
            "FINTECH_CONFIG": "/nowhere/real.toml",
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        }
        return own | strange

    def start(self, *words: str) -> Command:
        return self.drill.start_program(
            ["make", "demo", *words], self.drill.folder, self.environment
        )

    def assert_shown(self, command: Command, seconds: float) -> None:
        """The command ends well and shows the table; a bar may be late, on this exchange too."""
        assert command.ended(seconds) == 0, command.said()
        for symbol in SYMBOLS:
            assert f"│ {symbol} " in command.said() or f"Skipped {symbol}:" in command.said()
        assert "SIMULATED" in command.said()
        assert "make:" not in command.said()
        assert "WARNING" not in command.said()


def clone_in(folder: Path) -> Clone:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        check=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, folder / name)
    return Clone(Drill(folder))


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """A clone in which nothing was installed yet."""
    clone = clone_in(tmp_path_factory.mktemp("clone"))
    try:
        yield clone
    finally:
        clone.drill.end()


@pytest.fixture(scope="module")
def installed(fresh: Clone) -> Clone:
    """The clone after an installation that was killed three times, and then asked for twice."""
    moments = random.Random(5)  # noqa: S311  # repeatable, not secret
    for _ in range(3):
        assert fresh.start("ONCE=1").killed_after(moments.uniform(0.5, INSTALL_SECONDS))
        fresh.drill.assert_nothing_left()
    both = [fresh.start("ONCE=1"), fresh.start("ONCE=1")]
    for command in both:
        fresh.assert_shown(command, 300)
    fresh.drill.assert_nothing_left()
    return fresh


def test_a_killed_installation_is_made_again_and_two_demos_at_once_both_work(
    installed: Clone,
) -> None:
    assert len(list((installed.drill.folder / ".venv").glob(".installed-*"))) == 1


def test_a_second_demo_goes_on_where_the_first_stopped_and_costs_seconds(
    installed: Clone,
) -> None:
    before = os.times()
    installed.assert_shown(installed.start("ONCE=1"), 120)
    after = os.times()
    spent = after.children_user + after.children_system
    assert spent - before.children_user - before.children_system < AGAIN_CPU_SECONDS
    installed.drill.assert_nothing_left(1)


def test_a_demo_killed_at_any_moment_goes_on_when_it_is_started_again(installed: Clone) -> None:
    shutil.rmtree(installed.drill.folder / ".fintech")
    moments = random.Random(6)  # noqa: S311
    for _ in range(3):
        installed.start("ONCE=1").killed_after(moments.uniform(1.0, COMMANDS_SECONDS))
        installed.drill.assert_nothing_left()
    installed.assert_shown(installed.start("ONCE=1"), 120)


def test_ctrl_c_ends_the_demo_without_a_complaint_and_leaves_nothing(installed: Clone) -> None:
    served = served_by(installed.start())
    assert served.server_info()["dagster_version"]
    command = served.command
    command.signalled(signal.SIGINT)
    # make ends as the signal asks; bash shows nothing of it.
    assert command.ended(20) in {0, -signal.SIGINT}
    assert command.said().splitlines()[-1] == "Stopped."
    installed.drill.assert_nothing_left(1)


@pytest.mark.slow
def test_the_first_demo_in_a_clean_clone_is_done_within_two_minutes(tmp_path: Path) -> None:
    clone = clone_in(tmp_path)
    try:
        start = time.monotonic()
        clone.assert_shown(clone.start("ONCE=1"), 120)
        print(f"The first demo took {time.monotonic() - start:.0f} s.")
        clone.drill.assert_nothing_left(1)
    finally:
        clone.drill.end()


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(20, 23))
def test_a_demo_killed_many_times_from_the_first_second_on_works(tmp_path: Path, seed: int) -> None:
    clone = clone_in(tmp_path)
    moments = random.Random(seed)  # noqa: S311
    try:
        for _ in range(12):
            seconds = moments.uniform(0.2, INSTALL_SECONDS + COMMANDS_SECONDS)
            clone.start("ONCE=1").killed_after(seconds)
            clone.drill.assert_nothing_left()
        clone.assert_shown(clone.start("ONCE=1"), 300)
        clone.drill.assert_nothing_left(1)
    finally:
        clone.drill.end()
