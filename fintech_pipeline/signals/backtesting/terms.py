"""On which terms a backtest trades: costs, sizes, and whether it sells short. Pure."""

import math
from dataclasses import asdict, dataclass
from enum import StrEnum

MOST_BPS = 1_000.0
"""Ten per cent of what is traded: dearer than any market a watchlist follows."""


class Sizing(StrEnum):
    """How large a position is."""

    EQUAL = "equal"
    VOLATILITY = "volatility"


@dataclass(frozen=True, slots=True)
class Terms:
    """What every trade costs, and how large positions are.

    Attributes:
        commission_bps: Of what is traded, in basis points.
        half_spread_bps: The half of the spread that who trades at once pays, in basis points.
        slippage_bps: By how much the price moves against the order, in basis points.
        sizing: `equal`: each symbol has the same place in the capital, used or left as cash.
            `volatility`: the place is smaller for who moves more than the others, and larger for
            who moves less, at most twice.
        long_short: Whether a sell signal sells short; else it only ends what is held.
        band: How far a position may drift from its size, as a share of it, before it is traded
            back; in [0, 10].

    Raises:
        ValueError: One sentence: which one is wrong, and what it may be.
    """

    commission_bps: float = 1.0
    half_spread_bps: float = 2.0
    slippage_bps: float = 2.0
    sizing: Sizing = Sizing.EQUAL
    long_short: bool = False
    band: float = 0.25

    def __post_init__(self) -> None:
        for name in ("commission_bps", "half_spread_bps", "slippage_bps"):
            value = getattr(self, name)
            if not (math.isfinite(value) and 0.0 <= value <= MOST_BPS):
                raise ValueError(f"{name} must lie between 0 and {MOST_BPS:g}, not {value!r}")
        if not (math.isfinite(self.band) and 0.0 <= self.band <= 10.0):
            raise ValueError(f"band must lie between 0 and 10, not {self.band!r}")

    @property
    def cost(self) -> float:
        """What a trade costs, as a share of what is traded."""
        return (self.commission_bps + self.half_spread_bps + self.slippage_bps) / 10_000.0

    def plain(self) -> dict[str, float | str | bool]:
        """The terms as they are stored and told."""
        return {**asdict(self), "sizing": str(self.sizing)}
