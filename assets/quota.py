"""What a materialization spent of its vendors' quota, and what is left of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from assets.metadata import Metadata, table
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.quota.allowances import PLANS, Allowance
from fintech_pipeline.quota.calls import NO_USAGE
from fintech_pipeline.quota.money import usd
from fintech_pipeline.quota.refusals import clock_time
from fintech_pipeline.quota.spending import (
    Own,
    Spending,
    cost_told,
    ledger_clock,
    spendings,
    spent_since,
)
from fintech_pipeline.vendors import ledger_names


@dataclass(frozen=True, slots=True)
class QuotaWatch:
    """Watches what one run of an asset spends.

    Attributes:
        pipeline: Whose ledger.
        allowances: Of the chain's live providers, by the ledger's names; none: nothing is read.
        began_at: From when on calls are this run's (UTC, by the ledger's clock).
    """

    pipeline: Pipeline
    allowances: dict[str, Allowance]
    began_at: datetime | None

    @classmethod
    def begin(cls, pipeline: Pipeline, chain: Sequence[str]) -> Self:
        """Starts watching, before anything is asked."""
        settings = pipeline.settings
        allowances = {
            name: settings.allowance(provider)
            for provider in chain
            if provider in PLANS
            for name in ledger_names(settings, provider)
        }
        return cls(pipeline, allowances, ledger_clock(pipeline.ledger) if allowances else None)

    def metadata(self) -> Metadata:
        """What this run spent, what was spent today on what, what is left and when it resets."""
        if self.began_at is None:
            return {}
        ledger = self.pipeline.ledger
        own = spent_since(ledger, self.began_at)
        found = spendings(ledger, self.allowances)
        scarce = [f"{one.provider} {one.left}" for one in found if one.left is not None]
        mine = [own[one.provider] for one in found if one.provider in own]
        return {
            "requests of this run": sum(one.spent for one in mine),
            "quota left": ", ".join(scarce) or "no limit",
            "quota": table(
                ("provider", "plan", "this run", "today", "on what", "left", "full again"),
                [_row(one, own.get(one.provider, Own()).spent) for one in found],
            ),
            **_money(found, mine),
        }


def _money(found: Sequence[Spending], own: Iterable[Own]) -> Metadata:
    """What this run and today cost, where a provider sells by use."""
    today = [f"{one.provider} {cost}" for one in found if (cost := cost_told(one))]
    if not today:
        return {}
    usage = sum((one.usage for one in own), NO_USAGE)
    return {
        "tokens of this run": usage.tokens_in + usage.tokens_out,
        "cost of this run": usd(usage.cost_usd),
        "cost of today": ", ".join(today),
    }


def _row(one: Spending, own: int) -> tuple[object, ...]:
    limited = one.left is not None
    return (
        one.provider,
        one.allowance,
        own,
        one.spent,
        ", ".join(f"{part.spent} {part.purpose}" for part in one.purposes) or "nothing",
        one.left if limited else "no limit",
        clock_time(one.resets_at, one.standing.now) if limited else "",
    )
