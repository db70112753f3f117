"""EDGAR's refusals. Pure.

Source: sec.gov/os/accessing-edgar-data: ten requests a second at most, and a User-Agent that says
who asks; both are enforced with HTTP 403 and a page in HTML, the first for ten minutes.
"""

from datetime import timedelta

from fintech_pipeline.errors import ProviderError, RateLimited, Unauthorized
from fintech_pipeline.quota.calls import Answer

PAUSE = timedelta(minutes=10)


def refusal(answer: Answer) -> ProviderError | None:
    """What EDGAR means by 403 and 429; any other status means what it always does."""
    if answer.status == 429 or (answer.status == 403 and b"Rate Threshold" in answer.body):
        return RateLimited("EDGAR asks for a pause of ten minutes.", PAUSE)
    if answer.status in (401, 403):
        return Unauthorized("EDGAR wants to know who asks; check news.edgar.contact.")
    return None
