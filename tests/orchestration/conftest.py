"""A pipeline on a database of its own, with a clock that stands where the test puts it."""

import contextlib
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest
import sqlalchemy as sa

from fintech_pipeline.clock import SLOT, Window
from fintech_pipeline.composition import Pipeline, compose
from fintech_pipeline.definitions import build_definitions
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.provider import MarketAnswer, MarketProvider
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.articles import RawArticle
from fintech_pipeline.news.provider import NewsAnswer
from fintech_pipeline.orchestration.due import TRADING_SIGNALS
from fintech_pipeline.orchestration.jobs import TICK_JOB
from fintech_pipeline.orchestration.launch import InProcessLauncher
from fintech_pipeline.orchestration.partitions import SLOT_TAG
from fintech_pipeline.orchestration.resources import given_pipeline
from fintech_pipeline.quota.caller import Caller
from fintech_pipeline.quota.exchange import Limits
from fintech_pipeline.settings import Settings, load_settings
from fintech_pipeline.signals.signal_store import StoredSignal
from fintech_pipeline.storage.database import Database
from fintech_pipeline.storage.embedded import EmbeddedServer
from tests.orchestration import judged_past as lived
from tests.orchestration.live import ENVIRONMENT, HALF_HOUR, World, last_sessions, world
from tests.orchestration.watching import Watch

# Dagster takes a day for a partition only once the computer's own clock has reached it.
NOW = datetime(2026, 1, 20, 10, 2, 30, tzinfo=UTC)
Opens = Callable[[Settings], Pipeline]
Change = Callable[[MarketAnswer], MarketAnswer]
Row = dict[str, Any]


@dataclass
class SetClock:
    """A clock that a test sets by hand."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        """Moves on by a timedelta's arguments."""
        self.now += timedelta(**span)


@dataclass(frozen=True)
class ChangedMarket:
    """A market whose answers pass through a change."""

    source: MarketProvider
    change: Change
    name: str = "simulated"
    simulated: bool = True
    usual_delay: timedelta = timedelta(0)

    def bars(self, instruments: Sequence[Instrument], window: Window) -> MarketAnswer:
        return self.change(self.source.bars(instruments, window))


@dataclass(frozen=True)
class Newsroom:
    """A news provider that has exactly the articles it was given."""

    stock: Sequence[RawArticle]
    name: str = "simulated"
    simulated: bool = True
    usual_delay: timedelta = timedelta(0)
    asked: list[Window] = field(default_factory=list)

    def articles(self, instruments: Sequence[Instrument], window: Window) -> NewsAnswer:
        assert instruments
        self.asked.append(window)
        return NewsAnswer([a for a in self.stock if window.start <= a.published_at < window.end])


def article(headline: str, published_at: datetime) -> RawArticle:
    return RawArticle(f"test-{headline}", headline, "", "example.com", "", published_at)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def opens(database: Database, clock: SetClock) -> Opens:
    """Opens a configuration on the test's database."""

    def open_settings(settings: Settings) -> Pipeline:
        watched = [watched.instrument() for watched in settings.watchlist]
        InstrumentStore(database, clock).seed(watched)
        return compose(settings, database, clock)

    return open_settings


@pytest.fixture
def simulated(opens: Opens) -> Pipeline:
    """The demo's configuration."""
    return opens(load_settings(environment={}))


@pytest.fixture
def real_files(opens: Opens, shared_data: Path) -> Pipeline:
    """The example on real files."""
    example = Path(__file__).parents[2] / "examples" / "files.toml"
    return opens(load_settings(example, {"FINTECH_DATA": str(shared_data)}))


@dataclass(frozen=True)
class Runs:
    """Starts runs of a pipeline through its assets."""

    instance: dg.DagsterInstance

    def of(self, pipeline: Pipeline) -> InProcessLauncher:
        definitions = build_definitions(
            pipeline.settings, clock=pipeline.clock, pipeline=given_pipeline(pipeline)
        )
        return InProcessLauncher(definitions, self.instance)

    def judge_again(self, pipeline: Pipeline, slot_at: datetime) -> None:
        """Materializes the signals alone, from what is stored."""
        job = self.of(pipeline).definitions.resolve_job_def(TICK_JOB)
        job.execute_in_process(
            instance=self.instance,
            asset_selection=[dg.AssetKey(TRADING_SIGNALS)],
            partition_key=(slot_at - SLOT).date().isoformat(),
            tags={SLOT_TAG: slot_at.isoformat()},
        )


