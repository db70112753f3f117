"""When the free plan asks for a symbol's days: once a session, and again where they lacked. Pure.

An answer holds the last hundred sessions, so nothing new is in the next one until a session has
closed; a tick every half hour must not ask for what it has.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fintech_pipeline.clock import Window, from_instant64
from fintech_pipeline.market.closings import LONGEST_PAUSE, closings
from fintech_pipeline.market.finished import due_sessions
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.market.watchlist import Instrument

FIRST_PAUSE = timedelta(hours=1)
"""How long a day that lacked is given to appear. The vendor states no time."""
SCOUTS = 2
"""So many symbols find out that a vendor is late; one alone may have been suspended."""


@dataclass(frozen=True, slots=True)
class Due:
    """The days of one symbol that a window needs.

    Attributes:
        symbol: Ours.
        first_at: When the first of its sessions opened (UTC).
        last_at: When the last one opened.
        before_at: When the exchange's session before its newest one opened; None where unknown.
        ready_at: Since when the newest day of the exchange is there.
        newest: Whether the window's last session is the exchange's newest one.
    """

    symbol: str
    first_at: datetime
    last_at: datetime
    before_at: datetime | None
    ready_at: datetime
    newest: bool

    def edges(self) -> list[tuple[str, datetime]]:
        """Whose days, where stored, make asking pointless."""
        opens = [self.last_at] if self.newest else [self.first_at, self.last_at]
        return [(self.symbol, opened_at) for opened_at in opens]

    def before(self) -> list[tuple[str, datetime]]:
        """The day before the newest one, whose being there shows that the symbol is traded."""
        return [(self.symbol, self.before_at)] if self.newest and self.before_at else []

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
                that trades no more costs four requests a day.
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
    closed = closings(calendar, Window(now - LONGEST_PAUSE, now + timedelta(microseconds=1)), delay)
    if not len(opens) or not closed:
        return None
    newest, before_at = closed[-1], closed[-2].opened_at if len(closed) > 1 else None
    first_at, last_at = from_instant64(opens[0]), from_instant64(opens[-1])
    is_newest = last_at == newest.opened_at
    return Due(instrument.symbol, first_at, last_at, before_at, newest.ready_at, is_newest)


@dataclass(slots=True)
class Lateness:
    """Whether the vendor has the newest day of an exchange yet, as far as its symbols tell.

    A vendor that is later than it usually is would cost a request a symbol, and again when it has
    the day. So two symbols find out, and the others wait for them.
    """

    _published: set[datetime] = field(default_factory=set)
    _scouts: dict[datetime, set[str]] = field(default_factory=dict)

    def saw(self, due: Due, opened_at: Collection[datetime]) -> None:
        """Learns from a symbol that was asked for since its newest day should be there.

        Args:
            due: What was due of it.
            opened_at: Days there are of it, the one before the newest among them; without either
                it tells nothing: it may be traded no more.
        """
        if due.newest and due.last_at in opened_at:
            self._published.add(due.last_at)
        elif due.newest and due.before_at in opened_at:
            self._scouts.setdefault(due.last_at, set()).add(due.symbol)

    def waits(self, due: Due) -> bool:
        """Whether the symbol waits until others have found the newest day."""
        scouts = self._scouts.get(due.last_at, set())
        enough = len(scouts) >= SCOUTS and due.symbol not in scouts
        return due.newest and enough and due.last_at not in self._published

    def scouts(self, due: Due | None) -> bool:
        """Whether the symbol is one of those that find out, and is asked for before the others."""
        return due is not None and due.symbol in self._scouts.get(due.last_at, set())
