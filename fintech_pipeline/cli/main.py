"""The `fintech` command: its groups, its options, and how it fails.

It exits 0 when all went well, 2 for a mistake of the user's and 1 for a failure, which it tells in
one sentence.
"""

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import cast

import click

from fintech_pipeline.errors import ConfigurationError, PipelineError
from fintech_pipeline.settings import CONFIG_VARIABLE

COMMANDS = {
    "alerts": "alerts:alerts",
    "analyzer": "analyzer:analyzer",
    "api": "api:api",
    "backfill": "backfill:backfill",
    "db": "database:database",
    "deliver": "deliver:deliver",
    "doctor": "doctor:doctor",
    "events": "events:events",
    "quota": "quota:quota",
    "sentiment": "sentiment:sentiment",
    "signals": "signals:signals",
    "status": "status:status",
    "tick": "tick:tick",
    "up": "up:up",
    "watchlist": "watchlist:watchlist",
    "why": "why:why",
}
"""Each command's module in `cli`, and its name there."""
EXAMPLES = """
\b
Examples:
  fintech backfill                       the last five days
  fintech tick                           the newest slot, as a table
  fintech why AAPL                       how its newest signal came about
  fintech --config my.toml up            everything, until Ctrl-C
"""


class Commands(click.Group):
    """Loads a command's module when it is asked for: the analyzer needs a third of the others'."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's
        """Every command's name."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        return cast("click.Command", getattr(import_module(f"fintech_pipeline.cli.{module}"), name))


@click.group(
    cls=Commands, epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The configuration, a TOML file; without it FINTECH_CONFIG, or the built-in demo.",
)
def fintech(config: Path | None) -> None:
    """A market watch: prices and news in, explained trading signals out."""
    if config is not None:
        # Dagster's own processes find the configuration by this name too.
        os.environ[CONFIG_VARIABLE] = str(config.expanduser().resolve())


def main() -> None:
    """Runs the command and turns an error into one sentence and an exit code."""
    try:
        # Without standalone mode click returns the exit code that a command asked for.
        sys.exit(fintech.main(standalone_mode=False))
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.UsageError as error:
        click.echo(f"Error: {error.format_message().rstrip('.')}.", err=True)
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted; what was committed is kept.", err=True)
        sys.exit(130)
    except OSError as error:
        # What Python still holds for a full disk would make it complain once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        click.echo(f"Error: {error.filename or 'The output'}: {error.strerror}.", err=True)
        sys.exit(1)
    except PipelineError as error:
        click.echo(f"Error: {str(error).rstrip('.')}.", err=True)
        sys.exit(2 if isinstance(error, ConfigurationError) else 1)
