"""What a vendor's plan allows, and when the next call fits into it. Pure: the time is given.

A second and a minute are rolling: no 60 seconds, wherever they begin, hold more than `per_minute`,
so that it does not matter where the vendor's own minutes begin. A day is the vendor's: from one
midnight of its time zone to the next, 23 or 25 hours where clocks change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from fintech_pipeline.clock import Window
from fintech_pipeline.quota.money import usd

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
LONGEST_WAIT = timedelta(seconds=30)
"""What is worth waiting for, for our own windows and at a vendor's wish."""


class Granted(NamedTuple):
    """A call that was granted.

    Attributes:
        at: From when it may be made (UTC); not in the past where its caller still waits.
        cost: How many requests it counts as.
    """

    at: datetime
    cost: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a plan allows; None is no limit.

    Attributes:
        per_second: Requests in any second.
        per_minute: Requests in any 60 seconds.
        per_day: Requests in a day of the vendor's.
        reset_zone: The IANA time zone whose midnight ends the vendor's day.
        usd_per_day: What its calls may cost in a day of the vendor's; 0 is nothing at all.

    Raises:
        ValueError: A limit is not positive, or the time zone is unknown.
    """

    per_second: int | None = None
    per_minute: int | None = None
    per_day: int | None = None
    reset_zone: str = "UTC"
    usd_per_day: Decimal | None = None

    def __post_init__(self) -> None:
        if any(limit < 1 for limit in self._limits().values()):
            raise ValueError("a limit of requests is at least 1; without one there is no limit")
        zone_of(self.reset_zone)

    def __str__(self) -> str:
        told = [f"{limit} a {window}" for window, limit in self._limits().items()]
        if self.usd_per_day is not None:
            told.append(f"{usd(self.usd_per_day)} a day")
        return ", ".join(told) or "no limit"

    def smallest(self) -> int | None:
        """The most that one call may count as; None where there is no limit."""
        return min(self._limits().values(), default=None)

    def short(self) -> list[tuple[timedelta, int]]:
        """The rolling windows and what each may hold."""
        limits = ((SECOND, self.per_second), (MINUTE, self.per_minute))
        return [(span, limit) for span, limit in limits if limit is not None]

    def _limits(self) -> dict[str, int]:
        every = {"second": self.per_second, "minute": self.per_minute, "day": self.per_day}
        return {window: limit for window, limit in every.items() if limit is not None}


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name.

    Raises:
        ValueError: There is none.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: the name of a folder, "America"
        raise ValueError(f"{name!r} is not a time zone; write it like America/New_York") from None


PLANS: Mapping[str, Allowance] = MappingProxyType(
    {
        "alpha_vantage": Allowance(per_second=1, per_day=25, reset_zone="America/New_York"),
        "newsapi": Allowance(per_second=1, per_day=100),
        "yahoo": Allowance(per_second=2, per_day=8000),
        "edgar": Allowance(per_second=5),
        "rss": Allowance(per_second=1),
        "gemini": Allowance(
            per_minute=15,
            per_day=1000,
            reset_zone="America/Los_Angeles",
            usd_per_day=Decimal(1),
        ),
        "twilio": Allowance(per_second=1, usd_per_day=Decimal(2)),
    }
)
"""The free plan of each vendor; where it publishes none, or a higher one, what is polite."""
PAID_PLANS: Mapping[str, Allowance] = MappingProxyType(
    {
        "alpha_vantage": Allowance(per_minute=75, reset_zone="America/New_York"),
        "newsapi": Allowance(per_second=1),
    }
)
"""The smallest plan that each of them sells: none has a limit a day."""


def vendor_day(allowance: Allowance, instant: datetime) -> Window:
    """The vendor's day around the instant, in UTC; its quota is full again at the end."""
    zone = zone_of(allowance.reset_zone)
    day = instant.astimezone(zone).date()
    return Window(_begin(day, zone), _begin(day + timedelta(days=1), zone))


def left_today(allowance: Allowance, spent_today: int) -> int | None:
    """How many requests the vendor's day still holds; None where it has no limit."""
    return None if allowance.per_day is None else max(0, allowance.per_day - spent_today)


def next_moment(
    allowance: Allowance, recent: Sequence[Granted], cost: int, now: datetime
) -> datetime:
    """The first instant from `now` on at which a call fits into the second and the minute.

    It lies behind every grant there is, so that who came first is first.

    Args:
        allowance: The plan.
        recent: The grants of at least the last minute and all later ones, in any order.
        cost: How many requests the call counts as, at most `allowance.smallest()`.
        now: The present (UTC).
    """
    newest_first = sorted(recent, reverse=True)
    moments = [now, *(granted.at for granted in newest_first[:1])]
    for span, limit in allowance.short():
        held = cost
        for granted in newest_first:
            held += granted.cost
            if held > limit:
                moments.append(granted.at + span)
                break
    return max(moments)


def _begin(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of the day; also where clocks skip or repeat midnight (PEP 495, fold 0)."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
