"""How a process that goes on working tells what goes wrong."""

import logging
import sys
from collections.abc import Callable

import click

from fintech_pipeline.settings import Settings
from fintech_pipeline.telemetry.logs import is_for_machines


def complaining(settings: Settings, log: logging.Logger) -> Callable[[str], None]:
    """Takes a sentence, and tells it on stderr: a person as it is, machines as a line of the log.

    Args:
        settings: The configuration.
        log: Whose line it is.
    """

    def warn(told: str) -> None:
        log.warning("%s", told)

    def say(told: str) -> None:
        click.echo(told, err=True)

    return warn if is_for_machines(settings.logs.format, sys.stderr) else say
