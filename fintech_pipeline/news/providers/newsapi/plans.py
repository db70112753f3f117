"""What NewsAPI's plans allow. Source: newsapi.org/pricing and its documentation, November 2026."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

PlanName = Literal["developer", "business"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What one plan allows.

    Attributes:
        name: As it stands in the configuration.
        delay: How far behind its publication an article can usually be had.
        reach: How far back articles go.
        most_results: How many results of one query are given at most.
    """

    name: PlanName
    delay: timedelta
    reach: timedelta
    most_results: int


PLANS: dict[PlanName, Plan] = {
    # 100 requests a day; for development only, never for production.
    "developer": Plan("developer", timedelta(hours=24), timedelta(days=30), 100),
    # Sold as real-time: the quarter of an hour is our caution. More pages than ten are a flood.
    "business": Plan("business", timedelta(minutes=15), timedelta(days=5 * 365), 1_000),
}
