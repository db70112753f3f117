"""When a channel whose server is away is left alone for a while; one of each, in memory. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

FAILURES = 5
"""After so many messages in a row that could not be sent, and none that could, it is left alone."""
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=2)


@dataclass(slots=True)
class ChannelCircuit:
    """How a channel fares.

    After a pause one message is tried; while it fails the pause doubles.

    Attributes:
        failures: How many messages in a row could not be sent.
        pauses: How many pauses there were since one could.
        why: What was said of the last of them.
        until: Until when nothing is tried; None where it may be (UTC).
    """

    failures: int = 0
    pauses: int = 0
    why: str = ""
    until: datetime | None = None

    def paused(self, now: datetime) -> bool:
        """Whether nothing is tried now; a clock that was set back ends the pause."""
        return self.until is not None and timedelta(0) < self.until - now <= LONGEST_PAUSE

    @property
    def on_trial(self) -> bool:
        """Whether only one message is tried."""
        return self.pauses > 0

    def heard(self, failures: int, others: int, why: str, now: datetime) -> None:
        """Takes in how some messages fared that were sent together.

        Args:
            failures: How many could not be sent.
            others: How many were taken, or refused for what they are: somebody is there.
            why: What was said of the last that could not be sent.
            now: The present (UTC).
        """
        if others:
            self.failures, self.pauses, self.why, self.until = 0, 0, "", None
        elif failures:
            self.failures, self.why = self.failures + failures, why
            if self.failures >= FAILURES:
                doubled = FIRST_PAUSE * int(2 ** min(self.pauses, 10))
                self.until = now + min(doubled, LONGEST_PAUSE)
                self.pauses += 1
