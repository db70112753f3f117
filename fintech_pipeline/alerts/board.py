"""What rules about symbols look at, read for some slots: of bars, of signals, and of news."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fintech_pipeline.alerts.measures import (
    PRICE_METRICS,
    Measured,
    Why,
    nothing_measured,
    price_measures,
)
from fintech_pipeline.alerts.rules import Metric, MetricKey, value_of
from fintech_pipeline.clock import SLOT, Instants, Window, from_instant64, instant64
from fintech_pipeline.market.action_store import ActionStore
from fintech_pipeline.market.bar_store import BarStore
from fintech_pipeline.market.bars import Floats, Interval
from fintech_pipeline.market.sessions import SessionCalendar, calendar_of
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.signals.blocks import Block, judged_slots
from fintech_pipeline.signals.matrix import price_matrix
from fintech_pipeline.signals.strategy import Action, Strategy
from fintech_pipeline.signals.visibility import View
from fintech_pipeline.storage.database import SCHEMA, Database

SIGNAL_METRICS = frozenset({Metric.SCORE, Metric.ACTION, Metric.SENTIMENT})
FEWEST_SESSIONS = 12
"""What is usual of a half hour's volume is told by the ten sessions before."""
_REACH = timedelta(days=12)
"""Holidays in a row and the weekends around them, beyond the sessions that are counted."""
CHANGE_REACH = 14
"""How many judged slots back the action may be that a change is seen against; those between have no
signal."""
_ACTION_VALUES = {str(action): value_of(action) for action in Action}


@dataclass(frozen=True, slots=True)
class BoardInputs:
    """Where what is looked at is stored.

    Attributes:
        database: Signals and news.
        bars: Bars.
        actions: Splits and dividends.
        strategy: The primary one, whose signals rules are about.
    """

    database: Database
    bars: BarStore
    actions: ActionStore
    strategy: Strategy


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """Everything measured at some slots.

    Attributes:
        slots: The rows: half hours, rising (UTC).
        symbols: The columns.
        measured: The matrices by key; (time, symbol).
    """

    slots: tuple[datetime, ...]
    symbols: tuple[str, ...]
    measured: Mapping[MetricKey, Measured]


def read_board(
    inputs: BoardInputs,
    keys: Collection[MetricKey],
    instruments: Sequence[Instrument],
    seen_at: Mapping[datetime, datetime],
) -> Board:
    """Measures the keys at the slots, from what is stored now.

    Args:
        inputs: Where it is stored.
        keys: What is measured; those about the pipeline are left out.
        instruments: The columns.
        seen_at: The slots, each with the instant up to which news counts (UTC); at least one.

    Raises:
        StorageError: The database is away.
    """
    slots = tuple(sorted(seen_at))
    symbols = tuple(instrument.symbol for instrument in instruments)
    shape = (len(slots), len(symbols))
    measured = {
        key: nothing_measured(shape, Why.CLOSED)
        for key in keys
        if key.metric in PRICE_METRICS | SIGNAL_METRICS
    }
    board = Board(slots, symbols, measured)
    by_calendar: dict[str, list[Instrument]] = {}
    for instrument in instruments:
        by_calendar.setdefault(calendar_of(instrument.mic).name, []).append(instrument)
    for group in by_calendar.values():
        _read_prices(inputs, board, calendar_of(group[0].mic), group)
        _read_signals(inputs, board, calendar_of(group[0].mic), group)
    stories = {
        key: _stories(inputs.database, board, key.window, seen_at)
        for key in keys
        if key.metric is Metric.STORIES and key.window is not None
    }
    return Board(slots, symbols, {**measured, **stories})


