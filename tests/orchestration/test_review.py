"""The review as a run, as metadata in the UI and as a command."""

import base64
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import dagster as dg
import numpy as np
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from fintech_pipeline.cli import session
from fintech_pipeline.cli.main import fintech
from fintech_pipeline.clock import SLOT, instant64
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.definitions import build_definitions
from fintech_pipeline.errors import ConfigurationError, StorageError
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.orchestration.jobs import REVIEW_JOB
from fintech_pipeline.orchestration.launch import InProcessLauncher
from fintech_pipeline.orchestration.resources import given_pipeline
from tests.orchestration.conftest import NOW, Opens, SetClock, rows
from tests.storage.settled_past import Past

SYMBOLS = ("AAPL", "KO", "MSFT", "META", "LLY", "UNH")
START = datetime.fromisoformat("2026-01-10T00:00+00:00")
COMPONENTS = '[{"name": "news", "value": %f, "weight": 1, "contribution": 0, "reason": ""}]'


def launcher_of(pipeline: Pipeline, instance: dg.DagsterInstance) -> InProcessLauncher:
    definitions = build_definitions(
        pipeline.settings, clock=pipeline.clock, pipeline=given_pipeline(pipeline)
    )
    return InProcessLauncher(definitions, instance)


def reviewed(pipeline: Pipeline, instance: dg.DagsterInstance) -> dict[str, Any]:
    """What a run of the job shows, by label."""
    job = launcher_of(pipeline, instance).definitions.resolve_job_def(REVIEW_JOB)
    result = job.execute_in_process(instance=instance)
    (event,) = result.asset_materializations_for_node("signal_outcomes")
    return {label: value.value for label, value in event.metadata.items()}


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture
def past(simulated: Pipeline) -> Past:
    """Ninety half hours of six symbols: live scores that are right, backfilled ones that err."""
    made = Past(simulated.database, ("simulated",))
    generator = np.random.default_rng(3)
    opened_at = instant64(START) + np.arange(90) * np.timedelta64(SLOT)
    judged = []
    for symbol in SYMBOLS:
        made.follow(symbol, mic="XSIM")
        steps = generator.standard_normal(90)
        prices = 100 + np.concatenate([[0.0], np.cumsum(0.1 * steps)])
        times = opened_at, opened_at + np.timedelta64(SLOT)
        made.bring(symbol, Interval.HALF_HOUR, times, prices[:-1], prices[1:])
        for n in range(1, 89):
            right = float(np.tanh(steps[n] + generator.standard_normal()))
            judged += [
                {
                    "symbol": symbol,
                    "slot_at": START + n * SLOT,
                    "score": score,
                    "action": "buy" if score > 0 else "sell",
                    "live": live,
                    "strategy": "balanced-2" if live else "swing-1",
                    "components": COMPONENTS % score,
                }
                for live, score in ((True, right), (False, -right))
            ]
    with simulated.database.transaction() as connection:
        connection.execute(JUDGED, judged)
    return made


JUDGED = sa.text("""
    INSERT INTO fintech.signals (symbol, interval, slot_at, strategy, revision, price, change_pct,
        score, action, confidence, components, inputs, cutoff_at, live, run_id, written_at)
    VALUES (:symbol, '30m', :slot_at, :strategy, 1, 100, 0.5, :score, :action, 0.5,
        CAST(:components AS jsonb), '{"missing": {}, "articles": []}', :slot_at, :live, 'run',
        :slot_at)
""")


def test_a_live_tick_is_settled_by_the_reviews_that_follow(
    simulated: Pipeline, clock: SetClock, instance: dg.DagsterInstance
) -> None:
    launcher_of(simulated, instance).tick(NOW.replace(minute=0, second=0))
    shown = reviewed(simulated, instance)
    assert shown["dagster/row_count"] == 0
    assert "Too few independent ones to say anything" in shown["live"]
    assert "SIMULATED" in shown["data"]

    clock.advance(hours=1)
    launcher_of(simulated, instance).tick(NOW.replace(hour=11, minute=0, second=0))
    # The signals came two and a half minutes after ten: they are bought at half past.
    settled = rows(simulated, "SELECT DISTINCT entered_at, left_at FROM fintech.signal_outcomes")
    assert settled == []
    shown = reviewed(simulated, instance)
    assert shown["dagster/row_count"] == shown["settled with a return"] > 0
    half_past = NOW.replace(minute=30, second=0)
    settled = rows(simulated, "SELECT DISTINCT entered_at, left_at FROM fintech.signal_outcomes")
    assert settled == [{"entered_at": half_past, "left_at": half_past + SLOT}]
    assert reviewed(simulated, instance)["dagster/row_count"] == 0


