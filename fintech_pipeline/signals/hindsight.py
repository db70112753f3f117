"""The review of what is stored: signals and sentiment against what came after them.

Live signals are judged by the outcomes that were settled for them; those of a backfilled history
the same way, but nothing of it is stored, and the two are never put together.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fintech_pipeline.clock import Instants, Window, instant64
from fintech_pipeline.market.bars import Floats, Interval
from fintech_pipeline.signals.aftermath import Followed, Known, follow
from fintech_pipeline.signals.calibration import Calibration, Verdicts, calibrate, windows_of
from fintech_pipeline.signals.horizons import HORIZONS
from fintech_pipeline.signals.outcome_report import StrategyFigures, review
from fintech_pipeline.signals.panel import Aftermath, Panel
from fintech_pipeline.signals.settling import SettlingStores, known_of
from fintech_pipeline.signals.strategy import COMPONENTS, Action

COIN = 20_121
"""The coin of the baseline falls the same in every review, so that two can be compared."""
_NO_RETURN = "a bar of it lacks"


@dataclass(frozen=True, slots=True)
class SentimentFigures:
    """The calibration of sentiment at one horizon.

    Attributes:
        horizon: Its name.
        models: By model version.
        outlets: By outlet.
    """

    horizon: str
    models: Sequence[Calibration]
    outlets: Sequence[Calibration]


@dataclass(frozen=True, slots=True)
class Review:
    """All figures of one kind of history.

    Attributes:
        live: Whether of live signals and articles, or of a backfilled history.
        strategies: Each strategy that has signals.
        sentiment: The calibration of the scores, the nearest horizon first.
    """

    live: bool
    strategies: Sequence[StrategyFigures]
    sentiment: Sequence[SentimentFigures]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part of the past a review is of.

    Attributes:
        live: Whether of live signals, or of a backfilled history.
        window: The slots; its end is included.
        strategies: The labels; None for all that have signals.
        symbols: Whose; None for all.
    """

    live: bool
    window: Window
    strategies: Sequence[str] | None = None
    symbols: Sequence[str] | None = None


def review_of(
    stores: SettlingStores, asked: Asked, now: datetime, coin: np.random.Generator
) -> Review:
    """The figures of what is stored.

    Args:
        stores: Where it is.
        asked: Which part of it.
        now: The present (UTC).
        coin: Throws the coin of a baseline.

    Raises:
        StorageError: The database cannot be read.
    """
    labels = asked.strategies
    if labels is None:
        labels = stores.outcomes.strategies(live=asked.live)
    found = [_strategy(stores, asked, label, now, coin) for label in labels]
    return Review(asked.live, [one for one in found if one.signals], _sentiment(stores, asked, now))


