"""A pipeline on a database of its own, with a clock that stands where the test puts it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
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
from fintech_pipeline.settings import Settings, load_settings
from fintech_pipeline.signals.signal_store import StoredSignal
from fintech_pipeline.storage.database import Database

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
