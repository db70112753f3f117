"""A tick whose database is killed in the middle: one sentence, whole steps, and then the rest."""

import re
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from fintech_pipeline.storage.embedded import EmbeddedServer
from tests.faults.conftest import drill_in
from tests.faults.killing import TABLES, WRITTEN, World, difference, runs, tables

ONE_SENTENCE = re.compile(
    "Error: The database (went away in the middle; what was committed is kept, nothing else was "
    r"written\. Run it again|can't be reached: .*; nothing more was written)\.\n"
)
"""In the middle of a statement or a transaction, and when a step asks for a connection anew."""
CRASH, IMMEDIATE = signal.SIGKILL, signal.SIGQUIT
"""What kills the server: nothing is said to anybody, or each connection is told."""
MOMENTS = {
    f"market_bars: before {WRITTEN}": IMMEDIATE,
    "news_articles: after the news' answer": CRASH,
    f"trading_signals: before {WRITTEN}": CRASH,
}
MORE_MOMENTS = {
    "market_bars: before a block of COPY": CRASH,
    "after market_bars: before INSERT INTO event_logs": CRASH,
    "article_sentiment: before the model's answer": IMMEDIATE,
    "trading_signals: before a read through Arrow": IMMEDIATE,
}
pytestmark = pytest.mark.xdist_group("database restarts")


@dataclass
class Mortal:
    """A server of its own, which is killed and comes back."""

    folder: Path
    leases: ExitStack = field(default_factory=ExitStack)

    def up(self) -> EmbeddedServer:
        return self.leases.enter_context(EmbeddedServer.acquire(self.folder))

    @property
    def postmaster(self) -> int:
        return int((self.folder / "pg18" / "postmaster.pid").read_text().split()[0])


@pytest.fixture(scope="module")
def mortal() -> Iterator[Mortal]:
    # Not below pytest's own folder, for the reason that stands at the fixture `server`.
    with tempfile.TemporaryDirectory(prefix="fintech-tests-") as folder:
        made = Mortal(Path(folder))
        with made.leases:
            yield made


@pytest.fixture(scope="module")
def world(mortal: Mortal, tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(mortal.up(), drill_in(tmp_path_factory.mktemp("restarts")).folder, "restarts")


def check(world: World, mortal: Mortal, moment: str, number: signal.Signals, *, away: bool) -> str:
    """What a tick says whose server dies, at once or only after it comes back; all else is checked.

    Args:
        world: The prepared database.
        mortal: Its server.
        moment: How the moment begins at which it dies.
        number: The signal.
        away: Whether it stays away until the command has ended.
    """
    fatal = next(n for n, told in enumerate(world.tick.moments) if told.startswith(moment))
    with world.copied() as url:
        with psycopg.connect(world.server.url(), autocommit=True) as connection:
            # A copy hands out numbers of a sequence that its log does not know of, until here.
            connection.execute("CHECKPOINT")
        postmaster = mortal.postmaster
        tick = world.start(url, fatal, (postmaster, number))
        if away:
            ended = tick.ended()
        wait_for_the_end(postmaster)
        mortal.up()
        if not away:
            ended = tick.ended()
        assert ended.code == 1, ended.said

        left = tables(url)
        for writer in TABLES:
            done = f"{writer}: after {WRITTEN}" in world.tick.moments[:fatal]
            expected = world.after if done else world.before
            assert difference(left[writer], expected[writer]) == ""

        world.run(url)
        found, states = tables(url), [*runs(url).values()]
        for writer in TABLES:
            assert difference(found[writer], world.after[writer]) == ""
        assert set(states) <= {"SUCCESS", "FAILURE"}
        assert states[-1] == "SUCCESS"
    return ended.said


def wait_for_the_end(pid: int) -> None:
    deadline = time.monotonic() + 30
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the server still lives"
        time.sleep(0.02)


def cases(*, slow: bool) -> list[Any]:
    marks = [pytest.mark.slow] if slow else []
    return [
        *(pytest.param(moment, number, marks=marks) for moment, number in MOMENTS.items()),
        *(pytest.param(*more, marks=pytest.mark.slow) for more in MORE_MOMENTS.items()),
    ]


@pytest.mark.parametrize(("moment", "number"), cases(slow=False))
def test_a_restart_in_the_middle_is_told_in_one_sentence_and_the_rest_follows(
    world: World, mortal: Mortal, moment: str, number: signal.Signals
) -> None:
    assert ONE_SENTENCE.fullmatch(check(world, mortal, moment, number, away=False))


@pytest.mark.parametrize(("moment", "number"), cases(slow=True))
def test_a_database_that_stays_away_is_told_in_one_sentence_and_the_rest_follows(
    world: World, mortal: Mortal, moment: str, number: signal.Signals
) -> None:
    assert ONE_SENTENCE.fullmatch(check(world, mortal, moment, number, away=True))
