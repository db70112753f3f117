"""Bars: what a chart shows, merged by the server to what it can show."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

import numpy as np
import sqlalchemy as sa
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json

from fintech_pipeline.api.parameters import UNKNOWN_SYMBOL, Instant, Symbol, require_order
from fintech_pipeline.api.problems import Refusal, documented
from fintech_pipeline.api.services import Given
from fintech_pipeline.clock import Instants, Window
from fintech_pipeline.market.action_reading import actions_between
from fintech_pipeline.market.bar_reading import StoredBars, bars_between
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.downsampling import Buckets, downsampled
from fintech_pipeline.market.watchlist import symbol_of
from fintech_pipeline.signals.chart_prices import adjusted_bars

router = APIRouter(tags=["instruments"])
USUAL_SPAN = timedelta(days=30)
FINE_SPAN = timedelta(days=62)
"""A longer one is shown in days unless half hours are asked for."""
POINTS, MOST_POINTS = 1000, 5000
FIRST_YEAR, LAST_YEAR = 1900, 2200
InstantText = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class Stored(StrEnum):
    """The intervals that are stored."""

    HALF_HOUR = "30m"
    DAY = "1d"


class Adjustment(StrEnum):
    """What prices are freed of."""

    NONE = "none"
    SPLITS = "splits"
    ALL = "all"


class Bars(BaseModel):
    """Bars in columns of equal length, in order of time; where nothing traded there is none."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "symbol": "AAPL",
                    "interval": "30m",
                    "from_at": "2026-03-02T14:30:00Z",
                    "to_at": "2026-03-02T16:30:00Z",
                    "adjusted": "none",
                    "suspected_split": False,
                    "simulated": False,
                    "providers": ["yahoo"],
                    "stored_bars": 4,
                    "bars_per_bucket": 2,
                    "opened_at": ["2026-03-02T14:30:00Z", "2026-03-02T15:30:00Z"],
                    "closed_at": ["2026-03-02T15:30:00Z", "2026-03-02T16:30:00Z"],
                    "open": [180.1, 181.0],
                    "high": [181.2, 181.4],
                    "low": [179.9, 180.2],
                    "close": [181.0, 180.4],
                    "volume_shares": [120300.0, 98000.0],
                    "bars": [2, 2],
                }
            ]
        },
    )

    symbol: str
    interval: Stored = Field(description="Of the stored bars, of which each bucket merges some.")
    from_at: InstantText = Field(description="What was asked for, UTC.")
    to_at: InstantText = Field(description="Its end, which does not belong to it, UTC.")
    adjusted: Adjustment = Field(
        description="`none`: as traded. `splits`: in the shares of the last bar. `all`: freed of"
        " dividends too, as signals see prices."
    )
    suspected_split: bool = Field(
        description="Whether a jump near the end that looks like a split nobody told of was taken"
        " for one; only where prices are adjusted."
    )
    simulated: bool = Field(description="Whether they are made up.")
    providers: list[str] = Field(description="Who gave them.")
    stored_bars: int = Field(description="How many stored bars lie in the range.")
    bars_per_bucket: int = Field(description="How many of them each bucket merges; 1: none.")
    opened_at: list[InstantText] = Field(description="When the first bar of each opened, UTC.")
    closed_at: list[InstantText] = Field(description="When the last bar of each closed, UTC.")
    open: list[float] = Field(description="Of the first bar.")
    high: list[float] = Field(description="The highest.")
    low: list[float] = Field(description="The lowest.")
    close: list[float] = Field(description="Of the last bar.")
    volume_shares: list[float] = Field(description="The sum.")
    bars: list[int] = Field(description="How many each holds; the last one may hold fewer.")


@router.get(
    "/instruments/{symbol}/bars",
    responses=documented(404),
    response_model=Bars,
)
async def read_bars(
    symbol: Symbol,
    given: Given,
    interval: Annotated[
        Stored | None,
        Query(description="Left out: half hours up to two months, days beyond.", examples=["30m"]),
    ] = None,
    begins: Annotated[
        Instant | None,
        Query(
            alias="from",
            description="With its time zone; left out: 30 days before `to`.",
            examples=["2026-02-01T00:00:00Z"],
        ),
    ] = None,
    ends: Annotated[
        Instant | None,
        Query(
            alias="to",
            description="With its time zone; a bar that closed later is not included. Left out:"
            " now.",
            examples=["2026-03-01T00:00:00Z"],
        ),
    ] = None,
    points: Annotated[
        int, Query(ge=1, le=MOST_POINTS, description="How many buckets at the most.")
    ] = POINTS,
    adjusted: Annotated[
        Adjustment, Query(description="What prices are freed of.")
    ] = Adjustment.NONE,
) -> Response:
    """Bars of a range, merged where there are more than a chart can show.

    Each bucket holds as many whole bars: the first one's open, the highest high, the lowest low,
    the last one's close and the summed volume.
    """
    window = _window(begins, ends, given.clock())
    if interval is None:
        long = window.end - window.start > FINE_SPAN
        interval = Stored.DAY if long else Stored.HALF_HOUR
    asked = Interval(interval)

    def read(connection: sa.Connection) -> tuple[StoredBars | None, bool]:
        stored = bars_between(connection, symbol_of(symbol), asked, window)
        if stored is None or adjusted is Adjustment.NONE:
            return stored, False
        actions = actions_between(connection, stored.bars.symbol, window)
        bars, suspected = adjusted_bars(stored.bars, actions, dividends=adjusted is Adjustment.ALL)
        return StoredBars(bars, stored.closed_at, stored.providers), suspected

    stored, suspected = await given.reads.of(read)
    if stored is None:
        raise Refusal(404, UNKNOWN_SYMBOL)
    shown = downsampled(stored.bars, stored.closed_at, points)
    head = {
        "symbol": stored.bars.symbol,
        "interval": interval,
        "from_at": window.start,
        "to_at": window.end,
        "adjusted": adjusted,
        "suspected_split": suspected,
        "simulated": given.settings.simulated,
        "providers": stored.providers,
        "stored_bars": len(stored.bars),
    }
    return Response(to_json({**head, **_columns(shown)}), media_type="application/json")


def _window(begins: datetime | None, ends: datetime | None, now: datetime) -> Window:
    """What is asked for.

    Raises:
        Refusal: It ends before it begins, or lies where no bar can.
    """
    for name, at in (("from", begins), ("to", ends)):
        if at is not None and not FIRST_YEAR < at.year < LAST_YEAR:
            raise Refusal(
                422, f"The parameter {name} must lie between {FIRST_YEAR} and {LAST_YEAR}."
            )
    end = now if ends is None else ends
    start = end - USUAL_SPAN if begins is None else begins
    require_order(start, end)
    return Window(start, end)


def _columns(shown: Buckets) -> dict[str, object]:
    bars = shown.bars
    return {
        "bars_per_bucket": shown.size,
        "opened_at": _texts(bars.opened_at),
        "closed_at": _texts(shown.closed_at),
        "open": bars.open.tolist(),
        "high": bars.high.tolist(),
        "low": bars.low.tolist(),
        "close": bars.close.tolist(),
        "volume_shares": bars.volume_shares.tolist(),
        "bars": shown.held.tolist(),
    }


def _texts(column: Instants) -> list[str]:
    texts: list[str] = np.datetime_as_string(column, unit="s", timezone="UTC").tolist()
    return texts
