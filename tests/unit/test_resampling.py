"""Resampling along the session, against pandas and against what must hold for any bars."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fintech_pipeline.clock import instant64
from fintech_pipeline.errors import DataQualityError
from fintech_pipeline.market.bars import BarSeries, Interval, RawBars
from fintech_pipeline.market.providers.files.layouts import read_rows
from fintech_pipeline.market.resampling import Sessions, in_trading, resample, slots_ending

END = datetime(2025, 6, 1, tzinfo=UTC)
MINUTE = np.timedelta64(1, "m")


def sessions_of(*spans: tuple[str, str, str | None, str | None]) -> Sessions:
    """Sessions from open, close, and the break's start and end."""
    columns = [
        np.array([s[n] or "NaT" for s in spans], dtype="datetime64[us]") for n in (0, 1, 2, 3)
    ]
    return Sessions(columns[0].astype("datetime64[D]"), *columns)


NEW_YORK = sessions_of(
    ("2025-05-20T13:30", "2025-05-20T20:00", None, None),
    ("2025-05-21T13:30", "2025-05-21T20:00", None, None),
)
TOKYO = sessions_of(
    ("2025-05-20T00:00", "2025-05-20T06:30", "2025-05-20T02:30", "2025-05-20T03:30")
)
ODD = sessions_of(
    ("2025-05-20T03:45", "2025-05-20T10:12", "2025-05-20T05:10", "2025-05-20T05:20"),
    ("2025-05-20T23:10", "2025-05-21T02:00", "2025-05-21T00:40", "2025-05-21T01:15"),
)
"""Open, close and breaks off the grid; one break lies within its half hour."""


def bars_at(
    times: list[str] | pd.DatetimeIndex,
    interval: Interval = Interval.FIVE_MINUTES,
    seed: int = 1,
) -> RawBars:
    """Any possible prices at the times."""
    opened_at = np.array(times, dtype="datetime64[us]")
    random = np.random.default_rng(seed)
    prices = np.exp(random.normal(4, 0.1, (4, len(opened_at))))
    volume = random.lognormal(8, 2, len(opened_at))
    return RawBars(
        "AAPL", interval, opened_at, prices[0], prices.max(0), prices.min(0), prices[3], volume
    )


def every_five_minutes(start: str, end: str) -> pd.DatetimeIndex:
    return pd.date_range(start, end, freq="5min", inclusive="left", unit="us")


def times(instants: np.ndarray[tuple[int], np.dtype[np.datetime64]]) -> list[str]:
    return [str(instant)[5:] for instant in instants.astype("datetime64[m]")]


def frame(bars: RawBars) -> pd.DataFrame:
    columns = dict(zip(("open", "high", "low", "close", "volume"), bars.columns()[1:], strict=True))
    return pd.DataFrame(columns, index=pd.DatetimeIndex(bars.opened_at))


HOW = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}


def test_half_hours_of_a_full_session_are_what_pandas_makes_of_them() -> None:
    bars = bars_at(every_five_minutes("2025-05-20T13:30", "2025-05-20T20:00"))
    made = resample(bars, Interval.HALF_HOUR, NEW_YORK, END)
    expected = frame(bars).resample("30min").agg(HOW)
    pd.testing.assert_frame_equal(frame(made.bars), expected, check_freq=False, rtol=1e-12)
    assert (made.closed_at - made.bars.opened_at == 30 * MINUTE).all()


def test_the_real_bars_become_what_pandas_makes_of_them(shared_data: Path) -> None:
    path = shared_data / "bars/five_minute_2025/BRK.B_5m.csv.gz"
    bars = read_rows(path).of("BRK.B")
    local = frame(bars).tz_localize("UTC").tz_convert("America/New_York")
    at = local.index.to_series()
    days = local.groupby(at.dt.date).agg(HOW)
    opens = at.groupby(at.dt.date).min()
    closes = at.groupby(at.dt.date).max() + pd.Timedelta("5min")
    none = np.full(len(days), np.datetime64("NaT", "us"))
    sessions = Sessions(
        np.array(days.index, dtype="datetime64[D]"),
        opens.dt.tz_convert(None).to_numpy(dtype="datetime64[us]"),
        closes.dt.tz_convert(None).to_numpy(dtype="datetime64[us]"),
        none,
        none,
    )
    day = resample(bars, Interval.DAY, sessions, datetime(2026, 1, 1, tzinfo=UTC))
    assert len(day) == 91
    for column, name in zip(day.bars.columns()[1:], HOW, strict=True):
        assert np.array_equal(column, days[name].to_numpy())
    assert np.array_equal(day.bars.opened_at, sessions.opened_at)
    assert np.array_equal(day.closed_at, sessions.closed_at)
    half = resample(bars, Interval.HALF_HOUR, sessions, datetime(2026, 1, 1, tzinfo=UTC))
    expected = frame(bars).resample("30min").agg(HOW).dropna()
    pd.testing.assert_frame_equal(frame(half.bars), expected, check_freq=False)
    assert len(half) == 90 * 13 + 7


