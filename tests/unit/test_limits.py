"""A token bucket gives what it promises: a rate in the long run, a tenth of a minute at once."""

from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.api.limits import MOST_CLIENTS, Buckets


class Clock:
    """Seconds that pass when a test says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@given(
    st.integers(1, 600),
    st.lists(st.floats(0, 30, allow_nan=False), min_size=1, max_size=200),
)
def test_never_more_than_the_burst_and_the_rate_together(
    per_minute: int, pauses: list[float]
) -> None:
    clock = Clock()
    buckets, granted = Buckets(per_minute, clock), 0
    for pause in pauses:
        clock.now += pause
        granted += buckets.wait_seconds("203.0.113.7") == 0.0
    assert granted <= max(1, per_minute / 10) + per_minute * sum(pauses) / 60 + 1e-6


@given(st.integers(1, 600))
def test_who_waits_as_long_as_told_is_let_in(per_minute: int) -> None:
    clock = Clock()
    buckets = Buckets(per_minute, clock)
    for _ in range(200):
        wait = buckets.wait_seconds("203.0.113.7")
        clock.now += wait + 1e-6
        assert wait == 0.0 or buckets.wait_seconds("203.0.113.7") == 0.0


def test_the_addresses_of_one_customer_share_a_bucket() -> None:
    buckets = Buckets(10, Clock())
    assert buckets.wait_seconds("2001:db8:0:1::1") == 0.0
    assert buckets.wait_seconds("2001:db8:0:1:ffff::2%eth0") > 0.0
    assert buckets.wait_seconds("2001:db8:0:2::1") == 0.0
    assert buckets.wait_seconds("203.0.113.7") == 0.0
    assert buckets.wait_seconds("::ffff:203.0.113.7") > 0.0
    assert buckets.wait_seconds("-") == 0.0


def test_what_is_remembered_of_strangers_is_bounded() -> None:
    buckets = Buckets(10, Clock())
    for number in range(MOST_CLIENTS + 10):
        buckets.wait_seconds(f"10.{number // 65536}.{number // 256 % 256}.{number % 256}")
    assert len(buckets._left) == MOST_CLIENTS


def test_a_bucket_holds_what_it_is_told_to_hold() -> None:
    clock = Clock()
    buckets = Buckets(10, clock, at_once=3)
    waits = [buckets.wait_seconds("203.0.113.7") for _ in range(4)]
    assert waits == [0.0, 0.0, 0.0, 6.0]


def test_who_only_looks_takes_nothing() -> None:
    clock = Clock()
    buckets = Buckets(10, clock, at_once=1)
    assert [buckets.wait_seconds("203.0.113.7", take=False) for _ in range(3)] == [0.0] * 3
    assert buckets.wait_seconds("203.0.113.7") == 0.0
    assert buckets.wait_seconds("203.0.113.7", take=False) == 6.0
