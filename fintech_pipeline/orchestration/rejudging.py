"""Judging stored history in bulk: the signals of whole years, from what is stored.

A backfill judges as it collects, five days at a time. A strategy that is new wants years of days
whose inputs are there already, so this goes by the blocks that a pass computes anyway. It keeps to
a backfill's rules: never live, each chunk under its days' locks and in one transaction, the days
whose ticks may still be live a chunk of their own. The slots table tells of collecting, and is left
as it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby

from fintech_pipeline.clock import SLOT, Window, from_instant64, newest_past_slot, slot_day
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.orchestration.cutoffs import by_cutoffs
from fintech_pipeline.orchestration.due import TRADING_SIGNALS
from fintech_pipeline.orchestration.steps import LOCK_WAIT_SECONDS, signal_inputs, write_signals
from fintech_pipeline.orchestration.work import Work
from fintech_pipeline.signals.blocks import judged_slots
from fintech_pipeline.signals.computation import compute_signals
from fintech_pipeline.signals.strategy import Strategy
from fintech_pipeline.storage.locks import locked

_WEEKS = 4
"""Of half hours, so many blocks are judged under one hold of the locks; of days it is one."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is judged under one hold of the locks: the strategies of one interval, some days."""

    strategies: tuple[Strategy, ...]
    work: Work

    @property
    def interval(self) -> Interval:
        """Of the bars that are judged."""
        return self.strategies[0].interval


@dataclass(frozen=True, slots=True)
class Rejudged:
    """What was judged.

    Attributes:
        made: How many signals there are.
        written: How many of them were not stored before, or differ from what was.
    """

    made: int = 0
    written: int = 0

    def __add__(self, other: "Rejudged") -> "Rejudged":
        return Rejudged(self.made + other.made, self.written + other.written)


def chunks(
    strategies: Sequence[Strategy], days: Sequence[date], now: datetime, run_id: str
) -> list[Chunk]:
    """The days in parts, those of each interval in order of time. Pure.

    Args:
        strategies: What judges.
        days: UTC days, rising and without holes, none in the future.
        now: The present (UTC).
        run_id: What the signals name as what made them.
    """
    first_live = slot_day(newest_past_slot(now) + SLOT)
    by_interval = sorted(strategies, key=lambda strategy: str(strategy.interval))
    return [
        Chunk(group, Work(tuple(part), None, now, run_id))
        for group in (tuple(g) for _, g in groupby(by_interval, key=lambda s: s.interval))
        for part in in_parts(group[0].interval, days, first_live)
    ]


def rejudge(pipeline: Pipeline, chunk: Chunk) -> Rejudged:
    """Judges one chunk and stores the signals that are new or differ.

    Raises:
        StorageError: A run holds one of the days, or the database refused.
        ConfigurationError: A strategy of that name and version was another one before.
    """
    inputs = replace(signal_inputs(pipeline), strategies=chunk.strategies)
    instruments = pipeline.instruments.watched()
    slots = judged_at(chunk.interval, chunk.work.window, instruments)
    with locked(pipeline.database, TRADING_SIGNALS, chunk.work.days, LOCK_WAIT_SECONDS) as held:
        tables = [
            compute_signals(inputs, group, cutoffs).table
            for group, cutoffs in by_cutoffs(pipeline, instruments, slots, None)
        ]
        with held.begin():
            written = sum(
                write_signals(pipeline, held, inputs, table, chunk.work) for table in tables
            )
    return Rejudged(sum(len(table) for table in tables), written)


def judged_at(
    interval: Interval, window: Window, instruments: Sequence[Instrument]
) -> list[datetime]:
    """The slots at which a bar of the interval closes at any of the exchanges, rising (UTC)."""
    calendars = {calendar_of(instrument.mic).name: instrument.mic for instrument in instruments}
    ends = [judged_slots(calendar_of(mic), interval, window) for mic in calendars.values()]
    return sorted({from_instant64(slot) for column in ends for slot in column})


def in_parts(interval: Interval, days: Sequence[date], first_live: date) -> Iterator[list[date]]:
    """The days in chunks that are computed at once, those that ticks judge live apart."""

    def chunk_of(day: date) -> tuple[bool, int]:
        if interval is Interval.DAY:
            return day >= first_live, day.year // 2
        return day >= first_live, (day - timedelta(days=day.weekday())).toordinal() // (7 * _WEEKS)

    for _, part in groupby(days, key=chunk_of):
        yield list(part)
