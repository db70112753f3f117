"""Audit: with the future cut off nothing changes, and whatever looks ahead is caught."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
from click.testing import CliRunner

from fintech_pipeline.cli.main import fintech
from fintech_pipeline.clock import SLOT, Window
from fintech_pipeline.market.bar_store import BarStore
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.orchestration.steps import signal_inputs
from fintech_pipeline.sentiment.score_store import ScoreStore
from fintech_pipeline.signals.audit import Audited, audit
from fintech_pipeline.signals.components import PriceReadings, price_readings
from fintech_pipeline.signals.judgements import Wanted
from fintech_pipeline.signals.prices import PriceMatrix
from tests.orchestration.judged_past import SLOT_AT, Past

ALL = Wanted(Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)))


LAST_DAY = Wanted(Window(SLOT_AT - timedelta(days=1), SLOT_AT))


def audit_of(
    past: Past, slots: int = 3, seed: int = 1, wanted: Wanted = ALL, **changes: Any
) -> tuple[Audited, Audited]:
    """The audits of half hours and of days."""
    inputs = replace(signal_inputs(past.pipeline), **changes)
    stored = past.pipeline.instruments.stored()
    chance = Random(seed)  # noqa: S311  # a choice of slots
    half_hours, days = audit(inputs, stored, wanted, slots, chance)
    assert (half_hours.interval, days.interval) == (Interval.HALF_HOUR, Interval.DAY)
    return half_hours, days


def fields_of(found: Audited) -> set[str]:
    return {one.field for differing in found.differing for one in differing.differences}


def test_without_the_future_every_bit_is_equal(seen_past: Past) -> None:
    half_hours, days = audit_of(seen_past, slots=6)
    assert (len(half_hours.slots), len(days.slots)) == (6, 2)
    assert 15 <= half_hours.signals <= 18
    assert days.signals == 6
    assert half_hours.differing == days.differing == ()


def test_a_seed_chooses_the_slots(seen_past: Past) -> None:
    (one, _), (again, _), (other, _) = (audit_of(seen_past, 2, seed) for seed in (1, 1, 2))
    assert one.slots == again.slots != other.slots
    assert list(one.slots) == sorted(one.slots)


def leaky(prices: PriceMatrix) -> PriceReadings:
    """Reads the momentum of the next row."""
    readings = price_readings(prices)
    ahead = np.roll(readings.values["momentum"], -1, axis=0)
    return replace(readings, values={**readings.values, "momentum": ahead})


def test_a_component_that_is_one_row_ahead_is_caught_and_named(seen_past: Past) -> None:
    for found in audit_of(seen_past, readings=leaky):
        fields = fields_of(found)
        assert any(field.startswith("components.momentum") for field in fields), found.interval
        assert "score" in fields
        assert "components.trend.value" not in fields


class PublishedInsteadOfKnown(ScoreStore):
    """Takes the time of an article's publication for the time we knew it."""

    def scored(self, *asked: Any) -> pa.Table:
        rows = super().scored(*asked)
        earlier = rows["known_at"].to_numpy() - np.timedelta64(6, "h")
        column = pa.array(earlier).cast(rows["known_at"].type)
        return rows.set_column(rows.column_names.index("known_at"), "known_at", column)


def test_a_reader_of_scores_that_dates_articles_too_early_is_caught(seen_past: Past) -> None:
    scores = PublishedInsteadOfKnown(seen_past.pipeline.database)
    found, _ = audit_of(seen_past, scores=scores)
    assert any(field.startswith("inputs.articles") for field in fields_of(found))


class OnlyTheNewest(BarStore):
    """Forgets what a bar was before it was corrected, and since when it is what it is."""

    def read(self, *asked: Any) -> pa.Table:
        rows = super().read(*asked)
        closed_at = rows["closed_at"]
        return rows.set_column(rows.column_names.index("known_at"), "known_at", closed_at)


def test_a_reader_of_bars_that_forgets_when_they_were_corrected_is_caught(past: Past) -> None:
    past.correct_bars("KO")
    bars = OnlyTheNewest(past.pipeline.database, past.pipeline.bars.chain)
    found, _ = audit_of(past, wanted=LAST_DAY, bars=bars)
    assert {one.symbol for one in found.differing} == {"KO"}


def test_what_comes_late_is_no_leak(past: Past) -> None:
    past.bring(["Apple plunges after a fraud lawsuit"], SLOT_AT - SLOT)
    past.split_four_for_one("META", ex_at=SLOT_AT - 20 * SLOT)
    past.correct_bars("KO")
    past.tick(SLOT_AT + 6 * SLOT)
    half_hours, days = audit_of(past, slots=4, wanted=LAST_DAY)
    assert half_hours.signals > 0
    assert half_hours.differing == days.differing == ()


def test_the_command_says_how_much_was_compared_and_exits_0(seen_past: Past) -> None:
    environment = {"DATABASE_URL": seen_past.pipeline.database.url, "COLUMNS": "100"}
    called = ["--config", str(seen_past.config), "signals", "audit", "--slots", "2", "--seed", "5"]
    done = CliRunner().invoke(fintech, called, env=environment)
    assert done.exit_code == 0
    assert "the future was cut off at 2 slots" in done.stdout
    assert "(seed 5)" in done.stdout
    assert "6 signals compared: every bit is equal." in done.stdout
    document = json.loads(CliRunner().invoke(fintech, [*called, "--json"], env=environment).stdout)
    assert [
        (one["interval"], len(one["slots"]), one["different"]) for one in document["audits"]
    ] == [
        ("30m", 2, 0),
        ("1d", 2, 0),
    ]
