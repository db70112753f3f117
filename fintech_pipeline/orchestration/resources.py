"""The one Dagster resource: the pipeline, opened for a run and given back after it."""

from collections.abc import Iterator

import dagster as dg

from fintech_pipeline.clock import Clock
from fintech_pipeline.composition import Pipeline, open_pipeline
from fintech_pipeline.orchestration.runs import mark_process
from fintech_pipeline.settings import Settings


def pipeline_resource(settings: Settings, clock: Clock) -> dg.ResourceDefinition:
    """A resource that opens the configured database when a run or a sensor needs it."""

    @dg.resource(description="The configured providers, stores, model and strategy.")
    def pipeline(context: dg.InitResourceContext) -> Iterator[Pipeline]:
        opened = open_pipeline(settings, clock)
        if context.run is not None and context.instance is not None:
            mark_process(context.instance, context.run.run_id)
        try:
            yield opened
        finally:
            opened.close()

    return pipeline


def given_pipeline(pipeline: Pipeline) -> dg.ResourceDefinition:
    """A resource that is a pipeline already opened; who opened it closes it."""
    return dg.ResourceDefinition.hardcoded_resource(pipeline)