def test_days_from_half_hours_are_days_from_five_minutes() -> None:
    bars = bars_at(every_five_minutes("2025-05-20T13:30", "2025-05-20T20:00"))
    direct = resample(bars, Interval.DAY, NEW_YORK, END)
    half = resample(bars, Interval.HALF_HOUR, NEW_YORK, END)
    steps = resample(half, Interval.DAY, NEW_YORK, END)
    assert np.array_equal(frame(direct.bars).iloc[:, :4], frame(steps.bars).iloc[:, :4])
    assert steps.bars.volume_shares == pytest.approx(direct.bars.volume_shares)
    assert times(direct.bars.opened_at) == ["05-20T13:30"]
    assert times(direct.closed_at) == ["05-20T20:00"]


def test_rows_before_after_and_between_sessions_are_left_out() -> None:
    bars = bars_at([f"2025-05-20T{at}" for at in ("13:25", "13:30", "19:55", "20:00", "23:00")])
    assert in_trading(bars, NEW_YORK).tolist() == [False, True, True, False, False]
    day = resample(bars, Interval.DAY, NEW_YORK, END)
    assert day.bars.volume_shares.tolist() == [bars.volume_shares[1:3].sum()]
    assert not len(resample(bars, Interval.DAY, NEW_YORK[:0], END))


def test_the_lunch_break_makes_no_half_hours() -> None:
    bars = bars_at(every_five_minutes("2025-05-20T00:00", "2025-05-20T06:30"))
    made = resample(bars, Interval.HALF_HOUR, TOKYO, END)
    expected = ["00:30", "01:00", "01:30", "02:00", "02:30", "04:00", "04:30", "05:00", "05:30"]
    assert times(made.closed_at) == [f"05-20T{at}" for at in [*expected, "06:00", "06:30"]]


def test_half_hours_are_clipped_to_trading_time_off_the_grid() -> None:
    bars = bars_at(every_five_minutes("2025-05-20T03:45", "2025-05-21T02:00"))
    made = resample(bars, Interval.HALF_HOUR, ODD, END)
    spans = list(zip(times(made.bars.opened_at), times(made.closed_at), strict=True))
    assert spans[0] == ("05-20T03:45", "05-20T04:00")
    assert ("05-20T05:00", "05-20T05:30") in spans  # the break lies inside
    assert ("05-20T10:00", "05-20T10:12") in spans
    assert spans[-6:] == [
        ("05-20T23:10", "05-20T23:30"),
        ("05-20T23:30", "05-21T00:00"),
        ("05-21T00:00", "05-21T00:30"),
        ("05-21T00:30", "05-21T00:40"),
        ("05-21T01:15", "05-21T01:30"),
        ("05-21T01:30", "05-21T02:00"),
    ]


def test_a_row_counts_where_it_closes_because_only_then_it_is_known() -> None:
    bars = bars_at(["2025-05-20T14:23", "2025-05-20T14:28"])
    made = resample(bars, Interval.HALF_HOUR, NEW_YORK, END)
    assert times(made.closed_at) == ["05-20T14:30", "05-20T15:00"]


def test_a_bar_is_made_only_when_it_is_complete() -> None:
    bars = bars_at(every_five_minutes("2025-05-20T13:30", "2025-05-20T20:00"))
    almost = datetime(2025, 5, 20, 19, 59, tzinfo=UTC)
    assert len(resample(bars, Interval.HALF_HOUR, NEW_YORK, almost)) == 12
    assert not len(resample(bars, Interval.DAY, NEW_YORK, almost))
    assert len(resample(bars, Interval.DAY, NEW_YORK, almost + timedelta(minutes=1))) == 1


def test_a_bar_that_started_before_the_rows_do_is_not_made() -> None:
    since = datetime(2025, 5, 20, 14, 15, tzinfo=UTC)
    bars = bars_at(every_five_minutes("2025-05-20T14:15", "2025-05-21T20:00"))
    half = resample(bars, Interval.HALF_HOUR, NEW_YORK, END, since)
    assert times(half.bars.opened_at)[0] == "05-20T14:30"
    assert times(resample(bars, Interval.DAY, NEW_YORK, END, since).bars.opened_at) == [
        "05-21T13:30"
    ]


