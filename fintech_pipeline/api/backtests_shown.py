"""Backtests as the API shows them; null where a figure says nothing."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pydantic import Field

from fintech_pipeline.api.examples import shown
from fintech_pipeline.api.signals_shown import Shown


class TermsShown(Shown):
    """What every trade cost, and how large positions were."""

    commission_bps: float
    half_spread_bps: float
    slippage_bps: float
    sizing: str = Field(description="`equal` places, or smaller for who moves more: `volatility`.")
    long_short: bool = Field(description="Whether a sell signal sold short.")
    band: float = Field(description="How far a position drifted before it was traded back.")


class AccountFiguresShown(Shown):
    """What an account came to."""

    return_pct: float
    yearly_return_pct: float | None
    volatility_pct: float | None
    sharpe: float | None = Field(description="A year's, with a riskless rate of 0.")
    drawdown_pct: float = Field(description="The deepest fall from a peak, at most 0.")
    drawdown_days: int = Field(description="The longest time below a peak.")
    turnover: float = Field(description="How often a year the capital was turned over.")
    exposure_pct: float = Field(description="What was held and owed, in the mean.")
    net_pct: float = Field(description="What was held less what was owed, in the mean.")
    cost_pct: float
    trades: int
    days: int


class LuckShown(Shown):
    """What of the Sharpe ratio may be luck, among all that was tried by now."""

    low: float = Field(description="Of the stationary bootstrap's interval.")
    high: float
    level: float
    probabilistic: float = Field(description="The chance that the true one is above 0.")
    deflated: float = Field(description="The chance that it is above `expected_best`.")
    trials: int = Field(description="How many were tried, this one included.")
    expected_best: float = Field(description="What the best of them shows without skill.")
    daily: float = Field(description="The Sharpe ratio of one day.")
    skew: float = Field(description="Of the daily returns.")
    tails: float = Field(description="Their kurtosis; 3 for a normal distribution.")


class StretchShown(Shown):
    """What some of the days came to."""

    name: str
    days: int
    return_pct: float
    benchmark_return_pct: float
    sharpe: float | None
    drawdown_pct: float | None = Field(description="Of days that follow one another.")


class PathShown(Shown):
    """How it went, as columns of one length: at most 500 days."""

    at: list[datetime]
    equity: list[float] = Field(description="What 1 became by trading.")
    benchmark: list[float] = Field(description="What 1 became by holding.")
    drawdown_pct: list[float]


class BacktestGlance(Shown):
    """A backtest in a list."""

    id: int
    strategy: str = Field(description="The strategy's label.")
    interval: str
    from_on: date
    to_on: date
    made_at: datetime
    simulated: bool
    symbols: int = Field(description="How many were traded.")
    long_short: bool
    sizing: str
    return_pct: float
    benchmark_return_pct: float
    sharpe: float | None
    sharpe_low: float | None
    sharpe_high: float | None
    deflated_sharpe: float | None = Field(description="A probability.")
    trials: int | None
    drawdown_pct: float
    verdict: str


class BacktestsShown(Shown):
    """The newest backtests."""

    items: list[BacktestGlance]


class BacktestShown(Shown):
    """A backtest, whole."""

    id: int
    strategy: str
    interval: str
    from_on: date
    to_on: date
    made_at: datetime
    simulated: bool
    verdict: str = Field(description="What it shows, in a sentence.")
    symbols: list[str]
    left_out: dict[str, str] = Field(description="What was not traded, and why.")
    terms: TermsShown
    figures: AccountFiguresShown
    benchmark: AccountFiguresShown = Field(description="Of who held all symbols alike.")
    luck: LuckShown | None
    years: list[StretchShown]
    regimes: list[StretchShown] = Field(
        description="By what the market had been doing until the evening before."
    )
    path: PathShown


def glance(told: Mapping[str, Any]) -> BacktestGlance:
    """The line of a backtest in a list.

    Args:
        told: As `backtest.document` made it, with its id; the path is not looked at.
    """
    luck = told["luck"] or {}
    return BacktestGlance(
        **{
            name: told[name]
            for name in (
                *("id", "strategy", "interval", "from_on", "to_on", "made_at", "simulated"),
                "verdict",
            )
        },
        symbols=len(told["symbols"]),
        long_short=told["terms"]["long_short"],
        sizing=told["terms"]["sizing"],
        return_pct=told["figures"]["return_pct"],
        benchmark_return_pct=told["benchmark"]["return_pct"],
        sharpe=told["figures"]["sharpe"],
        sharpe_low=luck.get("low"),
        sharpe_high=luck.get("high"),
        deflated_sharpe=luck.get("deflated"),
        trials=luck.get("trials"),
        drawdown_pct=told["figures"]["drawdown_pct"],
    )


_FIGURES: dict[str, Any] = {
    "return_pct": 15.8,
    "yearly_return_pct": 2.98,
    "volatility_pct": 4.42,
    "sharpe": 0.69,
    "drawdown_pct": -6.47,
    "drawdown_days": 816,
    "turnover": 5.95,
    "exposure_pct": 41.86,
    "net_pct": 41.86,
    "cost_pct": 2.97,
    "trades": 5258,
    "days": 1258,
}
_HELD = {**_FIGURES, "return_pct": 89.56, "sharpe": 1.15, "turnover": 0.1, "trades": 87}
_WHOLE: dict[str, Any] = {
    "id": 7,
    "strategy": "swing-1",
    "interval": "1d",
    "from_on": "2012-09-04",
    "to_on": "2017-09-01",
    "made_at": "2026-11-28T23:17:40Z",
    "simulated": False,
    "verdict": "Not told apart from luck: the interval of its Sharpe ratio holds 0.",
    "symbols": ["AAPL", "KO"],
    "left_out": {"XYZ": "no bar of it is stored in the range"},
    "terms": {
        "commission_bps": 1.0,
        "half_spread_bps": 2.0,
        "slippage_bps": 2.0,
        "sizing": "equal",
        "long_short": False,
        "band": 0.25,
    },
    "figures": _FIGURES,
    "benchmark": _HELD,
    "luck": {
        "low": -0.12,
        "high": 1.48,
        "level": 0.95,
        "probabilistic": 0.94,
        "deflated": 0.71,
        "trials": 3,
        "expected_best": 0.42,
        "daily": 0.0435,
        "skew": -0.4,
        "tails": 7.1,
    },
    "years": [
        {
            "name": "2013",
            "days": 252,
            "return_pct": 9.05,
            "benchmark_return_pct": 28.64,
            "sharpe": 1.66,
            "drawdown_pct": -3.12,
        }
    ],
    "regimes": [],
    "path": {
        "at": ["2012-09-04T20:00:00Z", "2017-09-01T20:00:00Z"],
        "equity": [1.0, 1.158],
        "benchmark": [1.0, 1.8956],
        "drawdown_pct": [0.0, -0.4],
    },
}
WHOLE = shown(_WHOLE)
LISTED = shown({"items": [glance(_WHOLE).model_dump(mode="json")]})
