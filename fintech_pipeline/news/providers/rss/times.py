"""The times that feeds write. Pure.

RSS 2.0 asks for RFC 822 (`Tue, 24 Nov 2026 10:00:00 EST`), Atom and Dublin Core for ISO 8601.
Publishers write either into both, some without a zone.
"""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

_TIME_OF_DAY = re.compile(r"\d:\d\d", re.ASCII)
_LONGEST = 60


class Written(NamedTuple):
    """An instant as a feed wrote it.

    Attributes:
        at: The instant (UTC).
        zoned: Whether the feed said its zone; without one it is taken as UTC.
    """

    at: datetime
    zoned: bool


def read_time(text: str) -> Written | None:
    """The instant of a feed's text; None where there is none or it names only a day."""
    text = text.strip()
    if len(text) > _LONGEST or not _TIME_OF_DAY.search(text):
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            instant = read(text)
            aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
            return Written(aware.astimezone(UTC), zoned=instant.tzinfo is not None)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return None
