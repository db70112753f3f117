"""With ten million bars and a million articles, every statement of the product finds its rows."""

import io
import shutil
import tempfile
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner

from fintech_pipeline.alert_channels import channels_of
from fintech_pipeline.alerts.delivery import Deliverer
from fintech_pipeline.alerts.outbox import Outbox
from fintech_pipeline.alerts.rule_files import read_rule_file
from fintech_pipeline.alerts.rule_store import RuleStore
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.cli import session
from fintech_pipeline.cli.main import fintech
from fintech_pipeline.composition import Pipeline, open_pipeline
from fintech_pipeline.definitions import build_definitions
from fintech_pipeline.orchestration.alerting import decide_slots
from fintech_pipeline.orchestration.healing import repairs
from fintech_pipeline.orchestration.health import Health
from fintech_pipeline.orchestration.launch import InProcessLauncher
from fintech_pipeline.orchestration.resources import given_pipeline
from fintech_pipeline.orchestration.review import review
from fintech_pipeline.orchestration.tidying import Tidied, tidy
from fintech_pipeline.settings import load_settings
from fintech_pipeline.storage.database import connect
from fintech_pipeline.storage.event_pruning import prune_events
from fintech_pipeline.storage.schema import migrate
from tests.api.asking import Client
from tests.api.living import serving_api
from tests.benchmarks import stored_archive, stored_runs, stored_years
from tests.conftest import PROJECT
from tests.storage.asked_at_size import COMMANDS, DAY, ELSEWHERE, NAMED, NOW, ROUTES, SLOT_AT
from tests.storage.plans import Exempt, Plans
from tests.storage.servers import PROGRAMS, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
CONFIG = """
name = "archive"
[pipeline]
starts_on = 2020-03-02
[market]
providers = ["simulated"]
[news]
providers = ["simulated"]
[[watchlist]]
symbol = "S000"
name = "Symbol S000 Incorporated"
mic = "XNYS"
"""
RULES = """
[people.ada]
console = true
[rules.score]
metric = "score"
above = -0.9
notify = ["ada"]
[rules.action]
metric = "action"
to = ["buy", "sell"]
notify = ["ada"]
[rules.sentiment]
metric = "sentiment"
above = 0.1
notify = ["ada"]
[rules.move]
metric = "price_change_pct"
window = "2h"
above = 0.1
notify = ["ada"]
[rules.jump]
metric = "price_change_atr"
window = "2h"
above = 1
notify = ["ada"]
[rules.fall]
metric = "drawdown_pct"
window = "5d"
above = 1
notify = ["ada"]
[rules.volume]
metric = "volume_ratio"
above = 1
notify = ["ada"]
[rules.stories]
metric = "stories"
window = "1d"
above = 1
notify = ["ada"]
[rules.stale]
metric = "staleness_minutes"
above = 60
notify = ["ada"]
[rules.late]
metric = "lateness_minutes"
above = 45
notify = ["ada"]
"""
_DIVIDENDS = "of the whole watchlist; a few a symbol and year, so reading all takes a millisecond"
_MONTHS = "months of the whole watchlist are most of a partition"
_REVIEW = "a review of a year or of all there ever was"
_PAGE = "a page walks from the newest until it is full, or for ten seconds at the most"
EXEMPT = (
    Exempt("articles", "WITH page AS (SELECT fintech.articles.id", _PAGE),
    Exempt("stories", "WITH page AS (SELECT fintech.stories.id", _PAGE),
    Exempt("alerts", "CASE WHEN (fintech.alerts.resolved_at <= $1", _PAGE),
    Exempt("corporate_actions", "symbol = ANY(", _DIVIDENDS),
    Exempt("corporate_action_revisions", "symbol = ANY(", _DIVIDENDS),
    Exempt("bars", "fintech.bars WHERE symbol = ANY(", _MONTHS),
    Exempt("signals", "SELECT DISTINCT strategy FROM fintech.signals WHERE live", _REVIEW),
    Exempt("signals", "COPY ( SELECT s.id, s.symbol, s.interval, s.slot_at, s.cutoff_at", _REVIEW),
    Exempt("signals", "FROM fintech.signal_outcomes AS o JOIN fintech.signals", _REVIEW),
    Exempt("signal_outcomes", "FROM fintech.signal_outcomes AS o JOIN fintech.signals", _REVIEW),
    Exempt("sentiment_scores", "i.mic, a.outlet, s.model_version", _REVIEW),
    Exempt("articles", "i.mic, a.outlet, s.model_version", _REVIEW),
)


