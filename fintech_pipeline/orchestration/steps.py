"""The four steps of a tick or a backfill: what each asset does, without Dagster.

Each takes the lock of its asset's days, reads, asks, and writes its rows and its slots in one
transaction: all of it or nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from fintech_pipeline.clock import SLOT, Sighting, Window, from_instant64, instant64, slots_of
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.collection import MarketCollected, collect_bars, require_coverage
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.article_store import ToldArticle
from fintech_pipeline.news.collection import FoundArticle, NewsCollected, collect_news
from fintech_pipeline.news.stories import STORY_WINDOW, Assignment, StoryMember, assign_stories
from fintech_pipeline.orchestration.due import (
    ARTICLE_SENTIMENT,
    MARKET_BARS,
    NEWS_ARTICLES,
    TRADING_SIGNALS,
    bars_wanted,
    due_slots,
    news_wanted,
)
from fintech_pipeline.orchestration.slots import SlotRecord
from fintech_pipeline.orchestration.work import Work
from fintech_pipeline.sentiment.scoring import Scored, score_texts
from fintech_pipeline.signals.computation import (
    NEWS_HORIZON,
    Computed,
    SignalInputs,
    compute_signals,
)
from fintech_pipeline.storage.locks import locked

LOCK_WAIT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class BarsStep:
    """What `market_bars` did: rows written, what came, and each slot's coverage."""

    written: int
    collected: MarketCollected
    records: list[SlotRecord]


@dataclass(frozen=True, slots=True)
class NewsStep:
    """What `news_articles` did."""

    collected: NewsCollected
    fresh: list[FoundArticle]


@dataclass(frozen=True, slots=True)
class SentimentStep:
    """What `article_sentiment` did."""

    scored: Scored


@dataclass(frozen=True, slots=True)
class SignalsStep:
    """What `trading_signals` did."""

    written: int
    computed: Computed
    cutoff_at: datetime | None


def collect_market(pipeline: Pipeline, work: Work) -> BarsStep:
    """Collects and stores the bars of the work's window, and those its look-backs lack.

    Raises:
        ProviderError: No provider gave anything.
        StorageError: Another run holds the day, or the database refused.
    """
    instruments = pipeline.instruments.watched()
    with locked(pipeline.database, MARKET_BARS, work.days, LOCK_WAIT_SECONDS):
        parts = [
            collect_bars(
                pipeline.market_providers,
                group,
                window,
                pipeline.settings.intervals,
                _sightings(pipeline, MARKET_BARS, work),
            )
            for group, window in bars_wanted(pipeline, instruments, work)
        ]
        collected = _merged(parts)
        records = _bar_records(instruments, work, collected)
        require_coverage(collected, sum(record.expected or 0 for record in records))
        with pipeline.database.transaction() as connection:
            written = pipeline.bars.write(connection, collected.parts)
            for provider in dict.fromkeys(name for _, name in collected.actions):
                told = [action for action, name in collected.actions if name == provider]
                pipeline.bars.write_actions(connection, told, provider, work.now)
            _record(pipeline, connection, MARKET_BARS, records, work)
    return BarsStep(written, collected, records)


def collect_articles(pipeline: Pipeline, work: Work) -> NewsStep:
    """Collects the news the work's slots may see, tells the stories, stores what is new.

    Raises:
        ProviderError: No provider answered.
        StorageError: Another run holds the day, or the database refused.
    """
    with locked(pipeline.database, NEWS_ARTICLES, work.days, LOCK_WAIT_SECONDS):
        collected = collect_news(
            pipeline.news_providers,
            pipeline.instruments.watched(),
            news_wanted(pipeline, work),
            _sightings(pipeline, NEWS_ARTICLES, work),
        )
        with pipeline.database.transaction() as connection:
            fresh = pipeline.articles.unknown(connection, collected.found)
            if fresh:
                span = Window(fresh[0].known_at - STORY_WINDOW, fresh[-1].known_at)
                stored = [
                    StoryMember(
                        str(a.article_id), a.headline, a.outlet, a.symbols, a.known_at, a.story_id
                    )
                    for a in pipeline.articles.recent(connection, span)
                ]
                pipeline.articles.write(connection, _told(fresh, stored))
            slots = _slots(pipeline, NEWS_ARTICLES, work)
            records = _counted(
                slots,
                lambda span: [a.known_at for a in pipeline.articles.recent(connection, span)],
                collected.failed,
            )
            _record(pipeline, connection, NEWS_ARTICLES, records, work)
    return NewsStep(collected, fresh)


def score_articles(pipeline: Pipeline, work: Work) -> SentimentStep:
    """Scores every text the work's slots may see that this model version has not scored.

    Raises:
        ProviderError: The model cannot be reached.
        StorageError: Another run holds the day, or the database refused.
    """
    end = work.window.end if work.slot_at is None else max(work.now, work.slot_at)
    window = Window(work.window.start - NEWS_HORIZON, end)
    with locked(pipeline.database, ARTICLE_SENTIMENT, work.days, LOCK_WAIT_SECONDS):
        texts = pipeline.scores.pending(pipeline.model.version, window)
        scored = score_texts(pipeline.model, texts)
        with pipeline.database.transaction() as connection:
            pipeline.scores.write(
                connection, scored.texts, scored.verdicts, scored.model_version, pipeline.clock()
            )
            slots = _slots(pipeline, ARTICLE_SENTIMENT, work)
            records = _counted(
                slots,
                lambda span: pipeline.scores.known(connection, scored.model_version, span),
                {},
            )
            _record(pipeline, connection, ARTICLE_SENTIMENT, records, work)
    return SentimentStep(scored)