def test_bars_of_the_interval_asked_for_stay_as_they_are() -> None:
    given_bars = bars_at(["2025-05-20T13:00", "2025-05-20T13:30"], Interval.HALF_HOUR)
    same = resample(given_bars, Interval.HALF_HOUR, NEW_YORK, END)
    assert [column.tolist() for column in same.bars.columns()] == [
        column[1:].tolist() for column in given_bars.columns()
    ]
    day = bars_at(["2025-05-20T13:30"], Interval.DAY)
    again = resample(day, Interval.DAY, NEW_YORK, END)
    assert [c.tolist() for c in again.bars.columns()] == [c.tolist() for c in day.columns()]
    assert times(again.closed_at) == ["05-20T20:00"]


def test_nothing_finer_is_made_of_coarser_bars() -> None:
    made = resample(bars_at(["2025-05-20T13:30"], Interval.DAY), Interval.HALF_HOUR, NEW_YORK, END)
    assert (len(made), made.interval) == (0, Interval.HALF_HOUR)


def test_rows_out_of_order_are_refused() -> None:
    bars = bars_at(["2025-05-20T13:35", "2025-05-20T13:30"])
    with pytest.raises(DataQualityError, match="AAPL"):
        resample(bars, Interval.DAY, NEW_YORK, END)


def test_a_slot_is_its_own_and_any_other_instant_belongs_to_the_next() -> None:
    instants = np.array(
        ["2025-05-20T14:00", "2025-05-20T14:00:00.000001", "1969-12-31T23:45"],
        dtype="datetime64[us]",
    )
    assert times(slots_ending(instants)) == ["05-20T14:00", "05-20T14:30", "01-01T00:00"]


@st.composite
def anything(draw: st.DrawFn) -> tuple[RawBars, Sessions]:
    """Some five-minute bars, on the grid or off it, in and out of some exchange's sessions."""
    sessions = draw(st.sampled_from([NEW_YORK, TOKYO, ODD]))
    steps = draw(st.sets(st.integers(0, 2 * 24 * 60 - 1), max_size=300))
    instants = np.datetime64("2025-05-20", "us") + np.sort(list(steps)).astype(int) * MINUTE
    return bars_at(instants.tolist(), seed=draw(st.integers(0, 99))), sessions


def rows_of(series: BarSeries) -> list[tuple[bytes, ...]]:
    columns = (*series.bars.columns(), series.closed_at)
    return [tuple(c[n : n + 1].tobytes() for c in columns) for n in range(len(series))]


@settings(deadline=None)
@given(case=anything(), to=st.sampled_from([Interval.HALF_HOUR, Interval.DAY]))
def test_volume_is_kept_and_prices_stay_inside(
    case: tuple[RawBars, Sessions], to: Interval
) -> None:
    bars, sessions = case
    inside = bars[in_trading(bars, sessions)]
    made = resample(bars, to, sessions, END)
    assert made.bars.volume_shares.sum() == pytest.approx(inside.volume_shares.sum())
    if len(inside):
        assert made.bars.high.max() == inside.high.max()
        assert made.bars.low.min() == inside.low.min()
        assert (made.bars.open[0], made.bars.close[-1]) == (inside.open[0], inside.close[-1])


@settings(deadline=None)
@given(
    case=anything(),
    to=st.sampled_from([Interval.HALF_HOUR, Interval.DAY]),
    minute=st.integers(0, 2 * 24 * 60),
)
def test_what_follows_never_changes_a_bar(
    case: tuple[RawBars, Sessions], to: Interval, minute: int
) -> None:
    bars, sessions = case
    until = datetime(2025, 5, 20, tzinfo=UTC) + timedelta(minutes=minute)
    whole = resample(bars, to, sessions, END)
    known_by_then = resample(bars, Interval.FIVE_MINUTES, sessions, until)
    early = resample(known_by_then, to, sessions, until)
    assert rows_of(early) == rows_of(whole)[: int((whole.closed_at <= instant64(until)).sum())]


@settings(deadline=None)
@given(case=anything())
def test_sessions_resampled_one_by_one_give_the_same_bars(
    case: tuple[RawBars, Sessions],
) -> None:
    bars, sessions = case
    whole = rows_of(resample(bars, Interval.HALF_HOUR, sessions, END))
    parts: list[tuple[bytes, ...]] = []
    for n in range(len(sessions)):
        one = sessions[n : n + 1]
        mine = bars[in_trading(bars, one)]
        parts.extend(rows_of(resample(mine, Interval.HALF_HOUR, one, END)))
    assert parts == whole