def _read_prices(
    inputs: BoardInputs, board: Board, calendar: SessionCalendar, group: Sequence[Instrument]
) -> None:
    keys = [key for key in board.measured if key.metric in PRICE_METRICS]
    wanted = calendar.slots(Window(board.slots[0] - SLOT, board.slots[-1]))
    wanted = wanted[np.isin(wanted, np.array([instant64(slot) for slot in board.slots]))]
    if not keys or not len(wanted):
        return
    window = _window(calendar, keys, from_instant64(wanted[0]), from_instant64(wanted[-1]))
    grid = calendar.slots(window)
    symbols = tuple(sorted(instrument.symbol for instrument in group))
    opened = Window(window.start - SLOT, window.end)
    view = View(
        inputs.bars.current(symbols, Interval.HALF_HOUR, opened),
        inputs.actions.current(symbols, opened),
        [from_instant64(slot) for slot in wanted],
    )
    prices = price_matrix(view, calendar, Block(Interval.HALF_HOUR, grid, ()), symbols)
    rows = np.searchsorted(grid, wanted)
    for key, found in price_measures(prices, keys).items():
        _fill(
            board,
            key,
            symbols,
            Measured(found.value[rows], found.why[rows]),
            rows_of(board, view.slots),
        )


def _window(
    calendar: SessionCalendar, keys: Sequence[MetricKey], first: datetime, last: datetime
) -> Window:
    """Enough sessions before the first row for the longest window and for what is usual."""
    longest = max((key.window or timedelta(0) for key in keys), default=timedelta(0))
    days = max(FEWEST_SESSIONS, longest.days + 2)
    # Five sessions a week at least, but for holidays.
    reach = timedelta(days=days * 7 / 5) + _REACH
    return Window(max(first - reach, calendar.known.start), last)


def rows_of(board: Board, slots: Sequence[datetime]) -> list[int]:
    """The board's rows of the slots."""
    places = {slot: row for row, slot in enumerate(board.slots)}
    return [places[slot] for slot in slots]


def _fill(
    board: Board, key: MetricKey, symbols: Sequence[str], found: Measured, rows: Sequence[int]
) -> None:
    places = {symbol: column for column, symbol in enumerate(board.symbols)}
    cells = np.ix_(rows, [places[symbol] for symbol in symbols])
    board.measured[key].value[cells] = found.value
    board.measured[key].why[cells] = found.why


def _read_signals(
    inputs: BoardInputs, board: Board, calendar: SessionCalendar, group: Sequence[Instrument]
) -> None:
    keys = [key for key in board.measured if key.metric in SIGNAL_METRICS]
    first, last = board.slots[0], board.slots[-1]
    trading = calendar.slots(Window(first - SLOT, last))
    if not keys or not len(trading):
        return
    # The change of an action is seen against the newest signal before.
    reach = Window(max(first - _REACH, calendar.known.start), last)
    judged = judged_slots(calendar, inputs.strategy.interval, reach)
    before = judged[judged < instant64(first)][-CHANGE_REACH:]
    grid = np.append(before, judged[judged >= instant64(first)])
    symbols = tuple(sorted(instrument.symbol for instrument in group))
    found = _signals(inputs, symbols, grid)
    board_rows = {instant64(slot): row for row, slot in enumerate(board.slots)}
    for key in keys:
        matrix = found[key]
        rows = [row for row, slot in enumerate(grid) if slot in board_rows]
        places = [board_rows[grid[row]] for row in rows]
        closed = [board_rows[slot] for slot in trading if slot in board_rows]
        quiet = nothing_measured((len(closed), len(symbols)), Why.NOT_JUDGED)
        _fill(board, key, symbols, quiet, closed)
        _fill(board, key, symbols, Measured(matrix.value[rows], matrix.why[rows]), places)


_SIGNALS = f"""
    SELECT DISTINCT ON (symbol, slot_at) symbol, slot_at, score, action,
        CAST(jsonb_path_query_first(components, '$[*] ? (@.name == "news").value') AS float8)
            AS sentiment
    FROM {SCHEMA}.signals
    WHERE slot_at >= {{start}} AND slot_at <= {{end}} AND strategy = {{strategy}}
        AND symbol = ANY({{symbols}})
    ORDER BY symbol, slot_at, revision
"""  # noqa: S608  # the schema is a constant, the values are quoted by Database.arrow


