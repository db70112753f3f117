"""`fintech deliver`: sends what alerts tell people, until it is stopped."""

import logging
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType

import click

from fintech_pipeline.alert_channels import channels_of
from fintech_pipeline.alerts.channels.channel import Progress
from fintech_pipeline.alerts.delivery import Deliverer, Line
from fintech_pipeline.alerts.delivery_service import DeliveryService
from fintech_pipeline.alerts.rule_files import read_rule_file
from fintech_pipeline.alerts.rule_store import RuleStore
from fintech_pipeline.alerts.rule_warnings import warnings_of
from fintech_pipeline.cli.complaints import complaining
from fintech_pipeline.cli.session import opened_database
from fintech_pipeline.clock import utc_now
from fintech_pipeline.errors import ConfigurationError, PipelineError
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.orchestration.health import Health
from fintech_pipeline.orchestration.tidying import tidy
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.settings import Settings, load_settings
from fintech_pipeline.storage.database import Database, open_database
from fintech_pipeline.storage.event_pruning import prune_events
from fintech_pipeline.telemetry.configured import log_as_configured
from fintech_pipeline.telemetry.logs import is_for_machines
from fintech_pipeline.telemetry.traces import tracing

log = logging.getLogger("fintech.deliver")
TIDIED_EVERY = timedelta(hours=1)
_WAITS = "waits"


@click.command()
@click.option("--once", is_flag=True, help="Send what is due now, then end.")
@click.option(
    "--heartbeat",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="A file that is touched every few seconds while it works; for a probe.",
)
@click.option(
    "--rules",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file of people and rules that is brought in first, as `fintech alerts apply` does.",
)
def deliver(once: bool, heartbeat: Path | None, rules: Path | None) -> None:
    """Send alerts by email, SMS and the rest, until Ctrl-C.

    Several may run at once: each message is sent by one of them.

    \b
    Examples:
      fintech deliver            until Ctrl-C; `fintech up` does it too
      fintech deliver --once     what is due now
    """  # noqa: D301  # click's mark for lines it leaves as they are
    settings = load_settings()
    log_as_configured(settings)
    tracing.start(settings.traces.endpoint, settings.name)
    complain = complaining(settings, log)
    with opened_database(settings) as database:
        if rules is not None:
            _bring_in(rules, settings, database, complain)
        channels = channels_of(settings, database, Ledger(database), utc_now, sys.stdout)
        deliverer = Deliverer(
            database,
            channels,
            utc_now,
            timedelta(hours=settings.alerts.give_up_hours),
            tell=_log if is_for_machines(settings.logs.format, sys.stderr) else _print,
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _stopping(deliverer))
        if once:
            _send_all(deliverer)
            return
        ways = ", ".join(str(name) for name in channels) or "no channel"
        click.echo(f"Alerts leave by {ways}; Ctrl-C ends it.")
        service = DeliveryService(
            deliverer,
            look=_Watch(settings, database),
            mend=lambda: open_database(settings.database, settings.database_folder).close(),
            complain=complain,
            beat=lambda: heartbeat.touch() if heartbeat else None,
        )
        if not service.run():
            raise PipelineError(
                "A message that was being sent did not come to its end in time; whoever delivers "
                "next finds out what became of it"
            )
    click.echo("No alert leaves any more.")


def _bring_in(
    path: Path, settings: Settings, database: Database, complain: Callable[[str], None]
) -> None:
    """Makes people and rules what the file says; where it is wrong, those that are stored go on.

    Raises:
        ConfigurationError: The file is wrong and nothing is stored that could go on.
    """
    store = RuleStore(database)
    try:
        file = read_rule_file(path)
    except ConfigurationError as error:
        if not store.rules():
            raise
        complain(f"{error}\nThe rules that are stored go on.")
        return
    click.echo(f"{path.name}: {store.apply(file, 'fintech deliver', utc_now()).sentence()}")
    for warning in warnings_of(file, settings, InstrumentStore(database).watched()):
        complain(f"Warning: {warning}")


class _Watch:
    """Decides the rules about the pipeline, whether or not Dagster is alive; tidies up."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings, self._database = settings, database
        self._tidied_at = datetime.min.replace(tzinfo=UTC)

    def __call__(self) -> None:
        settings, database = self._settings, self._database
        prune_events(database, keep_unpublished=settings.events is not None)
        Health(settings, database, utc_now).look()
        now = utc_now()
        if (
            now - self._tidied_at >= TIDIED_EVERY
            and tidy(database, settings.retention, now).complete
        ):
            self._tidied_at = now


def _send_all(deliverer: Deliverer) -> None:
    """Sends until nothing is due; a message may put another in its place."""
    while not deliverer.stopped.is_set() and deliverer.drain():
        pass


def _print(line: Line) -> None:
    """One line about a message, without its address, which may hold a secret."""
    fate = line.fate
    came = _WAITS if fate.progress is Progress.PLANNED else str(fate.progress)
    what = line.what or "a message"
    at = f"{line.at:%Y-%m-%dT%H:%M:%SZ}"
    click.echo(f"{at} {line.channel} to {line.person}, {what}: {came}. {fate.told}")


def _log(line: Line) -> None:
    """The same for machines."""
    fate = line.fate
    about = {"channel": str(line.channel), "person": line.person, "what": line.what}
    log.info("%s", fate.told, extra={**about, "came": str(fate.progress)})


def _stopping(deliverer: Deliverer) -> "signal._HANDLER":
    def stop(_number: int, _frame: FrameType | None) -> None:
        deliverer.stopped.set()

    return stop
