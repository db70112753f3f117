"""The life of a soak: tick after tick, with everything around it failing as the seed says."""

import contextlib
import http.client
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from fintech_pipeline.clock import LIVE_SLOTS, SLOT
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import PipelineError, StorageError
from fintech_pipeline.orchestration.alerting import decide_slots
from fintech_pipeline.orchestration.healing import repairs
from fintech_pipeline.orchestration.health import Health
from fintech_pipeline.orchestration.scoring_step import score_articles
from fintech_pipeline.orchestration.steps import collect_articles, collect_market, compute
from fintech_pipeline.orchestration.work import Work, backfill_work, tick_work
from tests.faults.killing import Forked, Order
from tests.soak.measuring import Measures
from tests.soak.world import START, WARM_DAYS, World

FIRST = START + timedelta(days=WARM_DAYS)
AFTER_SLOT = timedelta(minutes=2, seconds=30)
_KILLED = 0.015  # of the ticks are real commands, killed in the middle
_UNHARMED = 0.005  # are real commands that nobody kills
_RESTARTS = 0.012
_MORTALS = 0.006  # a deliverer is killed
_FULL_EVERY = 250
"""Ticks between two times when the disk is full."""
_HEALED_EVERY = 48
_SAMPLED_EVERY = 5
_ASKED = ("/api/v1/overview", "/api/v1/signals?limit=50", "/api/v1/alerts", "/readyz", "/metrics")
DRAIN_SECONDS = 120.0


