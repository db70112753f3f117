"""When a signal is bought and sold, and what its holder gains."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.clock import SLOT, Instants, Window, from_instant64, instant64
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.signals.horizons import (
    HORIZONS,
    NOWHERE,
    Horizon,
    TradingRows,
    prices_of,
)

WHEN = pa.timestamp("us", "UTC")
ONE_BAR, ONE_SESSION, FIVE_SESSIONS = HORIZONS[Interval.HALF_HOUR]
NOVEMBER = Window(datetime(2025, 11, 17, tzinfo=UTC), datetime(2025, 12, 20, tzinfo=UTC))
JULY = Window(datetime(2025, 6, 23, tzinfo=UTC), datetime(2025, 7, 20, tzinfo=UTC))


def rows_of(mic: str, window: Window, interval: Interval = Interval.HALF_HOUR) -> TradingRows:
    return TradingRows.of(calendar_of(mic).sessions(window), interval)


def column(*instants: str) -> Instants:
    return np.array([instant64(datetime.fromisoformat(one)) for one in instants])


def trade(rows: TradingRows, known_at: str, horizon: Horizon) -> tuple[str, str]:
    """When it is bought and sold."""
    before = rows.last_before(column(known_at))
    leave = rows.exits(before, horizon)
    assert leave[0] != NOWHERE
    bought, sold = rows.opened_at[before[0] + 1], rows.closed_at[leave[0]]
    return f"{from_instant64(bought):%m-%d %H:%M}", f"{from_instant64(sold):%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("known_at", "horizon", "bought", "sold"),
    [
        # New York in winter trades from 14:30Z to 21:00Z.
        ("2025-11-18T16:00Z", ONE_BAR, "11-18 16:00", "11-18 16:30"),
        ("2025-11-18T16:00Z", ONE_SESSION, "11-18 16:00", "11-19 16:00"),
        ("2025-11-18T16:00Z", FIVE_SESSIONS, "11-18 16:00", "11-25 16:00"),
        # The last slot of a day is traded at the next day's open.
        ("2025-11-18T21:00Z", ONE_BAR, "11-19 14:30", "11-19 15:00"),
        ("2025-11-18T21:00Z", ONE_SESSION, "11-19 14:30", "11-19 21:00"),
        # Over a weekend.
        ("2025-11-21T21:00Z", ONE_BAR, "11-24 14:30", "11-24 15:00"),
        ("2025-11-21T20:00Z", ONE_SESSION, "11-21 20:00", "11-24 20:00"),
        # Thanksgiving is no session, and the Friday after it closes at 18:00Z.
        ("2025-11-26T16:00Z", ONE_SESSION, "11-26 16:00", "11-28 16:00"),
        ("2025-11-26T20:30Z", ONE_SESSION, "11-26 20:30", "11-28 18:00"),
        ("2025-11-28T18:00Z", ONE_SESSION, "12-01 14:30", "12-01 18:00"),
        # What is known two minutes after the slot cannot be traded at the slot.
        ("2025-11-18T16:02Z", ONE_BAR, "11-18 16:30", "11-18 17:00"),
        ("2025-11-18T20:32Z", ONE_BAR, "11-19 14:30", "11-19 15:00"),
    ],
)
def test_a_signal_is_bought_at_the_next_open_and_sold_at_its_horizon(
    known_at: str, horizon: Horizon, bought: str, sold: str
) -> None:
    assert trade(rows_of("XNYS", NOVEMBER), known_at, horizon) == (bought, sold)


@pytest.mark.parametrize(
    ("known_at", "horizon", "bought", "sold"),
    [
        ("2025-07-05T23:30Z", ONE_BAR, "07-05 23:30", "07-06 00:00"),
        ("2025-07-05T12:00Z", ONE_SESSION, "07-05 12:00", "07-06 12:00"),
        ("2025-07-05T12:00Z", FIVE_SESSIONS, "07-05 12:00", "07-10 12:00"),
    ],
)
def test_an_exchange_that_never_closes_has_no_nights(
    known_at: str, horizon: Horizon, bought: str, sold: str
) -> None:
    assert trade(rows_of("XSIM", JULY), known_at, horizon) == (bought, sold)


@pytest.mark.parametrize(
    ("horizon", "sold"),
    list(zip(HORIZONS[Interval.DAY], ["07-01 20:00", "07-08 20:00"], strict=False)),
)
def test_a_days_signal_is_bought_at_the_next_sessions_open(horizon: Horizon, sold: str) -> None:
    rows = rows_of("XNYS", JULY, Interval.DAY)
    # Independence Day is no session; the day before it is a half day.
    assert trade(rows, "2025-06-30T20:00Z", horizon) == ("07-01 13:30", sold)


def test_what_lies_beyond_the_rows_is_nowhere() -> None:
    rows = rows_of("XNYS", NOVEMBER)
    last = np.array([NOWHERE, len(rows) - 2, len(rows) - 1])
    assert rows.exits(last, ONE_BAR).tolist() == [NOWHERE, len(rows) - 1, NOWHERE]
    assert rows.exits(last, ONE_SESSION).tolist() == [NOWHERE] * 3
    empty = rows_of("XNYS", Window(JULY.start, JULY.start))
    assert empty.exits(np.array([0]), ONE_SESSION).tolist() == [NOWHERE]


@given(minutes=st.integers(0, 20 * 24 * 60), horizon=st.sampled_from(HORIZONS[Interval.HALF_HOUR]))
def test_nothing_is_bought_before_it_is_known_nor_sold_before_it_is_bought(
    minutes: int, horizon: Horizon
) -> None:
    rows = rows_of("XNYS", NOVEMBER)
    known_at = np.array([instant64(NOVEMBER.start + timedelta(minutes=minutes))])
    before = rows.last_before(known_at)
    leave = rows.exits(before, horizon)
    assert (rows.opened_at[before + 1] >= known_at).all()
    assert ((leave == NOWHERE) | (leave > before)).all()


OPEN = datetime(2025, 7, 1, 13, 30, tzinfo=UTC)


def bars(symbol: str, *prices: tuple[int, float, float]) -> pa.Table:
    """Bars by the number of half hours after the open, with open and close."""
    return pa.table(
        {
            "symbol": [symbol] * len(prices),
            "closed_at": pa.array([OPEN + (n + 1) * SLOT for n, _, _ in prices], WHEN),
            "open": [opened for _, opened, _ in prices],
            "close": [closed for _, _, closed in prices],
        }
    )


def actions(*told: tuple[str, datetime, float]) -> pa.Table:
    return pa.table(
        {
            "symbol": pa.array(["AAPL"] * len(told), pa.string()),
            "kind": pa.array([kind for kind, _, _ in told], pa.string()),
            "ex_on": pa.array([date(2025, 7, 2)] * len(told)),
            "ex_at": pa.array([at for _, at, _ in told], WHEN),
            "value": pa.array([value for _, _, value in told], pa.float64()),
        }
    )


def gained(stored: pa.Table, told: pa.Table, entry: int, leave: int) -> float:
    rows = rows_of("XNYS", Window(OPEN, OPEN + timedelta(days=3)))
    prices = prices_of(stored, told, rows, ["AAPL", "KO"])
    (found,) = prices.total_return_pct(np.array([entry]), np.array([leave]), np.array([0]))
    return float(found)


TWO_DAYS = bars("AAPL", (0, 100.0, 101.0), (12, 98.0, 104.0), (48, 52.0, 53.0), (60, 54.0, 55.0))
"""The first and last half hour of 1 July, and of 2 July."""
NEXT_OPEN = OPEN + timedelta(days=1)


def test_the_return_is_from_the_open_of_the_entry_to_the_close_of_the_exit() -> None:
    assert gained(TWO_DAYS, actions(), 0, 0) == pytest.approx(1.0)
    assert gained(TWO_DAYS, actions(), 0, 12) == pytest.approx(4.0)


def test_a_split_in_between_is_no_loss() -> None:
    split = actions(("split", NEXT_OPEN, 2.0))
    # One share of 100 became two of 55.
    assert gained(TWO_DAYS, split, 0, 25) == pytest.approx(10.0)
    # Bought after it.
    assert gained(TWO_DAYS, split, 13, 25) == pytest.approx(100.0 * (55 / 52 - 1))
    assert gained(TWO_DAYS, split, 0, 12) == pytest.approx(4.0)


def test_a_dividend_in_between_is_a_gain_and_none_for_who_buys_on_its_day() -> None:
    paid = actions(("dividend", NEXT_OPEN, 3.0))
    assert gained(TWO_DAYS, paid, 0, 25) == pytest.approx(100.0 * ((55 + 3) / 100 - 1))
    assert gained(TWO_DAYS, paid, 13, 25) == pytest.approx(100.0 * (55 / 52 - 1))


def test_a_dividend_on_the_day_of_a_split_is_one_for_each_old_share() -> None:
    both = actions(("split", NEXT_OPEN, 2.0), ("dividend", NEXT_OPEN, 3.0))
    assert gained(TWO_DAYS, both, 0, 25) == pytest.approx(100.0 * ((2 * 55 + 3) / 100 - 1))


def test_a_dividend_after_a_split_is_paid_for_every_new_share() -> None:
    later = actions(("split", OPEN + SLOT, 2.0), ("dividend", NEXT_OPEN, 3.0))
    assert gained(TWO_DAYS, later, 0, 25) == pytest.approx(100.0 * (2 * (55 + 3) / 100 - 1))


def test_a_missing_bar_gives_no_return() -> None:
    assert np.isnan(gained(TWO_DAYS, actions(), 1, 12))
    assert np.isnan(gained(TWO_DAYS, actions(), 0, 11))
    assert np.isnan(gained(TWO_DAYS, actions(), NOWHERE, 12))


def test_a_bar_of_another_exchanges_hours_stands_in_no_row() -> None:
    rows = rows_of("XNYS", Window(OPEN, OPEN + timedelta(days=2)))
    outside = column("2025-07-01T05:00Z", "2025-07-01T13:42Z", "2025-07-09T15:00Z")
    assert rows.holding(outside).tolist() == [NOWHERE, 0, NOWHERE]
