"""What is told about bars that cannot be true, are missing, or jump like a split."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.clock import Instants
from fintech_pipeline.market.bars import (
    ActionKind,
    BarSeries,
    CorporateAction,
    Floats,
    Interval,
    RawBars,
    broken_rows,
)
from fintech_pipeline.market.quality import (
    SPLIT_RATIOS,
    Flaw,
    FlawKind,
    looks_split,
    outside_sessions,
    partial_bars,
    screen,
    split_like_jumps,
    thin_half_hours,
)
from fintech_pipeline.market.resampling import Sessions, resample

Row = tuple[str, float, float, float, float, float]
HALF_HOUR = np.timedelta64(30, "m")
GOOD: Row = ("2025-05-20T14:00", 10, 12, 9, 11, 100)
LATER: Row = ("2025-05-20T14:30", 11, 13, 10, 12, 200)


def instants(*texts: str) -> Instants:
    return np.array(texts, dtype="datetime64[us]")


def bars_of(*rows: Row) -> RawBars:
    numbers = np.array([row[1:] for row in rows], dtype=np.float64).reshape(-1, 5)
    return RawBars("AAPL", Interval.HALF_HOUR, instants(*(row[0] for row in rows)), *numbers.T)


def five_minutes(*texts: str) -> RawBars:
    opened_at = instants(*(f"2025-05-20T{text}" for text in texts))
    price = np.full(len(opened_at), 10.0)
    return RawBars("AAPL", Interval.FIVE_MINUTES, opened_at, *[price] * 5)


def rows_of(bars: RawBars) -> list[Row]:
    names = [str(at)[:16] for at in bars.opened_at]
    return list(zip(names, *(c.tolist() for c in bars.columns()[1:]), strict=True))


def series_of(closes: list[float], opens: list[float] | None = None) -> BarSeries:
    """Half-hour bars from 13:30Z on 2025-05-20, without a session's end."""
    close: Floats = np.array(closes, dtype=np.float64)
    first = close if opens is None else np.array(opens, dtype=np.float64)
    opened_at = instants("2025-05-20T13:30") + np.arange(len(close)) * HALF_HOUR
    high, low = np.maximum(first, close), np.minimum(first, close)
    bars = RawBars("AAPL", Interval.HALF_HOUR, opened_at, first, high, low, close, close)
    return BarSeries(bars, opened_at + HALF_HOUR)


def split(value: float, ex_at: str, kind: ActionKind = ActionKind.SPLIT) -> CorporateAction:
    return CorporateAction(
        "AAPL", datetime.fromisoformat(ex_at).replace(tzinfo=UTC), date(2025, 5, 20), kind, value
    )


def test_good_bars_pass_untouched() -> None:
    bars = bars_of(GOOD, LATER)
    assert screen(bars) == (bars, [])


def test_bars_in_any_order_are_sorted_without_a_flaw() -> None:
    kept, flaws = screen(bars_of(LATER, GOOD))
    assert (rows_of(kept), flaws) == ([GOOD, LATER], [])


@pytest.mark.parametrize(
    "broken",
    [
        ("2025-05-20T14:30", np.nan, 13, 10, 12, 200),
        ("2025-05-20T14:30", 11, np.inf, 10, 12, 200),
        ("2025-05-20T14:30", 11, 9, 10, 12, 200),
        ("2025-05-20T14:30", 11, 13, 0, 12, 200),
        ("2025-05-20T14:30", -11, 13, -12, 12, 200),
        ("2025-05-20T14:30", 11, 13, 10, 12, -1),
        ("2025-05-20T14:30", 11, 13, 10, 12, np.nan),
    ],
)
def test_an_impossible_bar_is_left_out_and_told_with_its_time(broken: Row) -> None:
    kept, [flaw] = screen(bars_of(broken, GOOD))
    assert rows_of(kept) == [GOOD]
    assert (flaw.symbol, flaw.kind, flaw.rows) == ("AAPL", FlawKind.BROKEN, 1)
    assert flaw.sentence == (
        "AAPL: 1 bar was impossible and left out, the first at 2025-05-20 14:30Z."
    )


def test_a_bar_without_a_time_is_impossible() -> None:
    kept, [flaw] = screen(bars_of(("NaT", 10, 12, 9, 11, 100), GOOD))
    assert rows_of(kept) == [GOOD]
    assert flaw.sentence == "AAPL: 1 bar was impossible and left out."


