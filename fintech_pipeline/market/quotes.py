"""Quotes: a last price without a bar. Pure."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from fintech_pipeline.errors import DataQualityError


@dataclass(frozen=True, slots=True)
class Quote:
    """The last price of one symbol that a provider knows.

    Attributes:
        symbol: Our symbol.
        price: In the instrument's currency, not adjusted.
        as_of_at: The instant the price is of, or the last one it can be of (UTC).
        previous_close: The last price of the session before; None where the provider has none.
        volume_shares: Shares traded in the session up to then; None where the provider has none.

    Raises:
        DataQualityError: A price is not a positive finite number, the volume is negative or not
            finite, or the instant is not UTC.
    """

    symbol: str
    price: float
    as_of_at: datetime
    previous_close: float | None = None
    volume_shares: float | None = None

    def __post_init__(self) -> None:
        prices = (self.price, self.previous_close)
        if any(price is not None and not 0 < price < math.inf for price in prices):
            raise DataQualityError(f"{self.symbol}'s quote has an impossible price")
        if self.volume_shares is not None and not 0 <= self.volume_shares < math.inf:
            raise DataQualityError(f"{self.symbol}'s quote has an impossible volume")
        if self.as_of_at.utcoffset() != timedelta(0):
            raise DataQualityError(f"{self.symbol}'s quote has an instant that is not in UTC")
