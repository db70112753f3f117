"""Whom a scarce quota goes to, and what must be left of it. Pure.

A vendor's day of few requests is spent by two rules.

- **Whom.** The symbol that has waited longest comes first, longer waits counting more where prices
  move more and where the market is open. The weights span little, so nobody starves.
- **When.** What the sessions that end in this day will need, one request for each symbol, is kept
  for their close. What is left beyond that is let out evenly over the day, so that the night does
  not spend it on news.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from fintech_pipeline.clock import Window

CALMEST, WILDEST = 2 / 3, 3 / 2
"""What the wait of the calmest and of the wildest symbol counts; the median one's counts once."""
OPEN = 1.5
"""What a wait counts more while the symbol's market is open."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one symbol has to say for itself.

    Attributes:
        symbol: Ours.
        waiting: Since it was last asked for; None for never, or not for a month.
        volatility: The standard deviation of its daily returns; None where unknown.
        open: Whether its exchange trades now.
    """

    symbol: str
    waiting: timedelta | None = None
    volatility: float | None = None
    open: bool = False


def in_order(claims: Sequence[Claim]) -> list[str]:
    """The symbols in the order in which the quota is spent on them.

    Who was never asked for comes first. A symbol is overtaken only by one that has waited at least
    8/27 as long: the quotient of the smallest and the largest weight.
    """
    known = [claim.volatility for claim in claims if claim.volatility]
    usual = median(known) if known else 0.0

    def rank(claim: Claim) -> tuple[bool, float, str]:
        ratio = claim.volatility / usual if claim.volatility and usual else 1.0
        weight = min(max(ratio, CALMEST), WILDEST) * (OPEN if claim.open else 1.0)
        waited = 1.0 if claim.waiting is None else claim.waiting.total_seconds()
        return claim.waiting is not None, -waited * weight, claim.symbol

    return [claim.symbol for claim in sorted(claims, key=rank)]


def held_back(per_day: int, closing: int, outstanding: int, day: Window, now: datetime) -> int:
    """How many of a day's requests a call must leave that is not for a close.

    Args:
        per_day: What the plan allows.
        closing: For how many symbols a session ends in the day.
        outstanding: How many of these have still to be asked for.
        day: The vendor's.
        now: An instant of it (UTC).
    """
    beyond = max(0, per_day - closing)
    let_out = math.ceil(beyond * ((now - day.start) / (day.end - day.start)))
    return min(per_day, outstanding + beyond - let_out)