def test_nothing_but_impossible_bars_leaves_nothing() -> None:
    kept, [flaw] = screen(bars_of(("2025-05-20T14:30", 1, 0, 2, 1, 0)))
    assert (len(kept), flaw.kind) == (0, FlawKind.BROKEN)


def test_no_bars_have_no_flaws() -> None:
    assert len(screen(bars_of())[0]) == 0


def test_equal_bars_count_once() -> None:
    kept, [flaw] = screen(bars_of(GOOD, LATER, GOOD, GOOD))
    assert rows_of(kept) == [GOOD, LATER]
    assert (flaw.kind, flaw.rows) == (FlawKind.DUPLICATE, 2)
    assert flaw.sentence.startswith("AAPL: 2 bars were given again and counted once, the first at")


def test_of_bars_that_contradict_each_other_the_last_given_is_kept() -> None:
    other: Row = ("2025-05-20T14:00", 10, 14, 9, 13, 150)
    kept, [flaw] = screen(bars_of(other, GOOD, LATER))
    assert rows_of(kept) == [GOOD, LATER]
    assert (flaw.kind, flaw.rows) == (FlawKind.CONFLICT, 1)
    assert "2025-05-20 14:00Z" in flaw.sentence


def test_each_kind_of_flaw_is_told_once() -> None:
    broken: Row = ("2025-05-20T15:00", 1, 0, 2, 1, 0)
    other: Row = ("2025-05-20T14:00", 10, 14, 9, 13, 150)
    kept, flaws = screen(bars_of(GOOD, other, broken, GOOD, broken, LATER, GOOD))
    assert rows_of(kept) == [GOOD, LATER]
    assert [(flaw.kind, flaw.rows) for flaw in flaws] == [
        (FlawKind.BROKEN, 2),
        (FlawKind.DUPLICATE, 2),
        (FlawKind.CONFLICT, 1),
    ]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["2025-05-20T14:00", "2025-05-20T14:30", "2025-05-20T15:00", "NaT"]),
            *[st.sampled_from([1.0, 2.0, -1.0, np.nan])] * 5,
        ),
        max_size=12,
    )
)
def test_every_row_is_either_kept_or_told_and_what_is_kept_is_good(rows: list[Row]) -> None:
    kept, flaws = screen(bars_of(*rows))
    assert len(kept) + sum(flaw.rows for flaw in flaws) == len(rows)
    assert not broken_rows(kept).any()
    assert (np.diff(kept.opened_at) > np.timedelta64(0)).all()
    assert len({flaw.kind for flaw in flaws}) == len(flaws)
    good = [row for row in rows if row[0] != "NaT" and not broken_rows(bars_of(row))[0]]
    assert rows_of(kept) == sorted({row[0]: row for row in good}.values())


def test_rows_outside_the_sessions_are_told() -> None:
    nat = instants("NaT")
    day = Sessions(
        np.array(["2025-05-20"], dtype="datetime64[D]"),
        instants("2025-05-20T13:30"),
        instants("2025-05-20T20:00"),
        nat,
        nat,
    )
    early: Row = ("2025-05-20T13:00", 10, 12, 9, 11, 100)
    [flaw] = outside_sessions(bars_of(GOOD, early), day)
    assert (flaw.kind, flaw.rows) == (FlawKind.OUTSIDE, 1)
    assert "2025-05-20 13:00Z" in flaw.sentence
    assert outside_sessions(bars_of(GOOD), day) == []


@pytest.mark.parametrize("ratio", [*SPLIT_RATIOS, *(1 / ratio for ratio in SPLIT_RATIOS)])
def test_a_jump_by_a_splits_ratio_is_told(ratio: float) -> None:
    series = series_of([100, 100, 102 / ratio])
    [jump] = split_like_jumps(series, [])
    assert jump.ratio == pytest.approx(ratio)
    assert jump.opened_at == datetime(2025, 5, 20, 14, 30, tzinfo=UTC)


def test_the_sentence_of_a_jump_names_prices_time_and_ratio() -> None:
    [jump] = split_like_jumps(series_of([500, 125]), [])
    assert jump.sentence == (
        "AAPL went from 500 to 125 at 2025-05-20 14:00Z, which looks like a split of 4 for 1"
        " that nobody told of."
    )


def test_a_split_whose_bar_then_moved_is_seen_at_its_open() -> None:
    [jump] = split_like_jumps(series_of([100, 22], opens=[100, 25.2]), [])
    assert jump.ratio == 4


def test_a_crash_that_is_near_no_ratio_is_no_split() -> None:
    assert split_like_jumps(series_of([100, 58, 100]), []) == []


