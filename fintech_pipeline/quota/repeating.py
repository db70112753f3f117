"""Asking a vendor again, where that may help: a few times, ever later, as late as it wishes."""

import random
from collections.abc import Callable

import tenacity

from fintech_pipeline.errors import Paused, RateLimited, Unavailable
from fintech_pipeline.quota.allowances import LONGEST_WAIT

ATTEMPTS = 3
FIRST_PAUSE_SECONDS = 1.0


def repeating(sleep: Callable[[float], None], chance: random.Random) -> tenacity.Retrying:
    """Calls a function up to three times, while it raises what passes by itself.

    That is a pause of at most 30 s that the vendor asks for, or an outage; what is raised last is
    raised.

    Args:
        sleep: Waits for so many seconds.
        chance: Spreads the repetitions of many processes.
    """

    def pause_seconds(state: tenacity.RetryCallState) -> float:
        """As long as the vendor wishes, else longer each time; and a little more by chance."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, RateLimited):
            return error.retry_after.total_seconds() + chance.uniform(0, FIRST_PAUSE_SECONDS)
        longest = FIRST_PAUSE_SECONDS * 2.0**state.attempt_number
        return chance.uniform(longest / 2, longest)

    return tenacity.Retrying(
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        retry=tenacity.retry_if_exception(_worth_repeating),
        wait=pause_seconds,
        sleep=sleep,
        reraise=True,
    )


def _worth_repeating(error: BaseException) -> bool:
    if isinstance(error, RateLimited):
        return error.retry_after <= LONGEST_WAIT
    return isinstance(error, Unavailable) and not isinstance(error, Paused)
