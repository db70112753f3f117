"""Backtests from stored bars: as a command, as an asset, and as trials that are counted."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
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
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.orchestration.jobs import BACKTEST_JOB
from fintech_pipeline.orchestration.resources import given_pipeline
from fintech_pipeline.signals.strategy_files import SHIPPED, load_strategies
from tests.orchestration.conftest import Opens, rows
from tests.storage.settled_past import Past

START = datetime.fromisoformat("2025-12-10T00:00+00:00")
DAYS = 34
SYMBOLS = ("AAPL", "KO", "MSFT", "META")


def bring(past: Past, days: slice) -> None:
    """Half hours of four symbols that go on as they went, some of the days."""
    generator = np.random.default_rng(7)
    count = 48 * DAYS
    opened_at = instant64(START) + np.arange(count) * np.timedelta64(SLOT)
    part = slice(48 * days.start, 48 * days.stop)
    for symbol in SYMBOLS:
        trend = np.repeat(generator.normal(0, 0.0015, DAYS), 48)
        prices = 100 * np.exp(np.cumsum(trend + generator.normal(0, 0.002, count)))
        opens = np.append(100.0, prices[:-1])
        times = opened_at[part], opened_at[part] + np.timedelta64(SLOT)
        past.bring(symbol, Interval.HALF_HOUR, times, opens[part], prices[part])


@pytest.fixture
def past(simulated: Pipeline) -> Past:
    made = Past(simulated.database, ("simulated",))
    for symbol in SYMBOLS:
        made.follow(symbol, mic="XSIM")
    bring(made, slice(0, 30))
    return made


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


def document(command: CliRunner, *arguments: str) -> dict[str, Any]:
    asked = ["signals", "backtest", "--json", "--from", "2025-12-01", *arguments]
    told = command.invoke(fintech, asked, catch_exceptions=False)
    assert told.exit_code == 0, told.output
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def test_a_strategy_is_traded_on_stored_history_and_kept(
    command: CliRunner, simulated: Pipeline
) -> None:
    found = document(command)
    assert found["simulated"] is True
    assert (found["strategy"], found["interval"]) == ("balanced-2", "30m")
    assert (found["from_on"], found["to_on"]) == ("2025-12-10", "2026-01-08")
    assert found["symbols"] == sorted(SYMBOLS)
    assert set(found["left_out"].values()) == {"no bar of it is stored in the range"}
    assert found["figures"]["trades"] > 10
    assert found["figures"]["days"] == len(found["path"]["at"]) == 30
    assert found["path"]["equity"][-1] == pytest.approx(1 + found["figures"]["return_pct"] / 100)
    (kept,) = rows(simulated, "SELECT document FROM fintech.backtests")
    assert kept["document"] == {name: value for name, value in found.items() if name != "id"}


def test_the_same_question_again_takes_the_place_of_the_first_and_is_no_other_trial(
    command: CliRunner, simulated: Pipeline
) -> None:
    first, again = document(command), document(command)
    assert first["id"] == again["id"]
    assert first["path"] == again["path"]
    assert again["luck"]["trials"] == 1
    assert document(command, "--from", "2025-12-12")["luck"]["trials"] == 1
    dearer = document(command, "--commission-bps", "30")
    assert dearer["luck"]["trials"] == 2
    assert dearer["figures"]["cost_pct"] > first["figures"]["cost_pct"]
    assert dearer["luck"]["expected_best"] > 0.0
    assert len(rows(simulated, "SELECT id FROM fintech.backtests")) == 3


def test_what_came_later_changes_nothing_of_what_was_before(command: CliRunner, past: Past) -> None:
    before = document(command, "--to", "2026-01-06")
    bring(past, slice(30, DAYS))
    assert document(command, "--to", "2026-01-06")["path"] == before["path"]
    longer = document(command)
    assert longer["to_on"] == "2026-01-12"
    shared = len(before["path"]["equity"]) - 1
    assert longer["path"]["equity"][:shared] == before["path"]["equity"][:shared]


def test_selling_short_and_sizes_are_told(command: CliRunner) -> None:
    found = document(command, "--long-short", "--sizing", "volatility")
    assert found["terms"]["long_short"] is True
    assert found["terms"]["sizing"] == "volatility"
    assert found["figures"]["net_pct"] < found["figures"]["exposure_pct"]


def test_it_is_told_in_sentences_and_written_as_a_page(command: CliRunner, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    told = command.invoke(fintech, ["signals", "backtest", "balanced", "--html", str(page)])
    assert told.exit_code == 0, told.output
    words = " ".join(told.output.split())
    assert "balanced-2 on 4 symbols, 2026-01-01 to 2026-01-08:" in words
    assert "Traded at the next bar's open, long only, equal places, 5 basis points" in words
    assert "SIMULATED" in words
    text = page.read_text("utf-8")
    assert "SIMULATED" in text
    assert text.count("<polyline") == 3
    assert "http" not in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["swing"], "No bar of 1d is stored yet; `fintech backfill` collects them."),
        (["--to", "2025-11-30", "--from", "2025-11-01"], "No bar of 30m is stored from 2025-11-01"),
        (["--from", "2026-01-20", "--to", "2026-01-12"], "would end on 2026-01-12, before it"),
        (["--to", "2030-01-01"], "2030-01-01 lies in the future"),
        (["--slippage-bps", "-1"], "slippage_bps must lie between 0 and 1000, not -1.0."),
        (["--band", "99"], "band must lie between 0 and 10, not 99.0."),
        (["--to", "1950-01-01"], "No bar of 30m is stored from"),
        (["--to", "0001-01-05"], "No bar of 30m is stored from 0001-01-01 to 0001-01-05"),
        (["nothing"], "nothing"),
        (["--html", "/proc/none/page.html"], "/proc/none/page.html cannot be written"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    command: CliRunner, arguments: list[str], sentence: str
) -> None:
    told = command.invoke(fintech, ["signals", "backtest", *arguments])
    assert told.exit_code != 0
    assert sentence in " ".join((told.output + str(told.exception)).split())


def test_a_file_of_another_definition_is_another_trial_whatever_its_name(
    command: CliRunner, tmp_path: Path
) -> None:
    shipped = (SHIPPED / "balanced.toml").read_text("utf-8")
    own = tmp_path / "mine.toml"
    own.write_text(shipped.replace("momentum = 0.20", "momentum = 0.60"), "utf-8")
    first = document(command)
    mine = document(command, str(own))
    assert mine["strategy"] == first["strategy"] == "balanced-2"
    assert mine["id"] != first["id"]
    assert mine["luck"]["trials"] == 2


def test_a_day_or_two_are_no_trial(command: CliRunner) -> None:
    whole = document(command)
    short = document(command, "--from", "2026-01-05", "--to", "2026-01-06", "--band", "1")
    assert short["luck"] is None
    assert short["verdict"] == "Too few days gained or lost anything to say anything of luck."
    assert document(command)["luck"]["trials"] == whole["luck"]["trials"] == 1


def test_a_page_that_cannot_be_written_leaves_the_one_before(
    command: CliRunner, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    page.write_text("the one before")
    page.with_name(".page.html.draft").mkdir()
    asked = ["signals", "backtest", "--html", str(page)]
    assert "cannot be written" in str(command.invoke(fintech, asked).exception)
    assert page.read_text() == "the one before"


def test_of_two_exchanges_the_one_that_most_share_is_traded(command: CliRunner, past: Past) -> None:
    past.follow("BARC", mic="XLON")
    past.trade("BARC", "2025-12-10 08:00", "2026-01-08 16:30", mic="XLON")
    found = document(command)
    assert found["symbols"] == sorted(SYMBOLS)
    assert found["left_out"]["BARC"].startswith("it is traded at other hours than most, those of ")


def test_an_earlier_range_than_was_ever_judged_is_traded_whole(command: CliRunner) -> None:
    asked = ["signals", "backtest", "--json", "--to", "2025-12-20"]
    told = json.loads(command.invoke(fintech, asked, catch_exceptions=False).stdout)
    assert (told["from_on"], told["to_on"]) == ("2025-12-10", "2025-12-20")


def test_nobody_followed_is_told(command: CliRunner, simulated: Pipeline) -> None:
    with simulated.database.transaction() as connection:
        connection.execute(sa.text("UPDATE fintech.watchlist SET removed_at = now()"))
    told = command.invoke(fintech, ["signals", "backtest"])
    assert str(told.exception).startswith("Nothing is followed;")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def test_the_asset_tries_every_strategy_and_tells_of_those_without_bars(
    simulated: Pipeline, past: Past, instance: dg.DagsterInstance
) -> None:
    assert past
    settings = simulated.settings
    both = replace(simulated, strategies=load_strategies(["balanced", "swing"]))
    definitions = build_definitions(settings, clock=both.clock, pipeline=given_pipeline(both))
    job = definitions.resolve_job_def(BACKTEST_JOB)
    result = job.execute_in_process(instance=instance)
    (event,) = result.asset_materializations_for_node("strategy_backtests")
    shown = {label: value.value for label, value in event.metadata.items()}
    assert shown["dagster/row_count"] == 1
    assert "No bar of 1d is stored yet" in str(shown["swing-1: not tried"])
    assert "holding them alike brought" in str(shown["balanced-2"])
    assert "Sharpe ratio" in str(shown["balanced-2: Figures"])
    assert "SIMULATED" in str(shown["data"])
