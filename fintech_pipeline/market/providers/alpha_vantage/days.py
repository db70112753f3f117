"""When the free plan asks for a symbol's days: once a session, and again where they lacked. Pure.

An answer holds the last hundred sessions, so nothing new is in the next one until a session has
closed; a tick every half hour must not ask for what it has.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from fintech_pipeline.clock import Window, from_instant64
from fintech_pipeline.market.closings import newest_closing
from fintech_pipeline.market.finished import due_sessions
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument

FIRST_PAUSE = timedelta(hours=3)
"""How long a day that lacked is given to appear. The vendor states no time."""


@dataclass(frozen=True, slots=True)
class Due:
    """The days of one symbol that a window needs.

    Attributes:
        symbol: Ours.
        first_at: When the first of its sessions opened (UTC).
        last_at: When the last one opened.
        ready_at: Since when the newest day of the exchange is there.
        newest: Whether the window's last session is the exchange's newest one.
    """

    symbol: str
    first_at: datetime
    last_at: datetime
    ready_at: datetime
    newest: bool

    def edges(self) -> list[tuple[str, datetime]]:
        """Whose days, where stored, make asking pointless."""
        opens = [self.last_at] if self.newest else [self.first_at, self.last_at]
        return [(self.symbol, opened_at) for opened_at in opens]

    def there(self, stored: Collection[tuple[str, datetime]]) -> bool:
        """Whether nothing lacks. A new listing has no first day; its past is not asked for again.

        Args:
            stored: The symbols and opens of which there is a day.
        """
        return all(edge in stored for edge in self.edges())

    def again_at(self, asked_at: datetime) -> datetime:
        """When it is worth asking again for a newest day that the last answer lacked (UTC).

        Args:
            asked_at: When it was asked for, after `ready_at`; the pauses grow, so that a symbol
                that trades no more costs three requests a day.
        """
        return asked_at + max(FIRST_PAUSE, 2 * (asked_at - self.ready_at))


def due_in(instrument: Instrument, window: Window, now: datetime, delay: timedelta) -> Due | None:
    """What the window needs of the symbol's days; None where no session of it has ended.

    Args:
        instrument: Whose days.
        window: In UTC.
        now: The present (UTC).
        delay: How far behind a close the vendor usually is.
    """
    calendar = calendar_of(instrument.mic)
    sessions = calendar.sessions(window)
    opens = sessions.opened_at[due_sessions(sessions, window, now, delay)]
    newest = newest_closing(calendar, now, delay)
    if not len(opens) or newest is None:
        return None
    first_at, last_at = from_instant64(opens[0]), from_instant64(opens[-1])
    return Due(instrument.symbol, first_at, last_at, newest.ready_at, last_at == newest.opened_at)
