"""Backtests: what trading the signals would have brought, as they are kept."""

from typing import Annotated

from fastapi import APIRouter, Path

from fintech_pipeline.api.backtests_shown import (
    LISTED,
    WHOLE,
    BacktestShown,
    BacktestsShown,
    glance,
)
from fintech_pipeline.api.problems import Refusal, documented
from fintech_pipeline.api.services import Given
from fintech_pipeline.signals.backtesting.backtest_store import backtest_with, newest_backtests

router = APIRouter(tags=["backtests"])
MOST = 50
"""Who wants an older one has its number."""


@router.get("/backtests", responses=LISTED)
async def list_backtests(given: Given) -> BacktestsShown:
    """The newest backtests, the newest first, fifty at the most."""
    found = await given.reads.of(lambda connection: newest_backtests(connection, MOST))
    return BacktestsShown(items=[glance(told) for told in found])


@router.get("/backtests/{number}", responses=WHOLE | documented(404))
async def read_backtest(
    number: Annotated[int, Path(ge=1, le=2**63 - 1, examples=[7])], given: Given
) -> BacktestShown:
    """A backtest with its figures, its path, and what of it may be luck."""
    told = await given.reads.of(lambda connection: backtest_with(connection, number))
    if told is None:
        raise Refusal(404, "No backtest of that id is kept; see GET /api/v1/backtests.")
    return BacktestShown.model_validate(dict(told))
