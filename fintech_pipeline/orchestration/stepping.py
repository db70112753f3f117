"""What each step tells of itself: a line in the log, and a span of its slot's trace."""

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from fintech_pipeline.composition import Pipeline
from fintech_pipeline.orchestration.due import TRADING_SIGNALS
from fintech_pipeline.orchestration.work import Work
from fintech_pipeline.telemetry.doing import doing
from fintech_pipeline.telemetry.traces import tracing

log = logging.getLogger("fintech.steps")
Result = TypeVar("Result")
Step = Callable[[Pipeline, Work], Result]


def as_step(asset: str) -> Callable[[Step[Result]], Step[Result]]:
    """Has a step tell for which slot or days it works, how long that took, and how it ended.

    Args:
        asset: The asset that it materializes.
    """

    def told(step: Step[Result]) -> Step[Result]:
        @wraps(step)
        def run(pipeline: Pipeline, work: Work) -> Result:
            days = f"{work.days[0]} to {work.days[-1]}"
            with doing(
                asset, slot_at=work.slot_at, run=work.run_id, days=days, live=work.live
            ) as more:
                began = time.monotonic()
                result = step(pipeline, work)
                seconds = round(time.monotonic() - began, 3)
                more["seconds"] = seconds
                log.info("%s is done", asset, extra={"seconds": seconds, "days": days})
            if asset == TRADING_SIGNALS and work.slot_at is not None:
                tracing.slot_done(work.slot_at, pipeline.clock(), run=work.run_id, live=work.live)
            return result

        return run

    return told
