"""Whom a scarce quota goes to, and what is left of it for the close."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.clock import Window
from fintech_pipeline.quota.priorities import Claim, held_back, in_order

DAY = Window(datetime(2025, 11, 10, 5, tzinfo=UTC), datetime(2025, 11, 11, 5, tzinfo=UTC))
HOUR = timedelta(hours=1)
claims = st.lists(
    st.builds(
        Claim,
        st.text("ABC", min_size=1, max_size=3),
        st.none() | st.timedeltas(timedelta(0), timedelta(days=31)),
        st.none() | st.floats(0, 10),
        st.booleans(),
    ),
    unique_by=lambda claim: claim.symbol,
)


def test_the_stalest_comes_first() -> None:
    assert in_order([Claim("A", HOUR), Claim("B", 3 * HOUR), Claim("C", 2 * HOUR)]) == [
        *("B", "C", "A")
    ]


def test_of_two_as_stale_the_one_whose_price_moves_more_comes_first() -> None:
    calm, wild = Claim("A", HOUR, 0.01), Claim("B", HOUR, 0.03)
    assert in_order([calm, wild, Claim("C", HOUR, 0.02)]) == ["B", "C", "A"]


def test_of_two_as_stale_the_one_whose_market_is_open_comes_first() -> None:
    assert in_order([Claim("A", HOUR), Claim("B", HOUR, open=True)]) == ["B", "A"]


def test_who_was_never_asked_for_comes_before_everybody() -> None:
    weeks = Claim("A", timedelta(days=30), 0.05, open=True)
    assert in_order([weeks, Claim("B")]) == ["B", "A"]


@given(claims)
def test_everybody_has_a_place_and_nobody_is_overtaken_by_one_who_waited_far_less(
    some: list[Claim],
) -> None:
    by_symbol = {claim.symbol: claim for claim in some}
    ordered = [by_symbol[symbol] for symbol in in_order(some)]
    assert sorted(by_symbol) == sorted(claim.symbol for claim in ordered)
    waits = [claim.waiting for claim in ordered]
    known = [wait for wait in waits if wait is not None]
    assert waits == [None] * (len(waits) - len(known)) + known
    for place, wait in enumerate(known):
        longest_behind = max(known[place:])
        assert wait.total_seconds() >= longest_behind.total_seconds() * 8 / 27 - 1e-6


def test_what_a_close_needs_is_left_until_it_is_asked_for() -> None:
    before, after = DAY.start + 12 * HOUR, DAY.end
    assert held_back(25, 20, 20, DAY, before) == 20 + 2, "and half of the other five"
    assert held_back(25, 20, 3, DAY, after) == 3
    assert held_back(25, 20, 0, DAY, after) == 0


def test_on_a_day_without_a_close_everything_is_let_out_evenly() -> None:
    kept = [held_back(25, 0, 0, DAY, DAY.start + n * HOUR) for n in (0, 6, 12, 18, 24)]
    assert kept == [25, 18, 12, 6, 0]


def test_more_symbols_than_requests_leave_nothing_for_anything_else() -> None:
    assert held_back(25, 60, 60, DAY, DAY.start + 20 * HOUR) == 25
    assert held_back(25, 60, 35, DAY, DAY.end) == 25


@given(st.integers(1, 500), st.integers(0, 500), st.integers(0, 24 * 60))
def test_what_is_held_back_only_falls_in_the_course_of_a_day(
    per_day: int, closing: int, minute: int
) -> None:
    now = DAY.start + timedelta(minutes=minute)
    earlier = held_back(per_day, closing, closing, DAY, now)
    later = held_back(per_day, closing, closing, DAY, min(DAY.end, now + HOUR))
    assert per_day >= earlier >= later >= min(per_day, closing)
