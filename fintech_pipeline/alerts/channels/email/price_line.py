"""The prices behind an alert, as the picture in a mail shows them. Pure."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Self


@dataclass(frozen=True, slots=True)
class PriceLine:
    """Closes of one symbol, the oldest first, none later than the alert.

    Attributes:
        instants: When each bar closed (UTC), rising.
        closes: The closes, as many.
    """

    instants: tuple[datetime, ...]
    closes: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.instants) != len(self.closes):
            raise ValueError("a price line has as many closes as instants")

    def drawable(self) -> Self | None:
        """The same without closes that are no numbers; None where fewer than two are left."""
        pairs = [
            (instant, close)
            for instant, close in zip(self.instants, self.closes, strict=True)
            if math.isfinite(close)
        ]
        if len(pairs) < 2:
            return None
        instants, closes = zip(*pairs, strict=True)
        return type(self)(instants, closes)

    @property
    def change_pct(self) -> float:
        """From the first close to the last."""
        return (self.closes[-1] / self.closes[0] - 1) * 100 if self.closes[0] else 0.0


PricesOf = Callable[[str, datetime], PriceLine | None]
"""The prices of a symbol up to an instant; None where none are stored."""
