"""EDGAR's refusals. Pure.

Source: sec.gov/os/accessing-edgar-data: ten requests a second at most, and a User-Agent that says
who asks; both are enforced with HTTP 403 and a page in HTML, the first for ten minutes.
"""

from datetime import timedelta

from fintech_pipeline.errors import (
    NoData,
    ProviderError,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from fintech_pipeline.quota.calls import Answer

PAUSE = timedelta(minutes=10)


def refusal(answer: Answer) -> ProviderError | None:
    """Recognises a refusal by its status and, of a 403, its page."""
    if answer.status < 400:
        return None
    if answer.status == 404:
        return NoData("EDGAR has no such file.")
    if answer.status == 429 or (answer.status == 403 and b"Rate Threshold" in answer.body):
        return RateLimited("EDGAR asks for a pause.", PAUSE)
    if answer.status in (401, 403):
        return Unauthorized("EDGAR wants to know who asks; check news.edgar.contact.")
    return Unavailable(f"EDGAR failed with HTTP {answer.status}; ask again later.")
