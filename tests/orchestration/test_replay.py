"""Replay: stored signals are computed again, and a bit that differs is found with its field."""

import json
import math
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from fintech_pipeline.cli.main import fintech
from fintech_pipeline.clock import SLOT, Window, day_window
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.orchestration.verification import replayed
from fintech_pipeline.signals.basis_store import FORMULAS
from fintech_pipeline.signals.judgements import Wanted, chunks
from fintech_pipeline.signals.replay import Replayed
from fintech_pipeline.signals.strategy import normalised
from tests.orchestration.conftest import rows
from tests.orchestration.judged_past import DAYS, SLOT_AT, Past

ALL = Wanted(Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)))


def replay_of(past: Past, wanted: Wanted = ALL) -> Replayed:
    found = Replayed()
    for part in replayed(past.pipeline, chunks(past.pipeline.database, wanted)):
        found += part
    return found


def stored(past: Past) -> int:
    """How many signals there are, revisions not counted."""
    query = "SELECT count(*) AS n FROM fintech.signals WHERE revision = 1"
    count: int = rows(past.pipeline, query)[0]["n"]
    return count


def change(past: Past, statement: str, **values: object) -> None:
    with past.pipeline.database.transaction() as connection:
        assert connection.execute(sa.text(statement), values).rowcount == 1


def at(symbol: str = "AAPL") -> dict[str, object]:
    return {"symbol": symbol, "slot_at": SLOT_AT}


ROW = "WHERE symbol = :symbol AND slot_at = :slot_at AND interval = '30m'"
SCORE = f"SELECT score FROM fintech.signals {ROW}"  # noqa: S608  # constants
UPDATE = f"UPDATE fintech.signals SET {{}} {ROW}"  # noqa: S608  # constants


def command(past: Past, *words: str) -> Result:
    environment = {"DATABASE_URL": past.pipeline.database.url, "COLUMNS": "100"}
    called = ["--config", str(past.config), "signals", *words]
    return CliRunner().invoke(fintech, called, env=environment)


def test_every_bit_of_a_healthy_past_comes_out_equal(seen_past: Past) -> None:
    found = replay_of(seen_past)
    assert found == Replayed(equal=stored(seen_past))
    assert found.equal > 250


def test_a_score_changed_by_one_unit_in_the_last_place_is_found_with_its_field(past: Past) -> None:
    (row,) = rows(past.pipeline, SCORE, **at())
    changed = math.nextafter(row["score"], 1.0)
    change(past, UPDATE.format("score = :score"), score=changed, **at())
    found = replay_of(past)
    assert found.equal == stored(past) - 1
    (differing,) = found.differing
    assert (differing.symbol, differing.slot_at, differing.revision) == ("AAPL", SLOT_AT, 1)
    (difference,) = differing.differences
    assert (difference.field, difference.stored, difference.again) == (
        "score",
        changed,
        row["score"],
    )
    assert differing.because is None, "no input came late: the row itself was changed"


def test_a_digit_of_a_number_in_json_that_no_double_holds_is_found(past: Past) -> None:
    # The text of the very number, and a one far behind it.
    query = SCORE.replace("score", "components->0->>'value' AS value")
    (row,) = rows(past.pipeline, query, **at())
    longer = row["value"] + "0" * 20 + "1"
    change(
        past,
        UPDATE.format("components = jsonb_set(components, '{0,value}', CAST(:longer AS jsonb))"),
        longer=longer,
        **at(),
    )
    (differing,) = replay_of(past).differing
    (difference,) = differing.differences
    assert difference.field.startswith("components.")
    assert (difference.stored, difference.again) == (longer, float(row["value"]))


def test_an_article_that_was_taken_out_of_the_inputs_is_found_by_its_number(
    past: Past,
) -> None:
    query = """
        SELECT symbol, slot_at, inputs->'articles'->0 AS first FROM fintech.signals
        WHERE jsonb_array_length(inputs->'articles') > 2 ORDER BY slot_at, symbol LIMIT 1
    """
    (row,) = rows(past.pipeline, query)
    change(
        past,
        UPDATE.format("inputs = inputs #- '{articles,0}'"),
        symbol=row["symbol"],
        slot_at=row["slot_at"],
    )
    (differing,) = replay_of(past).differing
    (difference,) = differing.differences
    assert difference.field == f"inputs.articles.{row['first']['article_id']}"
    assert (difference.stored, difference.again) == (None, row["first"])


def test_a_signal_that_should_not_be_there_is_found_with_the_reason_why_none_is_made(
    past: Past,
) -> None:
    weeks_ago = SLOT_AT - timedelta(days=300)
    change(
        past,
        UPDATE.format("slot_at = :moved"),
        moved=weeks_ago,
        **at(),
    )
    (differing,) = replay_of(past).differing
    (difference,) = differing.differences
    assert difference.field == "signal"
    assert difference.again.startswith("none: ")


def test_a_strategy_that_has_changed_since_replays_with_the_one_that_was_stored(past: Past) -> None:
    own, daily = past.pipeline.strategies
    weights = normalised({**own.weights, "news": 0.9})
    changed = replace(own, version=own.version + 1, weights=weights)
    past.pipeline = replace(past.pipeline, strategies=(changed,))
    assert replay_of(past) == Replayed(equal=stored(past))
    past.judge_again()
    both = replay_of(past)
    assert both == Replayed(equal=stored(past))
    made = rows(past.pipeline, "SELECT DISTINCT strategy FROM fintech.signals")
    assert {row["strategy"] for row in made} == {own.label, daily.label, changed.label}


