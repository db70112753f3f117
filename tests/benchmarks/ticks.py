"""A tick against as many assets that do nothing."""

import os
import tempfile
from collections.abc import Sequence
from datetime import timedelta

import dagster as dg

from fintech_pipeline.clock import slot_at_or_before
from fintech_pipeline.composition import open_pipeline
from fintech_pipeline.settings import load_settings
from tests.benchmarks.measuring import ROUNDS, Figure, ratio, timed


def tick_against_nothing() -> Figure:
    """A tick of the demo's twelve symbols against four assets that do nothing."""
    from fintech_pipeline.definitions import build_definitions
    from fintech_pipeline.orchestration.instance import open_instance
    from fintech_pipeline.orchestration.launch import QUIET, InProcessLauncher
    from fintech_pipeline.orchestration.resources import given_pipeline

    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        environment = {"FINTECH_DATABASE__FOLDER": folder}
        os.environ.update(environment)
        settings = load_settings()
        pipeline = open_pipeline(settings)
        definitions = build_definitions(settings, pipeline=given_pipeline(pipeline))
        partitions = dg.DailyPartitionsDefinition("2026-01-01", end_offset=1)

        def nothing(name: str, deps: Sequence[str]) -> dg.AssetsDefinition:
            @dg.asset(name=name, deps=list(deps), partitions_def=partitions)
            def empty() -> None:
                return None

            return empty

        names = ["one", "two", "three", "four"]
        noop = dg.Definitions(
            assets=[nothing(n, names[i - 1 : i] if i else []) for i, n in enumerate(names)],
            jobs=[dg.define_asset_job("nothing", selection="*")],
            executor=dg.in_process_executor,
        ).resolve_job_def("nothing")
        with open_instance(settings) as instance:
            launcher = InProcessLauncher(definitions, instance)
            today = pipeline.clock().date()
            launcher.backfill([today - timedelta(days=1), today])
            slots = iter(
                slot_at_or_before(pipeline.clock()) - n * timedelta(minutes=30)
                for n in range(2 * ROUNDS + 2)
            )

            def floor() -> float:
                key = today.isoformat()
                return timed(
                    lambda: noop.execute_in_process(
                        run_config=QUIET, instance=instance, partition_key=key
                    )
                )

            value = ratio(lambda: timed(lambda: launcher.tick(next(slots))), floor)
        pipeline.close()
    return Figure("tick of 12 symbols", value, "× a four-asset no-op job", "≤ 3", value <= 3)
