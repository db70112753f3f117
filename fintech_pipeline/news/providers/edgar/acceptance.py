"""When EDGAR accepted a filing, out of a field that says UTC and is not always. Pure.

`acceptanceDateTime` ends in `Z`. Compared with the headers of 64,936 filings (which are Eastern
time), it is true UTC for 624 of 808 companies, and New York's wall clock with a Z for 181; nearly
always the same for all filings of one company (public measurement of September 2026, issue 115 of
john-friedman/datamule-python; issue 557 of dgunning/edgartools shows one of each). Nothing in the
text tells which, but EDGAR's own rules do: it accepts filings from 6:00 to 22:00 Eastern, and dates
those accepted after 17:30 with the next business day (Regulation S-T, rules 12 and 13).

Reading Eastern time as UTC would make a filing known four or five hours too early. So the reading
is chosen that breaks those rules less often in all filings of the company, and where both fit, the
later one: New York's clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
_OPENS, _CLOSES, _DATED_TOMORROW = time(6), time(22), time(17, 30)
_DATED_THE_SAME_DAY = frozenset({"3", "4", "5", "144"})
"""Forms that keep the day's date until 22:00."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What EDGAR says of one filing's time.

    Attributes:
        form: The form, which decides what is dated tomorrow.
        clock: The date and time as written, the Z disregarded.
        filed_on: The filing date, New York's; None where unknown.
    """

    form: str
    clock: datetime
    filed_on: date | None


def is_utc(stamps: Iterable[Stamp]) -> bool:
    """Whether one company's stamps are true UTC rather than New York's clock."""
    known = list(stamps)
    as_utc = sum(_breaks(s, s.clock.replace(tzinfo=UTC).astimezone(EASTERN)) for s in known)
    as_eastern = sum(_breaks(s, s.clock.replace(tzinfo=EASTERN)) for s in known)
    return as_utc < as_eastern


def accepted_at(clock: datetime, *, utc: bool) -> datetime:
    """The instant (UTC) of a date and time as written.

    In the hour that New York's clock shows twice, which lies outside EDGAR's hours, the first.
    """
    return clock.replace(tzinfo=UTC if utc else EASTERN).astimezone(UTC)


def _breaks(stamp: Stamp, eastern: datetime) -> int:
    """How many of EDGAR's rules the filing would break, had it been accepted then."""
    broken = int(not _OPENS <= eastern.time() <= _CLOSES)
    if stamp.filed_on is None or stamp.form.removesuffix("/A") in _DATED_THE_SAME_DAY:
        return broken
    late = eastern.time() > _DATED_TOMORROW
    workday = eastern.weekday() < 5
    if workday and not late:
        return broken + (stamp.filed_on != eastern.date())
    return broken + (stamp.filed_on <= eastern.date())
