"""`fintech alerts`: who is told of what, and what became of it."""

import click

from fintech_pipeline.alerts.acknowledging import acknowledge
from fintech_pipeline.alerts.people_store import PeopleStore
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.cli.alerts_apply import apply
from fintech_pipeline.cli.alerts_history import history
from fintech_pipeline.cli.alerts_list import list_alerts
from fintech_pipeline.cli.alerts_shown import author, by_option, contact_shown
from fintech_pipeline.cli.alerts_silences import silence, silences, unsilence
from fintech_pipeline.cli.alerts_test import test
from fintech_pipeline.cli.alerts_why import why
from fintech_pipeline.cli.session import opened_pipeline

CHANNELS = tuple(map(str, ChannelName))


@click.group()
def alerts() -> None:
    """Say who is told of what, see what fires, and why somebody was told or was not."""


alerts.add_command(apply)
alerts.add_command(list_alerts)
alerts.add_command(history)
alerts.add_command(why)
alerts.add_command(test)
alerts.add_command(silence)
alerts.add_command(silences)
alerts.add_command(unsilence)


@alerts.command()
@click.argument("alert_ids", metavar="ID...", nargs=-1, required=True, type=int)
@click.option("--comment", default="", help="What you want to say of it.")
@by_option
def ack(alert_ids: tuple[int, ...], comment: str, by: str | None) -> None:
    """Acknowledge open alerts: somebody looks after them, and only their end is told.

    \b
    Example:
      fintech alerts ack 12 --comment "on it"
    """  # noqa: D301  # click's mark for lines it leaves as they are
    # All of them or none: a number that is mistyped leaves nothing half done.
    with opened_pipeline() as pipeline, pipeline.database.transaction() as connection:
        now = pipeline.clock()
        done = [
            acknowledge(connection, number, author(by), now, comment)
            for number in dict.fromkeys(alert_ids)
        ]
    for one in done:
        click.echo(one.told())


@alerts.command()
@click.argument("person")
@click.option("--channel", type=click.Choice(CHANNELS), help="Only contacts of this channel.")
def enable(person: str, channel: str | None) -> None:
    """Send to PERSON's disabled contacts again, as after an opt-out that was taken back.

    \b
    Example:
      fintech alerts enable anna --channel sms
    """  # noqa: D301  # click's mark for lines it leaves as they are
    with opened_pipeline() as pipeline:
        enabled = PeopleStore(pipeline.database).enable(
            person, ChannelName(channel) if channel else None
        )
    for contact in enabled:
        click.echo(f"{person} is reached by {contact_shown(contact)} again.")
