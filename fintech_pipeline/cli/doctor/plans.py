"""Which plan of a vendor is set, what it allows and what is left of it today."""

from collections.abc import Sequence

from fintech_pipeline.quota.refusals import clock_time
from fintech_pipeline.quota.spending import Spending
from fintech_pipeline.settings import Settings


def plan_told(settings: Settings, name: str, spent: Sequence[Spending]) -> str:
    """The plan and the rest of its day, as a sentence.

    Args:
        settings: The configuration.
        name: A vendor of its chains.
        spent: How it stands, by origin where it is kept by origin.
    """
    plan = _plan(settings, name)
    allowance = spent[0].allowance
    each = " for each publisher" if name == "rss" else ""
    told = f"{f'{plan}, key set' if plan else 'no key'}: {allowance}{each}"
    total = sum(one.spent for one in spent)
    vain = sum(part.without_answer for one in spent for part in one.purposes)
    told += f"; {total} spent today" if total else "; nothing spent today"
    told += f" ({vain} in vain)" if vain else ""
    left, first = spent[0].left, spent[0]
    if left is not None:
        told += f", {left} left until {clock_time(first.resets_at, first.standing.now)}"
    return f"{told[0].upper()}{told[1:]}."


def _plan(settings: Settings, name: str) -> str:
    """The plan that is set, or the model; empty where there is none to buy."""
    if name == "newsapi" and settings.news.newsapi is not None:
        return f"{settings.news.newsapi.plan} plan"
    if name == "gemini" and settings.sentiment.gemini is not None:
        return f"model {settings.sentiment.gemini.model}"
    return f"{settings.market.alpha_vantage.plan} plan" if name == "alpha_vantage" else ""