def test_models_and_half_lives_of_now_do_not_count(past: Past) -> None:
    sentiment = past.pipeline.settings.sentiment.model_copy(update={"half_life_hours": 1.0})
    settings = past.pipeline.settings.model_copy(update={"sentiment": sentiment})
    past.pipeline = replace(past.pipeline, settings=settings, models=())
    assert replay_of(past) == Replayed(equal=stored(past))


def test_what_is_learned_late_changes_nothing(past: Past) -> None:
    past.clock.advance(hours=1)
    past.bring(["Apple plunges after a fraud lawsuit"], SLOT_AT - SLOT)  # the ticks looked for it
    past.split_four_for_one("META", ex_at=SLOT_AT - 20 * SLOT)
    past.correct_bars("KO")
    past.tick(SLOT_AT + 7 * SLOT)
    assert rows(past.pipeline, "SELECT value FROM fintech.corporate_actions WHERE value = 4")
    assert rows(past.pipeline, "SELECT * FROM fintech.bar_revisions")
    assert replay_of(past) == Replayed(equal=stored(past))


def test_an_article_nobody_had_looked_for_is_told_as_the_reason_until_a_backfill_has_revised(
    past: Past,
) -> None:
    past.bring(["Apple plunges after a fraud lawsuit"], SLOT_AT - timedelta(hours=40))
    found = replay_of(past)
    assert {one.symbol for one in found.differing} == {"AAPL"}
    assert len(found.differing) > 40
    first = found.differing[0]
    day = first.slot_at.date()
    assert first.because == (
        "1 article was stored after it was written; "
        f"`fintech backfill --from {day} --to {day} --again` makes its revision"
    )
    assert any(one.field.startswith("inputs.articles.") for one in first.differences)
    past.judge_again()
    assert replay_of(past) == Replayed(equal=stored(past))
    revised = rows(past.pipeline, "SELECT * FROM fintech.signals WHERE revision = 2")
    assert len(revised) == len(found.differing)


def test_signals_without_a_basis_or_of_other_formulas_are_counted_with_the_reason(
    past: Past,
) -> None:
    change(past, UPDATE.format("basis_id = NULL"), **at())
    other = """
        INSERT INTO fintech.signal_bases
            (digest, strategy, definition, models, half_life_hours, source_weights, formulas)
        SELECT 'other', strategy, definition, models, half_life_hours, source_weights, 99
        FROM fintech.signal_bases LIMIT 1
    """
    change(past, other)
    moved = UPDATE.format("basis_id = (SELECT max(id) FROM fintech.signal_bases)")
    change(past, moved, **at("KO"))
    found = replay_of(past)
    assert found.equal == stored(past) - 2
    assert found.differing == ()
    assert found.left_out == {
        "made by an earlier version, which did not store what it made them with": 1,
        f"made with formulas 99; this version computes formulas {FORMULAS}": 1,
    }


def test_a_symbol_that_is_followed_no_longer_is_replayed_all_the_same(past: Past) -> None:
    past.pipeline.instruments.remove("KO")
    assert replay_of(past) == Replayed(equal=stored(past))


def test_only_what_was_asked_for_is_replayed(seen_past: Past) -> None:
    day = day_window(DAYS[0])
    own = replay_of(seen_past, Wanted(day, "KO"))
    query = """
        SELECT count(*) AS n FROM fintech.signals
        WHERE symbol = 'KO' AND slot_at > :start AND slot_at <= :end
    """
    assert own.signals == rows(seen_past.pipeline, query, start=day.start, end=day.end)[0]["n"] > 40
    assert replay_of(seen_past, Wanted(day, "KO", "nobody-1")).signals == 0


def test_the_command_says_that_every_bit_is_equal_and_exits_0(seen_past: Past) -> None:
    done = command(seen_past, "replay", "aapl")
    assert done.exit_code == 0
    assert re.search(r"^\d+ signals replayed: every bit is equal\.$", done.stdout, re.MULTILINE)
    assert "SIMULATED" in done.stdout


def test_the_command_shows_both_numbers_in_all_their_digits_and_exits_1(past: Past) -> None:
    (row,) = rows(past.pipeline, SCORE, **at())
    changed = math.nextafter(row["score"], 1.0)
    change(past, UPDATE.format("score = :score"), score=changed, **at())
    done = command(past, "replay")
    assert done.exit_code == 1
    assert "1 differs." in done.stdout
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["AAPL", "score", repr(changed), repr(row["score"])] in lines
    document = json.loads(command(past, "replay", "--json").stdout)
    assert (document["different"], document["equal"]) == (1, stored(past) - 1)
    assert document["differences"][0]["fields"] == [
        {"field": "score", "stored": changed, "recomputed": row["score"]}
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["replay", "NOPE"], "NOPE is not"),
        (["replay", "--strategy", "bold-1"], "There is no signal of the strategy bold-1; there"),
        (["replay", "KO", "--from", "2026-01-01", "--to", "2026-01-02"], "no signal of KO in"),
        (
            ["replay", "--from", "2026-01-02", "--to", "2026-01-01"],
            "before they start on 2026-01-02",
        ),
    ],
)
def test_a_mistake_is_one_sentence(seen_past: Past, words: list[str], told: str) -> None:
    done = command(seen_past, *words)
    assert isinstance(done.exception, ConfigurationError)
    assert told in str(done.exception)
