"""Backtests from what is stored: signals are judged anew, traded, compared and kept. No Dagster."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from fintech_pipeline.clock import Window, day_window, days_of, from_instant64, slot_day
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.orchestration.cutoffs import by_cutoffs
from fintech_pipeline.orchestration.due import TRADING_SIGNALS
from fintech_pipeline.orchestration.rejudging import in_parts, judged_at
from fintech_pipeline.orchestration.steps import signal_inputs
from fintech_pipeline.signals.backtesting.backtest import Backtest, Question
from fintech_pipeline.signals.backtesting.rows import NOTHING_SAID, rows_of, sides_of
from fintech_pipeline.signals.backtesting.tape import Tape, tape_of
from fintech_pipeline.signals.backtesting.terms import Sizing, Terms
from fintech_pipeline.signals.backtesting.trial import tried
from fintech_pipeline.signals.computation import compute_signals
from fintech_pipeline.signals.definition import definition
from fintech_pipeline.signals.horizons import TradingRows, prices_of
from fintech_pipeline.signals.parts import SignalInputs, by_calendar
from fintech_pipeline.signals.strategy import Strategy
from fintech_pipeline.storage.database import SCHEMA

STRATEGY_BACKTESTS = "strategy_backtests"
SPANS = {Interval.HALF_HOUR: timedelta(days=365), Interval.DAY: timedelta(days=3_653)}
"""How far back is looked where nobody says: a year of half hours, ten of days."""
CHANCE = 1_994
"""The bootstrap draws the same blocks each time, so that two backtests can be compared."""
_FIRST_JUDGED = sa.text(
    f"SELECT min(slot_at) FROM {SCHEMA}.slots WHERE asset = :asset"  # noqa: S608  # a constant
)
_NO_BAR = "no bar of it is stored in the range"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be tried.

    Attributes:
        strategy: The strategy.
        terms: Costs and sizes.
        first: The first UTC day; None for as far back as `SPANS`.
        last: The last UTC day, included; None for the newest with a bar.
    """

    strategy: Strategy
    terms: Terms
    first: date | None = None
    last: date | None = None


def configured_terms(pipeline: Pipeline) -> Terms:
    """The terms of the configuration, on which the weekly backtests trade."""
    told = dict(pipeline.settings.signals.backtest)
    return Terms(**{**told, "sizing": Sizing(told["sizing"])})


def backtest(pipeline: Pipeline, asked: Asked) -> tuple[int, Backtest]:
    """Tries a strategy on what is stored, and keeps what came of it as a trial.

    Each signal is judged from what was known by its cutoff, whatever is stored now; it is traded at
    the open of the first bar after that. Prices, splits and dividends of the trades count as they
    stand now. Only what is followed today is traded.

    Returns:
        The id under which it is kept, and the backtest.

    Raises:
        ConfigurationError: No bar is stored in the range, or it ends before it begins.
        StorageError: The database refused; nothing is kept.
    """
    instruments = sorted(pipeline.instruments.watched(), key=lambda one: one.symbol)
    if not instruments:
        raise ConfigurationError("Nothing is followed; `fintech watchlist add` follows a symbol.")
    first, last = _range(pipeline, asked, instruments)
    interval, window = asked.strategy.interval, day_window(first, last)
    together, apart = _of_one_exchange(instruments)
    rows = rows_of(calendar_of(together[0].mic), interval, window)
    tape, rows = _tape(pipeline, together, interval, window, rows)
    if not tape.symbols:
        raise ConfigurationError(
            f"No bar of {interval} is stored from {first} to {last}; `fintech backfill` collects "
            "them."
        )
    traded = [one for one in together if one.symbol in tape.symbols]
    # It is of the days that there are, which may be fewer than were asked for.
    first, last = (slot_day(from_instant64(at)) for at in rows.closed_at[[0, -1]])
    inputs = replace(signal_inputs(pipeline), strategies=(asked.strategy,))
    said = _signals(pipeline, inputs, traded, days_of(day_window(first, last)))
    trial = tried(tape, sides_of(said, rows, tape.symbols), asked.terms)
    digest = _digest(inputs, asked.strategy, pipeline.settings.market.delay)
    label = asked.strategy.label
    question = Question(label, digest, interval, tape.symbols, first, last, asked.terms)
    made = Backtest(
        question,
        pipeline.clock(),
        pipeline.settings.simulated,
        {one.symbol: _NO_BAR for one in together if one not in traded} | apart,
        trial,
        trial.luck(pipeline.backtests.trials(question), np.random.default_rng(CHANCE)),
    )
    return pipeline.backtests.write(made), made