def test_the_ui_shows_tables_and_a_small_picture_and_never_mixes_the_kinds(
    simulated: Pipeline, past: Past, instance: dg.DagsterInstance
) -> None:
    shown = reviewed(simulated, instance)
    assert past.outcomes()
    assert "Effect found: score at 1 bar +0." in shown["live"]
    assert "swing-1" not in shown["live"]
    assert "Effect found: score at 1 bar -0." in shown["backfilled"]
    assert "balanced-2" not in shown["backfilled"]
    table = shown["live, balanced-2: Information coefficient by component"].splitlines()
    assert table[0] == "| component | 1 bar | 1 session | 5 sessions |"
    assert table[2].startswith("| news | +0.")
    picture = re.fullmatch(r"!\[.*\]\(data:image/png;base64,(.+)\)", shown["live, balanced-2"])
    assert picture is not None
    png = base64.b64decode(picture[1])
    assert png.startswith(b"\x89PNG")
    assert len(png) < 100_000


def test_a_backfilled_history_is_judged_and_nothing_of_it_is_stored(
    simulated: Pipeline, past: Past, instance: dg.DagsterInstance
) -> None:
    reviewed(simulated, instance)
    (stored,) = rows(
        simulated,
        "SELECT count(*) FROM fintech.signal_outcomes JOIN fintech.signals ON id = signal_id "
        "WHERE NOT live",
    )
    assert stored == {"count": 0}
    assert past.outcomes()


def test_a_review_that_fails_stops_no_tick(
    simulated: Pipeline, instance: dg.DagsterInstance
) -> None:
    with simulated.database.transaction() as connection:
        connection.execute(sa.text("DROP TABLE fintech.signal_outcomes"))
    with pytest.raises(StorageError, match="is not set up"):
        reviewed(simulated, instance)
    slot = NOW.replace(minute=0, second=0)
    launcher_of(simulated, instance).tick(slot)
    assert simulated.signals.newest_slot(simulated.strategy.label) == slot


@pytest.fixture
def command(
    simulated: Pipeline, past: Past, opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> CliRunner:
    """The command on the test's database, with the test's clock."""
    assert past
    monkeypatch.setattr(
        session, "open_pipeline", lambda settings: opens(simulated.settings) or settings
    )
    monkeypatch.setattr(Pipeline, "close", lambda _: None)
    return CliRunner()


def test_the_command_tells_what_became_of_live_signals(command: CliRunner, past: Past) -> None:
    told = command.invoke(fintech, ["signals", "outcomes"], catch_exceptions=False)
    assert told.exit_code == 0
    assert "Live signals" in told.output
    assert "balanced-2: 528 signals of 6 symbols" in told.output
    assert "SIMULATED" in told.output
    # It settled first.
    assert past.outcomes()


def document(command: CliRunner, *arguments: str) -> dict[str, Any]:
    told = command.invoke(
        fintech, ["signals", "outcomes", "--json", *arguments], catch_exceptions=False
    )
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def test_the_json_holds_every_figure_and_null_where_there_is_none(command: CliRunner) -> None:
    found = document(command, "--backfilled", "--symbol", "KO", "--from", "2026-01-10")
    assert found["simulated"] is True
    assert found["review"]["live"] is False
    (strategy,) = found["review"]["strategies"]
    assert (strategy["strategy"], strategy["symbols"], strategy["signals"]) == ("swing-1", 1, 88)
    assert strategy["first"] == "2026-01-10T00:30:00Z"
    near, _, far = strategy["horizons"]
    assert near["score"]["mean"] < 0
    assert (far["score"]["verdict"], far["score"]["p"]) == ("too few", None)


def test_only_the_days_asked_for_are_reviewed(command: CliRunner) -> None:
    found = document(command, "--from", "2026-01-11", "--to", "2026-01-11")
    (strategy,) = found["review"]["strategies"]
    assert strategy["first"] == "2026-01-11T00:30:00Z"
    assert document(command, "--to", "2026-01-09")["review"]["strategies"] == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--strategy", "bold-1"],
            "There are no live signals of the strategy bold-1; there are those of balanced-2.",
        ),
        (["--strategy", "swing-1"], "There are no live signals of the strategy swing-1; "),
        (["--from", "2026-02-01", "--to", "2026-01-01"], "before it starts on 2026-02-01."),
        (["--from", "2027-02-01"], "2027-02-01 lies in the future; today is 2026-01-20 (UTC)."),
        (["--symbol", "TSLA"], "TSLA is not on the watchlist"),
    ],
)
def test_a_mistake_is_one_sentence(command: CliRunner, arguments: list[str], sentence: str) -> None:
    with pytest.raises(ConfigurationError) as told:
        command.invoke(fintech, ["signals", "outcomes", *arguments], catch_exceptions=False)
    assert sentence in str(told.value)


def test_the_last_year_is_reviewed(
    simulated: Pipeline, past: Past, clock: SetClock, instance: dg.DagsterInstance
) -> None:
    assert past
    clock.now += timedelta(days=400)
    shown = reviewed(simulated, instance)
    assert (shown["live"], shown["backfilled"]) == ("no signal yet", "no signal yet")
    # Settled all the same.
    assert shown["settled with a return"] > 0