def _strategy(
    stores: SettlingStores, asked: Asked, label: str, now: datetime, coin: np.random.Generator
) -> StrategyFigures:
    symbols = None if asked.symbols is None else list(asked.symbols)
    signals = stores.outcomes.signals(label, asked.window, live=asked.live, symbols=symbols)
    panel, places = panel_of(signals)
    if not len(signals):
        return review(label, panel, [], coin)
    # A strategy judges bars of one interval.
    interval = Interval(signals["interval"][0].as_py())
    if asked.live:
        settled = stores.outcomes.settled(label, asked.window)
        aftermaths = [
            _settled(one.name, signals, settled, panel, places) for one in HORIZONS[interval]
        ]
    else:
        followed = follow(stores.bars, stores.actions, known_of(signals), interval)
        aftermaths = [_followed(one, panel, places, now) for one in followed]
    return review(label, panel, aftermaths, coin)


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where each row of a table of signals stands in a panel."""

    row: NDArray[np.intp]
    column: NDArray[np.intp]

    def matrix(self, shape: tuple[int, int], values: Floats) -> Floats:
        """The values as a matrix, NaN where there is none."""
        found = np.full(shape, np.nan)
        found[self.row, self.column] = values
        return found

    def latest(self, slots: int, instants: Instants) -> Instants:
        """The latest instant of each slot; NaT where it has none."""
        found = np.full(slots, np.iinfo(np.int64).min)
        np.maximum.at(found, self.row, instants.astype("datetime64[us]").astype(np.int64))
        latest: Instants = found.astype("datetime64[us]")  # the least integer is NaT
        return latest


def panel_of(signals: pa.Table) -> tuple[Panel, Places]:
    """The signals as matrices, and where each stands in them.

    Args:
        signals: As `OutcomeStore.signals` gives them, of one strategy.
    """
    slots, row = np.unique(
        signals["slot_at"].to_numpy().astype("datetime64[us]"), return_inverse=True
    )
    symbols, column = np.unique(
        signals["symbol"].to_numpy(zero_copy_only=False).astype(str), return_inverse=True
    )
    places = Places(row, column)
    shape = (len(slots), len(symbols))
    names = {str(action): place for place, action in enumerate(Action)}
    action = np.full(shape, -1, dtype=np.int8)
    action[row, column] = [names[str(name)] for name in signals["action"].to_pylist()]

    def matrix(name: str) -> Floats:
        return places.matrix(shape, signals[name].to_numpy().astype(np.float64))

    panel = Panel(
        slots,
        tuple(symbols.tolist()),
        matrix("score"),
        action,
        matrix("change_pct"),
        {name: matrix(name) for name in COMPONENTS if signals[name].null_count < len(signals)},
    )
    return panel, places


def _followed(one: Followed, panel: Panel, places: Places, now: datetime) -> Aftermath:
    due = one.left_at <= instant64(now)
    return_pct = np.where(due, one.return_pct, np.nan)
    lacking = int((due & np.isnan(return_pct)).sum())
    return Aftermath(
        one.horizon.name,
        places.matrix(panel.score.shape, return_pct),
        places.latest(len(panel.slots), np.where(due, one.left_at, np.datetime64("NaT"))),
        {_NO_RETURN: lacking} if lacking else {},
        int((~due).sum()),
    )


def _settled(
    horizon: str, signals: pa.Table, settled: pa.Table, panel: Panel, places: Places
) -> Aftermath:
    mine = settled.filter(pa.array(settled["horizon"].to_numpy(zero_copy_only=False) == horizon))
    ids = signals["id"].to_numpy()
    order = np.argsort(ids)
    found = np.searchsorted(ids[order], mine["signal_id"].to_numpy())
    known = found < len(ids)
    known[known] = ids[order][found[known]] == mine["signal_id"].to_numpy()[known]
    at = order[found[known]]  # not those of symbols that were not asked for
    return_pct = np.full(len(ids), np.nan)
    return_pct[at] = mine["return_pct"].to_numpy().astype(np.float64)[known]
    left_at = np.full(len(ids), "NaT", dtype="datetime64[us]")
    left_at[at] = mine["left_at"].to_numpy().astype("datetime64[us]")[known]
    reasons = np.array(mine["reason"].to_pylist(), dtype=object)[known]
    return Aftermath(
        horizon,
        places.matrix(panel.score.shape, return_pct),
        places.latest(len(panel.slots), left_at),
        Counter(reason for reason in reasons if reason is not None),
        len(ids) - len(at),
    )


def _sentiment(stores: SettlingStores, asked: Asked, now: datetime) -> list[SentimentFigures]:
    rows = stores.outcomes.article_scores(asked.window, live=asked.live)
    if asked.symbols is not None:
        rows = rows.filter(
            pa.array(np.isin(rows["symbol"].to_numpy(zero_copy_only=False), list(asked.symbols)))
        )
    if not len(rows):
        return []
    symbol = rows["symbol"].to_numpy(zero_copy_only=False)
    known = Known(
        symbol,
        rows["mic"].to_numpy(zero_copy_only=False),
        rows["known_at"].to_numpy().astype("datetime64[us]"),
    )
    score = rows["score"].to_numpy()
    found = []
    for one in follow(stores.bars, stores.actions, known, Interval.HALF_HOUR):
        window = windows_of(one.entered_at, one.left_at)
        gained = np.where(one.left_at <= instant64(now), one.return_pct, np.nan)
        models, outlets = (
            calibrate(Verdicts(rows[name].to_numpy(zero_copy_only=False), score, gained, window))
            for name in ("model_version", "outlet")
        )
        found.append(SentimentFigures(one.horizon.name, models, outlets))
    return found
