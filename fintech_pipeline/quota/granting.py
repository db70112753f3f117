"""The ledger for calls that a library makes by itself: granted before, accounted for after."""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from fintech_pipeline.errors import ProviderError, QuotaExhausted, RateLimited, StorageError
from fintech_pipeline.quota.allowances import LONGEST_WAIT, Allowance
from fintech_pipeline.quota.calls import Call, Usage
from fintech_pipeline.quota.ledger import Grant, Ledger

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Outcome:
    """What became of a call that was granted; whoever made it says so.

    Attributes:
        error: What it brought instead of an answer.
        made: Whether the vendor may have seen it; False only where it certainly has not.
        usage: What it used; None where that is not known, which counts as `Call.most_usd`.
    """

    error: ProviderError | None = None
    made: bool = True
    usage: Usage | None = None


Granted = Callable[[Call], AbstractContextManager[Outcome]]
"""Waits until the call may be made; raises a `ProviderError` where it may not."""


@dataclass(frozen=True, slots=True)
class Granting:
    """Grants a vendor's calls to a library.

    Attributes:
        ledger: What grants each call.
        provider: The vendor's name.
        allowance: What its plan allows.
    """

    ledger: Ledger
    provider: str
    allowance: Allowance

    @contextmanager
    def __call__(self, call: Call) -> Iterator[Outcome]:
        """The right to make one call, here and now.

        Raises:
            ProviderError: It may not be made now.
            StorageError: The ledger is away; nothing may be asked.
        """
        grant, outcome = self.ledger.grant(self.provider, self.allowance, call), Outcome()
        try:
            yield outcome
        finally:
            record(self.ledger, grant, outcome.error, outcome.made, outcome.usage)


def record(
    ledger: Ledger,
    grant: Grant,
    error: ProviderError | None,
    made: bool = True,
    usage: Usage | None = None,
) -> None:
    """Tells the ledger what a call came to.

    An answer that was paid for is not lost because the ledger is away: the grant then stays as it
    is, which counts as spent.
    """
    try:
        if made:
            ledger.settle(grant, error, usage)
        else:
            ledger.refund(grant, error)
        if isinstance(error, QuotaExhausted):
            ledger.exhausted(grant.provider, error.resets_at)
        if isinstance(error, RateLimited) and error.retry_after > LONGEST_WAIT:
            ledger.pause(grant.provider, error.retry_after, error)
    except StorageError as lost:
        logger.warning("The call to %s was not settled. %s", grant.provider, lost)