def _signals(
    inputs: BoardInputs, symbols: tuple[str, ...], grid: Instants
) -> dict[MetricKey, Measured]:
    """The signals first made at the rows, as matrices."""
    score, action, sentiment = (
        nothing_measured((len(grid), len(symbols)), Why.NO_SIGNAL) for _ in range(3)
    )
    if len(grid):
        values = {
            "start": from_instant64(grid[0]),
            "end": from_instant64(grid[-1]),
            "strategy": inputs.strategy.label,
            "symbols": list(symbols),
        }
        rows = inputs.database.arrow(_SIGNALS, values)
        cells = _cells(rows, symbols, grid)
        score.value[cells], score.why[cells] = rows["score"].to_numpy(), Why.NOTHING
        action.value[cells] = [_ACTION_VALUES[str(one)] for one in rows["action"].to_pylist()]
        action.why[cells] = Why.NOTHING
        sentiment.value[cells] = rows["sentiment"].to_numpy(zero_copy_only=False)
        sentiment.why[cells] = Why.NOTHING
        sentiment.why[(sentiment.why == Why.NOTHING) & np.isnan(sentiment.value)] = Why.NO_NEWS
    moved = _moved(action.value)
    why = np.where(np.isnan(moved), np.int8(Why.NO_SIGNAL), np.int8(Why.NOTHING))
    return {
        MetricKey(Metric.SCORE): score,
        MetricKey(Metric.ACTION): action,
        MetricKey(Metric.ACTION, None, True): Measured(moved, why),
        MetricKey(Metric.SENTIMENT): sentiment,
    }


def _moved(action: Floats) -> Floats:
    """How many steps each action is from the newest one before it; NaN where one of them lacks."""
    rows = np.arange(len(action))[:, None]
    newest = np.maximum.accumulate(np.where(np.isnan(action), -1, rows), axis=0)
    moved = np.full(action.shape, np.nan)
    known = newest[:-1] >= np.maximum(rows[1:] - CHANGE_REACH, 0)
    before = np.take_along_axis(action, np.maximum(newest[:-1], 0), axis=0)
    moved[1:] = np.where(known, action[1:] - before, np.nan)
    return moved


def _cells(
    rows: pa.Table, symbols: tuple[str, ...], grid: Instants
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    slots = rows["slot_at"].to_numpy().astype("datetime64[us]")
    names = np.array(rows["symbol"].to_pylist(), dtype=object)
    places = {symbol: column for column, symbol in enumerate(symbols)}
    columns = np.array([places[name] for name in names], dtype=np.intp)
    return np.searchsorted(grid, slots), columns


_STORIES = f"""
    SELECT s.symbol, a.story_id, a.known_at
    FROM {SCHEMA}.articles AS a JOIN {SCHEMA}.article_symbols AS s ON s.article_id = a.id
    WHERE a.known_at > {{start}} AND a.known_at <= {{end}} AND s.symbol = ANY({{symbols}})
    ORDER BY s.symbol, a.story_id, a.known_at
"""  # noqa: S608  # the same


def _stories(
    database: Database, board: Board, window: timedelta, seen_at: Mapping[datetime, datetime]
) -> Measured:
    """How many different stories were known of each symbol in the window before each look."""
    looks = np.array([instant64(seen_at[slot]) for slot in board.slots])
    values = {
        "start": seen_at[board.slots[0]] - window,
        "end": seen_at[board.slots[-1]],
        "symbols": list(board.symbols),
    }
    rows = database.arrow(_STORIES, values)
    known = rows["known_at"].to_numpy().astype("datetime64[us]")
    # An article counts from the first look at which it is known to the last in its window, or to
    # that before which a later article of the same story takes over.
    first = np.searchsorted(looks, known)
    past = np.searchsorted(looks, known + np.timedelta64(window))
    symbol = np.array(rows["symbol"].to_pylist(), dtype=object)
    story = rows["story_id"].to_numpy()
    again = (symbol[1:] == symbol[:-1]) & (story[1:] == story[:-1])
    past[:-1][again] = np.minimum(past[:-1][again], first[1:][again])
    counts = np.zeros((len(looks) + 1, len(board.symbols)))
    places = {name: column for column, name in enumerate(board.symbols)}
    columns = np.array([places[name] for name in symbol], dtype=np.intp)
    np.add.at(counts, (first, columns), 1.0)
    np.add.at(counts, (past, columns), -1.0)
    value = np.cumsum(counts, axis=0)[:-1]
    return Measured(value, np.zeros(value.shape, dtype=np.int8))
