"""Every error this application raises on purpose, as one tree.

PipelineError
├── ConfigurationError        a setting, file or argument is wrong; the user can mend it
├── ProviderError             a vendor, a file or a model did not give what was asked
│   ├── NotConfigured         a key, a folder or a plan is missing
│   ├── Unauthorized          the vendor refused the key
│   ├── PremiumOnly           the plan does not include the call
│   ├── QuotaExhausted        nothing may be asked before `resets_at`
│   │   └── Rationed          by our own plan: the day is spent, or kept for what matters more
│   ├── RateLimited           ask again after `retry_after`
│   ├── NoData                the vendor knows nothing of it
│   ├── Malformed             the answer cannot be read
│   └── Unavailable           the vendor, network or file cannot be reached
│       └── Paused            it failed too often, or asked for it: nobody asks before `until`
├── DataQualityError          rows break an invariant of the domain
├── StorageError              the database refused, is full or went away
│   ├── Unreachable           nobody answers at its address, or it is starting
│   └── TookTooLong           a query had its time
├── BrokerError               the broker did not take events; they are published again
└── DeliveryError             a message was not delivered
    ├── Rejected              the channel said no; sending again is pointless
    │   ├── ContactEnded      nothing will ever be accepted there: it opted out, or is no address
    │   └── OverBudget        what may be spent in a day is spent; it goes another way
    ├── Ambiguous             it may or may not have been sent
    └── Retryable             it was certainly not sent; try again

The text of each is one sentence for a person: what failed, for what, what was kept, what to do.
No text ever contains a secret.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta


class PipelineError(Exception):
    """The root: anything this application reports to a person as one sentence."""


class ConfigurationError(PipelineError):
    """A setting, file or argument is wrong; the command line exits 2."""


class ProviderError(PipelineError):
    """A provider did not give what was asked of it."""


class NotConfigured(ProviderError):
    """The provider lacks a key, a folder or a plan."""


class Unauthorized(ProviderError):
    """The vendor refused our key."""


class PremiumOnly(ProviderError):
    """The plan we have does not include this call; never retried."""


class QuotaExhausted(ProviderError):
    """Nothing more may be asked before the quota resets.

    Args:
        message: The sentence for a person.
        resets_at: When the quota is full again (UTC).
    """

    def __init__(self, message: str, resets_at: datetime) -> None:
        super().__init__(message)
        self.resets_at = resets_at


class Rationed(QuotaExhausted):
    """By our own count the day is spent, or kept for what matters more; nothing was asked.

    Putting a call off as planned is no failure of anybody.
    """


class RateLimited(ProviderError):
    """The vendor asks us to slow down.

    Args:
        message: The sentence for a person.
        retry_after: How long to wait before the next call.
    """

    def __init__(self, message: str, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NoData(ProviderError):
    """The provider answered, and knows nothing of what was asked."""


class Malformed(ProviderError):
    """The answer is not in the form the provider documents."""


class Unavailable(ProviderError):
    """The provider cannot be reached now."""


class Paused(Unavailable):
    """Nobody asks the provider now: it failed again and again, or asked for a long pause.

    Args:
        message: The sentence for a person.
        until: When it may be asked again (UTC).
    """

    def __init__(self, message: str, until: datetime) -> None:
        super().__init__(message)
        self.until = until


def together(failures: Sequence[ProviderError]) -> ProviderError:
    """The failures of a whole chain as one error, which says each of them once.

    Args:
        failures: At least one. Where they are several, what it takes to mend them differs.
    """
    told = list(dict.fromkeys(str(failure).rstrip(".") for failure in failures))
    if len(told) == 1:
        return failures[0]
    return Unavailable(f"No provider answered. {'. '.join(told)}.")


class DataQualityError(PipelineError):
    """Rows break an invariant of the domain."""


class StorageError(PipelineError):
    """The database refused, is full or went away."""


class Unreachable(StorageError):
    """Nobody answers at the database's address, or it is only starting; asking again may help."""


class TookTooLong(StorageError):
    """A query took longer than it may; the same again would too."""


class BrokerError(PipelineError):
    """The message broker is away, refused, or confirmed nothing; events are published again."""


class DeliveryError(PipelineError):
    """A message was not delivered."""


class Rejected(DeliveryError):
    """The channel said no; the same message will never be accepted."""


class ContactEnded(Rejected):
    """Nothing will ever be accepted at the contact: it opted out, or is nobody's address."""


class OverBudget(Rejected):
    """The day's money for the channel is spent; the message goes another way. Nothing was sent."""


class Ambiguous(DeliveryError):
    """The message may or may not have been sent; it is reconciled, not resent."""


class Retryable(DeliveryError):
    """The message was certainly not sent."""
