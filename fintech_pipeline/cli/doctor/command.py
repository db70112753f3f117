"""`fintech doctor`: the order in which things are looked at."""

import json
from collections.abc import Callable, Iterator

import click
import sqlalchemy as sa

from fintech_pipeline.cli.doctor import alerts, api, events, machine
from fintech_pipeline.cli.doctor.findings import Finding, State, show
from fintech_pipeline.cli.doctor.providers import Examination
from fintech_pipeline.clock import Clock, utc_now
from fintech_pipeline.composition import Pipeline, open_pipeline
from fintech_pipeline.errors import PipelineError
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.settings import Settings, load_settings
from fintech_pipeline.signals.strategy_files import load_strategies


@click.command()
@click.option(
    "--probe/--no-probe",
    "asking",
    default=None,
    help="Ask every vendor, or none; else each that has not answered for an hour is asked once.",
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def doctor(asking: bool | None, as_json: bool) -> None:
    """Check the machine, the database and every provider; exit 1 if something fails.

    It tells of each provider whether it is asked and answers, what is left of its quota, and of
    the others what they would give and what to set. A vendor is asked one small thing at most.
    Where alerts may leave by mail or SMS, the server and the account are tried, and where events
    are published, the broker; nothing is sent.
    The API's tokens are looked through, the dashboard that it serves is looked for, and the
    replica that it reads is asked.
    """
    findings = []
    for finding in examine(asking):
        findings.append(finding)
        if not as_json:
            show(finding)
    if as_json:
        click.echo(json.dumps([finding.document() for finding in findings], indent=2))
    if any(finding.state is State.FAIL for finding in findings):
        raise click.exceptions.Exit(1)


def examine(asking: bool | None = None, clock: Clock = utc_now) -> Iterator[Finding]:
    """Looks at one thing after another; what depends on a failed one is left out.

    Args:
        asking: True asks every vendor, False none, None those that have not answered lately.
        clock: This machine's.
    """
    yield machine.python()
    try:
        settings = load_settings()
    except PipelineError as error:
        yield Finding("configuration", State.FAIL, str(error))
        return
    yield Finding("configuration", State.OK, _configuration(settings))
    try:
        yield Finding("strategies", State.OK, _strategies(settings))
    except PipelineError as error:
        yield Finding("strategies", State.FAIL, str(error))
        return
    yield machine.disk(settings)
    yield api.tokens()
    yield api.dashboard(settings)
    yield from alerts.mail_server(settings, asking)
    yield from events.broker(settings, asking)
    try:
        pipeline = open_pipeline(settings, clock)
    except PipelineError as error:
        yield Finding("database", State.FAIL, str(error))
        return
    try:
        yield from _opened(pipeline, asking)
    finally:
        pipeline.close()


def _opened(pipeline: Pipeline, asking: bool | None) -> Iterator[Finding]:
    yield _finding("database", lambda: _database(pipeline))
    yield from api.replica(pipeline.database, pipeline.settings.database.replica_url)
    yield _finding("calendars", lambda: _calendars(pipeline))
    examination = Examination(pipeline, asking)
    try:
        yield from examination.findings()
        yield from alerts.twilio(pipeline.settings, asking, pipeline.ledger, pipeline.clock)
        heard = [machine.database_clock(pipeline.database, pipeline.clock), *examination.heard]
        yield machine.clock_by(heard)
    except PipelineError as error:
        yield Finding("ledger", State.FAIL, str(error))


def _finding(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, State.OK, look())
    except PipelineError as error:
        return Finding(what, State.FAIL, str(error))


def _configuration(settings: Settings) -> str:
    kind = "simulated data" if settings.simulated else "real data"
    symbols = len(settings.watchlist)
    return f"{settings.name}, {kind}, {symbols} symbol{'' if symbols == 1 else 's'}"


def _strategies(settings: Settings) -> str:
    found = load_strategies(settings.signals.strategies)
    told = [f"{one.label} of {one.interval} bars" for one in found]
    return ", ".join([f"{told[0]}, the primary one", *told[1:]])


def _database(pipeline: Pipeline) -> str:
    with pipeline.database.transaction() as connection:
        version = connection.scalar(sa.text("SHOW server_version"))
        size = connection.scalar(
            sa.text("SELECT pg_size_pretty(pg_database_size(current_database()))")
        )
    kind = "embedded" if pipeline.database.server else "external"
    return f"{kind} PostgreSQL {version}, {size}"


def _calendars(pipeline: Pipeline) -> str:
    names = {calendar_of(one.mic).name for one in pipeline.instruments.watched()}
    return ", ".join(sorted(names))
