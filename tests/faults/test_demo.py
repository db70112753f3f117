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
INSTALL_SECONDS = 40.0
"""About how long an installation takes, the dashboard's and its build too; it is killed within."""
COMMANDS_SECONDS = 14.0
"""About how long the backfill and the tick take together."""
AGAIN_CPU_SECONDS = 30.0
"""What a demo may cost whose folder has everything; a machine that does nothing else needs less."""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


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


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    """A clone in which nothing was installed yet."""
    made = clone_in(tmp_path)
    try:
        yield made
        made.drill.assert_nothing_left(1)
    finally:
        made.drill.end()


def kill_at_random(clone: Clone, kills: int, seconds: float, seed: int) -> None:
    """Starts the demo and kills it at a moment within so many seconds, again and again."""
    moments = random.Random(seed)  # noqa: S311  # repeatable, not secret
    for _ in range(kills):
        clone.start("ONCE=1").killed_after(moments.uniform(0.3, seconds))
        clone.drill.assert_nothing_left()


def cpu_seconds() -> float:
    """What the processes that this one has waited for have cost, theirs included."""
    spent = os.times()
    return spent.children_user + spent.children_system


def test_the_demo_works_from_a_clean_clone_whatever_is_killed_and_twice_at_once(
    clone: Clone,
) -> None:
    kill_at_random(clone, 3, INSTALL_SECONDS, seed=5)
    both = [clone.start("ONCE=1"), clone.start("ONCE=1")]
    for command in both:
        clone.assert_shown(command, 300)
    clone.drill.assert_nothing_left(1)

    before = cpu_seconds()
    clone.assert_shown(clone.start("ONCE=1"), 120)
    assert cpu_seconds() - before < AGAIN_CPU_SECONDS, "it goes on where the first stopped"

    shutil.rmtree(clone.drill.folder / ".fintech")
    kill_at_random(clone, 3, COMMANDS_SECONDS, seed=6)
    served = served_by(clone.start())
    assert served.server_info()["dagster_version"]
    served.command.signalled(signal.SIGINT)
    # make ends as the signal asks; a shell shows nothing of it.
    assert served.command.ended(20) in {0, -signal.SIGINT}
    assert served.command.said().splitlines()[-1] == "Stopped."


@pytest.mark.slow
def test_the_first_demo_in_a_clean_clone_is_done_within_four_minutes(clone: Clone) -> None:
    start = time.monotonic()
    clone.assert_shown(clone.start("ONCE=1"), 240)
    assert (clone.drill.folder / "dashboard/dist/index.html").is_file()
    print(f"The first demo took {time.monotonic() - start:.0f} s.")


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(20, 23))
def test_a_demo_killed_many_times_from_the_first_second_on_works(clone: Clone, seed: int) -> None:
    kill_at_random(clone, 12, INSTALL_SECONDS + COMMANDS_SECONDS, seed)
    clone.assert_shown(clone.start("ONCE=1"), 300)