@dataclass
class Archive:
    """A pipeline over six years, and who tells the plans.

    Attributes:
        pipeline: At the present of the tests.
        plans: Of its database.
        config: Its configuration, for the command line.
        told: Of each work how many statements it sent and how long the slowest took.
    """

    pipeline: Pipeline
    plans: Plans
    config: Path
    told: list[str] = field(default_factory=list)

    def asked(self, what: str, work: Callable[[], object], *more: Exempt) -> None:
        """Does the work, which may read no grown table whole but for what is exempt."""
        plans = self.plans.of(work)
        assert plans
        slowest, plan = max(plans, key=lambda pair: pair[0])
        statement = " ".join(plan["Query Text"].split())[:90]
        self.told.append(
            f"| {what} | {len(plans):,} | {sum(ms for ms, _ in plans):,.0f} | {slowest:,.0f} |"
            f" `{statement}` |"
        )
        found = self.plans.whole(plans)
        exempt = (*EXEMPT, *more)
        wrong = {str(one): None for one in found if not any(e.covers(one) for e in exempt)}
        assert not wrong, "\n".join(wrong)


def opened(url: str, log: Path, folder: Path) -> Archive:
    """The pipeline on a database that is filled."""
    plans = Plans(url, log)
    config = folder / "archive.toml"
    config.write_text(CONFIG)
    settings = load_settings(config, {"DATABASE_URL": url})
    pipeline = open_pipeline(settings, lambda: NOW)
    rules = folder / "rules.toml"
    rules.write_text(RULES)
    RuleStore(pipeline.database).apply(read_rule_file(rules), "the test", NOW)
    return Archive(pipeline, plans, config)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    if not PROGRAMS.is_dir():
        pytest.skip("needs PostgreSQL 15 (Debian's postgresql-15), which .ci/run installs")
    folder = Path(tempfile.mkdtemp(prefix="fintech-archive-"))
    try:
        with running(folder) as server:
            database = connect(server.url())
            migrate(database)
            assert stored_years.fill(database) >= 10_000_000
            stored_archive.fill(database)
            stored_runs.fill(database)
            database.close()
            archive = opened(server.url(), folder / "log", tmp_path_factory.mktemp("archive"))
            yield archive
            archive.pipeline.close()
            _write(archive)
    finally:
        shutil.rmtree(folder)


def _write(archive: Archive) -> None:
    """Leaves sizes and times for who writes docs/operations.md."""
    build = PROJECT / "build"
    build.mkdir(exist_ok=True)
    head = ["| work | statements | ms | slowest, ms | which |", "|---|---:|---:|---:|---|"]
    (build / "queries.md").write_text("\n".join([*archive.plans.sizes(), "", *head, *archive.told]))


def test_a_tick_and_a_day_of_a_backfill_find_their_rows(archive: Archive) -> None:
    pipeline = archive.pipeline
    definitions = build_definitions(
        pipeline.settings, clock=pipeline.clock, pipeline=given_pipeline(pipeline)
    )
    with dg.DagsterInstance.ephemeral() as instance:
        launcher = InProcessLauncher(definitions, instance)
        archive.asked("a tick", lambda: launcher.tick(SLOT_AT))
        archive.asked("a day of a backfill", lambda: launcher.backfill([DAY]))