@dataclass
class Life:
    """A soak that goes on.

    Attributes:
        world: Where.
        seed: Of all that is drawn.
        measures: What was measured.
        counted: What happened, how often.
        ticks: How many were lived.
        judged_from: The first slot that was ticked (UTC).
        calm_at: When all was done again with nothing failing (UTC).
    """

    world: World
    seed: int
    measures: Measures = field(default_factory=Measures)
    counted: dict[str, int] = field(default_factory=dict)
    ticks: int = 0
    judged_from: datetime = FIRST + SLOT
    calm_at: datetime = FIRST

    def __post_init__(self) -> None:
        self._drawn = random.Random(self.seed)  # noqa: S311  # no secret
        self._pipeline: Pipeline | None = None

    @property
    def slot_at(self) -> datetime:
        """The newest slot that was ticked (UTC)."""
        return FIRST + self.ticks * SLOT

    def live(self, ticks: int, seconds: float) -> None:
        """Fills the days before, then ticks until all are done or the time is up."""
        fair = self.world.pipeline(failing=False)
        self.work_days(fair, START, FIRST)
        fair.close()
        self._pipeline = self.world.pipeline()
        deadline = time.monotonic() + seconds
        while self.ticks < ticks and time.monotonic() < deadline:
            self.ticks += 1
            started = time.perf_counter()
            self._one()
            self.measures.seconds.append(time.perf_counter() - started)
            if self.ticks % _SAMPLED_EVERY == 0:
                self._sample()
        self._pipeline.close()

    def calm_down(self) -> None:
        """Lets nothing fail any more: some last ticks, what lacks is healed, messages leave."""
        world, pipeline = self.world, self.world.pipeline(failing=False)
        for _ in range(3):
            self.ticks += 1
            world.clock.set(self.slot_at + AFTER_SLOT)
            lift_pauses(pipeline)
            self._tick(pipeline)
            decide_slots(pipeline)
        # Until no slot is left to its tick; then what is judged again gains what came too late.
        self.calm_at = self.slot_at + (LIVE_SLOTS + 1) * SLOT + AFTER_SLOT
        world.clock.set(self.calm_at)
        self._heal(pipeline)
        self.work_days(pipeline, START, self.calm_at)
        deadline = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < deadline and _waiting(pipeline):
            # Whoever has quiet hours is told when they end, half a minute from now at the most.
            world.clock.set(world.clock() + timedelta(minutes=15))
            time.sleep(1.0)
        pipeline.close()

    def work_days(self, pipeline: Pipeline, first: datetime, last: datetime) -> None:
        """Collects, scores and judges all slots of the days, as a backfill does."""
        days = [
            first.date() + timedelta(days=n) for n in range((last.date() - first.date()).days + 1)
        ]
        for work in backfill_work(days, pipeline.clock(), "backfill"):
            _work(pipeline, work)

    def _one(self) -> None:
        world, chance = self.world, self._drawn.random()
        assert self._pipeline is not None
        pipeline = self._pipeline
        world.clock.set(self.slot_at + AFTER_SLOT)
        self._tried("lifting", lambda: lift_pauses(pipeline))
        with contextlib.ExitStack() as around:
            if world.is_small and self.ticks % _FULL_EVERY == 0:
                left = self._drawn.choice([0, 200_000, 3_000_000])
                around.enter_context(self._counting("disk full", world.full_disk(left)))
            elif self._drawn.random() < _RESTARTS:
                around.enter_context(self._restarting())
            if self._drawn.random() < _MORTALS:
                self.count("deliverer killed")
                world.parts["mortal deliverer"].kill()
            if chance < _KILLED:
                self._command(killed_after=self._drawn.uniform(0.2, 4.0))
            elif chance < _KILLED + _UNHARMED:
                self._command()
            else:
                self._tried("tick", lambda: self._tick(pipeline))
            self._tried("decision", lambda: decide_slots(pipeline))
            look = Health(pipeline.settings, pipeline.database, pipeline.clock).look
            self._tried("look", look)
        self._tried("decision", lambda: decide_slots(pipeline))
        if self.ticks % _HEALED_EVERY == 0:
            self._tried("healing", lambda: self._heal(pipeline))
        self._ask()

    def _tick(self, pipeline: Pipeline) -> None:
        """Each step, whatever became of the one before: as runs of later ticks would."""
        work = tick_work(self.slot_at, pipeline.clock(), f"tick-{self.ticks}")
        for step in (collect_market, collect_articles, score_articles, compute):
            self._tried(step.__name__, lambda: step(pipeline, work))  # noqa: B023  # at once

    def _command(self, killed_after: float | None = None) -> None:
        """A real `fintech tick` in a process of its own."""
        said = self.world.folder / f"said-{self.ticks}"
        reached = said.with_suffix(".reached")
        said.touch()
        reached.touch()
        now, config = self.world.clock(), self.world.config
        order = Order(("tick", "--json"), config, self.world.url, now, said, reached)
        forked = Forked(order)
        ended = forked.ended(120) if killed_after is None else forked.killed_after(killed_after)
        self.count("command killed" if ended.code < 0 else f"command exited {ended.code}")
        if ended.code == 1:
            assert ended.said.strip().splitlines()[-1].startswith("Error: "), ended.said
        said.unlink()
        reached.unlink()

    @contextlib.contextmanager
    def _restarting(self) -> Iterator[None]:
        """Restarts the server somewhere in the middle of what is done meanwhile."""
        kind = self._drawn.choice([signal.SIGQUIT, signal.SIGINT, signal.SIGKILL])
        self.count(f"restart by {kind.name}")
        timer = threading.Timer(self._drawn.uniform(0.05, 1.0), self.world.restart, [kind])
        timer.start()
        try:
            yield
        finally:
            timer.join()

    @contextlib.contextmanager
    def _counting(
        self, what: str, around: contextlib.AbstractContextManager[None]
    ) -> Iterator[None]:
        self.count(what)
        with around:
            yield

    def _heal(self, pipeline: Pipeline) -> None:
        """What the sensor asks for, done at once."""
        for repair in repairs(pipeline):
            for work in backfill_work(repair.days, pipeline.clock(), "healing"):
                self.count("days healed")
                _work(pipeline, work)

    def _tried(self, what: str, action: Callable[[], object]) -> None:
        try:
            action()
        except StorageError as error:
            self.count(f"{what} failed: {_kind(error)}")
        except PipelineError as error:
            self.count(f"{what} failed: {type(error).__name__}")

    def _ask(self) -> None:
        """What a browser would ask of the API."""
        path = _ASKED[self.ticks % len(_ASKED)]
        try:
            connection = http.client.HTTPConnection(
                "127.0.0.1", self.world.parts["api"].said, timeout=30
            )
            with contextlib.closing(connection):
                connection.request("GET", path)
                answer = connection.getresponse()
                answer.read()
            self.count(f"API answered {answer.status}")
        except OSError as error:
            self.count(f"API failed: {type(error).__name__}")

    def _sample(self) -> None:
        processes = {
            name: part.process.pid for name, part in self.world.parts.items() if part.process.pid
        }
        with contextlib.suppress(OSError, ValueError):
            processes["postmaster"] = self.world.postmaster
        processes["ticker"] = os.getpid()
        self.measures.sample(self.ticks, processes, self.world.server.url())

    def count(self, what: str) -> None:
        """Takes down that it happened."""
        self.counted[what] = self.counted.get(what, 0) + 1


def lift_pauses(pipeline: Pipeline) -> None:
    """Lets vendors be asked again that are left alone: for all but the server, time has passed."""
    with pipeline.database.transaction() as connection:
        connection.execute(sa.text("UPDATE fintech.quotas SET paused_until = NULL"))


def _work(pipeline: Pipeline, work: Work) -> None:
    for step in (collect_market, collect_articles, score_articles, compute):
        step(pipeline, work)


def _waiting(pipeline: Pipeline) -> int:
    query = "SELECT count(*) FROM fintech.deliveries WHERE progress = 'planned'"
    with pipeline.database.transaction() as connection:
        return int(connection.execute(sa.text(query)).scalar_one())


def _kind(error: StorageError) -> str:
    """The sentence up to its first mark, without what differs each time."""
    return str(error).partition(":")[0].partition(";")[0][:60]
