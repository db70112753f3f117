"""Asking again: what is repeated, after which pause, and when a vendor is left alone."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from fintech_pipeline.errors import (
    Paused,
    PremiumOnly,
    QuotaExhausted,
    RateLimited,
    Unavailable,
)
from fintech_pipeline.quota.allowances import Allowance
from fintech_pipeline.quota.circuit import Circuit
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.storage.database import Database, connect
from tests.vendors.conftest import (
    BUSY,
    CALL,
    GOOD,
    MakeCaller,
    SteppingClock,
    accepts,
    failure,
    states,
)
from tests.vendors.loopback import says, serving


def test_a_busy_vendor_is_asked_again_with_a_grant_of_its_own(
    make_caller: MakeCaller, database: Database, clock: SteppingClock
) -> None:
    with serving(BUSY, GOOD) as vendor:
        assert make_caller(vendor.url).ask(CALL, accepts).status == 200
    assert len(vendor.requests) == 2
    assert states(database) == ["made", "made"]
    assert len(clock.slept) == 1
    assert 1 <= clock.slept[0] <= 2


def test_a_vendor_that_stays_busy_is_asked_three_times(
    make_caller: MakeCaller, clock: SteppingClock
) -> None:
    with serving(BUSY) as vendor:
        error = failure(make_caller(vendor.url))
    assert type(error) is Unavailable
    told = "vendor answered the call for daily bars of AAPL with HTTP 503; ask again later."
    assert str(error) == told
    assert len(vendor.requests) == 3
    assert 2 <= clock.slept[1] <= 4


def test_repeating_spends_the_day_and_stops_with_it(make_caller: MakeCaller) -> None:
    with serving(BUSY) as vendor:
        error = failure(make_caller(vendor.url, Allowance(per_day=2)))
    assert isinstance(error, QuotaExhausted)
    assert len(vendor.requests) == 2


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_a_pause_in_seconds_is_kept(
    make_caller: MakeCaller, clock: SteppingClock, status: str
) -> None:
    with serving(says(status=status, Retry_After="7"), GOOD) as vendor:
        make_caller(vendor.url).ask(CALL, accepts)
    assert len(clock.slept) == 1
    assert 7 <= clock.slept[0] <= 8


def test_a_pause_until_a_date_is_kept(make_caller: MakeCaller, clock: SteppingClock) -> None:
    date = format_datetime(clock() + timedelta(seconds=20), usegmt=True)
    with serving(says(status="429 Too Many Requests", Retry_After=date), GOOD) as vendor:
        make_caller(vendor.url).ask(CALL, accepts)
    assert len(clock.slept) == 1
    assert 15 <= clock.slept[0] <= 21


def test_without_a_word_how_long_the_pause_is_five_seconds(
    make_caller: MakeCaller, clock: SteppingClock
) -> None:
    with serving(says(status="429 Too Many Requests", Retry_After="soon"), GOOD) as vendor:
        make_caller(vendor.url).ask(CALL, accepts)
    assert 5 <= clock.slept[0] <= 6


def test_a_long_pause_is_told_and_holds_for_every_pod(
    make_caller: MakeCaller, database: Database
) -> None:
    with serving(says(status="429 Too Many Requests", Retry_After="3600")) as vendor:
        error = failure(make_caller(vendor.url))
        assert isinstance(error, RateLimited)
        assert error.retry_after == timedelta(hours=1)
        assert "it asks for a pause of 3600 s" in str(error)
        other = connect(database.url)
        assert isinstance(failure(make_caller(vendor.url, ledger=Ledger(other))), Paused)
        other.close()
    assert len(vendor.requests) == 1


def test_a_pause_of_a_year_is_not_believed(make_caller: MakeCaller) -> None:
    with serving(says(status="429 Too Many Requests", Retry_After="31536000")) as vendor:
        error = failure(make_caller(vendor.url))
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(hours=6)


def test_a_failing_vendor_is_left_alone_in_the_middle_of_the_attempts(
    make_caller: MakeCaller,
) -> None:
    with serving(BUSY) as vendor:
        caller = make_caller(vendor.url, circuit=Circuit(failures=2))
        assert isinstance(failure(caller), Paused)
        assert "it failed 2 times in a row; nothing was asked." in str(failure(caller))
    assert len(vendor.requests) == 2


def test_a_refusal_of_the_vendors_own_is_not_repeated(
    make_caller: MakeCaller, database: Database
) -> None:
    with serving(GOOD) as vendor, pytest.raises(PremiumOnly, match=r"^not in our plan\.$"):
        make_caller(vendor.url).ask(CALL, lambda _: PremiumOnly("not in our plan."))
    assert len(vendor.requests) == 1
    assert states(database) == ["refused"]


def test_a_vendor_that_says_its_day_is_spent_is_believed(
    make_caller: MakeCaller, clock: SteppingClock
) -> None:
    spent = QuotaExhausted("vendor says so.", clock() + timedelta(hours=2))
    with serving(GOOD) as vendor:
        with pytest.raises(QuotaExhausted):
            make_caller(vendor.url).ask(CALL, lambda _: spent)
        assert "it says itself that its quota is spent." in str(failure(make_caller(vendor.url)))
    assert len(vendor.requests) == 1
