"""`fintech signals judge`: stored history is judged again, or by a strategy that is new."""

from dataclasses import replace

import pytest
from click.testing import CliRunner, Result

from fintech_pipeline.cli.main import fintech
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.orchestration.rejudging import Rejudged, chunks, rejudge
from fintech_pipeline.signals.strategy import Action, Band, Strategy
from tests.orchestration.conftest import Row, rows
from tests.orchestration.judged_past import DAYS, NOW, Past

CONTENT = """
    SELECT symbol, interval, slot_at, strategy, revision, price, change_pct, score, action,
        confidence, components::text, inputs::text, cutoff_at
    FROM fintech.signals WHERE NOT live ORDER BY slot_at, symbol, strategy, revision
"""


def judged(past: Past, *strategies: Strategy) -> Rejudged:
    past.pipeline = replace(past.pipeline, strategies=strategies or past.pipeline.strategies)
    found = Rejudged()
    for chunk in chunks(past.pipeline.strategies, DAYS, NOW, "judge"):
        found += rejudge(past.pipeline, chunk)
    return found


def stored(past: Past) -> list[Row]:
    return rows(past.pipeline, CONTENT)


def forgotten(past: Past) -> None:
    """No signal of the backfilled days is stored."""
    rows_gone = "DELETE FROM fintech.signals WHERE NOT live RETURNING id"
    assert rows(past.pipeline, rows_gone)


def test_judging_again_what_is_stored_changes_nothing(past: Past) -> None:
    before = stored(past)
    found = judged(past)
    assert (found.written, found.made) == (0, len(before))
    assert stored(past) == before


def test_what_a_backfill_judged_slot_by_slot_comes_out_the_same_in_bulk(past: Past) -> None:
    before = stored(past)
    forgotten(past)
    assert judged(past) == Rejudged(len(before), len(before))
    assert stored(past) == before
    made = rows(past.pipeline, "SELECT DISTINCT live, run_id FROM fintech.signals WHERE NOT live")
    assert made == [{"live": False, "run_id": "judge"}]


def test_a_new_strategy_judges_the_past_beside_the_others(past: Past) -> None:
    before, (balanced, *_) = stored(past), past.pipeline.strategies
    bold = replace(
        balanced,
        name="bold",
        version=1,
        bands={
            Action.STRONG_SELL: Band(-0.10, -0.08),
            Action.SELL: Band(-0.02, -0.01),
            Action.BUY: Band(0.02, 0.01),
            Action.STRONG_BUY: Band(0.10, 0.08),
        },
    )
    own = [row for row in before if row["strategy"] == balanced.label]
    assert judged(past, bold) == Rejudged(len(own), len(own))
    made = [row for row in stored(past) if row["strategy"] == "bold-1"]
    assert [row["score"] for row in made] == [row["score"] for row in own]
    assert [row["cutoff_at"] for row in made] == [row["cutoff_at"] for row in own]
    assert {row["action"] for row in made} > {"buy", "sell"}
    assert [row for row in stored(past) if row["strategy"] != "bold-1"] == before


def test_a_strategy_that_made_no_signal_yet_may_be_changed_under_its_version(past: Past) -> None:
    balanced = past.pipeline.strategies[0]
    idle = replace(balanced, name="idle", version=1, interval=Interval.DAY)
    past.pipeline = replace(past.pipeline, strategies=(balanced, idle))
    forgotten(past)
    for chunk in chunks((balanced,), DAYS, NOW, "judge"):
        assert rejudge(past.pipeline, chunk).written
    changed = replace(idle, weights={"trend": 1.0}, regimes=())
    past.pipeline.bases.require_unchanged([changed])


def test_it_leaves_the_record_of_the_slots_alone(past: Past) -> None:
    query = "SELECT * FROM fintech.slots ORDER BY slot_at, asset"
    before = rows(past.pipeline, query)
    forgotten(past)
    judged(past)
    assert rows(past.pipeline, query) == before


def command(past: Past, *words: str) -> Result:
    environment = {"DATABASE_URL": past.pipeline.database.url, "COLUMNS": "100"}
    called = ["--config", str(past.config), "signals", *words]
    return CliRunner().invoke(fintech, called, env=environment)


def test_the_command_says_what_it_judged_and_what_was_new(past: Past) -> None:
    span = ("--from", str(DAYS[0]), "--to", str(DAYS[-1]))
    daily = [row for row in stored(past) if row["interval"] == "1d"]
    told = command(past, "judge", *span, "--strategy", "swing")
    assert told.exit_code == 0
    counts = f"{len(daily):,} signals, 0 of them new or changed."
    assert f"Judged {DAYS[0]} to {DAYS[-1]} by swing-1: {counts}" in " ".join(told.output.split())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--from", "2026-01-20", "--to", "2026-01-19"), "before they start on 2026-01-20"),
        (("--from", "2026-01-19", "--to", "2999-01-01"), "2999-01-01 lies in the future"),
        (
            ("--from", "2026-01-19", "--strategy", "moonshot"),
            "moonshot is not among the strategies that are configured (balanced-2, swing-1)",
        ),
        (
            ("--from", "2016-01-19", "--to", "2016-01-20"),
            "nothing to judge for balanced-2, swing-1 from 2016-01-19 to 2016-01-20",
        ),
    ],
)
def test_what_cannot_be_judged_is_one_sentence(
    past: Past, words: tuple[str, ...], sentence: str
) -> None:
    told = command(past, "judge", *words)
    assert isinstance(told.exception, ConfigurationError)
    assert sentence in str(told.exception)


def test_show_shows_the_signals_of_the_strategy_that_is_asked_for(past: Past) -> None:
    told = command(past, "show", "--strategy", "swing", "--json")
    assert told.exit_code == 0
    assert '"strategy": "swing-1"' in told.output
    refused = command(past, "show", "--strategy", "moonshot").exception
    assert isinstance(refused, ConfigurationError)