def test_moves_under_30_percent_are_no_splits() -> None:
    assert split_like_jumps(series_of([100, 71, 92, 100]), []) == []


def test_a_known_split_explains_its_jump() -> None:
    series = series_of([500, 125, 126])
    assert split_like_jumps(series, [split(4, "2025-05-20T14:00")]) == []
    assert len(split_like_jumps(series, [split(4, "2025-05-20T14:30")])) == 2
    assert len(split_like_jumps(series, [split(4, "2025-05-19T13:30")])) == 1


def test_a_known_split_that_an_adjusted_price_does_not_show_is_told() -> None:
    [jump] = split_like_jumps(series_of([125, 126]), [split(4, "2025-05-20T14:00")])
    assert jump.ratio == 0.25


def test_rows_in_any_order_show_that_a_price_opened_like_after_a_split() -> None:
    newest_first = series_of([500, 125, 126]).bars[::-1]
    assert looks_split(newest_first, datetime(2025, 5, 20, 14, 0, tzinfo=UTC))
    assert not looks_split(newest_first, datetime(2025, 5, 20, 14, 1, tzinfo=UTC))
    assert not looks_split(newest_first[:1], datetime(2025, 5, 20, tzinfo=UTC))
    newest_first.close[:] = np.nan
    assert not looks_split(newest_first, datetime(2025, 5, 20, tzinfo=UTC))


def test_a_large_dividend_explains_its_fall() -> None:
    paid = split(50, "2025-05-20T14:00", ActionKind.DIVIDEND)
    assert split_like_jumps(series_of([100, 50]), [paid]) == []


def test_one_bar_cannot_jump() -> None:
    assert split_like_jumps(series_of([100]), []) == []


def test_a_half_hour_of_fewer_five_minute_bars_than_trade_in_it_is_thin() -> None:
    session = Sessions(
        np.array(["2025-05-20"], dtype="datetime64[D]"),
        instants("2025-05-20T13:30"),
        instants("2025-05-20T15:10"),
        instants("NaT"),
        instants("NaT"),
    )
    minutes = [f"{13 + m // 60}:{m % 60:02}" for m in range(30, 130, 5)]
    end = datetime(2025, 5, 20, 15, 10, tzinfo=UTC)

    def thin(rows: RawBars, until: datetime = end) -> list[Flaw]:
        made = resample(rows, Interval.HALF_HOUR, session, until)
        return thin_half_hours(made, rows, session)

    whole = five_minutes(*minutes)
    assert len(whole) == 20, "the last half hour of this session has two"
    assert thin(whole) == []
    holes = five_minutes(*(m for m in minutes if m not in {"13:45", "15:05"}))
    (flaw,) = thin(holes)
    assert (flaw.kind, flaw.rows) == (FlawKind.THIN, 2)
    assert flaw.sentence == (
        "AAPL: 2 bars were made of fewer five-minute bars than trade in a half hour, the first at"
        " 2025-05-20 13:30Z."
    )
    (early,) = thin(holes, datetime(2025, 5, 20, 15, 5, tzinfo=UTC))
    assert early.rows == 1, "the last half hour is not over yet"
    assert thin(five_minutes(*minutes, "20:00")) == []
    assert thin(bars_of(GOOD, LATER)) == []


def test_a_day_is_partial_where_rows_of_its_trading_time_are_missing_not_of_its_break() -> None:
    """Tokyo: from 0:00Z to 2:30Z and from 3:30Z to 6:00Z, ten half hours and a lunch."""
    session = Sessions(
        np.array(["2025-05-20"], dtype="datetime64[D]"),
        *(instants(f"2025-05-20T{at}") for at in ("00:00", "06:00", "02:30", "03:30")),
    )
    starts = [f"2025-05-20T{m // 60:02}:{m % 60:02}" for m in range(0, 360, 30)]
    traded = [at for at in starts if not "02:30" <= at[-5:] < "03:30"]

    def partial(opens: list[str]) -> list[bool]:
        rows = bars_of(*((at, 10.0, 12.0, 9.0, 11.0, 100.0) for at in opens))
        made = resample(rows, Interval.DAY, session, datetime(2025, 5, 21, tzinfo=UTC))
        found: list[bool] = partial_bars(made, rows, session).tolist()
        return found

    assert len(traded) == 10
    assert partial(traded) == [False]
    assert partial(traded[:-1]) == [True]
    assert partial([at for at in traded if at != traded[4]]) == [True]
