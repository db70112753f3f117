"""A news provider that fails, in whole or in part, while another answers: told, and caught up."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fintech_pipeline.clock import SLOT, Window
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import ProviderError, Unavailable
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.articles import RawArticle
from fintech_pipeline.news.provider import NewsAnswer
from fintech_pipeline.news.stories import STORY_WINDOW
from fintech_pipeline.orchestration.due import NEWS_ARTICLES, NEWS_LOOK_BACK
from fintech_pipeline.orchestration.freshness import read_status
from fintech_pipeline.orchestration.healing import repairs
from fintech_pipeline.orchestration.slots import Lack
from fintech_pipeline.orchestration.steps import collect_articles
from fintech_pipeline.orchestration.work import tick_work
from fintech_pipeline.signals.news_readings import NEWS_HORIZON
from tests.orchestration.conftest import NOW, SetClock, article, rows

SLOT_AT = datetime(2026, 1, 20, 10, tzinfo=UTC)
"""The newest slot at NOW."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DOWN = Unavailable("The wire is down.")


@dataclass
class Wire:
    """A provider of what it has, that fails, or leaves parts unanswered, when a test says so."""

    name: str
    stock: Sequence[RawArticle] = ()
    failure: ProviderError | None = None
    lacking: dict[str, str] = field(default_factory=dict)
    usual_delay: timedelta = timedelta(0)
    simulated: bool = True
    asked: list[Window] = field(default_factory=list)

    def articles(self, _instruments: Sequence[Instrument], window: Window) -> NewsAnswer:
        self.asked.append(window)
        if self.failure:
            raise self.failure
        found = [a for a in self.stock if window.start <= a.published_at < window.end]
        return NewsAnswer(found, lacking=self.lacking)


@dataclass
class Watch:
    """The news of a pipeline with two providers, tick by tick."""

    pipeline: Pipeline
    clock: SetClock
    wire: Wire = field(default_factory=lambda: Wire("wire"))
    other: Wire = field(default_factory=lambda: Wire("other"))

    def __post_init__(self) -> None:
        self.pipeline = replace(self.pipeline, news_providers=[self.wire, self.other])

    def tick(self, slot_at: datetime) -> None:
        """Collects the news of a slot, two and a half minutes after it."""
        self.clock.now = slot_at + (NOW - SLOT_AT)
        collect_articles(self.pipeline, tick_work(slot_at, self.clock.now, "run"))

    def reach(self, provider: Wire) -> timedelta:
        """How far before its slot the last tick asked the provider."""
        asked_at = self.clock.now - (NOW - SLOT_AT)
        return asked_at - provider.asked[-1].start

    def slots(self) -> dict[datetime, tuple[str, dict[str, str]]]:
        query = "SELECT slot_at, state, reasons FROM fintech.slots WHERE asset = :asset"
        found: list[dict[str, Any]] = rows(self.pipeline, query, asset=NEWS_ARTICLES)
        return {row["slot_at"]: (row["state"], row["reasons"]) for row in found}


@pytest.fixture
def watch(simulated: Pipeline, clock: SetClock) -> Watch:
    return Watch(simulated, clock)


def test_the_news_of_two_days_without_a_provider_comes_with_its_first_answer(watch: Watch) -> None:
    lost = article("Apple plunges after a fraud lawsuit", SLOT_AT + 20 * HOUR)
    watch.wire.stock = [lost]
    watch.tick(SLOT_AT)
    assert watch.reach(watch.wire) > NEWS_LOOK_BACK, "nobody asked before"
    watch.wire.failure = DOWN
    for hours in (1, 24, 48, 49):
        watch.tick(SLOT_AT + hours * HOUR)
    failed = ("partial", {"wire": "The wire is down."})
    assert [*watch.slots().values()] == [("done", {}), *[failed] * 4]

    watch.wire.failure = None
    watch.tick(SLOT_AT + 50 * HOUR)
    assert watch.reach(watch.wire) == 49 * HOUR + SLOT, "from the half hour it first failed for"
    assert watch.reach(watch.other) == NEWS_LOOK_BACK
    stored = rows(watch.pipeline, "SELECT headline, known_at FROM fintech.articles")
    assert stored == [{"headline": lost.headline, "known_at": watch.clock.now}]
    assert {state for state, _ in watch.slots().values()} == {"done"}

    watch.tick(SLOT_AT + 50 * HOUR + SLOT)
    assert watch.reach(watch.wire) == NEWS_LOOK_BACK, "it owes nothing any more"


def test_news_that_no_longer_counts_is_not_asked_for_again(watch: Watch) -> None:
    watch.tick(SLOT_AT)
    watch.wire.failure = DOWN
    for days in range(1, 12, 2):
        watch.tick(SLOT_AT + days * DAY)
    watch.wire.failure = None
    watch.tick(SLOT_AT + 12 * DAY)
    assert 6 * DAY < watch.reach(watch.wire) <= NEWS_HORIZON + STORY_WINDOW + 13 * SLOT


def test_an_answer_in_part_is_told_as_such_and_completed_by_a_later_tick(watch: Watch) -> None:
    watch.tick(SLOT_AT - SLOT)
    watch.wire.lacking = {"KO": "Spent.", "META": "It was not asked for."}
    watch.tick(SLOT_AT)
    told = "KO: Spent. META: It was not asked for."
    assert watch.slots()[SLOT_AT] == ("partial", {"wire": told})
    lacking = read_status(watch.pipeline).lacking
    assert Lack(NEWS_ARTICLES, "wire", 1, SLOT_AT, told) in lacking

    watch.wire.lacking = {}
    watch.tick(SLOT_AT + SLOT)
    assert watch.slots()[SLOT_AT] == ("done", {})
    assert read_status(watch.pipeline).lacking == []


def test_healing_does_not_ask_for_what_the_next_tick_asks_for_anyway(watch: Watch) -> None:
    watch.tick(SLOT_AT - SLOT)
    watch.wire.failure = DOWN
    for number in range(4):
        watch.tick(SLOT_AT + number * SLOT)
    assert watch.slots()[SLOT_AT][0] == "partial"
    wanted = {asset for repair in repairs(watch.pipeline) for asset in repair.assets}
    assert wanted
    assert NEWS_ARTICLES not in wanted


def test_what_another_provider_still_owes_stays_told(watch: Watch) -> None:
    watch.tick(SLOT_AT)
    watch.wire.failure, watch.other.lacking = DOWN, {"KO": "Spent."}
    watch.tick(SLOT_AT + SLOT)
    watch.wire.failure = None
    watch.tick(SLOT_AT + 2 * SLOT)
    assert watch.slots()[SLOT_AT + SLOT] == ("partial", {"other": "KO: Spent."})
    # Who is asked no more can settle nothing.
    watch.pipeline = replace(watch.pipeline, news_providers=[watch.wire])
    watch.tick(SLOT_AT + 3 * SLOT)
    assert watch.slots()[SLOT_AT + SLOT] == ("partial", {"other": "KO: Spent."})
