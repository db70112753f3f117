"""Strategies: what weighs the components, configured, shipped, or used before."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from fintech_pipeline.api.services import Given
from fintech_pipeline.api.signal_examples import STRATEGIES
from fintech_pipeline.api.signals_shown import Shown
from fintech_pipeline.signals.definition import definition
from fintech_pipeline.signals.strategy_files import shipped_besides
from fintech_pipeline.signals.strategy_reading import UsedStrategy, used_strategies

router = APIRouter(tags=["strategies"])


class Use(StrEnum):
    """What a strategy is for."""

    PRIMARY = "primary"
    CONFIGURED = "configured"
    SHIPPED = "shipped"
    FORMER = "former"


class StrategyShown(Shown):
    """A strategy and what was made with it."""

    label: str = Field(description="Its name and version, as every signal has it.")
    use: Use = Field(description="`former` has signals and is configured no more.")
    definition: dict[str, Any] | None = Field(
        description="As a file of it has it; null where an early version did not store it."
    )
    first_used_at: datetime | None = Field(description="When it first made a signal.")
    newest_slot_at: datetime | None = Field(description="The newest slot that it judged.")


@router.get("/strategies", responses=STRATEGIES)
async def list_strategies(given: Given) -> list[StrategyShown]:
    """The configured strategies, the primary one first, then those that ship, then former ones."""
    used = await given.reads.of(used_strategies)
    shipped = await asyncio.to_thread(shipped_besides, given.settings.signals.strategies)
    uses = [Use.PRIMARY, *[Use.CONFIGURED] * (len(given.strategies) - 1)]
    told = [
        _shown(one.label, use, definition(one), used.get(one.label))
        for one, use in (
            *zip(given.strategies, uses, strict=True),
            *((one, Use.SHIPPED) for one in shipped),
        )
    ]
    known = {one.label for one in told}
    former = [one for label, one in sorted(used.items()) if label not in known]
    return [*told, *(_shown(one.label, Use.FORMER, one.definition, one) for one in former)]


def _shown(
    label: str, use: Use, defined: Mapping[str, Any] | None, used: UsedStrategy | None
) -> StrategyShown:
    return StrategyShown(
        label=label,
        use=use,
        definition=None if defined is None else dict(defined),
        first_used_at=used and used.first_used_at,
        newest_slot_at=used and used.newest_slot_at,
    )
