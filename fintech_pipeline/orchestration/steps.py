"""The steps of a tick or a backfill, without Dagster; that of the sentiment is `scoring_step.py`.

Each takes the lock of its asset's days, reads, asks, and writes its rows and its slots in one
transaction: all of it or nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import sqlalchemy as sa

from fintech_pipeline.clock import Sighting, SightingOf, Window
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.collection import (
    MarketCollected,
    collect_days,
    collect_groups,
    merged,
    require_coverage,
)
from fintech_pipeline.market.jumps import unexplained_jumps
from fintech_pipeline.market.quality import Jump
from fintech_pipeline.market.quote_collection import QuotesCollected, collect_quotes
from fintech_pipeline.news.collection import FoundArticle, NewsCollected, collect_news
from fintech_pipeline.news.stories import STORY_WINDOW, same_outlet
from fintech_pipeline.news.telling import told_articles
from fintech_pipeline.orchestration.announcing import announce_bars, announce_news
from fintech_pipeline.orchestration.cutoffs import by_cutoffs
from fintech_pipeline.orchestration.due import (
    DAY_LOOK_BACK,
    MARKET_BARS,
    NEWS_ARTICLES,
    NEWS_LOOK_BACK,
    TRADING_SIGNALS,
    bars_wanted,
    days_wanted,
    news_seen,
    news_wanted,
)
from fintech_pipeline.orchestration.recording import record_slots, slots_answered_for
from fintech_pipeline.orchestration.records import (
    StoredBars,
    bar_records,
    counted,
    explain_lacking_bars,
)
from fintech_pipeline.orchestration.slots import SlotRecord
from fintech_pipeline.orchestration.stepping import as_step
from fintech_pipeline.orchestration.unanswered import settle, unanswered_since
from fintech_pipeline.orchestration.work import Work
from fintech_pipeline.signals.basis_store import Basis
from fintech_pipeline.signals.computation import (
    Computed,
    compute_signals,
    merged_signals,
)
from fintech_pipeline.signals.parts import SignalInputs
from fintech_pipeline.storage.locks import locked

LOCK_WAIT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class BarsStep:
    """What `market_bars` did.

    Attributes:
        written: Rows that are new or changed.
        collected: What came, look-backs included.
        records: Each slot's coverage.
        quotes: The last prices a live tick got besides.
        jumps: What looks like a split that nobody told of.
    """

    written: int
    collected: MarketCollected
    records: list[SlotRecord]
    quotes: QuotesCollected = field(default_factory=QuotesCollected)
    jumps: list[Jump] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class NewsStep:
    """What `news_articles` did."""

    collected: NewsCollected
    fresh: list[FoundArticle]


@dataclass(frozen=True, slots=True)
class SignalsStep:
    """What `trading_signals` did."""

    written: int
    computed: Computed
    cutoff_at: datetime | None


@as_step(MARKET_BARS)
def collect_market(pipeline: Pipeline, work: Work) -> BarsStep:
    """Collects and stores the bars of the work's window, and those its look-backs lack.

    That nothing came is recorded too: the slots say what was looked for in vain, and when. Whether
    it is a failure is for `require_bars` to say.

    Raises:
        ProviderError: Every provider failed.
        StorageError: Another run holds the day, or the database refused.
    """
    instruments = pipeline.instruments.watched()
    with locked(pipeline.database, MARKET_BARS, work.days, LOCK_WAIT_SECONDS) as held:
        # A live tick asks for all since a symbol's last bar, or for the whole look-back.
        sightings = _sightings(pipeline, MARKET_BARS, work, pipeline.settings.warm_up)
        wanted = bars_wanted(pipeline, instruments, work)
        intervals = pipeline.settings.intervals
        collected = collect_groups(pipeline.market_providers, wanted, intervals, sightings)
        if lacking := days_wanted(pipeline, work, wanted):
            sightings = _sightings(pipeline, MARKET_BARS, work, DAY_LOOK_BACK)
            collected.take_days(collect_days(pipeline.market_providers, lacking, sightings))
        quotes = QuotesCollected()
        if work.live:
            barless = [one for one in instruments if one.symbol not in collected.providers]
            quotes = collect_quotes(pipeline.market_providers, barless, pipeline.clock())
        symbols = [instrument.symbol for instrument in instruments]
        with held.begin():
            pipeline.quotes.write(held, quotes.told)
            written = pipeline.bars.write(held, collected.parts)
            announce_bars(held, collected.parts, written, work)
            # After it: who has read bars and then waits to write some may block who writes.
            jumps = unexplained_jumps(held, collected.parts, collected.actions)
            pipeline.actions.write(held, collected.actions)
            stored = StoredBars(
                pipeline.bars.closes(held, symbols, Interval.HALF_HOUR, work.window),
                pipeline.bars.newest(held, symbols, Interval.HALF_HOUR, work.window.start),
            )
            chain = [provider.name for provider in pipeline.market_providers]
            records = bar_records(
                instruments, work, stored, collected.told(), chain, collected.fallbacks
            )
            record_slots(pipeline, held, MARKET_BARS, records, work)
    return BarsStep(written, collected, records, quotes, jumps)


@as_step(NEWS_ARTICLES)
def collect_articles(pipeline: Pipeline, work: Work) -> NewsStep:
    """Collects the news the work's slots may see, tells the stories, stores what is new.

    Raises:
        ProviderError: No provider answered.
        StorageError: Another run holds the day, or the database refused.
    """
    slots = slots_answered_for(pipeline, NEWS_ARTICLES, work)
    with locked(pipeline.database, NEWS_ARTICLES, work.days, LOCK_WAIT_SECONDS) as held:
        with held.begin():
            unanswered = unanswered_since(held, news_seen(pipeline, work))
        collected = collect_news(
            pipeline.news_providers,
            pipeline.instruments.watched(),
            news_wanted(pipeline, work),
            _sightings(pipeline, NEWS_ARTICLES, work, NEWS_LOOK_BACK),
            unanswered,
        )
        with held.begin():
            settle(held, unanswered, collected.answered, work.window.start)
            fresh = pipeline.articles.unknown(held, collected.found)
            if fresh:
                span = Window(fresh[0].known_at - STORY_WINDOW, fresh[-1].known_at)
                recent = pipeline.articles.recent(held, span)
                pipeline.articles.write(held, told_articles(fresh, recent))
                announce_news(held, fresh, work)
            for provider, sentiments in collected.sentiments.items():
                pipeline.articles.keep_sentiments(held, provider, sentiments, pipeline.clock())
            records = counted(
                slots,
                lambda span: [a.known_at for a in pipeline.articles.recent(held, span)],
                collected.failed,
            )
            record_slots(pipeline, held, NEWS_ARTICLES, records, work)
    return NewsStep(collected, fresh)


@as_step(TRADING_SIGNALS)
def compute(pipeline: Pipeline, work: Work) -> SignalsStep:
    """Computes the signals of the work's slots and stores those that are new or differ.

    What a live tick judges first is judged with what is known now; anything else with what was
    known when a tick would have judged it, or at the cutoff it was first collected or judged with.

    Raises:
        StorageError: Another run holds the day, or the database refused.
    """
    slots = slots_answered_for(pipeline, TRADING_SIGNALS, work)
    instruments = pipeline.instruments.watched()
    inputs = signal_inputs(pipeline, min(slots, default=pipeline.clock()) - ROWS_REACH)
    with locked(pipeline.database, TRADING_SIGNALS, work.days, LOCK_WAIT_SECONDS) as held:
        cutoff_at = pipeline.clock() if work.live else None
        parts = [
            compute_signals(inputs, group, cutoffs)
            for group, cutoffs in by_cutoffs(pipeline, instruments, slots, cutoff_at)
        ]
        computed = merged_signals(parts, slots)
        told = pipeline.slots.reasons_between(MARKET_BARS, work.window)
        explain_lacking_bars(computed, told)
        judged = computed.judged()
        records = [
            SlotRecord(slot, judged[slot], computed.expected[slot], computed.skipped[slot])
            for slot in slots
        ]
        with held.begin():
            written = write_signals(pipeline, held, inputs, computed.table, work)
            pipeline.forecasts.write(held, computed.forecasts)
            record_slots(pipeline, held, TRADING_SIGNALS, records, work, cutoff_at)
    return SignalsStep(written, computed, cutoff_at)


EVER = datetime(1970, 1, 1, tzinfo=UTC)
ROWS_REACH = timedelta(days=31)
"""The rows before a slot whose scores matter to its action lie nearer, whatever holidays come."""


def signal_inputs(pipeline: Pipeline, since: datetime = EVER) -> SignalInputs:
    """What this configuration makes signals of, and with.

    Args:
        pipeline: Where it is.
        since: No slot is judged whose inputs were read before; fewer models are read then (UTC).
    """
    sentiment = pipeline.settings.sentiment
    return SignalInputs(
        pipeline.bars,
        pipeline.actions,
        pipeline.scores,
        tuple(model.version for model in pipeline.models),
        pipeline.strategies,
        timedelta(hours=sentiment.half_life_hours),
        {same_outlet(name): weight for name, weight in sentiment.source_weights.items()},
        forecaster=pipeline.forecasts.forecaster(pipeline.clock(), since),
    )


def write_signals(
    pipeline: Pipeline, connection: sa.Connection, inputs: SignalInputs, made: pa.Table, work: Work
) -> int:
    """Stores signals and what they were made with; gives the number of new rows.

    Args:
        pipeline: Where they go.
        connection: The transaction.
        inputs: What they were made with.
        made: The signals.
        work: What made them.

    Raises:
        ConfigurationError: A strategy of that name and version was another one before.
    """
    # One that was not due made nothing yet: it may still be changed under its version.
    used = set(made["strategy"].unique().to_pylist())
    bases = {
        strategy.label: pipeline.bases.basis_id(
            connection,
            Basis(strategy, inputs.model_versions, inputs.half_life, inputs.source_weights),
        )
        for strategy in inputs.strategies
        if strategy.label in used
    }
    at = pipeline.clock()
    return pipeline.signals.write(
        connection, made, bases, live=work.live, run_id=work.run_id, at=at
    )


def require_bars(steps: Sequence[BarsStep]) -> None:
    """The coverage gate of a run: that no bar at all came, where bars were due, is a failure.

    What lacks of some is said by the slots and the checks.

    Raises:
        NoData: Bars were due and none came.
    """
    due = sum(record.expected or 0 for step in steps for record in step.records)
    there = sum(record.rows for step in steps for record in step.records)
    require_coverage(merged([step.collected for step in steps]), there, due)


def _sightings(pipeline: Pipeline, asset: str, work: Work, reach: timedelta) -> SightingOf:
    """How this collection sees time; asked after a provider has answered, so that it says when."""
    since = work.window.start - pipeline.settings.warm_up - reach
    looks = pipeline.slots.looks(asset, since, pipeline.clock())
    followed_since = pipeline.instruments.followed_since()
    return lambda usual_delay: Sighting(
        pipeline.clock(), work.live, usual_delay, looks, reach, followed_since
    )
