"""Scoring the past in the vendor's batches: paid once, at half the price, whoever dies when."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from pydantic import SecretStr

from fintech_pipeline.clock import Window, day_window
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import ConfigurationError, NotConfigured
from fintech_pipeline.orchestration.batch_scoring import BatchPass, BatchScoring
from fintech_pipeline.orchestration.scoring_step import score_articles
from fintech_pipeline.orchestration.steps import collect_articles
from fintech_pipeline.orchestration.work import backfill_work
from fintech_pipeline.quota.allowances import Allowance
from fintech_pipeline.quota.granting import Granting
from fintech_pipeline.sentiment.models.gemini.model import GeminiModel
from fintech_pipeline.sentiment.models.gemini.pricing import Prices
from fintech_pipeline.sentiment.models.local.model import LocalModel
from fintech_pipeline.settings.sentiment import GeminiSettings
from tests.orchestration.conftest import NOW, Newsroom, SetClock, article, rows
from tests.vendors.gemini_batches_standin import GeminiBatchesStandIn
from tests.vendors.gemini_standin import MODEL
from tests.vendors.standin import KEY, standing_in

DAY = date(2026, 1, 10)
DAYS = day_window(DAY)
MORNING = datetime(2026, 1, 10, 9, tzinfo=UTC)
BAD = "Regulator opens a fraud probe into {}"
STORIES = ["{} wins a record order from the navy", BAD, "{} names a new finance chief"]
OUTLETS = ["The Ledger", "Morning Wire", "Harbour News"]
CALLS = """SELECT purpose, state, tokens_in + tokens_out > 0 AS used, cost_usd
    FROM fintech.provider_calls ORDER BY id"""


@dataclass
class Archive:
    """A pipeline with news of ten days ago, and the vendor."""

    pipeline: Pipeline
    clock: SetClock
    vendor: GeminiBatchesStandIn

    def once(self, window: Window = DAYS) -> BatchPass:
        return BatchScoring(self.pipeline).once(window)

    def leave_to_batches(self) -> None:
        """As `sentiment.gemini.batch_backfills` has it."""
        own = GeminiSettings(key=SecretStr(KEY), batch_backfills=True)
        settings = self.pipeline.settings
        sentiment = settings.sentiment.model_copy(update={"gemini": own})
        changed = settings.model_copy(update={"sentiment": sentiment})
        self.pipeline = replace(self.pipeline, settings=changed)

    def told(self, query: str) -> list[tuple[object, ...]]:
        return [tuple(row.values()) for row in rows(self.pipeline, query)]

    def backfill(self) -> int:
        """How many texts a backfill of the day has to score."""
        works = backfill_work([DAY], self.clock.now, "backfill")
        return sum(len(score_articles(self.pipeline, work).judged) for work in works)


@pytest.fixture
def archive(simulated: Pipeline, clock: SetClock) -> Iterator[Archive]:
    name = simulated.instruments.watched()[0].name
    stock = [
        article(f"{headline.format(name)} - {outlet}", MORNING + timedelta(minutes=minutes))
        for headline in STORIES
        for minutes, outlet in enumerate(OUTLETS)
    ]
    vendor = GeminiBatchesStandIn()
    with standing_in(vendor) as address:
        model = GeminiModel(
            SecretStr(KEY),
            MODEL,
            Granting(simulated.ledger, "gemini", Allowance(usd_per_day=Decimal(1))),
            Prices(Decimal("0.30"), Decimal("2.50")),
            address,
            clock=clock,
            sleep=lambda _: None,
        )
        pipeline = replace(simulated, models=(model,), news_providers=[Newsroom(stock)])
        for work in backfill_work([DAY], NOW, "run"):
            collect_articles(pipeline, work)
        yield Archive(pipeline, clock, vendor)


def test_a_day_is_handed_over_once_a_story_and_picked_up_for_half_the_price(
    archive: Archive,
) -> None:
    first = archive.once()
    assert (first.handed_over, first.waiting, first.stored) == (3, 1, 0)
    again = archive.once()
    assert (again.handed_over, again.waiting, len(archive.vendor.batches)) == (0, 1, 1)
    ((_, state, used, set_aside),) = archive.told(CALLS)
    assert (state, used) == ("granted", False)
    archive.vendor.ready = True
    last = archive.once()
    assert (last.stored, last.waiting, last.handed_over) == (3, 0, 0)
    ((purpose, state, used, cost),) = archive.told(CALLS)
    assert (purpose, state, used) == ("sentiment batch", "made", True)
    (tokens,) = archive.told("SELECT tokens_in, tokens_out FROM fintech.provider_calls")
    came_in, went_out = (Decimal(str(one)) for one in tokens)
    at_once = (came_in * Decimal("0.30") + went_out * Decimal("2.50")) / 1_000_000
    assert cost == at_once / 2
    assert isinstance(set_aside, Decimal)
    assert isinstance(cost, Decimal)
    assert cost < set_aside
    (total,) = archive.told("SELECT sum(cost_usd), count(*) FROM fintech.sentiment_scores")
    assert total == (cost, 3)


def test_a_backfill_afterwards_asks_nothing_and_gives_the_retellings_their_verdict(
    archive: Archive,
) -> None:
    archive.once()
    archive.vendor.ready = True
    archive.once()
    before = len(archive.vendor.requests)
    assert archive.backfill() == 6
    assert len(archive.vendor.requests) == before
    labels = "SELECT label, count(*) FROM fintech.sentiment_scores GROUP BY 1 ORDER BY 1"
    assert archive.told(labels) == [("negative", 3), ("neutral", 3), ("positive", 3)]


def test_a_backfill_that_leaves_the_past_to_batches_asks_nothing_at_once(archive: Archive) -> None:
    archive.leave_to_batches()
    archive.backfill()
    handed_over = [one.path for one in archive.vendor.requests]
    assert not [path for path in handed_over if path.endswith(":generateContent")]
    assert archive.told("SELECT count(*) FROM fintech.sentiment_scores") == [(0,)]
    lacking = """SELECT DISTINCT state, reasons::text FROM fintech.slots
        WHERE asset = 'article_sentiment' AND state = 'partial'"""
    ((_, reasons),) = archive.told(lacking)
    assert "run the backfill again" in str(reasons)
    archive.vendor.ready = True
    archive.backfill()
    labels = "SELECT label, count(*) FROM fintech.sentiment_scores GROUP BY 1 ORDER BY 1"
    assert archive.told(labels) == [("negative", 3), ("neutral", 3), ("positive", 3)]
    assert archive.told(lacking) == []
    assert not [one for one in archive.vendor.requests if one.path.endswith(":generateContent")]


def test_what_a_batch_was_answered_for_in_vain_is_asked_at_once_by_the_next_backfill(
    archive: Archive,
) -> None:
    archive.leave_to_batches()
    archive.vendor.says = lambda _, verdicts: verdicts[:-1]
    archive.backfill()
    archive.vendor.ready, archive.vendor.says = True, lambda _, verdicts: verdicts
    archive.backfill()
    assert archive.told("SELECT count(*) FROM fintech.sentiment_scores") == [(9,)]


def test_what_failed_in_a_batch_waits_for_the_backfill(archive: Archive) -> None:
    archive.vendor.says = lambda _, verdicts: [
        one for one in verdicts if "fraud" not in str(one["reason"]) or one["score"] > -0.8
    ]
    archive.once()
    archive.vendor.ready = True
    assert archive.once().stored >= 2
    assert archive.told("SELECT count(*) FROM fintech.unscored") == [(0,)]


def test_a_batch_that_was_taken_without_an_answer_is_found_again(archive: Archive) -> None:
    archive.vendor.hears_only = True
    first = archive.once()
    assert (first.handed_over, first.waiting, len(first.refused)) == (0, 1, 1)
    archive.vendor.hears_only, archive.vendor.ready = False, True
    second = archive.once()
    assert (second.stored, second.waiting, len(archive.vendor.batches)) == (3, 0, 1)


def test_a_batch_that_never_reached_the_vendor_is_given_up_and_costs_nothing(
    archive: Archive,
) -> None:
    archive.vendor.hears_only = True
    archive.once()
    archive.vendor.batches.clear()
    archive.vendor.hears_only = False
    assert archive.once().waiting == 1
    archive.clock.advance(minutes=11)
    later = archive.once()
    assert (later.failed, later.handed_over, later.waiting) == (1, 3, 1)
    assert archive.told(CALLS)[0][1:] == ("refunded", False, Decimal(0))


def test_a_batch_that_failed_at_the_vendor_is_told_and_its_texts_wait_again(
    archive: Archive,
) -> None:
    archive.once()
    archive.vendor.fails = "BATCH_STATE_EXPIRED"
    again = archive.once()
    assert (again.failed, again.stored, again.handed_over) == (1, 0, 3)
    ended = "SELECT state, told FROM fintech.model_batches ORDER BY created_at"
    assert archive.told(ended)[0] == ("failed", "JOB_STATE_EXPIRED")


def test_beyond_the_budget_nothing_is_handed_over(archive: Archive) -> None:
    quota = archive.pipeline.settings.quota
    poor = quota.model_copy(
        update={"gemini": quota.gemini.model_copy(update={"usd_per_day": Decimal("0.001")})}
    )
    settings = archive.pipeline.settings.model_copy(update={"quota": poor})
    archive.pipeline = replace(archive.pipeline, settings=settings)
    done = archive.once()
    assert (done.handed_over, done.waiting, archive.vendor.batches) == (0, 0, {})
    assert isinstance(done.refused[0], NotConfigured)


def test_what_ticks_may_still_see_is_left_to_them_and_other_models_take_no_batches(
    archive: Archive,
) -> None:
    archive.clock.now = MORNING + timedelta(days=3)
    assert archive.once() == BatchPass()
    local = replace(archive.pipeline, models=(LocalModel(),))
    with pytest.raises(ConfigurationError, match="Only gemini takes batches"):
        BatchScoring(local).once(DAYS)