def compute(pipeline: Pipeline, work: Work) -> SignalsStep:
    """Computes the signals of the work's slots and stores those that are new or differ.

    A live slot is judged with what is known now; any other with what was known at the slot, or at
    the cutoff it was first judged with.

    Raises:
        StorageError: Another run holds the day, or the database refused.
    """
    slots = _slots(pipeline, TRADING_SIGNALS, work)
    with locked(pipeline.database, TRADING_SIGNALS, work.days, LOCK_WAIT_SECONDS):
        cutoff_at = pipeline.clock() if work.live else None
        stored = pipeline.signals.cutoffs(slots)
        cutoffs = {slot: stored.get(slot, cutoff_at or slot) for slot in slots}
        inputs = SignalInputs(
            pipeline.bars,
            pipeline.scores,
            (pipeline.model.version,),
            pipeline.strategy,
            timedelta(hours=pipeline.settings.sentiment.half_life_hours),
        )
        computed = compute_signals(inputs, pipeline.instruments.watched(), cutoffs)
        counts = Counter(signal.slot_at for signal in computed.signals)
        records = [
            SlotRecord(slot, counts[slot], computed.expected[slot], computed.skipped[slot])
            for slot in slots
        ]
        with pipeline.database.transaction() as connection:
            written = pipeline.signals.write(
                connection, computed.signals, cutoffs, work.live, work.run_id, pipeline.clock()
            )
            _record(pipeline, connection, TRADING_SIGNALS, records, work, cutoff_at)
    return SignalsStep(written, computed, cutoff_at)


def _sightings(pipeline: Pipeline, asset: str, work: Work) -> Callable[[timedelta], Sighting]:
    """How this collection sees time; asked after a provider has answered, so that it says when."""
    previous = pipeline.slots.previous_live(asset, pipeline.clock()) if work.live else None
    return lambda usual_delay: Sighting(pipeline.clock(), work.live, previous, usual_delay)


def _record(
    pipeline: Pipeline,
    connection: sa.Connection,
    asset: str,
    records: Sequence[SlotRecord],
    work: Work,
    cutoff_at: datetime | None = None,
) -> None:
    seen_at = cutoff_at or (pipeline.clock() if work.live else None)
    pipeline.slots.record(
        connection,
        asset,
        records,
        live=work.live,
        cutoff_at=seen_at,
        run_id=work.run_id,
        at=pipeline.clock(),
    )


def _slots(pipeline: Pipeline, asset: str, work: Work) -> list[datetime]:
    """The slots that a step of this work answers for."""
    if work.slot_at is not None:
        return [work.slot_at]
    return due_slots(asset, pipeline.instruments.watched(), work.window)


def _counted(
    slots: Sequence[datetime],
    known_in: Callable[[Window], Sequence[datetime]],
    failed: Mapping[str, str],
) -> list[SlotRecord]:
    """How many rows became known in the half hour of each slot, whichever run brought them.

    A slot some provider failed for is recorded as partial, with its sentence.
    """
    if not slots:
        return []
    counts = Counter(_slot_of(at) for at in known_in(Window(slots[0] - SLOT, slots[-1])))
    return [SlotRecord(slot, counts[slot], reasons=dict(failed)) for slot in slots]


def _told(fresh: Sequence[FoundArticle], stored: Sequence[StoryMember]) -> list[ToldArticle]:
    """The new articles, each with the story it tells."""
    members = [
        StoryMember(
            item.key,
            item.article.headline,
            item.article.outlet,
            frozenset(match.symbol for match in item.matches),
            item.known_at,
        )
        for item in fresh
    ]
    by_key = {item.key: item for item in fresh}
    return [
        ToldArticle(by_key[str(told.key)], _story(told)) for told in assign_stories(members, stored)
    ]


def _story(told: Assignment) -> int | str:
    if isinstance(told.story, int):
        return told.story
    return str(told.founder)


def _merged(parts: Sequence[MarketCollected]) -> MarketCollected:
    whole = MarketCollected()
    for part in parts:
        whole.parts.extend(part.parts)
        whole.actions.extend(part.actions)
        whole.flaws.extend(part.flaws)
        whole.problems.extend(part.problems)
        whole.providers.update(part.providers)
    return whole


def _bar_records(
    instruments: Sequence[Instrument], work: Work, collected: MarketCollected
) -> list[SlotRecord]:
    """Which symbols have the bar of each slot, of those that were in session."""
    due: dict[datetime, set[str]] = defaultdict(set)
    for instrument in instruments:
        for slot in calendar_of(instrument.mic).slots(work.window):
            due[from_instant64(slot)].add(instrument.symbol)
    have: dict[datetime, set[str]] = defaultdict(set)
    for part in collected.parts:
        if part.series.interval is Interval.HALF_HOUR:
            closed = part.series.closed_at
            for close in closed[closed > instant64(work.window.start)]:
                have[_slot_of(from_instant64(close))].add(part.series.symbol)
    slots = [work.slot_at] if work.slot_at is not None else sorted(due)
    return [
        SlotRecord(
            slot,
            len(have[slot]),
            len(due[slot]),
            dict.fromkeys(sorted(due[slot] - have[slot]), "no bar"),
        )
        for slot in slots
    ]


def _slot_of(instant: datetime) -> datetime:
    """The slot whose half hour ends at or after the instant."""
    return slots_of(Window(instant - timedelta(microseconds=1), instant + SLOT))[0]
