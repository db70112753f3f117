"""`alert_on_signals`: decides alerts as soon as a live slot is judged."""

import dagster as dg

from fintech_pipeline.composition import Pipeline
from fintech_pipeline.orchestration.alerting import decide_slots

EVERY_SECONDS = 4
"""The daemon looks at its sensors every five seconds: an interval of five would be missed by a
hair's breadth every other time."""


def alert_on_signals() -> dg.SensorDefinition:
    """The sensor that decides alerts; it starts no run.

    What is decided is stored with the slot in one transaction, so that it may be asked for as often
    as one likes; the cursor only tells a person what was decided last.
    """

    @dg.sensor(
        name="alert_on_signals",
        minimum_interval_seconds=EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Decides the alert rules on every live slot, and fills the outbox.",
    )
    def decide(
        context: dg.SensorEvaluationContext, pipeline: dg.ResourceParam[Pipeline]
    ) -> dg.SensorResult:
        told = decide_slots(pipeline)
        reason = " ".join(told) or "Every live slot is decided."
        return dg.SensorResult(skip_reason=reason, cursor=told[-1] if told else context.cursor)

    return decide
