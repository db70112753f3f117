"""A quote that cannot be true is refused."""

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest

from fintech_pipeline.errors import DataQualityError
from fintech_pipeline.market.quotes import Quote

AT = datetime(2025, 11, 28, 18, 0, tzinfo=UTC)


def test_a_quote_may_lack_all_but_its_price() -> None:
    quote = Quote("AAPL", 271.5, AT)
    assert (quote.previous_close, quote.volume_shares) == (None, None)


@pytest.mark.parametrize("price", [0.0, -1.0, math.nan, math.inf])
def test_a_price_is_a_positive_finite_number(price: float) -> None:
    with pytest.raises(DataQualityError, match="AAPL's quote has an impossible price"):
        Quote("AAPL", price, AT)
    with pytest.raises(DataQualityError, match="impossible price"):
        Quote("AAPL", 1.0, AT, previous_close=price)


@pytest.mark.parametrize("volume", [-1.0, math.nan, math.inf])
def test_a_volume_is_a_finite_number_and_not_negative(volume: float) -> None:
    with pytest.raises(DataQualityError, match="impossible volume"):
        Quote("AAPL", 1.0, AT, volume_shares=volume)


@pytest.mark.parametrize("zone", [None, timezone(timedelta(hours=-5))])
def test_its_instant_is_utc(zone: timezone | None) -> None:
    with pytest.raises(DataQualityError, match="not in UTC"):
        Quote("AAPL", 1.0, AT.replace(tzinfo=zone))
