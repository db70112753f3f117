"""The log of a run on its own stderr: one form with all other processes, and without a secret."""

import logging
import sys

import dagster as dg
from dagster._core.execution import context_creation_job

from fintech_pipeline.settings import Settings
from fintech_pipeline.telemetry.configured import redaction_of
from fintech_pipeline.telemetry.logs import formatter


def log_runs_by(logger: dg.LoggerDefinition) -> None:
    """Has the runs of this process log by it where their configuration names no logger.

    None does: neither a schedule's, nor a backfill's, nor what a person asks for in the UI. Dagster
    has its own logger for them, and no setting for another.
    """

    def always(
        instance: dg.DagsterInstance | None,
    ) -> list[tuple[dg.LoggerDefinition, dict[str, str]]]:
        level = instance.python_log_level if instance is not None else None
        return [(logger, {"log_level": level or "DEBUG"})]

    vars(context_creation_job)["default_system_loggers"] = always


def console_logger(settings: Settings) -> dg.LoggerDefinition:
    """The logger that Dagster calls `console`, in the place of its own colourful one.

    What is logged below `fintech` while a step works comes here as well, and into the run's page:
    `python_logs` of the instance says so.
    """

    @dg.logger(
        config_schema={"log_level": dg.Field(str, default_value="DEBUG", is_required=False)},
        description="Lines of JSON, or sentences at a terminal, without secrets.",
    )
    def console(context: dg.InitLoggerContext) -> logging.Logger:
        logger = logging.Logger("fintech.run")  # its own: no other run hears of it
        logger.setLevel(context.logger_config["log_level"])
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(formatter(settings.logs.format, redaction_of(settings), sys.stderr))
        logger.addHandler(handler)
        return logger

    return console