@pytest.fixture
def runs() -> Iterator[Runs]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Runs(instance)


def rows(pipeline: Pipeline, query: str, **values: object) -> list[Row]:
    with pipeline.database.transaction() as connection:
        return [dict(row) for row in connection.execute(sa.text(query), values).mappings()]


def at_slot(pipeline: Pipeline, slot_at: datetime) -> list[StoredSignal]:
    return pipeline.signals.at_slot(slot_at, pipeline.strategy.label)


@dataclass(frozen=True)
class GoodRun:
    """A tick that went well, against stand-ins of all vendors.

    Attributes:
        database: The name of its database.
        slot_at: Its slot, the close of a session.
        next_at: The next slot, half an hour into the session after.
        closed_at: The close of that session.
    """

    database: str
    slot_at: datetime
    next_at: datetime
    closed_at: datetime

    def fill(self, vendors: World) -> None:
        """Gives the vendors what they have to say of both slots."""
        vendors.trade((self.slot_at - timedelta(days=75)).date(), self.closed_at)
        vendors.report(self.slot_at)


@contextlib.contextmanager
def copied(server: EmbeddedServer, template: str) -> Iterator[str]:
    """The name of a database that is a copy of another one, which nobody may be using."""
    name = f"test_{uuid.uuid4().hex}"
    idle = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        # What Dagster keeps open for as long as the process lives.
        connection.execute(idle, [template])
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield name
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def good_run(
    server: EmbeddedServer, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GoodRun]:
    """One for all tests, each of which goes on with a copy of its database."""
    before, after = last_sessions(datetime.now(UTC))
    with copied(server, migrated_template) as name, world() as vendors:
        good = GoodRun(name, before[1], after[0] + HALF_HOUR, after[1])
        good.fill(vendors)
        watch = Watch(tmp_path_factory.mktemp("good"), server.url(name), ENVIRONMENT)
        watch.configure(vendors.configuration())
        said = watch.tick(good.slot_at)
        assert said.warnings == []
        yield good


@pytest.fixture
def vendors() -> Iterator[World]:
    """Stand-ins of all vendors, which know nothing yet."""
    with world() as made:
        yield made


@pytest.fixture
def watch(
    server: EmbeddedServer, good_run: GoodRun, vendors: World, tmp_path: Path
) -> Iterator[Watch]:
    """The command after the good run, and vendors with all there is to know of the next slot."""
    good_run.fill(vendors)
    with copied(server, good_run.database) as name:
        made = Watch(tmp_path, server.url(name), ENVIRONMENT)
        made.configure(vendors.configuration())
        yield made


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits a moment for a vendor where the product waits twenty seconds."""
    limits = Limits(connect_seconds=2, silence_seconds=0.3, total_seconds=1)
    caller = partial(Caller, limits=limits, sleep=lambda _: None)
    monkeypatch.setattr("fintech_pipeline.vendors.Caller", caller)
    monkeypatch.setattr("fintech_pipeline.market.providers.yahoo.provider.TIMEOUT_SECONDS", 0.3)


@pytest.fixture(scope="session")
def judged_past(
    server: EmbeddedServer, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The name of a database with a past that was judged."""
    config = tmp_path_factory.mktemp("past") / "past.toml"
    with copied(server, migrated_template) as name:
        with lived.opened(server.url(name), config, SetClock(lived.NOW)) as past:
            lived.live_through(past)
        yield name


@pytest.fixture(scope="module")
def seen_past(
    server: EmbeddedServer, judged_past: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[lived.Past]:
    """A copy for all tests of a file that change nothing, three hours later."""
    config = tmp_path_factory.mktemp("seen") / "past.toml"
    with (
        copied(server, judged_past) as name,
        lived.opened(server.url(name), config, SetClock(lived.LATER)) as past,
    ):
        yield past


@pytest.fixture
def past(server: EmbeddedServer, judged_past: str, tmp_path: Path) -> Iterator[lived.Past]:
    """A copy of one's own, three hours later."""
    with (
        copied(server, judged_past) as name,
        lived.opened(server.url(name), tmp_path / "past.toml", SetClock(lived.LATER)) as made,
    ):
        yield made
