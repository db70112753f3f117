"""`fintech events`: publishes signals, alerts and outcomes to a message broker."""

import asyncio
import contextlib
import json
import logging
import signal
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fintech_pipeline.cli.complaints import complaining
from fintech_pipeline.cli.session import opened_database
from fintech_pipeline.cli.status import ago
from fintech_pipeline.clock import utc_now
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.settings import Settings, load_settings
from fintech_pipeline.settings.events import EXAMPLE
from fintech_pipeline.storage.database import Database, open_database
from fintech_pipeline.storage.event_cursor import Backlog, Cursor, standing
from fintech_pipeline.telemetry.configured import log_as_configured

if TYPE_CHECKING:
    from fintech_pipeline.publishing.publisher import Publisher

log = logging.getLogger("fintech.events")
BEAT_SECONDS = 5.0
END_SECONDS = 5.0
"""How long what is being sent may take at the end; what is cut off is sent again."""
NOT_SET = f'No broker is configured; set events.url, such as "{EXAMPLE}".'


@click.group()
def events() -> None:
    """Publish signals, alerts and outcomes as CloudEvents to RabbitMQ or Kafka.

    \b
    Examples:
      fintech events publish          until Ctrl-C; `fintech up` does it too
      fintech events status           how far it is, and what waits
      fintech events asyncapi         what can be subscribed to, and what a message holds
    """  # noqa: D301  # click's mark for lines it leaves as they are


@events.command()
@click.option("--once", is_flag=True, help="Publish what is there now, then end.")
@click.option(
    "--heartbeat",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="A file that is touched every few seconds while it works; for a probe.",
)
def publish(once: bool, heartbeat: Path | None) -> None:
    """Publish what happens, from where it was left off, until Ctrl-C.

    The first time it begins with what happens from then on. Several may run: one publishes, and
    another takes over when it ends.
    """
    settings = load_settings()
    if settings.events is None:
        raise ConfigurationError(NOT_SET)
    log_as_configured(settings)
    with opened_database(settings) as database:
        if once:
            click.echo(_counted(asyncio.run(publisher_of(settings, database).drain())))
            return
        asyncio.run(_publish(settings, database, heartbeat))
    click.echo("No event is published any more.")


@events.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def status(as_json: bool) -> None:
    """Show how far events are published, what waits, and what is wrong."""
    settings = load_settings()
    with opened_database(settings) as database:
        cursor, backlog = standing(database)
    where = settings.events.address.shown if settings.events else None
    if as_json:
        document = {
            "broker": where,
            "cursor": asdict(cursor) if cursor else None,
            "waiting": asdict(backlog),
        }
        click.echo(json.dumps(document, indent=2, default=_plain, ensure_ascii=False))
        return
    for line in _told(where, cursor, backlog, utc_now()):
        click.echo(line)


@events.command()
def asyncapi() -> None:
    """Print the AsyncAPI 3 document of what is published, in JSON."""
    # FastStream costs a second to import.
    from fintech_pipeline.publishing.asyncapi import document

    settings = load_settings()
    address = settings.events.address if settings.events else None
    click.echo(document(settings.name, address), nl=False)


def publisher_of(settings: Settings, database: Database) -> "Publisher":
    """What publishes, put together; `settings.events` must be there."""
    from fintech_pipeline.publishing.broker import connecting
    from fintech_pipeline.publishing.cloud_events import Source
    from fintech_pipeline.publishing.publisher import Publisher

    own = settings.events
    assert own is not None  # noqa: S101  # for the type checker: the commands have looked
    return Publisher(
        database.url,
        Source(settings.name, settings.simulated),
        connecting(own.address, own.url.get_secret_value(), settings.name),
        own.address.shown,
        complaining(settings, log),
        mend=lambda: open_database(settings.database, settings.database_folder).close(),
    )


async def _publish(settings: Settings, database: Database, heartbeat: Path | None) -> None:
    """Publishes until a signal asks for the end."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    work = asyncio.create_task(publisher_of(settings, database).run())
    ending = asyncio.create_task(stopped.wait())
    while not (work.done() or ending.done()):
        if heartbeat is not None:
            heartbeat.touch()
        await asyncio.wait({work, ending}, timeout=BEAT_SECONDS, return_when="FIRST_COMPLETED")
    ending.cancel()
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work


def _told(where: str | None, cursor: Cursor | None, backlog: Backlog, now: datetime) -> list[str]:
    """How far it is, in lines for a person."""
    lines = [f"Events go to {where}." if where else NOT_SET]
    if cursor is None:
        return [*lines, "Nothing was published yet; it begins with what happens from then on."]
    lines.append(
        f"Published up to event {cursor.event_id}, {ago(now, cursor.moved_at)};"
        f" {cursor.confirmed} messages in all."
    )
    if backlog.events:
        lines.append(f"{backlog.events} events wait, the oldest of {ago(now, backlog.oldest_at)}.")
    if cursor.error:
        lines.append(f"Since {cursor.failed_at:%Y-%m-%d %H:%MZ} nothing is: {cursor.error}")
    if not backlog.served:
        lines.append("Nobody publishes now; `fintech events publish` or `fintech up` does.")
    return lines


def _counted(messages: int) -> str:
    return f"{messages} message{'' if messages == 1 else 's'} published."


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