def _of_one_exchange(
    instruments: Sequence[Instrument],
) -> tuple[list[Instrument], dict[str, str]]:
    """Those of the hours that most share, and why the others are left out.

    One account over several exchanges would have to know which opens while another closes, and
    what their currencies are worth.
    """
    groups = by_calendar(instruments)
    calendar, together = max(groups, key=lambda group: len(group[1]))
    apart = f"it is traded at other hours than most, those of {calendar.name}"
    return together, {one.symbol: apart for one in instruments if one not in together}


def _digest(inputs: SignalInputs, strategy: Strategy, delay: timedelta) -> str:
    """The SHA-256 of all that makes signals of the same history."""
    told = {
        "strategy": definition(strategy),
        "models": inputs.model_versions,
        "half_life": inputs.half_life.total_seconds(),
        "source_weights": dict(inputs.source_weights),
        "delay": delay.total_seconds(),
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _range(
    pipeline: Pipeline, asked: Asked, instruments: Sequence[Instrument]
) -> tuple[date, date]:
    """The first and the last day."""
    now, interval = pipeline.clock(), asked.strategy.interval
    last = asked.last
    if last is None:
        symbols = [one.symbol for one in instruments]
        with pipeline.database.transaction() as connection:
            newest = pipeline.bars.newest(connection, symbols, interval, now)
        if not newest:
            raise ConfigurationError(
                f"No bar of {interval} is stored yet; `fintech backfill` collects them."
            )
        last = max(newest.values()).date()
    first = asked.first or min(_earliest(pipeline, last, interval), last)
    if first > last:
        raise ConfigurationError(f"The backtest would end on {last}, before it starts on {first}.")
    if last > now.date():
        raise ConfigurationError(f"{last} lies in the future; today is {now:%Y-%m-%d} (UTC).")
    return first, last


def _earliest(pipeline: Pipeline, last: date, interval: Interval) -> date:
    """As far back as is looked where nobody says, and no further than was ever judged.

    The bars before were collected for the look-backs, without the news of their time.
    """
    with pipeline.database.transaction() as connection:
        judged = connection.execute(_FIRST_JUDGED, {"asset": TRADING_SIGNALS}).scalar_one()
    span = date.fromordinal(max(1, last.toordinal() - SPANS[interval].days))
    begun = pipeline.settings.pipeline.starts_on if judged is None else slot_day(judged)
    # Whoever asks for days before that gets them.
    return span if begun > last else max(span, begun)


def _tape(
    pipeline: Pipeline,
    instruments: Sequence[Instrument],
    interval: Interval,
    window: Window,
    rows: TradingRows,
) -> tuple[Tape, TradingRows]:
    """The prices of whoever has a bar, and their rows: none before the first bar or after the last.

    Actions of before the window bend nothing in it.
    """
    symbols = [one.symbol for one in instruments]
    bars = pipeline.bars.current(symbols, interval, window)
    actions = pipeline.actions.current(symbols, window)
    there: list[str] = sorted(set(map(str, bars["symbol"].to_pylist())))
    mine = actions.filter(pa.compute.is_in(actions["symbol"], pa.array(there, pa.string())))
    closed = bars["closed_at"].to_numpy().astype("datetime64[us]")
    if len(closed):
        start = int(np.searchsorted(rows.closed_at, closed.min()))
        end = int(np.searchsorted(rows.closed_at, closed.max())) + 1
        part = slice(start, end)
        rows = TradingRows(rows.session[part], rows.opened_at[part], rows.closed_at[part])
    return tape_of(prices_of(bars, mine, rows, there), rows, tuple(there)), rows


def _signals(
    pipeline: Pipeline, inputs: SignalInputs, instruments: Sequence[Instrument], days: list[date]
) -> pa.Table:
    """What the strategy says of these days, `symbol, slot_at, action, cutoff_at`, by slot."""
    (strategy,) = inputs.strategies
    tables = [NOTHING_SAID]
    for part in in_parts(strategy.interval, days, date.max):
        slots = judged_at(strategy.interval, day_window(part[0], part[-1]), instruments)
        for group, cutoffs in by_cutoffs(pipeline, instruments, slots, None):
            made = compute_signals(inputs, group, cutoffs).table
            tables.append(made.select(NOTHING_SAID.column_names))
    return pa.concat_tables(tables).sort_by([("slot_at", "ascending"), ("symbol", "ascending")])
