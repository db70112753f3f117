"""A past that was judged: two backfilled days and two live ticks of the simulated exchange.

It is made once a session; each test that changes it goes on with a copy of its database.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from fintech_pipeline.clock import SLOT, KnownBy, Sighting, Window
from fintech_pipeline.composition import Pipeline, compose, prepare
from fintech_pipeline.market.action_store import ToldAction
from fintech_pipeline.market.bar_store import Collected
from fintech_pipeline.market.bars import ActionKind, BarSeries, CorporateAction, Interval
from fintech_pipeline.market.collection import collect_bars
from fintech_pipeline.orchestration.scoring_step import score_articles
from fintech_pipeline.orchestration.steps import collect_articles, collect_market, compute
from fintech_pipeline.orchestration.work import Work, backfill_work, tick_work
from fintech_pipeline.settings import Settings, load_settings
from fintech_pipeline.storage.database import connect

if TYPE_CHECKING:
    from tests.orchestration.conftest import SetClock

CONFIG = """
name = "past"
[pipeline]
starts_on = 2026-01-01
[market]
providers = ["simulated"]
[news]
providers = ["simulated"]
[signals]
strategies = ["balanced", "swing"]
[[watchlist]]
symbol = "AAPL"
name = "Apple Inc."
aliases = ["Apple"]
mic = "XSIM"
[[watchlist]]
symbol = "KO"
name = "The Coca-Cola Company"
aliases = ["Coca-Cola"]
mic = "XSIM"
[[watchlist]]
symbol = "META"
name = "Meta Platforms, Inc."
aliases = ["Meta"]
mic = "XSIM"
"""
NOW = datetime(2026, 1, 20, 10, 2, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)
SLOT_AT = datetime(2026, 1, 20, 10, tzinfo=UTC)
DAYS = [(NOW - timedelta(days=2)).date(), (NOW - timedelta(days=1)).date()]
SYMBOLS = ("AAPL", "KO", "META")


@dataclass
class Past:
    """A pipeline on a past that was judged.

    Attributes:
        pipeline: On a database of the test's own.
        clock: Its clock.
        config: Its configuration, for the command line.
    """

    pipeline: Pipeline
    clock: "SetClock"
    config: Path

    def tick(self, slot_at: datetime) -> None:
        self.work(tick_work(slot_at, self.clock(), "tick"))

    def backfill(self) -> None:
        for work in backfill_work(DAYS, self.clock(), "backfill"):
            self.work(work)

    def work(self, work: Work) -> None:
        collect_market(self.pipeline, work)
        collect_articles(self.pipeline, work)
        score_articles(self.pipeline, work)
        compute(self.pipeline, work)

    def judge_again(self) -> None:
        """Judges the days and slots again from what is stored."""
        for work in backfill_work(DAYS, self.clock(), "again"):
            compute(self.pipeline, work)
        for slot_at in (SLOT_AT, SLOT_AT + SLOT):
            compute(self.pipeline, tick_work(slot_at, self.clock(), "again"))

    def bring(self, headlines: Sequence[str], published_at: datetime) -> None:
        """A backfill finds articles that nobody had found."""
        # conftest imports this module.
        from tests.orchestration.conftest import Newsroom, article

        stock = [article(headline, published_at) for headline in headlines]
        finding = replace(self.pipeline, news_providers=[Newsroom(stock)])
        for work in backfill_work(DAYS, self.clock(), "finding"):
            collect_articles(finding, work)
            score_articles(finding, work)

    def split_four_for_one(self, symbol: str, ex_at: datetime) -> None:
        """The provider tells of a split only now."""
        known_at = self.clock.now
        split = CorporateAction(symbol, ex_at, ex_at.date(), ActionKind.SPLIT, 4.0)
        told = ToldAction(split, "simulated", known_at, known_at, KnownBy.LIVE)
        with self.pipeline.database.transaction() as connection:
            self.pipeline.actions.write(connection, [told])

    def correct_bars(self, symbol: str) -> None:
        """The provider finds only now that the prices of the last day were others."""
        seen = self.clock.now
        collected = collect_bars(
            self.pipeline.market_providers,
            [self.pipeline.instruments.stored()[symbol]],
            Window(SLOT_AT - timedelta(days=1), SLOT_AT),
            (Interval.HALF_HOUR,),
            lambda usual_delay: Sighting(seen, False, usual_delay),
        )
        parts = [doubled(part) for part in collected.parts]
        with self.pipeline.database.transaction() as connection:
            assert self.pipeline.bars.write(connection, parts)


def doubled(part: Collected) -> Collected:
    bars = part.series.bars
    columns = {name: getattr(bars, name) * 2 for name in ("open", "high", "low", "close")}
    return replace(part, series=BarSeries(replace(bars, **columns), part.series.closed_at))


def settings_of(file: Path) -> Settings:
    file.write_text(CONFIG)
    return load_settings(file, {})


@contextmanager
def opened(url: str, config: Path, clock: "SetClock") -> Iterator[Past]:
    """The pipeline on a database."""
    settings = settings_of(config)
    database = connect(url)
    prepare(settings, database, clock)
    yield Past(compose(settings, database, clock), clock, config)
    database.close()


def live_through(past: Past) -> None:
    """What makes the past."""
    past.backfill()
    past.tick(SLOT_AT)
    past.clock.advance(minutes=30)
    past.tick(SLOT_AT + SLOT)