def test_deciding_delivering_and_looking_after_all_of_it_find_their_rows(archive: Archive) -> None:
    pipeline = archive.pipeline
    database, settings = pipeline.database, pipeline.settings
    told, tidied = io.StringIO(), list[Tidied]()
    channels = channels_of(settings, database, pipeline.ledger, pipeline.clock, told)
    deliverer = Deliverer(database, channels, lambda: NOW + timedelta(minutes=5))

    def decided() -> None:
        assert "fired" in " ".join(decide_slots(pipeline))

    def delivered() -> None:
        assert Outbox(database).next_at(ChannelName.CONSOLE)
        assert deliverer.drain()

    archive.asked("deciding ten rules", decided)
    archive.asked(
        "looking after the pipeline", lambda: Health(settings, database, pipeline.clock).look()
    )
    archive.asked("draining the outbox", delivered)
    archive.asked("pruning events", partial(prune_events, database, keep_unpublished=True))
    archive.asked("housekeeping", lambda: tidied.append(tidy(database, settings.retention, NOW)))
    archive.asked("looking for what lacks", partial(repairs, pipeline))
    archive.asked("the daily review", partial(review, pipeline))
    assert "Alert for ada" in told.getvalue()
    assert tidied[0].run_steps


def test_every_route_of_the_api_finds_its_rows(archive: Archive) -> None:
    with serving_api(archive.pipeline.database, clock=lambda: NOW) as api:
        paths = api.get("/api/v1/openapi.json").document["paths"]
        told = {path for path, methods in paths.items() if "get" in methods}
        assert told == {*ROUTES, *ELSEWHERE}
        archive.asked("all routes", partial(_ask_all, api))


def _ask_all(api: Client) -> None:
    for path, queries in ROUTES.items():
        for query in queries:
            _ask(api, path, query)


def _ask(api: Client, path: str, query: str) -> None:
    """Asks for it, and for the next page where there is one.

    The query may name what is in the path.
    """
    query = query.format(**NAMED)
    address = f"{path.format(**{**NAMED, **dict(urllib.parse.parse_qsl(query))})}?{query}"
    answer = api.get(address)
    assert answer.status == 200, (address, answer.body)
    if b'"next"' in answer.body and (cursor := answer.document.get("next")):
        further = api.get(f"{address}&{urllib.parse.urlencode({'cursor': cursor})}")
        assert further.status == 200, (address, further.body)


def test_a_whole_slot_is_shown_with_the_news_of_all_its_symbols(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "open_pipeline", partial(open_pipeline, clock=lambda: NOW))
    reason = "a week's articles of 500 symbols are named, thousands"
    exempt = Exempt("stand_ins", "fintech.stand_ins.reason AS why", reason)
    archive.asked("`fintech signals show`", partial(_run, archive, "signals show"), exempt)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_tells_of_what_is_stored_finds_its_rows(
    archive: Archive, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "open_pipeline", partial(open_pipeline, clock=lambda: NOW))
    archive.asked(f"`fintech {command}`", partial(_run, archive, command))


def test_an_audit_reads_no_more_of_the_news_than_it_compares(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "open_pipeline", partial(open_pipeline, clock=lambda: NOW))
    reason = "it judges with all news of the weeks around, beside those of the slot"
    exempt = (
        Exempt("article_symbols", "a.known_at, l.relevance", reason),
        Exempt("unscored", "a.known_at, l.relevance", reason),
        Exempt("stand_ins", "a.known_at, l.relevance", reason),
        Exempt("sentiment_scores", "SELECT v.symbol, v.article_id, v.model_version", reason),
        Exempt("bars", "fintech.bar_revisions", _MONTHS),
    )
    audit = "signals audit --slots 2 --from 2026-02-27 --to 2026-02-27"
    archive.asked(f"`fintech {audit}`", partial(_run, archive, audit), *exempt)


def _run(archive: Archive, command: str) -> None:
    environment = {"FINTECH_CONFIG": str(archive.config), "DATABASE_URL": archive.plans.url}
    result = CliRunner().invoke(fintech, command.split(), env=environment)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    assert result.exit_code in {0, 1}, result.output
