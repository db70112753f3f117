"""The log of a run on its own stderr: one form with all other processes, and without a secret."""

import logging
import sys

import dagster as dg

from fintech_pipeline.settings import Settings
from fintech_pipeline.telemetry.configured import redaction_of
from fintech_pipeline.telemetry.logs import formatter


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
