"""Spans of time as a person writes them: `30m`, `2h`, `1d 12h`. Pure."""

import re
from datetime import timedelta
from functools import lru_cache

_PART = re.compile(r"(\d{1,6})\s*([wdhm])")
_WHOLE = re.compile(rf"(?:{_PART.pattern}\s*)+")
_UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
}


@lru_cache(maxsize=4096)
def span_of(text: str) -> timedelta:
    """The span that the text means: weeks, days, hours and minutes, the greatest first.

    Args:
        text: Such as `45m`, `2h`, `1d 12h`.

    Raises:
        ValueError: It means none.
    """
    parts = _PART.findall(text)
    units = [unit for _, unit in parts]
    if not _WHOLE.fullmatch(text.strip()) or units != [unit for unit in _UNITS if unit in units]:
        raise ValueError(f'"{text}" is no span of time; write it like 45m, 2h or 1d 12h')
    return sum((int(count) * _UNITS[unit] for count, unit in parts), timedelta(0))


def written(span: timedelta) -> str:
    """The span as `span_of` reads it, to the minute; in days rather than weeks.

    Args:
        span: Not negative.
    """
    minutes = span // _UNITS["m"]
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    parts = [f"{count}{unit}" for count, unit in ((days, "d"), (hours, "h"), (rest, "m")) if count]
    return " ".join(parts) or "0m"
