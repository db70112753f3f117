"""What a model sees of a symbol at a slot: what the signal saw, and how far prices moved. Pure."""

import numpy as np

from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.components import USUAL_SESSIONS, PriceReadings
from fintech_pipeline.signals.news_readings import NewsReadings
from fintech_pipeline.signals.prices import PriceMatrix
from fintech_pipeline.signals.strategy import PRICE_COMPONENTS, REGIME_INDICATORS

STEPS = 8
"""How many of the last bars are seen one by one."""
MOVES = tuple(f"move_{back}" for back in range(STEPS))
"""The logarithm of close over open of the bar, of the one before it, and so on."""
FEATURES = (
    *PRICE_COMPONENTS,
    *REGIME_INDICATORS,
    "news",
    "news_surprise",
    "range",
    "recent_range",
    "usual_range",
    "usual_next_range",
    "usual_second_range",
    "seasonal_range",
    "place",
    *MOVES,
)
"""In the order of the columns. Before the moves stand the logarithm of the bar's range, its mean
over the last 13 rows, its mean in the sessions before at the row's place, at the next and at the
one after, what the last rows say with the usual shape of the day taken into account, and the row's
place in its session."""
RANGES = (
    "recent_range",
    "usual_range",
    "usual_next_range",
    "usual_second_range",
    "seasonal_range",
)
"""The ranges of before, by which one of later may be guessed without any model."""
RECENT_ROWS = 13
LEAST_RANGE = 1e-5
"""A bar that did not move counts as having moved so far: a logarithm needs something."""


def log_range(high: Floats, low: Floats) -> Floats:
    """The logarithm of ln(high / low), by which Parkinson (1980) measures volatility."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.log(np.maximum(np.log(high / low), LEAST_RANGE))
    return found


def features(
    prices: PriceMatrix, readings: PriceReadings, news: NewsReadings, span: slice
) -> Floats:
    """The features of some rows of a block.

    Args:
        prices: The block's prices.
        readings: What they say.
        news: What the news says, of the span's rows.
        span: The rows.

    Returns:
        (row, symbol, feature) in the order of `FEATURES`; NaN where one is not known.
    """
    ranges = log_range(prices.high, prices.low)
    recent = _recent(ranges)
    usual, at_next, at_second = (_usual(ranges, prices, ahead) for ahead in range(3))
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.log(prices.close / prices.open)
    place = np.broadcast_to(prices.place[:, None].astype(np.float64), ranges.shape)
    columns = [
        *(readings.values[name][span] for name in PRICE_COMPONENTS),
        *(readings.regimes[name][span] for name in REGIME_INDICATORS),
        news.news,
        news.surprise,
        ranges[span],
        recent[span],
        usual[span],
        at_next[span],
        at_second[span],
        # By how much the last rows differ from what is usual at theirs, at the place of the next.
        (recent - _recent(usual) + at_next)[span],
        place[span],
        *(_back(moved, back)[span] for back in range(STEPS)),
    ]
    return np.stack(columns, axis=2)


def _back(values: Floats, rows: int) -> Floats:
    """The values so many rows ago; NaN where the block has none."""
    found = np.full(values.shape, np.nan)
    found[rows:] = values[: len(values) - rows]
    return found


def _recent(ranges: Floats) -> Floats:
    """The mean of the last rows, of those that have a bar; the row's own is among them."""
    total, count = _sums(ranges)
    first = np.maximum(np.arange(len(ranges)) - RECENT_ROWS + 1, 0)
    with np.errstate(invalid="ignore"):
        found: Floats = (total[1:] - total[first]) / (count[1:] - count[first])
    return found


def _usual(ranges: Floats, prices: PriceMatrix, ahead: int) -> Floats:
    """The mean of the sessions before at the place some rows ahead of each row's.

    Beyond the session's end it is that of the next one's first rows.
    """
    session = prices.session - prices.session[0]
    places = int(prices.place.max()) + 1
    laid = np.full((int(session[-1]) + 1, places, ranges.shape[1]), np.nan)
    laid[session, prices.place] = ranges
    total, count = _sums(laid)
    first = np.maximum(np.arange(len(laid)) - USUAL_SESSIONS[prices.interval], 0)
    with np.errstate(invalid="ignore"):
        means = (total[:-1] - total[first]) / (count[:-1] - count[first])
    found: Floats = means[session, (prices.place + ahead) % places]
    return found


def _sums(values: Floats) -> tuple[Floats, Floats]:
    """What is known above each row, summed and counted; one row more than there are."""
    known = np.isfinite(values)
    nothing = np.zeros((1, *values.shape[1:]))
    return (
        np.concatenate([nothing, np.cumsum(np.where(known, values, 0.0), axis=0)]),
        np.concatenate([nothing, np.cumsum(known, axis=0)]),
    )
