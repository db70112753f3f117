"""The figures of an account: by day, by year, by the market's state."""

import numpy as np
import pytest

from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.backtesting.accounting import Account
from fintech_pipeline.signals.backtesting.figures import (
    REGIMES,
    UNKNOWN,
    Days,
    Figures,
    days_of,
    falls,
    figures_of,
    market_states,
    regimes_of,
    years_of,
)

START = np.datetime64("2023-12-29T21:00", "us")


def closes(count: int, step: np.timedelta64 | None = None) -> np.ndarray:
    return START + np.arange(count) * (step or np.timedelta64(1, "D"))


def account_of(equity: Floats) -> Account:
    still = np.zeros(len(equity))
    return Account(equity, still + 0.5, still + 0.25, still + 0.02, still + 0.001, still[:, None])


def figures(equity: list[float]) -> Figures:
    at, made = closes(len(equity)), account_of(np.array(equity))
    return figures_of(made, at, days_of(at, made.equity))


def test_half_hours_are_gathered_to_the_days_they_close_in() -> None:
    at = START + np.arange(6) * np.timedelta64(30, "m")
    days = days_of(at, np.array([1.0, 1.1, 1.2, 1.1, 1.32, 1.65]))
    assert [str(day) for day in days.on] == ["2023-12-29"]
    assert days.returns == pytest.approx([0.65])
    at_midnight = days_of(at[:1] + np.timedelta64(3, "h"), np.array([1.1]))
    assert [str(day) for day in at_midnight.on] == ["2023-12-29"]
    across = days_of(at + np.timedelta64(120, "m"), np.array([1.0, 1.1, 1.2, 1.1, 1.32, 1.65]))
    assert [str(day) for day in across.on] == ["2023-12-29", "2023-12-30"]
    assert across.returns == pytest.approx([0.2, 0.375])


def test_a_year_has_as_many_days_as_its_market_is_open() -> None:
    assert days_of(closes(731), np.ones(731)).a_year == pytest.approx(365.25, abs=0.1)
    weekdays = closes(3_650)[np.is_busday(closes(3_650).astype("datetime64[D]"))]
    assert days_of(weekdays, np.ones(len(weekdays))).a_year == pytest.approx(261, abs=1)


def test_the_deepest_fall_and_the_longest_are_those_from_a_peak() -> None:
    told = figures([1.0, 1.2, 0.9, 1.0, 1.25, 1.2, 1.3])
    assert told.drawdown_pct == pytest.approx(-25.0)
    assert told.drawdown_days == 3
    assert figures([1.1, 1.2, 1.3]).drawdown_days == 0
    assert figures([0.9, 0.8, 0.7]).drawdown_days == 2
    assert falls(np.array([0.9, 1.2, 0.6])) == pytest.approx([-0.1, 0.0, -0.5])


def test_what_is_traded_and_paid_is_told_by_the_year_and_in_all() -> None:
    told = figures([1.0] * 366)
    assert told.turnover == pytest.approx(366 * 0.02 / 2 * 365.25 / 365)
    assert told.cost_pct == pytest.approx(36.6)
    assert (told.exposure_pct, told.net_pct) == pytest.approx((50.0, 25.0))
    assert told.sharpe is None
    assert told.yearly_return_pct == pytest.approx(0.0)


def test_a_short_range_is_not_blown_up_to_a_year() -> None:
    assert figures([1.0, 1.1]).yearly_return_pct is None


def days_with(returns: Floats) -> Days:
    return days_of(closes(len(returns)), np.asarray(np.cumprod(1.0 + returns), np.float64))


def test_the_years_returns_make_up_the_whole() -> None:
    rng = np.random.default_rng(1)
    days, held = days_with(rng.normal(0, 0.01, 900)), days_with(rng.normal(0, 0.01, 900))
    years = years_of(days, held)
    assert [year.name for year in years] == ["2023", "2024", "2025", "2026"]
    assert sum(year.days for year in years) == 900
    whole = np.prod([1 + year.return_pct / 100 for year in years])
    assert whole == pytest.approx(np.prod(1 + days.returns))
    assert years[0].sharpe is None


def test_a_days_state_is_what_was_known_the_evening_before() -> None:
    rng = np.random.default_rng(1)
    returns = rng.normal(0, 0.01, 300)
    states = market_states(returns)
    for day in (60, 200, 299):
        changed = returns.copy()
        changed[day:] = 0.3
        assert market_states(changed)[: day + 1].tolist() == states[: day + 1].tolist()


def test_a_market_that_rises_calmly_and_then_falls_wildly_is_called_so() -> None:
    rng = np.random.default_rng(1)
    calm = 0.004 + rng.normal(0, 0.001, 150)
    wild = -0.02 + rng.normal(0, 0.03, 60)
    names = [REGIMES[state] for state in market_states(np.append(calm, wild))]
    assert names[:50] == [UNKNOWN] * 50
    assert set(names[50:150]) <= {"calm and rising", "wild and rising"}
    assert names[-1] == "wild and falling"
    parts = regimes_of(days_with(np.append(calm, wild)), days_with(np.append(calm, wild)))
    assert sum(part.days for part in parts) == 210
