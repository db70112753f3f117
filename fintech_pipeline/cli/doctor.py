"""`fintech doctor`: is everything this configuration needs there?"""

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

import click
import sqlalchemy as sa

from fintech_pipeline.clock import Window, slot_at_or_before, utc_now
from fintech_pipeline.composition import Pipeline, open_pipeline
from fintech_pipeline.errors import NoData, PipelineError
from fintech_pipeline.market.sessions import calendar_of
from fintech_pipeline.settings import Settings, load_settings

LEAST_FREE_GIB = 1.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    healthy: bool
    told: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def doctor(as_json: bool) -> None:
    """Check the configuration, the database, the providers and the disk; exit 1 if one fails."""
    findings = list(examine())
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            mark = (
                click.style("ok  ", fg="green")
                if finding.healthy
                else click.style("FAIL", fg="red")
            )
            click.echo(f"{mark}  {finding.what}: {finding.told}")
    if not all(finding.healthy for finding in findings):
        raise click.exceptions.Exit(1)


def examine() -> Iterator[Finding]:
    """Looks at one thing after another; what depends on a failed one is left out."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", sys.version_info >= (3, 11), version)
    try:
        settings = load_settings()
    except PipelineError as error:
        yield Finding("configuration", False, str(error))
        return
    kind = "simulated data" if settings.simulated else "real data"
    yield Finding(
        "configuration", True, f"{settings.name}, {kind}, {len(settings.watchlist)} symbols"
    )
    yield _disk(settings)
    try:
        pipeline = open_pipeline(settings)
    except PipelineError as error:
        yield Finding("database", False, str(error))
        return
    try:
        yield _finding("database", lambda: _database(pipeline))
        yield _finding("calendars", lambda: _calendars(pipeline))
        yield _finding("market providers", lambda: _market(pipeline))
        yield _finding("news providers", lambda: _news(pipeline))
    finally:
        pipeline.close()


def _finding(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, look())
    except PipelineError as error:
        return Finding(what, False, str(error))


def _disk(settings: Settings) -> Finding:
    folder = settings.database_folder
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / 2**30
    return Finding("disk", free >= LEAST_FREE_GIB, f"{free:.1f} GiB free at {folder}")


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


def _market(pipeline: Pipeline) -> str:
    watched = pipeline.instruments.watched()
    told = []
    for provider in pipeline.market_providers:
        answer = provider.bars(watched, _recent())
        missing = _first_of([problem.reason for problem in answer.problems])
        served = len({bars.symbol for bars in answer.bars if len(bars)})
        if not served:
            raise NoData(f"{provider.name} has no bar of the last day{missing}")
        told.append(f"{provider.name} serves {served} of {len(watched)} symbols{missing}")
    return "; ".join(told)


def _news(pipeline: Pipeline) -> str:
    watched = pipeline.instruments.watched()
    told = []
    for provider in pipeline.news_providers:
        answer = provider.articles(watched, _recent())
        told.append(f"{provider.name} answers{_first_of(answer.problems)}")
    return "; ".join(told) or "none configured"


def _first_of(problems: Sequence[str]) -> str:
    """The first problem of several, to stand behind what is well."""
    if not problems:
        return ""
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"; {problems[0].rstrip('.')}{more}"


def _recent() -> Window:
    end = slot_at_or_before(utc_now())
    return Window(end - timedelta(days=1), end)
