"""When a provider that fails again and again is left alone. Pure.

The count stands in the ledger's table, not in a process: a tick is a process of its own, so a count
of its own would begin at nothing every half hour, and twelve pods would each knock five times.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Circuit:
    """How a provider's circuit opens and closes.

    Attributes:
        failures: After so many failures in a row nothing is asked for a while.
        pause: For how long.
        trial: Then one call is let through, and nothing else for so long, unless it succeeds.
    """

    failures: int = 5
    pause: timedelta = timedelta(minutes=5)
    trial: timedelta = timedelta(minutes=1)

    def on_trial(self, failures: int) -> bool:
        """Whether the next call tries for all whether the provider works again."""
        return failures >= self.failures

    def paused_until(self, failures: int, now: datetime) -> datetime | None:
        """Until when nothing is asked after so many failures in a row; None goes on."""
        return now + self.pause if failures >= self.failures else None
